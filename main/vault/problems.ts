import { fail, type Outcome, type Problem, succeed } from '../../domain/problem.ts'
import { KeychainError } from '../keychain/keychain.ts'
import { KeyringError } from '../keyring/keyring-error.ts'

/** What a person can do about a keyring that was changed outside Curfew. */
const remedy = {
  keyring: 'Restore your keychain from a backup, or choose “Forget everything” and add your instances again.',
  instance: 'Type the password of this instance again; where you did not expect this, change it first.',
} as const

export const lockedProblem: Problem = {
  code: 'locked',
  message: 'Curfew is locked. Unlock it and try again.',
}

/** Puts a failure of the keychain or the keyring into the problem that crosses to the window. */
function problemOf(error: unknown, of: keyof typeof remedy): Problem | undefined {
  if (error instanceof KeychainError) return { code: 'keychain-unavailable', message: error.message }
  if (!(error instanceof KeyringError)) return undefined
  const { fault, message } = error
  switch (fault) {
    case 'locked':
      return lockedProblem
    case 'exists':
    case 'full':
      return { code: 'refused', message }
    case 'too-long':
      return { code: 'invalid', message, errors: [{ field: 'password', code: 'too-long', message }] }
    case 'unknown-version':
      return { code: 'keychain-unavailable', message }
    default:
      return {
        code: of === 'instance' ? 'sign-in-needed' : 'keychain-unavailable',
        message: `${message} ${remedy[of]}`,
      }
  }
}

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
