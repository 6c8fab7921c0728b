import { describe, expect, test } from 'vitest'
import type { Resealing } from '../../../../domain/lock.ts'
import { KeychainError } from '../../../../main/keychain/keychain.ts'
import { dataKeyOf, openedBy } from '../../../support/data-key.ts'
import {
  type Computer,
  copyOf,
  filledComputer,
  instanceIds,
  passwordOf,
  sampleJob,
  startVault,
} from '../../../support/sealed-computer.ts'

const before = 'correct horse battery'
const after = 'velvet harbor moss ladder'
const third = 'copper window otter rain'
const newKey = { replaceKey: true }
/** What a sealed text here may belong to. */
const everything = [...instanceIds, 'jobs', 'form']
const replaced = { ok: true, value: { outcome: 'changed', key: 'replaced' } }
const unlocked = { ok: true, value: { outcome: 'unlocked' } }
const refused = { ok: true, value: { outcome: 'wrong-passphrase' } }

class Killed extends Error {}

async function expectAll({ vault, jobs }: ReturnType<typeof startVault>): Promise<void> {
  for (const id of instanceIds)
    expect(await vault.credentials.read(id)).toEqual({ ok: true, value: passwordOf(id) })
  expect(jobs.read()).toEqual([sampleJob])
}

/** Ends the app in a change of the key, right after the first write that makes this hold. */
async function killedOnce(old: Computer, holds: (computer: Computer) => boolean): Promise<Computer> {
  const computer = copyOf(old)
  let armed = false
  const { vault } = startVault(computer, {
    before: () => {
      if (armed && holds(computer)) throw new Killed()
    },
  })
  await vault.unlock(before)
  armed = true
  await vault.changePassphrase(before, after, newKey).catch(() => undefined)
  expect(holds(computer)).toBe(true)
  return computer
}

/** The points of the order of writes where something may be put in the place of an entry. */
const points = {
  announced: (old: Computer) => killedOnce(old, ({ entries }) => entries.has('keyring.next')),
  inForce: (old: Computer) =>
    killedOnce(old, ({ entries }) => entries.get('keyring') !== old.entries.get('keyring')),
  resealing: (old: Computer) =>
    killedOnce(
      old,
      ({ entries }) =>
        entries.get(`instance:${instanceIds[0]}`) !== old.entries.get(`instance:${instanceIds[0]}`),
    ),
} as const

const flipped = (text = '') => `${text.slice(0, -30)}${text.at(-30) === 'A' ? 'B' : 'A'}${text.slice(-29)}`

describe('B8 replacing the data key', () => {
  test('B8 leaves nothing that the old key or the old passphrase opens, in the keychain, in files or in memory', async () => {
    const computer = await filledComputer(before)
    const oldKey = await dataKeyOf(computer.entries, before)
    const oldTexts = [...computer.entries.values(), computer.jobs]
    // The search itself finds what there is: the manifest, three passwords and the reports.
    expect(openedBy(oldKey, oldTexts, everything)).toHaveLength(5)
    const started = startVault(computer)
    await started.vault.unlock(before)
    started.vault.drafts.keep('form', 'typed')
    expect(await started.vault.changePassphrase(before, after, newKey)).toEqual(replaced)
    expect(openedBy(oldKey, [...computer.entries.values(), computer.jobs], everything)).toEqual([])
    await expectAll(started)
    started.vault.lock('manual')
    expect(await started.vault.unlock(before)).toMatchObject(refused)
    expect(await started.vault.unlock(after)).toEqual(unlocked)
    await expectAll(started)
    expect(started.vault.drafts.take('form')).toBe('typed')
    const newKeyNow = await dataKeyOf(computer.entries, after)
    expect(newKeyNow.equals(oldKey)).toBe(false)
    expect(openedBy(newKeyNow, [...computer.entries.values(), computer.jobs], everything)).toHaveLength(5)
  })

  test('B8 can be done again and again, with plain changes in between', async () => {
    const computer = await filledComputer(before)
    const started = startVault(computer)
    const { vault } = started
    await vault.unlock(before)
    expect(await vault.changePassphrase(before, after, newKey)).toEqual(replaced)
    expect(await vault.changePassphrase(after, third, { replaceKey: false })).toEqual({
      ok: true,
      value: { outcome: 'changed', key: 'kept' },
    })
    await vault.credentials.write(instanceIds[0], 'another')
    await vault.credentials.write(instanceIds[0], passwordOf(instanceIds[0]))
    expect(await vault.changePassphrase(third, third, newKey)).toEqual(replaced)
    const restarted = startVault(computer)
    expect(await restarted.vault.unlock(third)).toEqual(unlocked)
    await expectAll(restarted)
  })

  test('B8 asks for the present passphrase, and makes no key for a wrong one', async () => {
    const computer = await filledComputer(before)
    const { vault } = startVault(computer)
    await vault.unlock(before)
    const { keyring, manifest } = Object.fromEntries(computer.entries)
    expect(await vault.changePassphrase('not this one', after, newKey)).toMatchObject(refused)
    expect(Object.fromEntries(computer.entries)).toMatchObject({ keyring, manifest })
    expect(computer.entries.has('keyring.previous')).toBe(false)
  })

  test('B8 tells how far it has come, step by step, and then no more', async () => {
    const computer = await filledComputer(before)
    const { vault } = startVault(computer)
    await vault.unlock(before)
    const told: (Resealing | undefined)[] = []
    vault.onState((state) => told.push(state.status === 'unlocked' ? state.resealing : undefined))
    await vault.changePassphrase(before, after, newKey)
    expect(told).toEqual([
      { what: 'passwords', done: 0, of: 5 },
      { what: 'passwords', done: 1, of: 5 },
      { what: 'passwords', done: 2, of: 5 },
      { what: 'drafts', done: 3, of: 5 },
      { what: 'reports', done: 4, of: 5 },
      undefined,
    ])
    expect(await vault.state()).not.toHaveProperty('resealing')
  })

  test('B8 locked at any step, everything opens after the next unlocking, which goes on by itself', async () => {
    const old = await filledComputer(before)
    const oldKey = await dataKeyOf(old.entries, before)
    for (let step = 0; step < 5; step += 1) {
      const computer = copyOf(old)
      const started = startVault(computer)
      const { vault } = started
      await vault.unlock(before)
      vault.drafts.keep('form', 'typed')
      const stop = vault.onState((state) => {
        if (state.status === 'unlocked' && state.resealing?.done === step) vault.lock('manual')
      })
      expect(await vault.changePassphrase(before, after, newKey)).toMatchObject({
        value: { key: 'unfinished' },
      })
      stop()
      expect(vault.isUnlocked()).toBe(false)
      expect(await vault.state()).toMatchObject({ status: 'locked', reason: 'manual' })
      expect(started.logged).toEqual([])
      expect(computer.entries.has('keyring.previous')).toBe(true)
      expect(await vault.unlock(before)).toMatchObject(refused)
      expect(await vault.unlock(after)).toEqual(unlocked)
      await expectAll(started)
      await expect.poll(() => computer.entries.has('keyring.previous')).toBe(false)
      await expectAll(started)
      expect(vault.drafts.take('form')).toBe('typed')
      expect(openedBy(oldKey, [...computer.entries.values(), computer.jobs], everything)).toEqual([])
    }
  })

  test('B8 whose deadline passes in the middle locks, and the window is told so once', async () => {
    const computer = await filledComputer(before)
    const { vault, time, logged } = startVault(computer)
    await vault.state()
    await vault.unlock(before)
    const told: string[] = []
    vault.onState((state) => {
      told.push(state.status)
      if (state.status === 'unlocked' && state.resealing?.done === 1) time.passThrottled(11 * 60_000)
    })
    expect(await vault.changePassphrase(before, after, newKey)).toMatchObject({
      value: { key: 'unfinished' },
    })
    expect(told).toEqual(['unlocked', 'unlocked', 'locked'])
    expect(logged).toEqual([])
  })

  test('B8 reads, writes and deletes passwords as ever while it goes on', async () => {
    const computer = await filledComputer(before)
    const { vault } = startVault(computer)
    const [one, two, three] = instanceIds
    await vault.unlock(before)
    const during: Promise<unknown>[] = []
    vault.onState((state) => {
      if (state.status !== 'unlocked' || state.resealing?.done !== 1) return
      during.push(vault.credentials.write(one, 'written meanwhile'))
      during.push(vault.credentials.delete(three))
    })
    expect(await vault.changePassphrase(before, after, newKey)).toEqual(replaced)
    expect(await Promise.all(during)).toEqual([
      { ok: true, value: undefined },
      { ok: true, value: undefined },
    ])
    for (const each of [vault, startVault(computer).vault]) {
      if (!each.isUnlocked()) await each.unlock(after)
      expect(await each.credentials.read(one)).toEqual({ ok: true, value: 'written meanwhile' })
      expect(await each.credentials.read(two)).toEqual({ ok: true, value: passwordOf(two) })
      expect(await each.credentials.read(three)).toMatchObject({ problem: { code: 'password-needed' } })
    }
  })

  test('B8 that could not be finished is finished before another one begins, or the other is refused', async () => {
    const computer = await filledComputer(before)
    let refuses = false
    const started = startVault(computer, {
      before(what) {
        if (refuses && what.startsWith('instance:')) throw new KeychainError('The keychain does not answer.')
      },
    })
    const { vault, logged } = started
    await vault.unlock(before)
    refuses = true
    expect(await vault.changePassphrase(before, after, newKey)).toEqual({
      ok: true,
      value: { outcome: 'changed', key: 'unfinished' },
    })
    expect(logged).toEqual(['Sealing everything with the new key failed'])
    expect(await vault.state()).not.toHaveProperty('resealing')
    await expectAll(started)
    expect(await vault.changePassphrase(after, third, newKey)).toMatchObject({
      problem: { code: 'refused', message: /still sealing everything/ },
    })
    // A change of the passphrase alone neither waits for it nor tries it again.
    expect(logged).toHaveLength(2)
    expect(await vault.changePassphrase(after, after, { replaceKey: false })).toMatchObject({
      value: { outcome: 'changed' },
    })
    expect(logged).toHaveLength(2)
    refuses = false
    expect(await vault.changePassphrase(after, third, newKey)).toEqual(replaced)
    const restarted = startVault(computer)
    await restarted.vault.unlock(third)
    await expectAll(restarted)
  })

  test('B8 is not finished as long as the reports can’t be written, and goes on after that', async () => {
    const computer = await filledComputer(before)
    const oldKey = await dataKeyOf(computer.entries, before)
    let full = true
    const started = startVault(computer, {
      before(what) {
        if (full && what === 'jobs.json') throw new Error('The disk is full.')
      },
    })
    await started.vault.unlock(before)
    expect(await started.vault.changePassphrase(before, after, newKey)).toMatchObject({
      value: { key: 'unfinished' },
    })
    expect(openedBy(oldKey, [computer.jobs], everything)).toHaveLength(1)
    full = false
    started.vault.lock('manual')
    await started.vault.unlock(after)
    await expect.poll(() => computer.entries.has('keyring.previous')).toBe(false)
    expect(openedBy(oldKey, [computer.jobs], everything)).toEqual([])
    await expectAll(started)
  })

  test('B8 seals anew what is wrong as it is: a swapped, an earlier and a damaged entry are named as before', async () => {
    const computer = await filledComputer(before)
    const oldKey = await dataKeyOf(computer.entries, before)
    const [one, two, three] = instanceIds.map((id) => `instance:${id}`) as [string, string, string]
    const started = startVault(computer)
    const { vault } = started
    await vault.unlock(before)
    const earlier = computer.entries.get(two) ?? ''
    await vault.credentials.write(instanceIds[1], 'a newer one')
    computer.entries.set(one, earlier)
    computer.entries.set(two, earlier)
    computer.entries.set(three, 'curfew9.of.a.newer.version')
    expect(await vault.changePassphrase(before, after, newKey)).toEqual(replaced)
    const faults = [
      /exchanged for that of another/,
      /exchanged for an earlier one/,
      /newer version of Curfew/,
    ]
    for (const [at, message] of faults.entries())
      expect(await vault.credentials.read(instanceIds[at] ?? '')).toMatchObject({ problem: { message } })
    expect(openedBy(oldKey, computer.entries.values(), everything)).toEqual([])
    expect(computer.entries.get(three)).toBe('curfew9.of.a.newer.version')
  })

  test('B8 done by another Curfew, this one overwrites nothing and calls nothing foul: it says to unlock again', async () => {
    const computer = await filledComputer(before)
    const [one, two] = [startVault(computer), startVault(computer)]
    await one.vault.unlock(before)
    await two.vault.unlock(before)
    expect(await one.vault.changePassphrase(before, after, newKey)).toEqual(replaced)
    const left = new Map(computer.entries)
    const outdated = { problem: { code: 'refused', message: /Another Curfew on this computer/ } }
    const [id] = instanceIds
    expect(await two.vault.credentials.read(id)).toMatchObject(outdated)
    expect(await two.vault.credentials.write(id, 'x')).toMatchObject(outdated)
    expect(await two.vault.credentials.delete(id)).toMatchObject(outdated)
    expect(await two.vault.changePassphrase(after, third, newKey)).toMatchObject(outdated)
    expect(await two.vault.changePassphrase(after, third, { replaceKey: false })).toMatchObject(outdated)
    left.delete('attempts')
    computer.entries.delete('attempts')
    expect(computer.entries).toEqual(left)
    two.vault.lock('manual')
    expect(await two.vault.unlock(after)).toEqual(unlocked)
    for (const each of instanceIds)
      expect(await two.vault.credentials.read(each)).toEqual({ ok: true, value: passwordOf(each) })
  })

  test('B8 interrupted, and gone on with by two at once, loses nothing', async () => {
    const computer = await points.resealing(await filledComputer(before))
    const both = [startVault(computer), startVault(computer)]
    await Promise.all(both.map(({ vault }) => vault.unlock(after)))
    await expect.poll(() => computer.entries.has('keyring.previous')).toBe(false)
    const last = startVault(computer)
    expect(await last.vault.unlock(after)).toEqual(unlocked)
    await expectAll(last)
  })
})

describe('B8 an entry of a data key that is being replaced', () => {
  const other = `instance:${instanceIds[1]}`
  const keyFault = (entry: string, words: string) => ({
    ok: false,
    problem: {
      code: 'keychain-unavailable',
      message: expect.stringMatching(new RegExp(`“${entry.replace('.', '\\.')}”.* ${words}`)),
    },
  })

  test.each([
    ['inForce', 'manifest.next', flipped, 'changed outside'],
    ['inForce', 'manifest.next', (text: string) => text.slice(0, -7), 'cut short'],
    ['inForce', 'manifest.next', () => 'hunter2', 'replaced by something else'],
    ['inForce', 'keyring.previous', flipped, 'changed outside'],
    ['inForce', 'keyring.previous', () => undefined, 'deleted'],
    ['resealing', 'keyring.previous', flipped, 'changed outside'],
    ['resealing', 'keyring.previous', (text: string) => text.slice(0, -7), 'cut short'],
    ['resealing', 'keyring.previous', () => 'hunter2', 'replaced by something else'],
    ['resealing', 'keyring.previous', () => undefined, 'deleted'],
    [
      'resealing',
      'keyring.previous',
      (_: string, { entries }: Computer) => entries.get('manifest'),
      'replaced by another kind',
    ],
    [
      'inForce',
      'manifest.next',
      (_: string, { entries }: Computer) => entries.get(other),
      'replaced by another kind',
    ],
  ] as const)(
    'B8 %s: %s that was changed (%#) keeps the keyring shut and is named',
    async (point, entry, change, words) => {
      const computer = await points[point](await filledComputer(before))
      const bad = change(computer.entries.get(entry) ?? '', computer)
      if (bad === undefined) computer.entries.delete(entry)
      else computer.entries.set(entry, bad)
      const kept = new Map(computer.entries)
      const { vault } = startVault(computer)
      expect(await vault.unlock(after)).toEqual(keyFault(entry, words))
      expect(vault.isUnlocked()).toBe(false)
      expect(await vault.unlock(before)).toMatchObject(refused)
      computer.entries.delete('attempts')
      kept.delete('attempts')
      expect(computer.entries).toEqual(kept)
    },
  )

  test('B8 of an earlier replacing that is put back is named, and opens nothing', async () => {
    const first = await filledComputer(before)
    const earlier = await points.inForce(first)
    const { vault } = startVault(earlier)
    await vault.unlock(after)
    await expect.poll(() => earlier.entries.has('keyring.previous')).toBe(false)
    const interrupted = await points.inForce(first)
    const restarted = startVault(copyOf(interrupted))
    await restarted.vault.unlock(after)
    for (const [entry, words] of [
      ['manifest.next', 'changed outside'],
      ['keyring.previous', 'changed outside'],
    ] as const) {
      const now = copyOf(interrupted)
      const another = await points.inForce(first)
      now.entries.set(entry, another.entries.get(entry) ?? '')
      expect(await startVault(now).vault.unlock(after)).toEqual(keyFault(entry, words))
    }
  })

  test('B8 manifest.next that is no manifest of a replacing is called an earlier one', async () => {
    const computer = await filledComputer(before)
    const interrupted = await points.resealing(computer)
    const { vault } = startVault(interrupted)
    await vault.unlock(after)
    await expect.poll(() => interrupted.entries.has('keyring.previous')).toBe(false)
    interrupted.entries.set('manifest.next', interrupted.entries.get('manifest') ?? '')
    interrupted.entries.delete('manifest')
    expect(await startVault(interrupted).vault.unlock(after)).toEqual(
      keyFault('manifest.next', 'exchanged for an earlier'),
    )
  })

  test('B8 that was stale is cleared away by the next unlocking, and is never taken for the right one', async () => {
    const old = await filledComputer(before)
    const announced = await points.announced(old)
    const stale = ['keyring.next', 'manifest.next', 'keyring.previous']
    expect(stale.every((entry) => announced.entries.has(entry))).toBe(true)
    for (const planted of [undefined, 'hunter2', ...announced.entries.values()]) {
      for (const entry of stale) {
        const computer = copyOf(announced)
        if (planted === undefined) computer.entries.delete(entry)
        else computer.entries.set(entry, planted)
        const started = startVault(computer)
        expect(await started.vault.unlock(before)).toEqual(unlocked)
        expect(stale.filter((each) => computer.entries.has(each))).toEqual([])
        await expectAll(started)
      }
    }
  })

  test('B8 the old wrap that is put back, wherever, opens nothing with the old passphrase', async () => {
    const old = await filledComputer(before)
    const wrap = old.entries.get('keyring') ?? ''
    const { vault } = startVault(old)
    await vault.unlock(before)
    await vault.changePassphrase(before, after, newKey)
    const next = copyOf(old)
    next.entries.set('keyring.next', wrap)
    expect(await startVault(next).vault.unlock(before)).toEqual(
      keyFault('keyring.next', 'exchanged for an earlier'),
    )
    const place = copyOf(old)
    place.entries.set('keyring', wrap)
    expect(await startVault(place).vault.unlock(before)).toEqual(keyFault('manifest', 'changed outside'))
  })

  test('C1 goes with everything else when everything is forgotten', async () => {
    for (const point of [points.announced, points.inForce, points.resealing]) {
      const computer = await point(await filledComputer(before))
      expect(computer.entries.has('keyring.previous')).toBe(true)
      const { vault } = startVault(computer)
      expect(await vault.forgetEverything()).toMatchObject({ ok: true })
      expect(computer.entries.size).toBe(0)
    }
  })
})
