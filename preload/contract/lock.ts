import { z } from 'zod'
import { LockState, passphraseMinLength } from '../../domain/lock.ts'
import { channel, done, none } from './channel.ts'

/** A new passphrase. Its length is the only rule (NIST SP 800-63B: no composition rules). */
const NewPassphrase = z.string().min(passphraseMinLength).max(1024)
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

/** The app's own guard. */
export const lockChannels = {
  'lock.state': channel({ access: 'public', in: none, out: LockState }),
  'lock.setUp': channel({ access: 'public', in: z.strictObject({ passphrase: NewPassphrase }), out: done }),
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
