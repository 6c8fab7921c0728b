import { describe, expect, test } from 'vitest'
import { KeychainError } from '../../../../main/keychain/keychain.ts'
import { entryNames } from '../../../../main/keyring/entry-names.ts'
import { createKeyring } from '../../../../main/keyring/keyring.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { createMemoryKeychain, type MemoryKeychain } from '../../../support/memory-keychain.ts'

const passphrase = 'correct horse battery'
const next = 'velvet harbor moss ladder'
const one = '11111111-1111-4111-8111-111111111111'
const entry = entryNames.instance(one)
const keyringOver = (keychain: MemoryKeychain) => createKeyring({ keychain, scryptCost: cheapScrypt })
const at = (keychain: MemoryKeychain, account: string) => keychain.entries.get(account) ?? ''

async function filled() {
  const keychain = createMemoryKeychain()
  const keyring = keyringOver(keychain)
  await keyring.create(passphrase)
  await keyring.credentials.write(one, 'password 1')
  return { keychain, keyring }
}

/** A keyring whose app ended in the middle of writing that password anew: announced, and the entry not yet written. */
async function interrupted() {
  const { keychain, keyring } = await filled()
  const { set } = keychain
  keychain.set = async (account, value) => {
    if (account === entry) throw new Error('ended')
    await set(account, value)
  }
  await expect(keyring.credentials.write(one, 'password 2')).rejects.toThrow('ended')
  keychain.set = set
  const restarted = keyringOver(keychain)
  await restarted.unlock(passphrase)
  return { keychain, restarted }
}

/** A box of which nothing is kept anywhere. */
const nothingSealed = { what: 'drafts', resealAll: () => {} } as const

describe('B8 what the keyring takes', () => {
  test.each(['a', 'z', 'a-z', '-', 'x'.repeat(32)])('B8 %s for a purpose', async (purpose) => {
    const { keyring } = await filled()
    const box = keyring.box(purpose, nothingSealed)
    expect(box.open(box.seal('text', 'a'), 'a')).toBe('text')
  })

  test.each([
    '',
    'A',
    'drafts ',
    ' drafts',
    'drafts1',
    'a.b',
    'x'.repeat(33),
    'keyring',
    'manifest',
    'credentials',
    'previous',
  ])('B8 not %j, and says so', async (purpose) => {
    const { keyring } = await filled()
    expect(() => keyring.box(purpose, nothingSealed)).toThrow(
      new TypeError(`“${purpose}” can’t be a purpose.`),
    )
  })

  test.each(['a', 'Z9', one, 'x'.repeat(64)])('B8 %s for an instance’s id', async (id) => {
    const { keyring } = await filled()
    await keyring.credentials.write(id, 'a password')
    expect(await keyring.credentials.read(id)).toBe('a password')
  })

  test.each(['', ' a', 'a ', 'a.b', 'a:b', 'a\n', 'ä', 'x'.repeat(65)])(
    'B8 not %j, whatever is done by it',
    async (id) => {
      const { keyring, keychain } = await filled()
      const before = new Map(keychain.entries)
      const no = new TypeError('An instance id has letters, digits and hyphens.')
      await expect(keyring.credentials.read(id)).rejects.toThrow(no)
      await expect(keyring.credentials.write(id, 'x')).rejects.toThrow(no)
      await expect(keyring.credentials.delete(id)).rejects.toThrow(no)
      expect(keychain.entries).toEqual(before)
    },
  )

  test('B8 a password as long as 57 blocks hold, and not one byte more', async () => {
    const { keyring, keychain } = await filled()
    await keyring.credentials.write(one, 'x'.repeat(1818))
    expect(at(keychain, entry).length).toBeLessThanOrEqual(2500)
    await expect(keyring.credentials.write(one, 'x'.repeat(1819))).rejects.toMatchObject({
      fault: 'too-long',
      entry,
    })
  })
})

describe('B8 an instance’s entry', () => {
  test('B8 is sealed for credentials and for its own id', async () => {
    const { keychain } = await filled()
    expect(at(keychain, entry)).toMatch(/^curfew1\.credentials\./)
  })

  test('B8 that is deleted is gone from the keychain too', async () => {
    const { keychain, keyring } = await filled()
    await keyring.credentials.delete(one)
    expect(keychain.entries.has(entry)).toBe(false)
    await keyring.credentials.delete(one)
    expect(await keyring.credentials.read(one)).toBeUndefined()
  })

  test('B8 whose writing was interrupted is settled by the next look, for good', async () => {
    const { keychain, restarted } = await interrupted()
    expect(await restarted.credentials.read(one)).toBe('password 1')
    const writes = keychain.writes
    expect(await restarted.credentials.read(one)).toBe('password 1')
    expect(keychain.writes).toBe(writes)
    const again = keyringOver(keychain)
    expect(await again.unlock(passphrase)).toBe('unlocked')
    expect(await again.credentials.read(one)).toBe('password 1')
  })

  test('B8 whose writing was interrupted, and that was replaced since, is called what it is; typed again it is good', async () => {
    const { keychain, restarted } = await interrupted()
    keychain.entries.set(entry, 'hunter2')
    await expect(restarted.credentials.read(one)).rejects.toMatchObject({ fault: 'not-sealed', entry })
    await restarted.credentials.write(one, 'typed again')
    expect(await restarted.credentials.read(one)).toBe('typed again')
  })

  test('B8 whose writing was interrupted is not settled by a keychain that fails, nor after a lock', async () => {
    const { keychain, restarted } = await interrupted()
    const { get } = keychain
    keychain.get = () => Promise.reject(new KeychainError('It is locked.', 'locked'))
    await expect(restarted.credentials.read(one)).rejects.toThrow('It is locked.')
    keychain.get = async (account) => {
      if (account === entry) throw new KeychainError('It is locked.', 'locked')
      return get(account)
    }
    await expect(restarted.credentials.read(one)).rejects.toThrow('It is locked.')
    keychain.get = async (account) => {
      if (account === entry) restarted.seal()
      return get(account)
    }
    await expect(restarted.credentials.read(one)).rejects.toMatchObject({ fault: 'locked' })
    keychain.get = get
    await restarted.unlock(passphrase)
    expect(await restarted.credentials.read(one)).toBe('password 1')
  })
})

describe('B8 a keychain that does not keep what it is given', () => {
  const forgets = new KeychainError('The system’s keychain does not keep what Curfew stores in it.')

  test.each([entryNames.manifest, entryNames.wrap])(
    'B8 lets no passphrase be chosen: not its “%s”',
    async (forgotten) => {
      const keychain = createMemoryKeychain()
      const { set } = keychain
      keychain.set = async (account, value) => {
        if (account !== forgotten) await set(account, value)
      }
      const keyring = keyringOver(keychain)
      await expect(keyring.create(passphrase)).rejects.toEqual(forgets)
      expect(keyring.isOpen).toBe(false)
      expect(await keyring.status()).toBe('new')
    },
  )
})

describe('B8 the wrap in force', () => {
  test('B8 has a number that was never given before', async () => {
    const { keychain, keyring } = await filled()
    await keyring.credentials.write(one, 'password 2')
    expect(at(keychain, entryNames.wrap)).toMatch(/^curfew1\.keyring\.1\./)
    await keyring.changePassphrase(passphrase, next, { replaceKey: false })
    expect(at(keychain, entryNames.wrap)).toMatch(/^curfew1\.keyring\.4\./)
    await keyring.changePassphrase(next, passphrase, { replaceKey: false })
    expect(at(keychain, entryNames.wrap)).toMatch(/^curfew1\.keyring\.5\./)
  })

  test('B8 that is newer than the manifest tells that the manifest is an earlier one', async () => {
    const { keychain, keyring } = await filled()
    const earlier = at(keychain, entryNames.manifest)
    await keyring.changePassphrase(passphrase, next, { replaceKey: false })
    keychain.entries.set(entryNames.manifest, earlier)
    await expect(keyringOver(keychain).unlock(next)).rejects.toMatchObject({
      fault: 'rolled-back',
      entry: entryNames.manifest,
    })
  })

  test('B8 is the only one once an interrupted change was undone: the next one opens nothing, though it is put back', async () => {
    const { keychain, keyring } = await filled()
    const { set } = keychain
    keychain.set = async (account, value) => {
      if (account === entryNames.wrap) throw new Error('ended')
      await set(account, value)
    }
    await expect(keyring.changePassphrase(passphrase, next, { replaceKey: false })).rejects.toThrow('ended')
    keychain.set = set
    const undone = at(keychain, entryNames.nextWrap)
    expect(await keyringOver(keychain).unlock(passphrase)).toBe('unlocked')
    keychain.entries.set(entryNames.nextWrap, undone)
    await expect(keyringOver(keychain).unlock(next)).rejects.toMatchObject({
      fault: 'rolled-back',
      entry: entryNames.nextWrap,
    })
  })

  test('B8 that is gone while Curfew is open can’t be changed, and is named', async () => {
    const { keychain, keyring } = await filled()
    keychain.entries.delete(entryNames.wrap)
    await expect(keyring.changePassphrase(passphrase, next, { replaceKey: false })).rejects.toMatchObject({
      fault: 'missing',
      entry: entryNames.wrap,
    })
  })

  test('B8 opens without anything being written where nothing was interrupted', async () => {
    const { keychain } = await filled()
    const { writes } = keychain
    expect(await keyringOver(keychain).unlock(passphrase)).toBe('unlocked')
    expect(keychain.writes).toBe(writes)
  })

  test.each([
    ['hunter2', 'not-sealed'],
    ['curfew1.keyring.1', 'truncated'],
  ])('B8 replaced by %s is named with its fault, and no passphrase is tried', async (text, fault) => {
    const { keychain } = await filled()
    keychain.entries.set(entryNames.wrap, text)
    let tries = 0
    const beforeTry = async () => {
      tries += 1
    }
    const keyring = createKeyring({ keychain, scryptCost: cheapScrypt, beforeTry })
    await expect(keyring.unlock(passphrase)).rejects.toMatchObject({ fault, entry: entryNames.wrap })
    expect(tries).toBe(0)
  })

  test('B8 that is there alone, or only as the next one, is a keyring; the count of tries alone is none', async () => {
    const { keychain } = await filled()
    const only = (...kept: readonly string[]) =>
      keyringOver(
        createMemoryKeychain(new Map(kept.map((account) => [account, at(keychain, entryNames.wrap)]))),
      )
    expect(await only(entryNames.wrap).status()).toBe('sealed')
    expect(await only(entryNames.nextWrap).status()).toBe('sealed')
    expect(await only(entryNames.attempts, entryNames.manifest).status()).toBe('new')
    expect(await only(entry).status()).toBe('damaged')
  })
})
