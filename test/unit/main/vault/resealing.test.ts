import { expect, test } from 'vitest'
import type { Resealing } from '../../../../domain/lock.ts'
import { KeyringError } from '../../../../main/keyring/keyring-error.ts'
import { createResealing } from '../../../../main/vault/resealing.ts'

/** Sealing anew over a keyring whose every run ends when the test says so. */
function setting(keyring = { isOpen: true, isResealing: true }) {
  const runs: (PromiseWithResolvers<void> & { readonly show: (progress: Resealing) => void })[] = []
  const told: (Resealing | undefined)[] = []
  const logged: (readonly [string, unknown])[] = []
  const resealing = createResealing({
    keyring: {
      ...keyring,
      reseal(show) {
        const run = { ...Promise.withResolvers<void>(), show }
        runs.push(run)
        return run.promise
      },
    },
    tell: () => told.push(resealing.progress),
    log: (what, error) => logged.push([what, error]),
  })
  return { resealing, runs, told, logged }
}
const first: Resealing = { what: 'passwords', done: 0, of: 2 }
const second: Resealing = { what: 'drafts', done: 1, of: 2 }

test('B8 where nothing is left to seal, nothing is done, and it is everywhere as far as Curfew is open', async () => {
  for (const isOpen of [true, false]) {
    const { resealing, runs, told } = setting({ isOpen, isResealing: false })
    expect(await resealing.run()).toBe(isOpen)
    expect([runs, told]).toEqual([[], []])
  }
})

test('B8 asked for twice at once it is done once, and both are told the end', async () => {
  const { resealing, runs, told } = setting()
  const both = [resealing.run(), resealing.run()]
  expect(runs).toHaveLength(1)
  runs[0]?.show(first)
  runs[0]?.show(second)
  expect(resealing.progress).toEqual(second)
  runs[0]?.resolve()
  expect(await Promise.all(both)).toEqual([true, true])
  expect(told).toEqual([first, second, undefined])
})

test('B8 what fails is logged, a lock in the middle is not, and the next time it is tried again', async () => {
  const faults = [new KeyringError('locked'), new KeyringError('outdated', 'manifest'), new Error('bug')]
  const { resealing, runs, logged } = setting()
  for (const [at, fault] of faults.entries()) {
    const running = resealing.run()
    runs[at]?.reject(fault)
    expect(await running).toBe(false)
    expect(resealing.progress).toBeUndefined()
  }
  expect(logged).toEqual(
    faults.slice(1).map((fault) => ['Sealing everything with the new key failed', fault]),
  )
})

test('B8 after a lock the next period goes on by itself, and the end of what went on before says nothing', async () => {
  const { resealing, runs, told } = setting()
  const before = resealing.run()
  runs[0]?.show(second)
  resealing.locked()
  expect(resealing.progress).toBeUndefined()
  const now = resealing.run()
  expect(runs).toHaveLength(2)
  runs[1]?.show(first)
  runs[0]?.reject(new KeyringError('locked'))
  expect(await before).toBe(false)
  expect(resealing.progress).toEqual(first)
  const third = resealing.run()
  expect(runs).toHaveLength(2)
  runs[1]?.resolve()
  expect(await Promise.all([now, third])).toEqual([true, true])
  expect(told).toEqual([second, first, undefined])
})
