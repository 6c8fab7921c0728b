import type { InstanceId } from '../../domain/instance.ts'
import type { Following } from '../../domain/news.ts'
import { fail, type Outcome, type Problem, succeed } from '../../domain/problem.ts'
import type { After } from '../clock.ts'
import type { Connection, Heard } from '../connectors/connector.ts'
import { lockedProblem } from '../while-unlocked.ts'
import type { Connections } from './connections.ts'
import { waitAfter } from './retry-ladder.ts'

export interface FollowerPorts {
  readonly connections: Pick<Connections, 'use'>
  readonly after: After
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** From 0 up to 1: so that a hundred instances that come back are not asked all at once. */
  readonly random: () => number
  /** A stream of this instance may be open now; freed when it ends. Where it may not, it is asked instead. */
  readonly takePlace: (instance: InstanceId) => boolean
  readonly freePlace: (instance: InstanceId) => void
  readonly onHeard: (instance: InstanceId, heard: Heard) => void
  /** What was told while nobody listened is to be asked for: at the beginning, and every so often where nothing is heard. */
  readonly onMissed: (instance: InstanceId) => void
  /** It is followed in another way. */
  readonly onChange: () => void
}

/**
 * Follows what one instance tells by itself, for as long as it is connected. Where its server tells nothing, or the stream
 * does not get through, all of it counts as stale every so often.
 */
export interface Follower {
  /** `undefined` while nobody knows yet. */
  readonly how: Following | undefined
  /** @param since which connection it is: one without events is not asked for them twice */
  connected(since: string): void
  disconnected(): void
  end(): void
}

const askEverySeconds = 30
/** A stream that has lasted so long is none that breaks off at once. */
const lastedMs = 60_000
/** A stream that broke off once is back before anybody could have missed it. */
const failuresToNotice = 2
/** Until a connection that took the place of another is asked for its stream. */
const replacedMs = 100

/** Of a stream that ended: whether there was any, and why it broke off. */
interface Ended {
  readonly none: boolean
  readonly problem?: Problem
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one state machine: every part of it moves the same few variables.
export function createFollower(id: InstanceId, ports: FollowerPorts): Follower {
  const { connections, after, now, random, onHeard, onMissed, onChange } = ports
  let how: Following | undefined
  let isOver = false
  /** The connection that is followed. */
  let since: string | undefined
  /** The connection that has no events; another one may have. */
  let without: string | undefined
  let stream: 'none' | 'asked for' | 'open' = 'none'
  let openedAt: number | undefined
  /** The last event heard: a later stream resumes there, also one of a later session. */
  let lastId: string | undefined
  let failures = 0
  let stopWaiting: (() => void) | undefined
  let stopAsking: (() => void) | undefined

  function become(next: Following | undefined): void {
    if (JSON.stringify(how) === JSON.stringify(next)) return
    how = next
    onChange()
  }

  function rest(): void {
    stopWaiting?.()
    stopAsking?.()
    stopWaiting = undefined
    stopAsking = undefined
    failures = 0
    without = undefined
  }

  /** Everything counts as stale from time to time; whoever shows something reads it again. */
  function askInstead(): void {
    become({ how: 'asking', everySeconds: askEverySeconds })
    stopAsking ??= after(askEverySeconds * 1_000, () => {
      stopAsking = undefined
      onHeard(id, { stale: 'anything' })
      onMissed(id)
      askInstead()
      listen()
    })
  }

  function opened(): void {
    if (isOver) return
    stream = 'open'
    openedAt = now()
    stopAsking?.()
    stopAsking = undefined
    become({ how: 'told' })
    // What changed between the reading of what is on show and now was told to nobody.
    if (lastId === undefined) onHeard(id, { stale: 'anything' })
    onMissed(id)
  }

  async function listenOn(connection: Connection): Promise<Outcome<Ended>> {
    if (isOver) return fail(lockedProblem)
    if (!connection.events) return succeed({ none: true })
    const ended = await connection.events.listen({
      after: lastId,
      onOpen: opened,
      onHeard(heard) {
        if (!isOver) onHeard(id, heard)
      },
      onId(last) {
        lastId = last
      },
    })
    if (isOver) return fail(lockedProblem)
    // Why a stream ends says little: a proxy may have cut it. Whether the server is there is asked at once.
    const checked = await connection.check()
    return checked.ok ? succeed({ none: false, ...(!ended.ok && { problem: ended.problem }) }) : checked
  }

  function wait(problem: Problem | undefined): void {
    // The connection was replaced by another, which has not failed.
    const isReplaced = problem?.code === 'locked'
    const pause = isReplaced ? replacedMs : waitAfter(problem ?? endedInOrder, failures) * (1 + random())
    if (!isReplaced) failures += 1
    stopWaiting = after(pause, () => {
      stopWaiting = undefined
      listen()
    })
  }

  async function follow(connection: string): Promise<void> {
    stream = 'asked for'
    openedAt = undefined
    const ended = await connections.use(id, listenOn)
    ports.freePlace(id)
    const lasted = openedAt !== undefined && now() - openedAt >= lastedMs
    stream = 'none'
    if (isOver) return
    if (lasted) failures = 0
    if (ended.ok && ended.value.none) without = connection
    else wait(ended.ok ? ended.value.problem : ended.problem)
    if (since === undefined) return rest()
    if (without !== undefined || failures >= failuresToNotice) askInstead()
    listen()
  }

  function listen(): void {
    if (since === undefined || stream !== 'none' || stopWaiting || without === since) return
    if (ports.takePlace(id)) void follow(since)
    else askInstead()
  }

  return {
    get how() {
      return how
    },
    connected(connection) {
      since = connection
      if (stream === 'open') become({ how: 'told' })
      listen()
    },
    disconnected() {
      since = undefined
      rest()
      become(undefined)
    },
    end() {
      isOver = true
      rest()
    },
  }
}

const endedInOrder: Problem = { code: 'unreachable', message: 'The stream ended.' }
