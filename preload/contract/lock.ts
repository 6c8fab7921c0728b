import { z } from 'zod'
import { LockState, missingCharacters } from '../../domain/lock.ts'
import { channel, done, none } from './channel.ts'

/** A new passphrase; whether it is taken, main says (NIST SP 800-63B: no composition rules). */
const NewPassphrase = z
  .string()
  .max(1024)
  .refine((passphrase) => missingCharacters(passphrase) === 0)
/** The present passphrase, or a guess at it: what takes one is counted and delayed in main. */
export const Passphrase = z.string().min(1).max(1024)

/** What trying a passphrase came to. */
export const UnlockResult = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('unlocked') }),
  z.object({ outcome: z.literal('wrong-passphrase'), retryInMs: z.number().nonnegative() }),
  z.object({ outcome: z.literal('too-soon'), retryInMs: z.number().positive() }),
])
export type UnlockResult = z.infer<typeof UnlockResult>

export const PassphraseChange = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('changed'),
    /**
     * The key that everything is sealed with: `kept` as it was, `replaced`, or a new one with which not everything is
     * sealed yet (`unfinished`): the next unlocking goes on.
     */
    key: z.enum(['kept', 'replaced', 'unfinished']),
  }),
  UnlockResult.options[1],
  UnlockResult.options[2],
])
export type PassphraseChange = z.infer<typeof PassphraseChange>

/** What main thinks of a passphrase that somebody is about to choose. */
export const PassphraseVerdict = z.object({
  /** How well it withstands guessing, from 0 to 4. */
  score: z.int().min(0).max(4),
  /** Why it would not be taken, in words for the person; absent where it would be. */
  fault: z.string().optional(),
})
export type PassphraseVerdict = Readonly<z.infer<typeof PassphraseVerdict>>

/** The app's own guard. */
export const lockChannels = {
  'lock.state': channel({ access: 'public', in: none, out: LockState }),
  'lock.setUp': channel({ access: 'public', in: z.strictObject({ passphrase: NewPassphrase }), out: done }),
  /**
   * Rates what is being typed by the rule that decides, and keeps nothing of it. Public for the first run; while a locked
   * Curfew has a passphrase it answers `locked`, since the rule knows the names of the instances.
   */
  'lock.ratePassphrase': channel({
    access: 'public',
    in: z.strictObject({ candidate: z.string().max(1024) }),
    out: PassphraseVerdict,
  }),
  'lock.unlock': channel({
    access: 'public',
    in: z.strictObject({ passphrase: Passphrase }),
    out: UnlockResult,
  }),
  /** Has the system ask for its keychain to be unlocked; the state follows as an event. */
  'lock.openKeychain': channel({ access: 'public', in: none, out: done }),
  'lock.now': channel({ in: none, out: done }),
  'lock.changePassphrase': channel({
    in: z.strictObject({ current: Passphrase, next: NewPassphrase, replaceKey: z.boolean() }),
    out: PassphraseChange,
  }),
  /** Public for whoever forgot the passphrase. What it asks for can't be sent by accident. */
  'lock.forgetEverything': channel({
    access: 'public',
    in: z.strictObject({ confirmed: z.literal('forget everything') }),
    out: done,
  }),
  /** Input happened in the window. Sent by the preload itself, at most once a second. */
  'lock.activity': channel({ in: none, out: done }),
} as const
