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
  /** Changing the passphrase failed where it can't be told which one is in force. */
  'passphrase-change',
] as const
export const LockReason = z.enum(lockReasons)
export type LockReason = z.infer<typeof LockReason>

/**
 * What is wrong with the system's keychain: `absent`: there is none; `locked`: it is there and was not opened, or
 * access was refused; `restarted`: it was started anew, and Curfew can't reach it before it is itself; `timed-out`:
 * it did not answer; `failed`: anything else.
 */
export const KeychainFault = z.enum(['absent', 'locked', 'restarted', 'timed-out', 'failed'])
export type KeychainFault = z.infer<typeof KeychainFault>

/** How far sealing everything with a new key has come: what is being sealed, and how many of how many steps are done. */
export const Resealing = z.object({
  what: z.enum(['passwords', 'reports', 'drafts', 'notices']),
  done: z.int().nonnegative(),
  of: z.int().positive(),
})
export type Resealing = Readonly<z.infer<typeof Resealing>>

/** The app's own guard as the window may know it. Lengths of time are milliseconds from when it was said. */
export const LockState = z.discriminatedUnion('status', [
  /** The keychain can't be used: nothing can be kept, and the app says what to do. */
  z.object({ status: z.literal('no-keychain'), fault: KeychainFault, help: z.string() }),
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
    /** While everything is being sealed with a new key. */
    resealing: Resealing.optional(),
  }),
])
export type LockState = Readonly<z.infer<typeof LockState>>

/** How long before locking the warning shows. */
export const lockWarningSeconds = 30

/** Minutes without activity until the app locks: the bounds and the default. */
export const autoLockMinutes = { min: 1, max: 240, default: 10 } as const

/** How long what Curfew copied stays on the clipboard, in seconds. */
export const clipboardSeconds = 30

/** The shortest passphrase that is accepted, in characters. */
export const passphraseMinLength = 8

/** How many characters a passphrase lacks to be long enough; 0 where it is. A character outside the BMP is one. */
export const missingCharacters = (passphrase: string): number =>
  Math.max(0, passphraseMinLength - [...passphrase].length)

/** The longest draft that is kept over a lock, in UTF-16 units. */
export const draftMaxLength = 60_000
