import type { Session } from 'electron'
import { isAppUrl } from './origin.ts'

/**
 * What the window may ask the browser for. All is denied; a permission goes in here with the reason why Curfew
 * needs it.
 */
const allowedPermissions: ReadonlySet<string> = new Set<string>([])

/** Denies permissions by the table, and every request of the window that is not to Curfew's own pages. */
export async function guardSession(session: Session, developmentServer?: URL): Promise<void> {
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
  // A page needs nobody’s leave to have a file saved where downloads go.
  session.on('will-download', (event) => event.preventDefault())
  // Calls between browsers pass neither the policy of the page nor `webRequest`: what they may use is this proxy alone
  // (`createWindow`), and nobody listens there.
  if (!developmentServer)
    await session.setProxy({ proxyRules: 'http://127.0.0.1:1', proxyBypassRules: '<-loopback>' })
}
