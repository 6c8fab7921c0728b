import { randomBytes, scryptSync } from 'node:crypto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { entryNames } from '../../../../main/keyring/entry-names.ts'
import { createKeyring } from '../../../../main/keyring/keyring.ts'
import { deriveForPurpose, openText, sealText } from '../../../../main/keyring/seal.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'

const passphrase = 'correct horse battery'
const next = 'velvet harbor moss ladder'
const id = '11111111-1111-4111-8111-111111111111'

/** What each buffer held just before it was overwritten with zeros, in hex. */
let cleared: string[]
beforeEach(() => {
  cleared = []
  const { fill } = Uint8Array.prototype
  vi.spyOn(Buffer.prototype, 'fill').mockImplementation(function (this: Buffer, value, ...rest) {
    if (value === 0 && rest.length === 0) cleared.push(this.toString('hex'))
    return Reflect.apply(fill, this, [value]) as Buffer
  })
})
afterEach(() => vi.restoreAllMocks())

/** A keyring whose random bytes are known, and the keys that come of them. */
function build() {
  const keychain = createMemoryKeychain()
  const dataKeys: string[] = []
  const keyring = createKeyring({
    keychain,
    scryptCost: cheapScrypt,
    random: (bytes) => {
      const value = randomBytes(bytes)
      if (bytes === 32) dataKeys.push(value.toString('hex'))
      return value
    },
  })
  const saltOf = (entry: string) => Buffer.from(keychain.entries.get(entry)?.split('.')[4] ?? '', 'base64url')
  const passphraseKey = (text: string) =>
    scryptSync(text, saltOf(entryNames.wrap), 32, { ...cheapScrypt }).toString('hex')
  const dataKey = (which = 0) => dataKeys[which] ?? ''
  const purposeKey = (purpose: string, which = 0) =>
    deriveForPurpose(Buffer.from(dataKey(which), 'hex'), purpose).toString('hex')
  return { keychain, keyring, dataKey, passphraseKey, purposeKey }
}
const hexOf = (text: string) => Buffer.from(text, 'utf8').toString('hex')
const timesCleared = (hex: string) => cleared.filter((each) => each === hex).length

/** A box of which nothing is kept anywhere. */
const nothingSealed = { what: 'drafts', resealAll: () => {} } as const

test('B8 choosing a passphrase leaves neither it, nor its key, nor the manifest’s key behind', async () => {
  const { keyring, passphraseKey, purposeKey, dataKey } = build()
  await keyring.create(passphrase)
  expect(timesCleared(hexOf(passphrase))).toBe(1)
  expect(timesCleared(passphraseKey(passphrase))).toBe(1)
  expect(timesCleared(purposeKey('manifest'))).toBe(1)
  expect(timesCleared(dataKey())).toBe(0)
})

test('B8 a try leaves neither the passphrase nor its key behind, be it right or wrong', async () => {
  const { keyring, passphraseKey, purposeKey } = build()
  await keyring.create(passphrase)
  keyring.seal()
  cleared = []
  expect(await keyring.unlock('a wrong guess')).toBe('wrong-passphrase')
  expect(timesCleared(hexOf('a wrong guess'))).toBe(1)
  expect(timesCleared(passphraseKey('a wrong guess'))).toBe(1)
  expect(await keyring.unlock(passphrase)).toBe('unlocked')
  expect(timesCleared(hexOf(passphrase))).toBe(1)
  expect(timesCleared(passphraseKey(passphrase))).toBe(1)
  expect(timesCleared(purposeKey('manifest'))).toBe(1)
})

test('B8 an opening that comes to nothing leaves no data key behind', async () => {
  const { keychain, keyring, dataKey } = build()
  await keyring.create(passphrase)
  keyring.seal()
  cleared = []
  const opening = keyring.unlock(passphrase)
  keyring.seal()
  expect(await opening).toBe('overtaken')
  expect(timesCleared(dataKey())).toBe(1)
  keychain.entries.delete(entryNames.manifest)
  await expect(keyring.unlock(passphrase)).rejects.toMatchObject({ fault: 'missing' })
  expect(timesCleared(dataKey())).toBe(2)
})

test('B8 a keyring that could not be made leaves no data key behind', async () => {
  const { keychain, keyring, dataKey } = build()
  keychain.set = () => Promise.reject(new Error('no keychain'))
  await expect(keyring.create(passphrase)).rejects.toThrow('no keychain')
  expect(timesCleared(dataKey())).toBe(1)
})

test('B8 opened again while open, the keys of before are gone; sealed, all of them', async () => {
  const { keyring, dataKey, purposeKey } = build()
  await keyring.create(passphrase)
  await keyring.credentials.write(id, 'a password')
  keyring.box('drafts', nothingSealed).seal('text', 'form')
  cleared = []
  await keyring.unlock(passphrase)
  const keys = [dataKey(), purposeKey('credentials'), purposeKey('drafts')]
  expect(keys.map(timesCleared)).toEqual([1, 1, 1])
  await keyring.credentials.read(id)
  cleared = []
  keyring.seal()
  expect(keys.map(timesCleared)).toEqual([1, 1, 0])
})

test('B8 a change of the passphrase leaves neither of the two nor their keys behind', async () => {
  const { keyring, passphraseKey } = build()
  await keyring.create(passphrase)
  const before = passphraseKey(passphrase)
  cleared = []
  expect(await keyring.changePassphrase(passphrase, next, { replaceKey: false })).toBe('changed')
  expect([passphrase, next].map((each) => timesCleared(hexOf(each)))).toEqual([1, 1])
  expect([before, passphraseKey(next)].map(timesCleared)).toEqual([1, 1])
})

test('B8 a replacing of the key leaves nothing behind that seals its manifest and the key before', async () => {
  const { keyring, dataKey, purposeKey } = build()
  await keyring.create(passphrase)
  cleared = []
  await keyring.changePassphrase(passphrase, next, { replaceKey: true })
  expect(['manifest', 'previous'].map((purpose) => timesCleared(purposeKey(purpose, 1)))).toEqual([1, 1])
  expect([0, 1].map((which) => timesCleared(dataKey(which)))).toEqual([1, 0])
})

test('B8 an unlocking in the middle of it that comes to nothing leaves neither of the two keys behind', async () => {
  const { keychain, keyring, dataKey, purposeKey } = build()
  await keyring.create(passphrase)
  await keyring.changePassphrase(passphrase, next, { replaceKey: true })
  keyring.seal()
  const bothCleared = () => [0, 1].map((which) => timesCleared(dataKey(which)))
  cleared = []
  const overtaken = keyring.unlock(next)
  keyring.seal()
  expect(await overtaken).toBe('overtaken')
  expect(bothCleared()).toEqual([1, 1])
  expect(timesCleared(purposeKey('previous', 1))).toBe(1)
  // What is left of the change is to be cleared away, which fails.
  keychain.entries.set(entryNames.nextManifest, 'left')
  keychain.delete = () => Promise.reject(new Error('no keychain'))
  cleared = []
  await expect(keyring.unlock(next)).rejects.toThrow('no keychain')
  expect(bothCleared()).toEqual([1, 1])
  expect(keyring.isOpen).toBe(false)
})

test('B8 a finishing of it that fails leaves neither of the two keys behind', async () => {
  const { keychain, keyring, dataKey } = build()
  await keyring.create(passphrase)
  const { set } = keychain
  const refuse = async (account: string, value: string) => {
    if (account === entryNames.manifest) throw new Error('no keychain')
    await set(account, value)
  }
  keychain.set = refuse
  await expect(keyring.changePassphrase(passphrase, next, { replaceKey: true })).rejects.toThrow(
    'no keychain',
  )
  cleared = []
  await expect(keyring.unlock(next)).rejects.toThrow('no keychain')
  expect([0, 1].map((which) => timesCleared(dataKey(which)))).toEqual([1, 1])
})

test('B8 what is sealed and opened leaves no copy of itself behind', () => {
  const key = randomBytes(32)
  const sealed = sealText(key, 'drafts', '', 'what was typed', randomBytes)
  const inBlocks = cleared.filter((hex) => hex.includes(hexOf('what was typed')))
  // The text, and the text filled up to whole blocks.
  expect(inBlocks).toHaveLength(2)
  cleared = []
  expect(openText(key, 'drafts', '', sealed, '')).toBe('what was typed')
  expect(cleared).toEqual([hexOf('what was typed')])
  cleared = []
  expect(() => openText(key, 'drafts', 'another', sealed, '')).toThrow()
  expect(cleared.filter((hex) => hex.includes(hexOf('what was typed')))).toHaveLength(1)
})
