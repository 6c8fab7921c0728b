import { z } from 'zod'
import { autoLockMinutes } from './lock.ts'

const themes = ['system', 'light', 'dark'] as const

/** The app's own settings. */
export const Settings = z.strictObject({
  autoLockMinutes: z.int().min(autoLockMinutes.min).max(autoLockMinutes.max),
  lockOnSuspend: z.boolean(),
  lockOnScreenLock: z.boolean(),
  lockOnMinimise: z.boolean(),
  /** Also when the whole computer has had no input for that long. */
  lockOnSystemIdle: z.boolean(),
  theme: z.enum(themes),
  /** Whether to look for a newer Curfew once a day. */
  checkForUpdates: z.boolean(),
})
export type Settings = Readonly<z.infer<typeof Settings>>

export const SettingName = Settings.keyof()
export type SettingName = z.infer<typeof SettingName>

export const defaultSettings: Settings = {
  autoLockMinutes: autoLockMinutes.default,
  lockOnSuspend: true,
  lockOnScreenLock: true,
  lockOnMinimise: false,
  lockOnSystemIdle: true,
  theme: 'system',
  checkForUpdates: true,
}

/** What a setting that can't be read is taken for: nobody could have chosen anything stricter. */
export const strictestSettings: Settings = {
  autoLockMinutes: autoLockMinutes.min,
  lockOnSuspend: true,
  lockOnScreenLock: true,
  lockOnMinimise: true,
  lockOnSystemIdle: true,
  theme: 'system',
  checkForUpdates: true,
}

/** Some of the settings, to be changed. */
export const SettingsChange = Settings.partial()

/** Settings with a change laid over them. */
export function applySettings(settings: Settings, change: z.infer<typeof SettingsChange>): Settings {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  return { ...settings, ...Object.fromEntries(given) }
}
