import { z } from 'zod'

/** Why the app is locked. */
export const lockReasons = [
  'restart',
  'idle',
  'manual',
  'suspend',
  'screen-lock',
  'user-switch',
  'minimise',
  /** The computer's clock was set back, so that the idle time can't be told. */
  'clock',
] as const
export const LockReason = z.enum(lockReasons)
export type LockReason = z.infer<typeof LockReason>

/** The app's own guard as the window may know it. Lengths of time are milliseconds from when it was said. */
export const LockState = z.discriminatedUnion('status', [
  /** The operating system offers no keychain: nothing can be kept, and the app says what to install. */
  z.object({ status: z.literal('no-keychain'), help: z.string() }),
  /** First run: no passphrase has been chosen. */
  z.object({ status: z.literal('new') }),
  z.object({
    status: z.literal('locked'),
    reason: LockReason,
    /** How long until another passphrase may be tried; 0 where it may be tried now. */
    retryInMs: z.number().nonnegative(),
  }),
  z.object({
    status: z.literal('unlocked'),
    /** How long until the app locks if nothing is done in it. */
    locksInMs: z.number(),
    /** Whether the warning before the lock is to be shown. */
    warning: z.boolean(),
  }),
])
export type LockState = Readonly<z.infer<typeof LockState>>

/** How long before locking the warning shows. */
export const lockWarningSeconds = 30

/** Minutes without activity until the app locks: the bounds and the default. */
export const autoLockMinutes = { min: 1, max: 240, default: 10 } as const

/** The shortest passphrase that is accepted. */
export const passphraseMinLength = 8

/** The longest draft that is kept over a lock, in UTF-16 units. */
export const draftMaxLength = 60_000
