import { randomUUID } from 'node:crypto'
import { formatCount } from '../../domain/duration.ts'
import {
  type ItemOutcome,
  isUnfinished,
  type Job,
  type JobId,
  type JobItem,
  type JobOrder,
  type JobState,
  type JobSummary,
  summaryOf,
} from '../../domain/job.ts'
import { fail, type Outcome, type Problem, succeed } from '../../domain/problem.ts'
import { oncePerTurn } from '../once-per-turn.ts'
import type { JobsStore } from './jobs-file.ts'

/** One of the things that a job is to be done to, with its name for the report. */
export type NewItem = Pick<JobItem, 'id' | 'name'>

export interface JobsPorts {
  /**
   * Does to some items what the order says, with one request; answers what became of each. What was sent finishes
   * also when the app locks meanwhile.
   */
  readonly work: (
    order: JobOrder,
    ids: readonly string[],
  ) => Promise<Outcome<ReadonlyMap<string, ItemOutcome>>>
  readonly store: JobsStore
  /** Whether the app is unlocked right now; asking locks it if that is due. */
  readonly isUnlocked: () => boolean
  readonly now: () => Date
  readonly log: (what: string, error: unknown) => void
}

/**
 * Long work over many people or instances. It goes on whatever becomes of the window. At a lock what was sent
 * finishes and nothing further is sent; the report is kept sealed, and after the unlocking the job can go on.
 */
export interface Jobs {
  list(): readonly JobSummary[]
  read(id: JobId): Outcome<Job>
  /** Begins; the same item given twice is one. */
  start(order: JobOrder, items: readonly NewItem[]): Outcome<JobId>
  /** Sends nothing further. What was sent finishes. */
  cancel(id: JobId): Outcome<undefined>
  /** Takes up again a job that has ended: what was not begun, is not known, failed or was refused. */
  goOn(id: JobId): Outcome<undefined>
  /** Forgets the report of a job that has ended. */
  dismiss(id: JobId): Outcome<undefined>
  /** Calls the listener after a change, once for everything that changed in the same turn of the event loop. */
  onChange(listener: (jobs: readonly JobSummary[]) => void): void
  /** Begins an unlocked period: what was kept is there again, and what was running shows as stopped. */
  open(): void
  /** Ends it. */
  close(): void
  /** Deletes every report. */
  forget(): Promise<void>
}

/** How many items go into one request. */
const atOnce = 100
/** How many reports are kept; older ones make room. */
const mostKept = 20

type Results = ReadonlyMap<string, ItemOutcome>

/** One function, because all of it acts on the same jobs, and what follows a lock has to be read together. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: all of it acts on the same jobs, and what follows a lock is read together.
export function createJobs(ports: JobsPorts): Jobs {
  const { store } = ports
  /** Empty while locked. */
  let jobs = new Map<JobId, Job>()
  /** What each job is doing, over locks: a job goes on only after its last request was answered. */
  const runs = new Map<JobId, Promise<void>>()
  const cancelled = new Set<JobId>()
  /** What servers answered while locked, when nothing could be sealed: no names, and gone with the next unlocking. */
  let late: (readonly [JobId, Results])[] = []
  let period = 0
  let opened = false
  const listeners = new Set<(jobs: readonly JobSummary[]) => void>()
  const list = () => [...jobs.values()].map(summaryOf)
  const tell = oncePerTurn(() => {
    if (!opened) return
    const all = list()
    for (const listener of listeners) listener(all)
  })

  async function keep(): Promise<void> {
    tell()
    try {
      await store.write([...jobs.values()])
    } catch (error) {
      ports.log('Keeping the reports failed', error)
    }
  }

  async function change(id: JobId, changed: (job: Job) => Job): Promise<void> {
    const job = jobs.get(id)
    if (!job) return
    jobs.set(id, changed(job))
    await keep()
  }

  const become = (id: JobId, state: JobState) => change(id, (job) => ({ ...job, state }))

  /** Takes over what the server answered; while locked it waits for the unlocking. */
  async function answered(id: JobId, results: Results): Promise<void> {
    // Asking is the deadline check: nothing can be sealed once the lock is due.
    if (ports.isUnlocked() && opened) await change(id, (job) => withResults(job, results))
    if (!opened) late.push([id, results])
  }

  /** One request after the other, until there is nothing left, somebody stops it, it fails or the app locks. */
  async function run(id: JobId): Promise<void> {
    const begunIn = period
    for (;;) {
      // Asking is the deadline check: a lock that is due comes before the next request.
      if (!ports.isUnlocked() || period !== begunIn) return
      const job = jobs.get(id)
      if (job?.state.status !== 'running') return
      const ids = job.items
        .filter(({ outcome }) => outcome.what === 'waiting')
        .slice(0, atOnce)
        .map((item) => item.id)
      const isCancelled = cancelled.delete(id)
      if (ids.length === 0) return become(id, { status: 'done' })
      if (isCancelled) return become(id, { status: 'cancelled' })
      await change(id, (now) => withResults(now, new Map(ids.map((each) => [each, { what: 'sent' }]))))
      if (!opened || period !== begunIn) return
      const problem = await send(id, job.order, ids)
      if (problem && opened && period === begunIn)
        return become(id, { status: 'stopped', why: 'failed', problem })
    }
  }

  /** One request. Answers why no further one makes sense. */
  async function send(id: JobId, order: JobOrder, ids: readonly string[]): Promise<Problem | undefined> {
    const outcome = await ports.work(order, ids).catch((error: unknown) => {
      ports.log('A job failed', error)
      return fail({ code: 'internal', message: 'Something went wrong inside Curfew.' })
    })
    const results = ids.map((item): [string, ItemOutcome] => [
      item,
      outcome.ok ? (outcome.value.get(item) ?? unanswered) : ofProblem(outcome.problem),
    ])
    await answered(id, new Map(results))
    return outcome.ok ? undefined : outcome.problem
  }

  function begin(id: JobId): void {
    const before = runs.get(id) ?? Promise.resolve()
    const running = before.then(() => run(id))
    runs.set(id, running)
  }

  /** The ended job of that id, for what only an ended one allows. */
  function ended(id: JobId): Outcome<Job> {
    const job = jobs.get(id)
    if (!job) return fail(noSuchJob)
    return job.state.status === 'running' ? fail(stillRunning) : succeed(job)
  }

  return {
    list,
    read(id) {
      const job = jobs.get(id)
      return job ? succeed(job) : fail(noSuchJob)
    },
    start(order, newItems) {
      const items = [...new Map(newItems.map((item) => [item.id, item])).values()].map(
        ({ id, name }): JobItem => ({ id, name, outcome: { what: 'waiting' } }),
      )
      const id = randomUUID()
      const [title, startedAt] = [titleOf(items), ports.now().toISOString()]
      const over = [...jobs.values()].filter(({ state }) => state.status !== 'running')
      for (const old of over.slice(0, Math.max(0, jobs.size + 1 - mostKept))) jobs.delete(old.id)
      jobs.set(id, { id, title, startedAt, order, items, state: { status: 'running' } })
      tell()
      begin(id)
      return succeed(id)
    },
    cancel(id) {
      const job = jobs.get(id)
      if (!job) return fail(noSuchJob)
      if (job.state.status === 'running') cancelled.add(id)
      return succeed(undefined)
    },
    goOn(id) {
      const job = ended(id)
      if (!job.ok) return job
      const items = job.value.items.map((item) =>
        isUnfinished(item) ? { ...item, outcome: { what: 'waiting' } as const } : item,
      )
      cancelled.delete(id)
      jobs.set(id, { ...job.value, items, state: { status: 'running' } })
      tell()
      begin(id)
      return succeed(undefined)
    },
    dismiss(id) {
      const job = ended(id)
      if (!job.ok) return job
      jobs.delete(id)
      void keep()
      return succeed(undefined)
    },
    onChange(listener) {
      listeners.add(listener)
    },
    open() {
      opened = true
      period += 1
      jobs = new Map(store.read().map((job) => [job.id, job]))
      for (const [id, job] of jobs) {
        if (job.state.status === 'running')
          jobs.set(id, { ...job, state: { status: 'stopped', why: runs.has(id) ? 'locked' : 'restarted' } })
      }
      for (const [id, results] of late) {
        const job = jobs.get(id)
        if (job) jobs.set(id, withResults(job, results))
      }
      late = []
      if (jobs.size > 0) void keep()
    },
    close() {
      opened = false
      jobs = new Map()
      cancelled.clear()
    },
    async forget() {
      late = []
      await store.clear()
    },
  }
}

function withResults(job: Job, results: Results): Job {
  const items = job.items.map((item) => {
    const outcome = results.get(item.id)
    return outcome ? { ...item, outcome } : item
  })
  return { ...job, items }
}

const unanswered: ItemOutcome = { what: 'failed', message: 'The server’s answer said nothing of it.' }

/** Problems that come before anything is sent, or with which a server says that it did nothing. */
const nothingWasDone: ReadonlySet<Problem['code']> = new Set([
  'locked',
  'keychain-unavailable',
  'keychain-locked',
  'password-needed',
  'no-such-instance',
  'untrusted-certificate',
  'not-this-product',
  'sign-in-needed',
  'invalid-credentials',
  'throttled',
  'unsupported',
  'another-server',
  'changed-outside',
])

function ofProblem({ code, message }: Problem): ItemOutcome {
  if (code === 'not-known') return { what: 'sent' }
  return nothingWasDone.has(code) ? { what: 'waiting' } : { what: 'failed', message }
}

function titleOf(items: readonly JobItem[]): string {
  const [first] = items
  return `Revoke all sessions of ${items.length === 1 && first ? first.name : `${formatCount(items.length)} people`}`
}

const noSuchJob = { code: 'not-found', message: 'This report is no longer there.' } as const
const stillRunning = { code: 'refused', message: 'This is still running. Stop it first.' } as const
