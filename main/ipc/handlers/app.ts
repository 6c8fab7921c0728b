import { succeed } from '../../../domain/problem.ts'
import type { AppInfo } from '../../../preload/contract/app.ts'
import type { Notices } from '../../notices.ts'
import type { AppSettings } from '../../settings/app-settings.ts'
import type { Vault } from '../../vault/vault.ts'
import type { HandlersOf } from '../door.ts'

export interface AppParts {
  readonly vault: Vault
  readonly settings: AppSettings
  readonly info: Pick<AppInfo, 'version' | 'platform'>
  readonly notices: Pick<Notices, 'list' | 'dismiss'>
}

export function createAppHandlers(parts: AppParts): HandlersOf<'app' | 'clipboard'> {
  const { vault, settings, info, notices } = parts
  return {
    'app.info': () => succeed({ ...info, theme: settings.value.theme, notices: [...notices.list()] }),
    'app.dismissNotice': ({ id }) => {
      notices.dismiss(id)
      return succeed(undefined)
    },
    'clipboard.copy': async ({ text }) => {
      await vault.copy(text)
      return succeed(undefined)
    },
  }
}
