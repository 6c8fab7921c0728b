import { describe, expect, test } from 'vitest'
import { entryNames } from '../../../../main/keyring/entry-names.ts'
import { createKeyring, type Keyring } from '../../../../main/keyring/keyring.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'

const keepKey = { replaceKey: false }
const before = 'the passphrase before'
const after = 'the passphrase after'
const id = '11111111-1111-4111-8111-111111111111'

class Killed extends Error {}

/**
 * Does something to a keyring and ends the app just before and just after every write it makes, each time from
 * the same beginning; `check` then gets the app as it starts the next time.
 *
 * @returns how many ends were tried
 */
async function endEverywhere(
  prepare: (keyring: Keyring) => Promise<unknown>,
  act: (keyring: Keyring) => Promise<unknown>,
  check: (restarted: () => Keyring, entries: Map<string, string>, where: string) => Promise<void>,
): Promise<number> {
  const start = createMemoryKeychain()
  await prepare(createKeyring({ keychain: start, scryptCost: cheapScrypt }))
  let ends = 0
  for (const moment of ['before', 'after'] as const) {
    for (let at = 1; ; at += 1) {
      const entries = new Map(start.entries)
      let armed = false
      let base = 0
      let killed = false
      const keychain = createMemoryKeychain(entries, {
        [moment]: (write: number) => {
          if (!armed) base = write
          else if (killed || write - base >= at) {
            killed = true
            throw new Killed()
          }
        },
      })
      const keyring = createKeyring({ keychain, scryptCost: cheapScrypt })
      if (start.entries.size > 0) await keyring.unlock(before)
      armed = true
      await act(keyring).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
      if (!killed) break
      ends += 1
      const restarted = () =>
        createKeyring({ keychain: createMemoryKeychain(entries), scryptCost: cheapScrypt })
      await check(restarted, entries, `${moment} write ${at}`)
    }
  }
  return ends
}

async function fill(keyring: Keyring) {
  await keyring.create(before)
  await keyring.credentials.write(id, 'password 1')
}

describe('B8 ending the app', () => {
  test('B8 at any point of a passphrase change, the old or the new one opens it, and one of them for good', async () => {
    const winners = new Set<string>()
    const ends = await endEverywhere(
      fill,
      (keyring) => keyring.changePassphrase(before, after, keepKey),
      async (restarted, entries, where) => {
        const working: string[] = []
        for (const passphrase of [before, after]) {
          const copy = new Map(entries)
          const keyring = createKeyring({ keychain: createMemoryKeychain(copy), scryptCost: cheapScrypt })
          if ((await keyring.unlock(passphrase)) !== 'unlocked') continue
          working.push(passphrase)
          expect(await keyring.credentials.read(id), where).toBe('password 1')
          // Whichever was used settles it: from then on it is the only one.
          expect(copy.has(entryNames.nextWrap), where).toBe(false)
          const other = passphrase === before ? after : before
          const again = createKeyring({ keychain: createMemoryKeychain(copy), scryptCost: cheapScrypt })
          expect(await again.unlock(other), where).toBe('wrong-passphrase')
          expect(await again.unlock(passphrase), where).toBe('unlocked')
        }
        expect(working.length, where).toBeGreaterThan(0)
        winners.add(working.join(' or '))

        // And it can be changed afterwards as if nothing had been.
        const keyring = restarted()
        const current = working[0] ?? ''
        await keyring.unlock(current)
        expect(await keyring.changePassphrase(current, 'a third one', keepKey), where).toBe('changed')
        expect(await restarted().unlock('a third one'), where).toBe('unlocked')
      },
    )
    expect(ends).toBe(10)
    expect(winners).toEqual(new Set([before, `${before} or ${after}`, after]))
  })

  test('B8 at any point of recovering from an interrupted change, it recovers the next time', async () => {
    for (const write of [2, 3, 4, 5]) {
      const entries = new Map<string, string>()
      await fill(createKeyring({ keychain: createMemoryKeychain(entries), scryptCost: cheapScrypt }))
      const die = (from: number) => (now: number) => {
        if (now >= from) throw new Killed()
      }
      const dying = createKeyring({
        keychain: createMemoryKeychain(entries, { before: die(write) }),
        scryptCost: cheapScrypt,
      })
      await dying.unlock(before)
      await expect(dying.changePassphrase(before, after, keepKey)).rejects.toThrow(Killed)
      for (const passphrase of [before, after]) {
        for (let at = 1; at <= 4; at += 1) {
          const copy = new Map(entries)
          const again = createKeyring({
            keychain: createMemoryKeychain(copy, { after: die(at) }),
            scryptCost: cheapScrypt,
          })
          const result = await again.unlock(passphrase).catch(() => 'killed')
          if (result === 'wrong-passphrase') continue
          const last = createKeyring({ keychain: createMemoryKeychain(copy), scryptCost: cheapScrypt })
          expect(await last.unlock(passphrase), `${write} ${at} ${passphrase}`).toBe('unlocked')
          expect(await last.credentials.read(id)).toBe('password 1')
        }
      }
    }
  })

  test('B8 at any point of storing a password, the old or the new one is there, never a false alarm', async () => {
    const found = new Set<string | undefined>()
    const ends = await endEverywhere(
      fill,
      (keyring) => keyring.credentials.write(id, 'password 2'),
      async (restarted, _entries, where) => {
        const keyring = restarted()
        expect(await keyring.unlock(before), where).toBe('unlocked')
        const value = await keyring.credentials.read(id)
        expect(value, where).toMatch(/^password [12]$/)
        found.add(value)
        await keyring.credentials.write(id, 'password 3')
        expect(await keyring.credentials.read(id)).toBe('password 3')
      },
    )
    expect(ends).toBe(6)
    expect(found).toEqual(new Set(['password 1', 'password 2']))
  })

  test('B8 at any point of storing an instance’s first password, or deleting its last, no false alarm comes', async () => {
    const other = '22222222-2222-4222-8222-222222222222'
    const acts = [
      (keyring: Keyring) => keyring.credentials.write(other, 'password 2'),
      (keyring: Keyring) => keyring.credentials.delete(id),
    ]
    for (const act of acts) {
      const ends = await endEverywhere(fill, act, async (restarted, _entries, where) => {
        const keyring = restarted()
        await keyring.unlock(before)
        expect(['password 1', undefined], where).toContain(await keyring.credentials.read(id))
        expect(['password 2', undefined], where).toContain(await keyring.credentials.read(other))
      })
      expect(ends).toBe(6)
    }
  })

  test('B8 at any point of choosing the passphrase, it is either chosen or can be chosen again', async () => {
    const ends = await endEverywhere(
      async () => undefined,
      (keyring) => keyring.create(before),
      async (restarted, _entries, where) => {
        const keyring = restarted()
        if ((await keyring.status()) === 'new') await keyring.create(before)
        expect(await restarted().unlock(before), where).toBe('unlocked')
      },
    )
    expect(ends).toBe(4)
  })

  test('C1 at any point of forgetting everything, the next start finishes it', async () => {
    const ends = await endEverywhere(
      fill,
      (keyring) => keyring.forgetEverything(),
      async (restarted, entries, where) => {
        const keyring = restarted()
        const status = await keyring.status()
        if (where === 'before write 1') expect(status).toBe('sealed')
        else {
          expect(status, where).toBe('new')
          expect(entries.size, where).toBe(0)
        }
      },
    )
    expect(ends).toBe(12)
  })
})
