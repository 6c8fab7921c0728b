import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { resetPageStores } from '../../../../renderer/state/page-store.ts'
import { queryClient } from '../../../../renderer/state/query-client.ts'
import { acceptStale } from '../../../../renderer/state/stale.ts'

const berlin = '00000000-0000-4000-8000-000000000001'
const paris = '00000000-0000-4000-8000-000000000002'

/** Readings that end when the test lets them. */
let readings: { readonly of: unknown; readonly end: () => void }[]
beforeEach(() => {
  vi.useFakeTimers()
  readings = []
  vi.spyOn(queryClient, 'invalidateQueries').mockImplementation(
    (filters) =>
      new Promise<void>((end) => {
        readings.push({ of: filters?.queryKey, end })
      }),
  )
})
afterEach(() => {
  resetPageStores()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const rules = (instance: string) => acceptStale([{ instance, what: 'policy' }])
const endAll = async () => {
  for (const { end } of readings) end()
  // Longer than the rest after a reading that took no time.
  await vi.advanceTimersByTimeAsync(600)
}

test('B7: news that come while something is read again are one more reading, and then none', async () => {
  for (let count = 0; count < 100; count += 1) rules(berlin)
  expect(readings).toHaveLength(1)
  await endAll()
  expect(readings).toHaveLength(2)
  await endAll()
  expect(readings).toHaveLength(2)
  rules(berlin)
  expect(readings).toHaveLength(3)
})

test('B7: each instance has a reader of its own', () => {
  rules(berlin)
  rules(paris)
  expect(readings.map(({ of }) => of)).toEqual([
    [berlin, 'policy'],
    [paris, 'policy'],
  ])
})

test('C4: whoever was reading when Curfew locked reads nothing of the next unlocked period', async () => {
  rules(berlin)
  resetPageStores()
  rules(berlin)
  rules(berlin)
  expect(readings).toHaveLength(2)
  // The reader of before ends, and finds what the new one is waiting for.
  readings[0]?.end()
  await vi.advanceTimersByTimeAsync(600)
  expect(readings).toHaveLength(2)
  readings[1]?.end()
  await vi.advanceTimersByTimeAsync(3_000)
  expect(readings).toHaveLength(3)
})
