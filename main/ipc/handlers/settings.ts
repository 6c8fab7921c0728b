import { succeed } from '../../../domain/problem.ts'
import type { AppSettings } from '../../settings/app-settings.ts'
import type { HandlersOf } from '../door.ts'

export interface SettingsParts {
  readonly settings: AppSettings
  /** The settings in force may be others now. */
  readonly onSettings: () => void
}

export function createSettingsHandlers({ settings, onSettings }: SettingsParts): HandlersOf<'settings'> {
  return {
    'settings.read': () => succeed(settings.reading()),
    'settings.write': async (change) => {
      const changed = await settings.change(change)
      if (changed.ok) onSettings()
      return changed
    },
  }
}
