import { succeed } from '../../../domain/problem.ts'
import type { Vault } from '../../vault/vault.ts'
import type { HandlersOf } from '../door.ts'

export interface LockParts {
  readonly vault: Vault
  /** Input in the window. */
  readonly onActivity: () => void
}

export function createLockHandlers({ vault, onActivity }: LockParts): HandlersOf<'lock'> {
  return {
    'lock.state': async () => succeed(await vault.state()),
    'lock.setUp': ({ passphrase }) => vault.setUp(passphrase),
    'lock.ratePassphrase': ({ candidate }) => vault.ratePassphrase(candidate),
    'lock.unlock': ({ passphrase }) => vault.unlock(passphrase),
    'lock.openKeychain': () => vault.openKeychain(),
    'lock.now': () => {
      vault.lock('manual')
      return succeed(undefined)
    },
    'lock.changePassphrase': ({ current, next, ...options }) =>
      vault.changePassphrase(current, next, options),
    'lock.forgetEverything': () => vault.forgetEverything(),
    'lock.activity': () => {
      onActivity()
      return succeed(undefined)
    },
  }
}
