import { randomBytes } from 'node:crypto'
import type { KeychainFault } from '../../domain/lock.ts'

/**
 * The operating system's keychain did not answer: there is none, it is locked, or access was refused. The
 * message is for the person, and says what to install or do.
 */
export class KeychainError extends Error {
  override readonly name = 'KeychainError'
  readonly fault: KeychainFault

  constructor(message: string, fault: KeychainFault = 'failed', options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/**
 * The operating system's keychain as Curfew needs it: short single-line texts by account name.
 *
 * Every function rejects with {@link KeychainError} when the keychain itself failed or is `locked`; only an entry
 * that surely is not there is `undefined` from `get` and `false` from `delete`.
 */
export interface Keychain {
  get(account: string): Promise<string | undefined>
  set(account: string, value: string): Promise<void>
  delete(account: string): Promise<boolean>
  /** The account names of everything stored, in no order. */
  list(): Promise<readonly string[]>
  /**
   * Has the system ask the person to unlock the keychain, where it is locked; the functions above never do.
   * Resolves also where nobody did.
   */
  open(): Promise<void>
  /**
   * Looks, without asking anybody, whether the keychain can be used; rejects where it can't. Absent where a system
   * can't be asked without it asking the person.
   */
  readonly look?: () => Promise<void>
}

/** The longest value in bytes: Windows refuses a credential of more than 2 560. */
export const keychainValueMaxBytes = 2500

/**
 * Stores, reads back and deletes a random entry, so that a keychain that can be read but not written shows
 * before a person chooses a passphrase for it.
 *
 * @throws {KeychainError} where any of it fails
 */
export async function probeKeychain(keychain: Keychain): Promise<void> {
  const value = randomBytes(16).toString('base64url')
  await keychain.set('probe', value)
  const stored = await keychain.get('probe')
  await keychain.delete('probe')
  if (stored !== value) {
    throw new KeychainError('The system’s keychain does not keep what Curfew stores in it.')
  }
}
