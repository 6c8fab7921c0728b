import { fail, type Outcome, type Problem, succeed } from '../../domain/problem.ts'
import { KeychainError } from '../keychain/keychain.ts'
import { instancePrefix } from '../keyring/entry-names.ts'
import { KeyringError, type KeyringFault } from '../keyring/keyring-error.ts'
import { lockedProblem } from '../while-unlocked.ts'

/** What happened to an instance's stored password, each fault in its own words. */
const passwordWords: Readonly<Partial<Record<KeyringFault, string>>> = {
  missing: 'The stored password of this instance was deleted from the keychain.',
  'not-sealed': 'The stored password of this instance was replaced by something else.',
  'unknown-version':
    'The stored password of this instance was written by a newer version of Curfew. Update Curfew to use it.',
  'wrong-purpose': 'The stored password of this instance was replaced by another kind of entry.',
  truncated: 'The stored password of this instance was cut short.',
  tampered: 'The stored password of this instance was changed outside Curfew.',
  swapped: 'The stored password of this instance was exchanged for that of another instance.',
  'rolled-back': 'The stored password of this instance was exchanged for an earlier one.',
}

/** What a person can do about a keyring that was changed outside Curfew. */
const remedy = {
  keyring: 'Restore your keychain from a backup, or choose “Forget everything” and add your instances again.',
  instance: 'Type it again; where you did not expect this, change it on the server first.',
} as const

/** Says nothing of the passphrase that was sent: it was not looked at. */
export const unlockedProblem: Problem = { code: 'refused', message: 'Curfew is unlocked already.' }

/** Puts a failure of the keychain or the keyring into the problem that crosses to the window. */
function problemOf(error: unknown, of: keyof typeof remedy): Problem | undefined {
  if (error instanceof KeychainError) {
    const code = error.fault === 'locked' ? 'keychain-locked' : 'keychain-unavailable'
    return { code, message: error.message }
  }
  if (!(error instanceof KeyringError)) return undefined
  const { fault, message } = error
  switch (fault) {
    case 'locked':
      return lockedProblem
    case 'exists':
    case 'full':
    case 'outdated':
    case 'resealing':
    case 'no-memory':
      return { code: 'refused', message }
    case 'too-long':
      return { code: 'invalid', message, errors: [{ field: 'password', code: 'too-long', message }] }
    default:
      if (of === 'instance')
        return { code: 'password-needed', message: `${passwordFault(error)} ${remedy[of]}` }
      return {
        code: 'keychain-unavailable',
        message: fault === 'unknown-version' ? message : `${message} ${remedy[of]}`,
      }
  }
}

const passwordFault = ({ fault, entry, message }: KeyringError): string =>
  (entry.startsWith(instancePrefix) && passwordWords[fault]) || message

/** Runs something of the keyring; what may rightly go wrong with it becomes a problem, a bug stays thrown. */
export async function outcomeOf<T>(of: keyof typeof remedy, action: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return succeed(await action())
  } catch (error) {
    const problem = problemOf(error, of)
    if (problem) return fail(problem)
    throw error
  }
}
