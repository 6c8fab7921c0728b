/** The operating system's keychain did not answer: there is none, it is locked, or access was refused. */
export class KeychainError extends Error {
  override readonly name = 'KeychainError'
}

/**
 * The operating system's keychain as Curfew needs it: short single-line texts by account name.
 *
 * Every function rejects with {@link KeychainError} when the keychain itself failed; an entry that is not there
 * is `undefined` from `get` and `false` from `delete`, never an error.
 */
export interface Keychain {
  get(account: string): Promise<string | undefined>
  set(account: string, value: string): Promise<void>
  delete(account: string): Promise<boolean>
}
