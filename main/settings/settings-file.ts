import {
  applySettings,
  defaultSettings,
  SettingName,
  type Settings,
  SettingsChange,
  strictestSettings,
} from '../../domain/settings.ts'
import type { Layout } from '../storage/kept-file.ts'

/** `settings.json`: the person's own choices. What is absent has its default; what is bad, the strictest value. */
export const settingsLayout: Layout<Settings> = {
  name: 'settings',
  what: 'settings',
  version: 1,
  migrations: [],
  initial: defaultSettings,
  unreadable: {
    value: strictestSettings,
    does: 'Curfew goes on with the strictest settings until you choose others in Settings.',
  },
  read(content, tell) {
    let settings = defaultSettings
    for (const name of SettingName.options) {
      if (content[name] === undefined) continue
      const change = SettingsChange.safeParse({ [name]: content[name] })
      if (change.success) settings = applySettings(settings, change.data)
      else {
        settings = { ...settings, [name]: strictestSettings[name] }
        tell(name, `${instead(name)} until you choose in Settings.`)
      }
    }
    return settings
  },
  write: (settings, content) => ({ ...content, ...settings }),
}

function instead(name: SettingName): string {
  const value = strictestSettings[name]
  if (name === 'autoLockMinutes') return `Curfew locks after ${value} minute without activity`
  return typeof value === 'boolean' ? 'Curfew takes it as switched on' : `Curfew takes it as “${value}”`
}
