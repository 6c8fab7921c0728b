import { z } from 'zod'
import { SettingName, Settings, SettingsChange } from '../../domain/settings.ts'
import { channel, none } from './channel.ts'

/** The settings in force, and what the organisation has laid down about them. */
export const SettingsReading = z.object({
  settings: Settings,
  /** Set by the organisation: they can't be changed here. */
  fixed: z.array(SettingName),
  /** The most minutes until the lock that may be chosen. */
  mostAutoLockMinutes: z.int(),
})
export type SettingsReading = Readonly<z.infer<typeof SettingsReading>>

/** The app's own settings. */
export const settingsChannels = {
  'settings.read': channel({ in: none, out: SettingsReading }),
  'settings.write': channel({ in: SettingsChange, out: SettingsReading }),
} as const
