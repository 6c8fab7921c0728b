import { z } from 'zod'
import { autoLockMinutes } from './lock.ts'

export const themes = ['system', 'light', 'dark'] as const

/** The app's own settings. Every field has a default, so that a file of an earlier version reads well. */
export const Settings = z.strictObject({
  autoLockMinutes: z.int().min(autoLockMinutes.min).max(autoLockMinutes.max).default(autoLockMinutes.default),
  lockOnSuspend: z.boolean().default(true),
  lockOnScreenLock: z.boolean().default(true),
  lockOnMinimise: z.boolean().default(false),
  theme: z.enum(themes).default('system'),
})
export type Settings = Readonly<z.infer<typeof Settings>>

export const defaultSettings: Settings = Settings.parse({})
