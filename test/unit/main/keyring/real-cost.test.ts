import { expect, test } from 'vitest'
import { entryNames } from '../../../../main/keyring/entry-names.ts'
import { createKeyring } from '../../../../main/keyring/keyring.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'

const passphrase = 'correct horse battery'

test('B8 runs scrypt at its real cost by default: N = 2¹⁷, r = 8, p = 1', async () => {
  const keychain = createMemoryKeychain()
  const keyring = createKeyring({ keychain })
  await keyring.create(passphrase)
  expect(keychain.entries.get(entryNames.wrap)).toMatch(/^curfew1\.keyring\.1\.17-8-1\./)
  expect(await createKeyring({ keychain }).unlock(passphrase)).toBe('unlocked')
})
