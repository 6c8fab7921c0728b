import type { Session } from 'electron'
import { isAppUrl } from './origin.ts'

/**
 * What the window may ask the browser for. All is denied; a permission goes in here with the reason why Curfew
 * needs it.
 */
const allowedPermissions: ReadonlySet<string> = new Set<string>([])

/** Denies permissions by the table, and every request of the window that is not to Curfew's own pages. */
export function guardSession(session: Session, developmentServer?: URL): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    answer(allowedPermissions.has(permission))
  })
  session.setPermissionCheckHandler((_contents, permission) => allowedPermissions.has(permission))
  session.webRequest.onBeforeRequest((details, answer) => {
    const url = URL.parse(details.url)
    const hotReload = developmentServer !== undefined && url?.host === developmentServer.host
    const inline = url?.protocol === 'data:' || url?.protocol === 'blob:' || url?.protocol === 'devtools:'
    answer({ cancel: !(isAppUrl(details.url) || inline || hotReload) })
  })
}
