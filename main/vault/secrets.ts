import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { Keyring, MakeBox } from '../keyring/keyring.ts'
import { lockedProblem } from '../while-unlocked.ts'
import { outcomeOf } from './problems.ts'

/** The instances' passwords, sealed in the keychain. A foul entry is named, as `password-needed`. */
export interface Credentials {
  read(instanceId: string): Promise<Outcome<string>>
  write(instanceId: string, value: string): Promise<Outcome<undefined>>
  delete(instanceId: string): Promise<Outcome<undefined>>
}

/** The keyring's secrets, each use of which is a privileged call: the deadline is compared first. */
export interface Secrets {
  readonly credentials: Credentials
  /** Seals other things, for example snapshots. The box throws `KeyringError` while locked. */
  readonly box: MakeBox
}

/** @param isUnlocked compares the deadline; locks if that is due */
export function createSecrets(keyring: Keyring, isUnlocked: () => boolean): Secrets {
  function guarded<T>(action: () => Promise<T>): Promise<Outcome<T>> {
    return isUnlocked() ? outcomeOf('instance', action) : Promise.resolve(fail(lockedProblem))
  }

  return {
    credentials: {
      async read(instanceId) {
        const stored = await guarded(() => keyring.credentials.read(instanceId))
        if (!stored.ok) return stored
        return stored.value === undefined ? fail(noPasswordProblem) : succeed(stored.value)
      },
      write: (instanceId, value) =>
        guarded(async () => {
          await keyring.credentials.write(instanceId, value)
          return undefined
        }),
      delete: (instanceId) =>
        guarded(async () => {
          await keyring.credentials.delete(instanceId)
          return undefined
        }),
    },
    box(purpose, kept) {
      const inner = keyring.box(purpose, kept)
      return {
        seal(text, associated) {
          isUnlocked()
          return inner.seal(text, associated)
        },
        open(sealed, associated) {
          isUnlocked()
          return inner.open(sealed, associated)
        },
      }
    },
  }
}

const noPasswordProblem = {
  code: 'password-needed',
  message: 'No password is stored for this instance. Type it again.',
} as const
