import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { KeychainError } from '../../../../main/keychain/keychain.ts'
import { entryNames } from '../../../../main/keyring/entry-names.ts'
import { createKeyring, type Keyring } from '../../../../main/keyring/keyring.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { createMemoryKeychain, type MemoryKeychain } from '../../../support/memory-keychain.ts'

const before = 'correct horse battery'
const after = 'velvet harbor moss ladder'
const third = 'copper window otter rain'
const newKey = { replaceKey: true }
const one = '11111111-1111-4111-8111-111111111111'
const { wrap, nextWrap, manifest, nextManifest, previous } = entryNames
const at = (keychain: MemoryKeychain, account: string) => keychain.entries.get(account) ?? ''
const over = (keychain: MemoryKeychain) => createKeyring({ keychain, scryptCost: cheapScrypt })

/** An open keyring with a password in it, and every data key that it has made. */
async function filled(onRandom = (_bytes: number) => {}) {
  const keychain = createMemoryKeychain()
  const dataKeys: Buffer[] = []
  const keyring = createKeyring({
    keychain,
    scryptCost: cheapScrypt,
    random(bytes) {
      const value = randomBytes(bytes)
      if (bytes === 32) dataKeys.push(value)
      onRandom(bytes)
      return value
    },
  })
  await keyring.create(before)
  await keyring.credentials.write(one, 'a password')
  const areCleared = () => dataKeys.map((key) => key.equals(Buffer.alloc(32)))
  return { keychain, keyring, areCleared }
}

/** Calls `act` before or after everything that is written to the keychain from now on, with the entry's name. */
function around(keychain: MemoryKeychain, moment: 'before' | 'after', act: (account: string) => void): void {
  const { set } = keychain
  keychain.set = async (account, value) => {
    if (moment === 'before') act(account)
    await set(account, value)
    if (moment === 'after') act(account)
  }
}

const change = (keyring: Keyring) => keyring.changePassphrase(before, after, newKey)

/** Everything that a replacing writes, in order, and whether it can be told which key is in force where that fails. */
const writes = [
  [previous, true],
  [nextManifest, true],
  [nextWrap, true],
  [wrap, false],
  [manifest, false],
] as const

describe('B8 replacing the key', () => {
  test('B8 writes in this order: up to the wrap the passphrase before is in force, from then on the new one', async () => {
    const { keychain, keyring } = await filled()
    const written: string[] = []
    around(keychain, 'before', (account) => written.push(account))
    expect(await change(keyring)).toBe('changed')
    expect(written).toEqual(writes.map(([account]) => account))
    expect([nextWrap, nextManifest].filter((entry) => keychain.entries.has(entry))).toEqual([])
  })

  for (const moment of ['before', 'after'] as const) {
    test.each(writes)(
      `B8 whose write of %s fails, ${moment} it has happened: stays open %s, with the key that is in force`,
      async (failing, staysOpen) => {
        const { keychain, keyring, areCleared } = await filled()
        let fails = true
        around(keychain, moment, (account) => {
          if (fails && account === failing) throw new KeychainError('It does not answer.')
        })
        const old = at(keychain, wrap)
        await expect(change(keyring)).rejects.toEqual(new KeychainError('It does not answer.'))
        fails = false
        expect(keyring.isOpen).toBe(staysOpen)
        expect(areCleared()).toEqual(staysOpen ? [false, true] : [true, true])
        if (staysOpen) expect(await keyring.credentials.read(one)).toBe('a password')
        const [right, wrong] = at(keychain, wrap) === old ? [before, after] : [after, before]
        expect(await over(keychain).unlock(wrong)).toBe('wrong-passphrase')
        const restarted = over(keychain)
        expect(await restarted.unlock(right)).toBe('unlocked')
        expect(await restarted.credentials.read(one)).toBe('a password')
      },
    )
  }

  test.each(writes)(
    'B8 in a keychain that does not keep %s, is no replacing',
    async (forgotten, staysOpen) => {
      const { keychain, keyring } = await filled()
      const { set } = keychain
      keychain.set = async (account, value) => {
        if (account !== forgotten) await set(account, value)
      }
      await expect(change(keyring)).rejects.toThrow('does not keep what Curfew stores')
      expect(keyring.isOpen).toBe(staysOpen)
    },
  )

  test('B8 is done though what it leaves could not be cleared away, which the next unlocking does', async () => {
    const { keychain, keyring } = await filled()
    const { delete: remove } = keychain
    keychain.delete = () => Promise.reject(new KeychainError('It does not answer.'))
    expect(await change(keyring)).toBe('changed')
    expect(keyring.isOpen).toBe(true)
    keychain.delete = remove
    expect([nextWrap, nextManifest].filter((entry) => keychain.entries.has(entry))).toHaveLength(2)
    expect(await over(keychain).unlock(after)).toBe('unlocked')
    expect([nextWrap, nextManifest].filter((entry) => keychain.entries.has(entry))).toEqual([])
  })

  test('B8 gives the wrap a number that nothing had before', async () => {
    const { keychain, keyring } = await filled()
    await keyring.credentials.write(one, 'another')
    await change(keyring)
    expect(at(keychain, wrap)).toMatch(/^curfew1\.keyring\.4\./)
    await keyring.reseal(() => {})
    await keyring.changePassphrase(after, third, newKey)
    expect(at(keychain, wrap)).toMatch(/^curfew1\.keyring\.5\./)
  })

  test('B8 waits until the last one is everywhere, which a change of the passphrase alone need not', async () => {
    const { keychain, keyring } = await filled()
    await change(keyring)
    const left = new Map(keychain.entries)
    await expect(keyring.changePassphrase(after, third, newKey)).rejects.toMatchObject({ fault: 'resealing' })
    expect(keychain.entries).toEqual(left)
    expect(await keyring.changePassphrase(after, third, { replaceKey: false })).toBe('changed')
    const restarted = over(keychain)
    expect(await restarted.unlock(third)).toBe('unlocked')
    expect(restarted.isResealing).toBe(true)
    expect(await restarted.credentials.read(one)).toBe('a password')
  })

  test.each([
    ['looks for the manifest', 1],
    ['reads the wrap', 2],
  ])('B8 sealed while it %s, writes nothing and leaves no key', async (_, question) => {
    const { keychain, keyring, areCleared } = await filled()
    const left = new Map(keychain.entries)
    const { get } = keychain
    let asked = 0
    keychain.get = async (account) => {
      asked += 1
      if (asked === question) keyring.seal()
      return get(account)
    }
    await expect(change(keyring)).rejects.toMatchObject({ fault: 'locked' })
    expect(keychain.entries).toEqual(left)
    expect(keyring.isOpen).toBe(false)
    expect(areCleared()).not.toContain(false)
  })

  test.each([newKey, { replaceKey: false }])(
    'B8 sealed while the new passphrase is worked on, writes nothing and leaves no key: %j',
    async (options) => {
      let isChanging = false
      const { keychain, keyring, areCleared } = await filled((bytes) => {
        // The salt of the new passphrase.
        if (isChanging && bytes === 16) keyring.seal()
      })
      const left = new Map(keychain.entries)
      isChanging = true
      await expect(keyring.changePassphrase(before, after, options)).rejects.toMatchObject({
        fault: 'locked',
      })
      expect(keychain.entries).toEqual(left)
      expect(areCleared()).not.toContain(false)
    },
  )

  test.each(writes)('B8 sealed at its write of %s, comes to its end and leaves no key', async (account) => {
    const { keychain, keyring, areCleared } = await filled()
    around(keychain, 'after', (written) => {
      if (written === account) keyring.seal()
    })
    expect(await change(keyring)).toBe('changed')
    expect(keyring.isOpen).toBe(false)
    expect(areCleared()).toEqual([true, true])
    const restarted = over(keychain)
    expect(await restarted.unlock(after)).toBe('unlocked')
    expect(restarted.isResealing).toBe(true)
    expect(await restarted.credentials.read(one)).toBe('a password')
  })

  test('B8 is no business of a Curfew that another one has overtaken meanwhile', async () => {
    const { keychain, keyring } = await filled()
    const other = over(keychain)
    await other.unlock(before)
    const { get } = keychain
    let asked = 0
    keychain.get = async (account) => {
      asked += 1
      if (asked === 3) {
        keychain.get = get
        await other.credentials.write(one, 'of the other')
      }
      return get(account)
    }
    await expect(change(keyring)).rejects.toMatchObject({ fault: 'outdated' })
    expect(keychain.entries.has(nextWrap)).toBe(false)
    expect(keyring.isOpen).toBe(true)
  })
})

describe('B8 once everything is sealed with the new key', () => {
  test('B8 nothing of the change is left, whatever of it was there, and nothing else is deleted', async () => {
    for (const left of [[], [nextWrap], [nextManifest], [nextWrap, nextManifest]]) {
      const { keychain, keyring } = await filled()
      await change(keyring)
      for (const entry of left) keychain.entries.set(entry, 'left')
      const deleted: string[] = []
      const { delete: remove } = keychain
      keychain.delete = (account) => {
        deleted.push(account)
        return remove(account)
      }
      await keyring.reseal(() => {})
      expect(deleted).toEqual([previous, ...left])
      expect([...keychain.entries.keys()].toSorted()).toEqual(
        [entryNames.instance(one), wrap, manifest].toSorted(),
      )
    }
  })

  test('B8 the next unlocking has nothing left to seal', async () => {
    const { keychain, keyring } = await filled()
    await change(keyring)
    await keyring.reseal(() => {})
    const restarted = over(keychain)
    await restarted.unlock(after)
    expect(restarted.isResealing).toBe(false)
    let told = 0
    await restarted.reseal(() => {
      told += 1
    })
    expect(told).toBe(0)
  })
})

/** A keychain whose replacing ended right before that entry was written. */
async function endedBefore(entry: string) {
  const { keychain, keyring } = await filled()
  const { set } = keychain
  keychain.set = async (account, value) => {
    if (account === entry) throw new Error('ended')
    await set(account, value)
  }
  await expect(change(keyring)).rejects.toThrow('ended')
  keychain.set = set
  return keychain
}

describe('B8 a replacing that ended with the new wrap in force', () => {
  test('B8 is finished where the manifest before was lost meanwhile', async () => {
    const keychain = await endedBefore(manifest)
    keychain.entries.delete(manifest)
    const restarted = over(keychain)
    expect(await restarted.unlock(after)).toBe('unlocked')
    expect(await restarted.credentials.read(one)).toBe('a password')
  })

  test('B8 is not finished where another manifest was put in the place of the one before', async () => {
    const keychain = await endedBefore(manifest)
    const others = createMemoryKeychain()
    await over(others).create(before)
    for (const [planted, fault] of [
      [at(others, manifest), 'tampered'],
      ['hunter2', 'not-sealed'],
    ] as const) {
      keychain.entries.set(manifest, planted)
      const left = new Map(keychain.entries)
      await expect(over(keychain).unlock(after)).rejects.toMatchObject({ fault, entry: manifest })
      expect(keychain.entries).toEqual(left)
    }
  })

  test.each([manifest, wrap])(
    'B8 and ended before %s was written, names the manifest where the one for the new key was deleted',
    async (last) => {
      const keychain = await endedBefore(last)
      keychain.entries.delete(nextManifest)
      await expect(over(keychain).unlock(after)).rejects.toMatchObject({ fault: 'tampered', entry: manifest })
    },
  )
})

test('B8 a damaged manifest is what is named, whatever is planted where one for a new key would be', async () => {
  const { keychain } = await filled()
  keychain.entries.set(manifest, 'hunter2')
  for (const planted of ['hunter2', at(keychain, wrap)]) {
    keychain.entries.set(nextManifest, planted)
    await expect(over(keychain).unlock(before)).rejects.toMatchObject({
      fault: 'not-sealed',
      entry: manifest,
    })
  }
})

test('B8 the manifest of another wrap of the new key is called an earlier one where it stands for the next', async () => {
  const { keychain, keyring } = await filled()
  await change(keyring)
  const earlier = at(keychain, manifest)
  await keyring.changePassphrase(after, third, { replaceKey: false })
  keychain.entries.set(nextManifest, earlier)
  keychain.entries.delete(manifest)
  await expect(over(keychain).unlock(third)).rejects.toMatchObject({
    fault: 'rolled-back',
    entry: nextManifest,
  })
})
