import { expect, test } from 'vitest'
import { createSeenStore } from '../../../../main/administration/seen-notices.ts'
import { createKeyring } from '../../../../main/keyring/keyring.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { dataKeyOf, openedBy } from '../../../support/data-key.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'

test('B8 what notices were seen is sealed anew with a new key, and the old one opens it no more', async () => {
  const keychain = createMemoryKeychain()
  const keyring = createKeyring({ keychain, scryptCost: cheapScrypt })
  await keyring.create('correct horse battery')
  const file = {
    value: '',
    async write(next: string) {
      file.value = next
    },
    async clear() {
      file.value = ''
    },
  }
  const told: string[] = []
  const store = createSeenStore(file, keyring.box, ({ title }) => told.push(title))
  const seen = { '11111111-1111-4111-8111-111111111111': { after: 3, dismissed: ['5'] } }
  await store.write(seen)
  const oldKey = await dataKeyOf(keychain.entries, 'correct horse battery')
  expect(openedBy(oldKey, [file.value], ['notices'])).toHaveLength(1)
  await keyring.changePassphrase('correct horse battery', 'velvet harbor moss ladder', { replaceKey: true })
  expect(store.read()).toEqual(seen)
  await keyring.reseal(() => {})
  expect(openedBy(oldKey, [file.value], ['notices'])).toEqual([])
  expect(store.read()).toEqual(seen)
  expect(told).toEqual([])
})
