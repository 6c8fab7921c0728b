import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { entryNames } from '../../../../main/keyring/entry-names.ts'
import { createKeyring } from '../../../../main/keyring/keyring.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { createMemoryKeychain, type MemoryKeychain } from '../../../support/memory-keychain.ts'

const keepKey = { replaceKey: false }
/** For boxes whose sealed texts the test keeps itself. */
const nothingKept = { what: 'drafts', resealAll: () => {} } as const
const passphrase = 'correct horse battery'
const one = '11111111-1111-4111-8111-111111111111'
const two = '22222222-2222-4222-8222-222222222222'
const entryOf = entryNames.instance

function keyringOver(keychain: MemoryKeychain) {
  return createKeyring({ keychain, scryptCost: cheapScrypt })
}

/** A keyring with two passwords in it, open. */
async function filled() {
  const keychain = createMemoryKeychain()
  const keyring = keyringOver(keychain)
  await keyring.create(passphrase)
  await keyring.credentials.write(one, 'password of one')
  await keyring.credentials.write(two, 'password of two')
  return { keychain, keyring }
}

const at = (keychain: MemoryKeychain, account: string) => keychain.entries.get(account) ?? ''

describe('B8 the keyring', () => {
  test('B8 is new until a passphrase is chosen, then sealed, and a second one can’t be chosen', async () => {
    const keychain = createMemoryKeychain()
    const keyring = keyringOver(keychain)
    expect(await keyring.status()).toBe('new')
    expect(await keyring.create(passphrase)).toBe('unlocked')
    expect(keyring.isOpen).toBe(true)
    expect(await keyring.status()).toBe('sealed')
    await expect(keyring.create('another one')).rejects.toMatchObject({ fault: 'exists' })
    expect(await keyringOver(keychain).unlock(passphrase)).toBe('unlocked')
  })

  test('B8 opens with the passphrase and with no other', async () => {
    const { keychain } = await filled()
    const keyring = keyringOver(keychain)
    for (const wrong of ['', 'correct horse', `${passphrase} `, passphrase.toUpperCase()]) {
      expect(await keyring.unlock(wrong)).toBe('wrong-passphrase')
      expect(keyring.isOpen).toBe(false)
    }
    expect(await keyring.unlock(passphrase)).toBe('unlocked')
    expect(await keyring.credentials.read(one)).toBe('password of one')
  })

  test('B8 takes the same characters in another Unicode form for the same passphrase', async () => {
    const keychain = createMemoryKeychain()
    await keyringOver(keychain).create('café ﬁne Å'.normalize('NFC'))
    const keyring = keyringOver(keychain)
    expect(await keyring.unlock('café fine Å'.normalize('NFD'))).toBe('unlocked')
  })

  test('C1 leaves nothing readable in the keychain: no password, no passphrase, no key', async () => {
    const keys: Buffer[] = []
    const keychain = createMemoryKeychain()
    const random = (bytes: number) => {
      const value = randomBytes(bytes)
      if (bytes === 32) keys.push(Buffer.from(value))
      return value
    }
    const keyring = createKeyring({ keychain, random, scryptCost: cheapScrypt })
    await keyring.create(passphrase)
    await keyring.credentials.write(one, 'MARKER-password')
    const stored = JSON.stringify([...keychain.entries])
    expect(keys).toHaveLength(1)
    for (const secret of [
      'MARKER',
      Buffer.from('MARKER').toString('base64url'),
      passphrase,
      keys[0]?.toString('base64url') ?? '',
      keys[0]?.toString('hex') ?? '',
    ]) {
      expect(stored).not.toContain(secret)
    }
  })

  test('B8 stores one line of at most 2 500 bytes an instance, and refuses what would not fit', async () => {
    const { keychain, keyring } = await filled()
    await keyring.credentials.write(one, 'ü'.repeat(800))
    for (const value of keychain.entries.values()) {
      expect(value).toMatch(/^[\x21-\x7e]{1,2500}$/)
    }
    const before = new Map(keychain.entries)
    await expect(keyring.credentials.write(one, 'x'.repeat(2000))).rejects.toMatchObject({
      fault: 'too-long',
    })
    expect(keychain.entries).toEqual(before)
    expect(await keyring.credentials.read(one)).toBe('ü'.repeat(800))
  })

  test('B8 has room for 100 instances, and says so when it is full', async () => {
    const { keyring } = await filled()
    for (let count = 0; count < 100; count += 1) await keyring.credentials.write(randomUUID(), 'x')
    const more = async () => {
      for (let count = 0; count < 100; count += 1) await keyring.credentials.write(randomUUID(), 'x')
    }
    await expect(more()).rejects.toMatchObject({ fault: 'full' })
    expect(await keyring.credentials.read(one)).toBe('password of one')
  })

  test('B8 sealed, its keys are overwritten with zeros and nothing can be sealed or opened', async () => {
    const dataKeys: Buffer[] = []
    const keychain = createMemoryKeychain()
    const random = (bytes: number) => {
      const value = randomBytes(bytes)
      if (bytes === 32) dataKeys.push(value)
      return value
    }
    const keyring = createKeyring({ keychain, random, scryptCost: cheapScrypt })
    await keyring.create(passphrase)
    const box = keyring.box('drafts', nothingKept)
    const sealed = box.seal('text', 'a')
    await keyring.credentials.write(one, 'x')
    expect(dataKeys[0]?.equals(Buffer.alloc(32))).toBe(false)
    keyring.seal()
    expect(dataKeys[0]?.equals(Buffer.alloc(32))).toBe(true)
    expect(keyring.isOpen).toBe(false)
    expect(() => box.seal('text', 'a')).toThrow(expect.objectContaining({ fault: 'locked' }))
    expect(() => box.open(sealed, 'a')).toThrow(expect.objectContaining({ fault: 'locked' }))
    for (const attempt of [
      () => keyring.credentials.read(one),
      () => keyring.credentials.write(one, 'y'),
      () => keyring.credentials.delete(one),
      () => keyring.changePassphrase(passphrase, 'another one', keepKey),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ fault: 'locked' })
    }
  })

  test('B8 sealed while a password is being read, the answer that comes late is dropped', async () => {
    const { keychain, keyring } = await filled()
    const gate = Promise.withResolvers<void>()
    const get = keychain.get
    keychain.get = async (account) => {
      await gate.promise
      return get(account)
    }
    const reading = keyring.credentials.read(one)
    await Promise.resolve()
    keyring.seal()
    gate.resolve()
    await expect(reading).rejects.toMatchObject({ fault: 'locked' })
  })

  test('B8 sealed while looking for a password that is not there, it does not even say so', async () => {
    const { keyring } = await filled()
    const reading = keyring.credentials.read(randomUUID())
    await Promise.resolve()
    await Promise.resolve()
    keyring.seal()
    await expect(reading).rejects.toMatchObject({ fault: 'locked' })
  })

  test('B8 asked for many things at once does them one after the other, and loses none', async () => {
    const { keyring, keychain } = await filled()
    const { set } = keychain
    keychain.set = async (account, value) => {
      await new Promise(setImmediate)
      await set(account, value)
    }
    const ids = Array.from({ length: 10 }, () => randomUUID())
    await Promise.all(ids.map((id) => keyring.credentials.write(id, `password of ${id}`)))
    keyring.seal()
    await keyring.unlock(passphrase)
    for (const id of ids) expect(await keyring.credentials.read(id)).toBe(`password of ${id}`)
  })

  test('B8 sealed while it is being opened, it stays sealed', async () => {
    const { keychain } = await filled()
    const keyring = keyringOver(keychain)
    const opening = keyring.unlock(passphrase)
    keyring.seal()
    expect(await opening).toBe('overtaken')
    expect(keyring.isOpen).toBe(false)
  })

  test('B8 sealed in the middle of a write, the write is completed and the entry stays good', async () => {
    const keychain = createMemoryKeychain(undefined, { after: () => keyring.seal() })
    const keyring = createKeyring({ keychain, scryptCost: cheapScrypt })
    await keyring.create(passphrase)
    await keyring.unlock(passphrase)
    await keyring.credentials.write(one, 'new password')
    expect(keyring.isOpen).toBe(false)
    await keyring.unlock(passphrase)
    expect(await keyring.credentials.read(one)).toBe('new password')
  })

  test('B8 keeps what belongs to different things apart: a box opens only its own', async () => {
    const { keyring } = await filled()
    const sealed = keyring.box('drafts', nothingKept).seal('text', 'form')
    expect(keyring.box('drafts', nothingKept).open(sealed, 'form')).toBe('text')
    expect(() => keyring.box('drafts', nothingKept).open(sealed, 'another')).toThrow(/changed outside/)
    expect(() => keyring.box('snapshots', nothingKept).open(sealed, 'form')).toThrow(/another kind/)
    for (const own of ['credentials', 'manifest', 'keyring', 'previous', 'a.b', '']) {
      expect(() => keyring.box(own, nothingKept)).toThrow(TypeError)
    }
  })

  test('B8 tries no passphrase that could not be counted first', async () => {
    const { keychain } = await filled()
    let mayCount = true
    const beforeTry = async () => {
      if (!mayCount) throw new Error('not counted')
    }
    const keyring = createKeyring({ keychain, scryptCost: cheapScrypt, beforeTry })
    expect(await keyring.unlock(passphrase)).toBe('unlocked')
    mayCount = false
    await expect(keyring.changePassphrase(passphrase, 'a whole new one', keepKey)).rejects.toThrow(
      'not counted',
    )
    await expect(keyring.changePassphrase('a guess', 'a whole new one', keepKey)).rejects.toThrow(
      'not counted',
    )
    keyring.seal()
    await expect(keyring.unlock(passphrase)).rejects.toThrow('not counted')
    await expect(keyring.unlock('a guess')).rejects.toThrow('not counted')
    expect(keyring.isOpen).toBe(false)
  })

  test('B8 refuses a planted cost that would fill the memory, without working on it', async () => {
    const { keychain } = await filled()
    keychain.entries.set(entryNames.wrap, at(keychain, entryNames.wrap).replace('.4-8-1.', '.40-99-99.'))
    await expect(keyringOver(keychain).unlock(passphrase)).rejects.toMatchObject({ fault: 'not-sealed' })
  })

  test('B8 whose key entry is gone is damaged, not new: nobody is asked to begin anew over old entries', async () => {
    const { keychain } = await filled()
    keychain.entries.delete(entryNames.wrap)
    const keyring = keyringOver(keychain)
    expect(await keyring.status()).toBe('damaged')
    await expect(keyring.create(passphrase)).rejects.toMatchObject({ fault: 'exists' })
    await expect(keyring.unlock(passphrase)).rejects.toMatchObject({ fault: 'missing', entry: 'keyring' })
    await keyring.forgetEverything()
    expect(await keyring.status()).toBe('new')
  })
})

describe('B8 an entry of the keyring', () => {
  test('B8 that was exchanged for another instance’s is called swapped', async () => {
    const { keychain, keyring } = await filled()
    keychain.entries.set(entryOf(one), at(keychain, entryOf(two)))
    await expect(keyring.credentials.read(one)).rejects.toMatchObject({
      fault: 'swapped',
      entry: entryOf(one),
    })
    expect(await keyring.credentials.read(two)).toBe('password of two')
  })

  test('B8 that was changed, cut short or replaced is named as such', async () => {
    const { keychain, keyring } = await filled()
    const good = at(keychain, entryOf(one))
    const end = good.at(-30) === 'A' ? 'Q' : 'A'
    const faults = [
      [`${good.slice(0, -30)}${end}${good.slice(-29)}`, 'tampered'],
      [good.slice(0, -7), 'truncated'],
      ['hunter2', 'not-sealed'],
      [at(keychain, entryNames.manifest), 'wrong-purpose'],
      [good.replace('curfew1', 'curfew9'), 'unknown-version'],
    ] as const
    for (const [text, fault] of faults) {
      keychain.entries.set(entryOf(one), text)
      await expect(keyring.credentials.read(one)).rejects.toMatchObject({ fault, entry: entryOf(one) })
    }
    keychain.entries.set(entryOf(one), good)
    expect(await keyring.credentials.read(one)).toBe('password of one')
  })

  test('B8 that was exchanged for an earlier one of the same instance is called rolled back', async () => {
    const { keychain, keyring } = await filled()
    const earlier = at(keychain, entryOf(one))
    await keyring.credentials.write(one, 'a newer password')
    keychain.entries.set(entryOf(one), earlier)
    await expect(keyring.credentials.read(one)).rejects.toMatchObject({
      fault: 'rolled-back',
      entry: entryOf(one),
    })
  })

  test('B8 that was deleted in Curfew and put back is called rolled back', async () => {
    const { keychain, keyring } = await filled()
    const earlier = at(keychain, entryOf(one))
    await keyring.credentials.delete(one)
    expect(await keyring.credentials.read(one)).toBeUndefined()
    keychain.entries.set(entryOf(one), earlier)
    await expect(keyring.credentials.read(one)).rejects.toMatchObject({ fault: 'rolled-back' })
    await keyring.credentials.write(one, 'again')
    keychain.entries.set(entryOf(one), earlier)
    await expect(keyring.credentials.read(one)).rejects.toMatchObject({ fault: 'rolled-back' })
  })

  test('B8 that was deleted outside Curfew is called missing, and can be written again', async () => {
    const { keychain, keyring } = await filled()
    keychain.entries.delete(entryOf(one))
    await expect(keyring.credentials.read(one)).rejects.toMatchObject({
      fault: 'missing',
      entry: entryOf(one),
    })
    await keyring.credentials.write(one, 'typed again')
    expect(await keyring.credentials.read(one)).toBe('typed again')
  })

  test('B8 that was tampered with can be written again or deleted', async () => {
    const { keychain, keyring } = await filled()
    keychain.entries.set(entryOf(one), 'hunter2')
    keychain.entries.set(entryOf(two), 'hunter2')
    await keyring.credentials.write(one, 'typed again')
    await keyring.credentials.delete(two)
    expect(await keyring.credentials.read(one)).toBe('typed again')
    expect(await keyring.credentials.read(two)).toBeUndefined()
  })

  test('B8 that never was is simply not there', async () => {
    const { keyring } = await filled()
    expect(await keyring.credentials.read(randomUUID())).toBeUndefined()
  })

  test('B8 is found by an instance id only, never by a name of the keyring’s own', async () => {
    const { keyring } = await filled()
    for (const id of ['', '../manifest', 'a b', 'x'.repeat(65), 'a\n']) {
      await expect(keyring.credentials.write(id, 'x')).rejects.toThrow(TypeError)
    }
  })
})

describe('B8 the manifest', () => {
  test('B8 that was deleted, changed or replaced keeps the keyring shut, and is named', async () => {
    const { keychain } = await filled()
    const good = at(keychain, entryNames.manifest)
    const faults = [
      ['x', 'not-sealed'],
      [good.slice(0, -5), 'truncated'],
      [`${good.slice(0, -40)}${good.at(-40) === 'A' ? 'B' : 'A'}${good.slice(-39)}`, 'tampered'],
      [at(keychain, entryOf(one)), 'wrong-purpose'],
    ] as const
    for (const [text, fault] of faults) {
      keychain.entries.set(entryNames.manifest, text)
      const keyring = keyringOver(keychain)
      await expect(keyring.unlock(passphrase)).rejects.toMatchObject({ fault, entry: 'manifest' })
      expect(keyring.isOpen).toBe(false)
    }
    keychain.entries.delete(entryNames.manifest)
    await expect(keyringOver(keychain).unlock(passphrase)).rejects.toMatchObject({
      fault: 'missing',
      entry: 'manifest',
    })
  })

  test('B8 that was exchanged for an earlier one is called rolled back', async () => {
    const { keychain, keyring } = await filled()
    const earlier = at(keychain, entryNames.manifest)
    await keyring.credentials.write(one, 'a newer password')
    keychain.entries.set(entryNames.manifest, earlier)
    const restarted = keyringOver(keychain)
    await restarted.unlock(passphrase)
    await expect(restarted.credentials.read(one)).rejects.toMatchObject({
      fault: 'rolled-back',
      entry: 'manifest',
    })
  })
})

describe('B8 changing the passphrase', () => {
  test('B8 leaves every sealed entry as it is, and only the new passphrase opens it from then on', async () => {
    const { keychain, keyring } = await filled()
    const before = [at(keychain, entryOf(one)), at(keychain, entryOf(two))]
    expect(await keyring.changePassphrase(passphrase, 'a whole new one', keepKey)).toBe('changed')
    expect([at(keychain, entryOf(one)), at(keychain, entryOf(two))]).toEqual(before)
    expect(keychain.entries.has(entryNames.nextWrap)).toBe(false)
    const restarted = keyringOver(keychain)
    expect(await restarted.unlock(passphrase)).toBe('wrong-passphrase')
    expect(await restarted.unlock('a whole new one')).toBe('unlocked')
    expect(await restarted.credentials.read(one)).toBe('password of one')
  })

  test('B8 with a new key, overwrites the old one with zeros once nothing needs it, and both when it is sealed', async () => {
    const keys: Buffer[] = []
    const keychain = createMemoryKeychain()
    const random = (bytes: number) => {
      const value = randomBytes(bytes)
      if (bytes === 32) keys.push(value)
      return value
    }
    const keyring = createKeyring({ keychain, random, scryptCost: cheapScrypt })
    const isZero = () => keys.map((key) => key.equals(Buffer.alloc(32)))
    await keyring.create(passphrase)
    await keyring.credentials.write(one, 'password of one')
    await keyring.changePassphrase(passphrase, 'a whole new one', { replaceKey: true })
    expect(keyring.isResealing).toBe(true)
    expect(isZero()).toEqual([false, false])
    await keyring.reseal(() => {})
    expect(keyring.isResealing).toBe(false)
    expect(isZero()).toEqual([true, false])
    await keyring.changePassphrase('a whole new one', passphrase, { replaceKey: true })
    keyring.seal()
    expect(isZero()).toEqual([true, true, true])
    expect(keyring.isResealing).toBe(false)
    await expect(keyring.reseal(() => {})).rejects.toMatchObject({ fault: 'locked' })
  })

  test('B8 asks for the current one', async () => {
    const { keychain, keyring } = await filled()
    const before = new Map(keychain.entries)
    expect(await keyring.changePassphrase('not this one', 'a whole new one', keepKey)).toBe(
      'wrong-passphrase',
    )
    expect(keychain.entries).toEqual(before)
  })

  test('B8 stops where the wrap in the keychain is not of the keyring that is open', async () => {
    const { keychain, keyring } = await filled()
    const theirs = createMemoryKeychain()
    await keyringOver(theirs).create(passphrase)
    keychain.entries.set(entryNames.wrap, at(theirs, entryNames.wrap))
    await expect(keyring.changePassphrase(passphrase, 'a whole new one', keepKey)).rejects.toMatchObject({
      fault: 'tampered',
      entry: entryNames.wrap,
    })
  })

  test('B8 an old wrap that is put back is called rolled back: the old passphrase opens nothing', async () => {
    const { keychain, keyring } = await filled()
    const earlier = at(keychain, entryNames.wrap)
    await keyring.changePassphrase(passphrase, 'a whole new one', keepKey)
    for (const place of [entryNames.wrap, entryNames.nextWrap]) {
      const copy = createMemoryKeychain(new Map(keychain.entries))
      copy.entries.set(place, earlier)
      const restarted = keyringOver(copy)
      await expect(restarted.unlock(passphrase)).rejects.toMatchObject({ fault: 'rolled-back', entry: place })
      expect(restarted.isOpen).toBe(false)
    }
  })

  test('B8 a planted next wrap changes nothing for the right passphrase, and is cleared away', async () => {
    const { keychain } = await filled()
    for (const planted of ['hunter2', at(keychain, entryNames.manifest), 'curfew1.keyring.2.4-8-1.x.y.z']) {
      keychain.entries.set(entryNames.nextWrap, planted)
      const keyring = keyringOver(keychain)
      expect(await keyring.unlock('wrong')).toBe('wrong-passphrase')
      expect(await keyring.unlock(passphrase)).toBe('unlocked')
    }
  })

  test('B8 an attacker’s own keyring in place of ours does not open our entries', async () => {
    const { keychain } = await filled()
    const theirs = createMemoryKeychain()
    await keyringOver(theirs).create('their passphrase')
    keychain.entries.set(entryNames.wrap, at(theirs, entryNames.wrap))
    await expect(keyringOver(keychain).unlock('their passphrase')).rejects.toMatchObject({
      fault: 'tampered',
    })
    keychain.entries.set(entryNames.manifest, at(theirs, entryNames.manifest))
    const keyring = keyringOver(keychain)
    expect(await keyring.unlock('their passphrase')).toBe('unlocked')
    await expect(keyring.credentials.read(one)).rejects.toMatchObject({ fault: 'tampered' })
  })
})

describe('forgetting everything', () => {
  test('C1 leaves no entry in the keychain, open or not', async () => {
    for (const open of [true, false]) {
      const { keychain, keyring } = await filled()
      if (!open) keyring.seal()
      await keyring.forgetEverything()
      expect(keychain.entries.size).toBe(0)
      expect(keyring.isOpen).toBe(false)
      expect(await keyring.status()).toBe('new')
    }
  })
})
