import { type Keychain, KeychainError } from '../keychain/keychain.ts'

/** Stores a value and makes sure that the keychain has kept it. @throws {KeychainError} */
export async function setSurely(keychain: Keychain, account: string, value: string): Promise<void> {
  await keychain.set(account, value)
  if ((await keychain.get(account)) !== value) {
    throw new KeychainError('The system’s keychain does not keep what Curfew stores in it.')
  }
}
