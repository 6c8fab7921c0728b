import { describe, expect, test } from 'vitest'
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
  type WriteHooks,
} from '../../../support/sealed-computer.ts'

const before = 'correct horse battery'
const after = 'velvet harbor moss ladder'
const newKey = { replaceKey: true }
/** What a sealed text here may belong to. */
const everything = [...instanceIds, 'jobs', 'form']
const moments = ['before', 'after'] as const

type Started = ReturnType<typeof startVault>

class Killed extends Error {}

/** Ends the process around its write number `at`: nothing is written from then on. */
function killing(moment: (typeof moments)[number], at: number) {
  let writes = 0
  const die = () => {
    if (writes >= at) throw new Killed()
  }
  const hooks: WriteHooks = {
    before() {
      if (writes >= at) throw new Killed()
      writes += 1
      if (moment === 'before') die()
    },
    after: moment === 'after' ? die : undefined,
  }
  return { hooks, hasKilled: () => writes >= at }
}

/** Makes the write number `at` fail, before it happens or though it has, and no other. */
function failing(moment: (typeof moments)[number], at: number) {
  let writes = 0
  const refuse = () => {
    if (writes === at) throw new KeychainError('The keychain does not answer.')
  }
  const hooks: WriteHooks = {
    before() {
      writes += 1
      if (moment === 'before') refuse()
    },
    after: moment === 'after' ? refuse : undefined,
  }
  return { hooks, hasFailed: () => writes >= at }
}

const inForce = (computer: Computer, old: Computer) =>
  computer.entries.get('keyring') === old.entries.get('keyring') ? before : after

async function expectAll({ vault, jobs }: Started, where: string): Promise<void> {
  for (const id of instanceIds)
    expect(await vault.credentials.read(id), where).toEqual({ ok: true, value: passwordOf(id) })
  expect(jobs.read(), where).toEqual([sampleJob])
}

/** Unlocks with the one that is in force, after the other was refused, and waits until nothing is left to do. */
async function expectOneOpens(started: Started, computer: Computer, right: string, where: string) {
  const { vault } = started
  const wrong = right === before ? after : before
  expect(await vault.unlock(wrong), where).toMatchObject({ value: { outcome: 'wrong-passphrase' } })
  expect(await vault.unlock(right), where).toEqual({ ok: true, value: { outcome: 'unlocked' } })
  // At once, while what is left is still being sealed anew, and afterwards.
  await expectAll(started, where)
  await expect.poll(() => [...computer.entries.keys()].toSorted(), { message: where }).toEqual(clean)
  await expect.poll(() => vault.state(), { message: where }).not.toHaveProperty('resealing')
  await expectAll(started, where)
}

const clean = ['attempts', ...instanceIds.map((id) => `instance:${id}`), 'keyring', 'manifest'].toSorted()

const textsOf = ({ entries, jobs }: Computer) => [...entries.values(), jobs]

describe('B8 a passphrase change that replaces the data key', () => {
  test('B8 killed before or after any write, exactly the passphrase in force opens everything, and nothing stale stays', async () => {
    const old = await filledComputer(before)
    const oldKey = await dataKeyOf(old.entries, before)
    const winners: string[] = []
    for (const moment of moments) {
      for (let at = 1; ; at += 1) {
        const computer = copyOf(old)
        const kill = killing(moment, at)
        let armed: WriteHooks = {}
        const dying = startVault(computer, {
          before: (what) => armed.before?.(what),
          after: (what) => armed.after?.(what),
        })
        await dying.vault.unlock(before)
        armed = kill.hooks
        await dying.vault.changePassphrase(before, after, newKey).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error
        })
        const where = `${moment} write ${at}`
        const right = inForce(computer, old)
        winners.push(right)
        await expectOneOpens(startVault(computer), computer, right, where)
        if (right === after) expect(openedBy(oldKey, textsOf(computer), everything), where).toEqual([])
        if (!kill.hasKilled()) break
      }
    }
    // The count, five writes of the change, two of tidying up, four of sealing anew and two at the end.
    expect(winners.length).toBeGreaterThan(2 * 13)
    expect(new Set(winners)).toEqual(new Set([before, after]))
  }, 120_000)

  test('B8 whose going on is killed too, at any write, is finished by the next', async () => {
    const old = await filledComputer(before)
    const oldKey = await dataKeyOf(old.entries, before)
    let ends = 0
    for (let first = 1; ; first += 1) {
      const begun = copyOf(old)
      const kill = killing('after', first)
      let armed: WriteHooks = {}
      const dying = startVault(begun, {
        before: (what) => armed.before?.(what),
        after: (what) => armed.after?.(what),
      })
      await dying.vault.unlock(before)
      armed = kill.hooks
      await dying.vault.changePassphrase(before, after, newKey).catch(() => undefined)
      if (!kill.hasKilled()) break
      const right = inForce(begun, old)
      for (let second = 1; ; second += 1) {
        const computer = copyOf(begun)
        const again = killing('after', second)
        const going = startVault(computer, again.hooks)
        await going.vault.unlock(right).catch(() => undefined)
        await expect
          .poll(async () => again.hasKilled() || !computer.entries.has('keyring.previous'))
          .toBe(true)
        if (!again.hasKilled()) break
        ends += 1
        const where = `after write ${first}, then after write ${second}`
        await expectOneOpens(startVault(computer), computer, right, where)
        if (right === after) expect(openedBy(oldKey, textsOf(computer), everything), where).toEqual([])
      }
    }
    expect(ends).toBeGreaterThan(40)
  }, 120_000)

  test('B8 whose any one write fails: all is there, drafts too, and where it can’t be told which key is in force, Curfew locks', async () => {
    const old = await filledComputer(before)
    const locked: boolean[] = []
    for (const moment of moments) {
      for (let at = 1; ; at += 1) {
        const computer = copyOf(old)
        const failure = failing(moment, at)
        let armed: WriteHooks = {}
        const started = startVault(computer, {
          before: (what) => armed.before?.(what),
          after: (what) => armed.after?.(what),
        })
        const { vault } = started
        await vault.unlock(before)
        vault.drafts.keep('form', 'typed')
        armed = failure.hooks
        await vault.changePassphrase(before, after, newKey)
        const where = `${moment} write ${at} failed`
        const right = inForce(computer, old)
        if (vault.isUnlocked()) await expectAll(started, where)
        else expect(await vault.state(), where).toMatchObject({ reason: 'passphrase-change' })
        locked.push(!vault.isUnlocked())
        vault.lock('manual')
        await expectOneOpens(started, computer, right, where)
        expect(vault.drafts.take('form'), where).toBe('typed')
        if (!failure.hasFailed()) break
      }
    }
    // The writes of `keyring` and of the manifest after it.
    expect(locked.filter(Boolean)).toHaveLength(4)
  }, 120_000)
})
