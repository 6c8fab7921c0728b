import { expect, test } from 'vitest'
import { fail, succeed } from '../../../domain/problem.ts'
import type { RevocationReport } from '../../../domain/revocation.ts'
import { failedIds, revokeMany } from '../../../renderer/screens/users/revoke-many.ts'

const ids = Array.from({ length: 250 }, (_, index) => `u${index}`)
const revoked = (part: readonly string[]): RevocationReport => ({
  results: part.map((id) => ({ id, outcome: 'revoked', revoked: 1 })),
})
const never = new AbortController().signal

test('many people are revoked in parts, and the progress is told', async () => {
  const progress: number[] = []
  const sizes: number[] = []
  const run = await revokeMany(
    ids,
    async (part) => {
      sizes.push(part.length)
      return succeed(revoked(part))
    },
    (done) => progress.push(done),
    never,
  )
  expect({ sizes, progress, stopped: run.stopped }).toEqual({
    sizes: [100, 100, 50],
    progress: [100, 200, 250],
    stopped: false,
  })
  expect(run.results.map(({ id }) => id)).toEqual(ids)
  expect(failedIds(run.results)).toEqual([])
})

test('stopped in between, what is left is reported as not done', async () => {
  const stop = new AbortController()
  const run = await revokeMany(
    ids,
    async (part) => succeed(revoked(part)),
    () => stop.abort(),
    stop.signal,
  )
  expect(run.stopped).toBe(true)
  expect(failedIds(run.results)).toEqual(ids.slice(100))
})

test('a failure ends the run with its problem, and what was done stays done', async () => {
  const problem = { code: 'unreachable', message: 'The server does not answer.' } as const
  const run = await revokeMany(
    ids,
    async (part) => (part[0] === 'u0' ? succeed(revoked(part)) : fail(problem)),
    () => undefined,
    never,
  )
  expect(run.problem).toEqual(problem)
  expect(failedIds(run.results)).toEqual(ids.slice(100))
})

test('only what was refused or not reached is tried again; what is gone is not', () => {
  expect(
    failedIds([
      { id: 'a', outcome: 'revoked', revoked: 2 },
      { id: 'b', outcome: 'gone', revoked: 0 },
      { id: 'c', outcome: 'forbidden', revoked: 0 },
      { id: 'd', outcome: 'not-done', revoked: 0 },
    ]),
  ).toEqual(['c', 'd'])
})

test('a part whose answer was lost is neither done nor not done, and can be tried again', async () => {
  const problem = { code: 'not-known', message: 'The answer was lost.' } as const
  const run = await revokeMany(
    ids,
    async (part) => (part[0] === 'u0' ? succeed(revoked(part)) : fail(problem)),
    () => undefined,
    never,
  )
  expect(run.results.slice(100, 200).every(({ outcome }) => outcome === 'not-known')).toBe(true)
  expect(run.results.slice(200).every(({ outcome }) => outcome === 'not-done')).toBe(true)
  expect(failedIds(run.results)).toEqual(ids.slice(100))
})
