import { beforeEach, describe, expect, test } from 'vitest'
import type { ItemOutcome, Job, JobId } from '../../../../domain/job.ts'
import { fail, type Outcome, succeed } from '../../../../domain/problem.ts'
import { createJobs, type Jobs } from '../../../../main/jobs/jobs.ts'

const order = {
  kind: 'revoke-users',
  instance: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11',
  reason: 'Left',
  includeOwn: false,
} as const
const people = Array.from({ length: 250 }, (_, at) => ({ id: `u${at}`, name: `Person ${at}` }))
const unreachable = fail({ code: 'unreachable', message: 'The server does not answer.' })

/** Polls for longer than a busy machine takes. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000, interval: 5 })

type Answer = Outcome<ReadonlyMap<string, ItemOutcome>>
const allRevoked = (ids: readonly string[]): Answer =>
  succeed(new Map(ids.map((id) => [id, { what: 'revoked', sessions: 1 }])))

/** What is sealed on disk, and the server: it answers when the test lets it. */
function createWorld() {
  let kept: readonly Job[] = []
  const state = { unlocked: true, time: 0 }
  const requests: { readonly ids: readonly string[]; answer(answer?: Answer): void }[] = []
  const faults: string[] = []

  /** The app's jobs, as a start of the app makes them. */
  function start(): Jobs {
    const jobs = createJobs({
      work: (_, ids) =>
        new Promise((resolve) => {
          requests.push({ ids, answer: (answer = allRevoked(ids)) => resolve(answer) })
        }),
      store: {
        read: () => kept,
        async write(next) {
          if (!state.unlocked) throw new Error('Sealed while locked')
          kept = structuredClone(next)
        },
        clear: async () => {
          kept = []
        },
      },
      isUnlocked() {
        // Asking locks, if that is due.
        if (!state.unlocked) jobs.close()
        return state.unlocked
      },
      now: () => new Date(state.time),
      log: (what) => faults.push(what),
    })
    jobs.open()
    return jobs
  }
  const request = async (at: number) => {
    await eventually(() => requests.length).toBeGreaterThan(at)
    const found = requests[at]
    if (!found) throw new Error('Just polled for')
    return found
  }
  return { start, state, requests, request, faults, kept: () => kept }
}

const settle = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))

describe('jobs', () => {
  let world: ReturnType<typeof createWorld>
  let jobs: Jobs
  beforeEach(() => {
    world = createWorld()
    jobs = world.start()
  })

  function begin(items = people): JobId {
    const started = jobs.start(order, items)
    if (!started.ok) throw new Error(started.problem.message)
    return started.value
  }
  function read(id: JobId): Job {
    const job = jobs.read(id)
    if (!job.ok) throw new Error(job.problem.message)
    return job.value
  }
  const counts = (id: JobId) => {
    const found: Record<string, number> = {}
    for (const { outcome } of read(id).items) found[outcome.what] = (found[outcome.what] ?? 0) + 1
    return found
  }
  const stateOf = (id: JobId) => jobs.list().find((job) => job.id === id)?.state

  test('O4: many people are revoked in parts, and the progress is told', async () => {
    const told: string[] = []
    jobs.onChange((list) => told.push(list.map(({ done, total }) => `${done} of ${total}`).join()))
    const id = begin()
    for (let at = 0; at < 3; at += 1) {
      ;(await world.request(at)).answer()
      await settle()
    }
    expect(world.requests.map(({ ids }) => ids.length)).toEqual([100, 100, 50])
    expect([...new Set(told)]).toEqual(['0 of 250', '100 of 250', '200 of 250', '250 of 250'])
    expect(stateOf(id)).toEqual({ status: 'done' })
    expect(counts(id)).toEqual({ revoked: 250 })
    expect(read(id).title).toBe('Revoke all sessions of 250 people')
  })

  test('O4: somebody who is named twice is asked for once', async () => {
    const id = begin([...people.slice(0, 2), ...people.slice(0, 2)])
    expect((await world.request(0)).ids).toEqual(['u0', 'u1'])
    expect(read(id).items).toHaveLength(2)
  })

  test('O4: stopped in between, what was sent finishes and nothing further is sent, until it goes on', async () => {
    const id = begin()
    const first = await world.request(0)
    jobs.cancel(id)
    first.answer()
    await eventually(() => stateOf(id)).toEqual({ status: 'cancelled' })
    expect(counts(id)).toEqual({ revoked: 100, waiting: 150 })
    expect(world.requests).toHaveLength(1)
    jobs.goOn(id)
    expect((await world.request(1)).ids[0]).toBe('u100')
  })

  test('O4: stopped when everything was sent already, it is done', async () => {
    const id = begin(people.slice(0, 5))
    const only = await world.request(0)
    jobs.cancel(id)
    only.answer()
    await eventually(() => stateOf(id)).toEqual({ status: 'done' })
  })

  test('O4: a failure ends it with its words, what was done stays done, and going on tries the rest again', async () => {
    const id = begin()
    ;(await world.request(0)).answer()
    ;(await world.request(1)).answer(unreachable)
    await eventually(() => stateOf(id)).toEqual({
      status: 'stopped',
      why: 'failed',
      problem: unreachable.ok ? undefined : unreachable.problem,
    })
    expect(counts(id)).toEqual({ revoked: 100, failed: 100, waiting: 50 })
    expect(read(id).items[100]?.outcome).toEqual({ what: 'failed', message: 'The server does not answer.' })
    jobs.goOn(id)
    expect((await world.request(2)).ids[0]).toBe('u100')
  })

  test('O4: where the server surely did nothing, nothing failed: it was not begun', async () => {
    const id = begin()
    ;(await world.request(0)).answer(fail({ code: 'sign-in-needed', message: 'The session ended.' }))
    await eventually(() => stateOf(id)?.status).toBe('stopped')
    expect(counts(id)).toEqual({ waiting: 250 })
  })

  test('O4: whoever the answer leaves out has failed, and what is gone is not tried again', async () => {
    const id = begin(people.slice(0, 4))
    ;(await world.request(0)).answer(
      succeed(
        new Map<string, ItemOutcome>([
          ['u0', { what: 'gone' }],
          ['u1', { what: 'forbidden' }],
          ['u2', { what: 'had-no-session' }],
        ]),
      ),
    )
    await eventually(() => stateOf(id)).toEqual({ status: 'done' })
    expect(counts(id)).toEqual({ gone: 1, forbidden: 1, 'had-no-session': 1, failed: 1 })
    jobs.goOn(id)
    expect((await world.request(1)).ids).toEqual(['u1', 'u3'])
  })

  test('B8: at a lock what was sent finishes, nothing further is sent, and the report says both afterwards', async () => {
    const id = begin()
    ;(await world.request(0)).answer()
    const second = await world.request(1)
    world.state.unlocked = false
    jobs.close()
    expect(jobs.list()).toEqual([])
    second.answer()
    await settle()
    expect(world.requests).toHaveLength(2)
    // Nothing was sealed, and nothing tried to be.
    expect(world.faults).toEqual([])

    world.state.unlocked = true
    jobs.open()
    expect(stateOf(id)).toEqual({ status: 'stopped', why: 'locked' })
    expect(counts(id)).toEqual({ revoked: 200, waiting: 50 })
    expect(world.kept()).toEqual([read(id)])
    jobs.goOn(id)
    ;(await world.request(2)).answer()
    await eventually(() => stateOf(id)).toEqual({ status: 'done' })
    expect(counts(id)).toEqual({ revoked: 250 })
  })

  test('B8: unlocked again before the server answers, going on waits for that answer', async () => {
    const id = begin()
    const first = await world.request(0)
    world.state.unlocked = false
    jobs.close()
    world.state.unlocked = true
    jobs.open()
    expect(counts(id)).toEqual({ sent: 100, waiting: 150 })
    jobs.goOn(id)
    await settle()
    expect(world.requests).toHaveLength(1)
    first.answer()
    expect((await world.request(1)).ids[0]).toBe('u100')
    expect(counts(id)).toMatchObject({ revoked: 100 })
  })

  test('B8: a lock that is due comes before the next request', async () => {
    const id = begin()
    const first = await world.request(0)
    world.state.unlocked = false
    first.answer()
    await settle()
    expect(world.requests).toHaveLength(1)
    expect(world.faults).toEqual([])
    world.state.unlocked = true
    jobs.open()
    expect(counts(id)).toEqual({ revoked: 100, waiting: 150 })
  })

  test('after a restart a job shows as stopped, with what is known', async () => {
    const id = begin()
    ;(await world.request(0)).answer()
    await world.request(1)
    jobs = world.start()
    expect(stateOf(id)).toEqual({ status: 'stopped', why: 'restarted' })
    expect(counts(id)).toEqual({ revoked: 100, sent: 100, waiting: 50 })
  })

  test('a report is forgotten when it was read, and not while the work goes on', async () => {
    const id = begin(people.slice(0, 1))
    const only = await world.request(0)
    expect(jobs.dismiss(id)).toMatchObject({ problem: { code: 'refused' } })
    expect(jobs.goOn(id)).toMatchObject({ problem: { code: 'refused' } })
    only.answer()
    await eventually(() => stateOf(id)).toEqual({ status: 'done' })
    expect(jobs.dismiss(id)).toEqual(succeed(undefined))
    expect(jobs.list()).toEqual([])
    await eventually(world.kept).toEqual([])
    expect(jobs.read(id)).toMatchObject({ problem: { code: 'not-found' } })
  })

  test('only the last twenty reports are kept', async () => {
    const ids: JobId[] = []
    for (let at = 0; at < 22; at += 1) {
      const id = begin(people.slice(0, 1))
      ids.push(id)
      ;(await world.request(at)).answer()
      await eventually(() => stateOf(id)).toEqual({ status: 'done' })
    }
    expect(jobs.list().map(({ id }) => id)).toEqual(ids.slice(2))
  })
})
