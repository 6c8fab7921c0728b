import { beforeEach, describe, expect, test } from 'vitest'
import type { InstanceId, InstanceState } from '../../../../domain/instance.ts'
import { fail, type Outcome, type Problem, succeed } from '../../../../domain/problem.ts'
import type { Connection, Heard, Listening } from '../../../../main/connectors/connector.ts'
import { createFollow, type Follow } from '../../../../main/instances/following.ts'
import { createVirtualTime, type VirtualTime } from '../../../support/virtual-time.ts'

const id = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const other = '5d1c7e34-31a7-4a8e-9d37-0d4d5b1e7c22'

const connectedSince = (
  instance: InstanceId,
  since: string,
  baseUrl = 'https://sessions.example.com',
): InstanceState =>
  ({ instance: { id: instance, baseUrl }, connection: { status: 'connected', since } }) as InstanceState
const offline = (instance: InstanceId): InstanceState =>
  ({ instance: { id: instance }, connection: { status: 'offline', since: '', detail: '' } }) as InstanceState

/** One stream that a server was asked for. */
interface Stream extends Listening {
  end(outcome: Outcome<undefined>): void
}

/** Servers whose streams are in the test's hands, and what was heard of them. */
function build() {
  const time: VirtualTime = createVirtualTime()
  let states: readonly InstanceState[] = [connectedSince(id, 'first')]
  let onStates = (_: readonly InstanceState[]) => {}
  let hasEvents = true
  let check: Outcome<undefined> = succeed(undefined)
  const streams: Stream[] = []
  const heard: [string, Heard][] = []
  const missed: string[] = []
  let changes = 0
  let checks = 0
  let random = 0
  const connection = {
    ...({} as Connection),
    check: async () => {
      checks += 1
      return check
    },
  }
  const withEvents: Connection = {
    ...connection,
    events: {
      listen: (listening) =>
        new Promise((resolve) => {
          streams.push({ ...listening, end: resolve })
        }),
    },
  }
  const follow: Follow = createFollow({
    connections: {
      states: () => states,
      onStates(listener) {
        onStates = listener
        return () => {}
      },
      use: (_, work) => work(hasEvents ? withEvents : connection),
    },
    after: time.after,
    now: time.clock.monotonic,
    random: () => random,
    onHeard: (instance, what) => heard.push([instance, what]),
    onMissed: (instance) => missed.push(instance),
    onChange: () => {
      changes += 1
    },
  })
  const period = new AbortController()
  /** Whatever was begun has come to where it waits for somebody. */
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return {
    time,
    follow,
    period,
    streams,
    heard,
    missed,
    settled,
    newest: () => {
      const stream = streams.at(-1)
      if (!stream) throw new Error('No stream was asked for.')
      return stream
    },
    get counts() {
      return { streams: streams.length, checks, changes }
    },
    async become(...next: readonly InstanceState[]) {
      states = next
      onStates(next)
      await settled()
    },
    answerCheck(outcome: Outcome<undefined>) {
      check = outcome
    },
    hasNoEvents() {
      hasEvents = false
    },
    jitter(value: number) {
      random = value
    },
    async open() {
      follow.open(period.signal)
      await settled()
    },
    async endStream(outcome: Outcome<undefined> = succeed(undefined)) {
      streams.at(-1)?.end(outcome)
      await settled()
    },
    async pass(milliseconds: number) {
      time.pass(milliseconds)
      await settled()
    },
  }
}

const anything = { stale: 'anything' } as const
const problem = (code: Problem['code'], more = {}) => fail({ code, message: 'No.', ...more } as Problem)

describe('following what instances tell', () => {
  let world: ReturnType<typeof build>
  beforeEach(async () => {
    world = build()
    await world.open()
  })

  test('B7: begins with the connection, counts all as stale once, and asks for what was missed', async () => {
    expect(world.follow.states()).toEqual({})
    expect(world.newest().after).toBeUndefined()
    world.newest().onOpen()
    expect(world.follow.states()).toEqual({ [id]: { how: 'told' } })
    expect(world.heard).toEqual([[id, anything]])
    expect(world.missed).toEqual([id])
    world.newest().onHeard({ stale: 'users', whose: ['u1'] })
    expect(world.heard.at(-1)).toEqual([id, { stale: 'users', whose: ['u1'] }])
  })

  test('B7: a stream that ends is resumed after the last event heard, and nothing is read anew for it', async () => {
    world.newest().onOpen()
    world.newest().onId('41')
    await world.endStream(problem('unreachable'))
    expect(world.counts).toMatchObject({ streams: 1, checks: 1 })
    await world.pass(1_000)
    expect(world.newest().after).toBe('41')
    const before = world.heard.length
    world.newest().onOpen()
    expect(world.heard).toHaveLength(before)
    expect(world.missed).toEqual([id, id])
    // In the moment between the two nothing is said of it.
    expect(world.follow.states()).toEqual({ [id]: { how: 'told' } })
    expect(world.counts.changes).toBe(1)
  })

  test('B7: waits ever longer for a stream that does not come about, and asks meanwhile', async () => {
    const waits: number[] = []
    for (const expected of [1_000, 2_000, 5_000, 10_000, 30_000, 30_000]) {
      await world.endStream(problem('server-error'))
      const { streams } = world.counts
      await world.pass(expected - 1)
      expect(world.counts.streams).toBe(streams)
      await world.pass(1)
      expect(world.counts.streams).toBe(streams + 1)
      waits.push(expected)
    }
    expect(waits).toHaveLength(6)
    expect(world.follow.states()).toEqual({ [id]: { how: 'asking', everySeconds: 30 } })
    expect(world.heard).toContainEqual([id, anything])
    world.newest().onOpen()
    expect(world.follow.states()).toEqual({ [id]: { how: 'told' } })
    const before = world.heard.length
    await world.pass(60_000)
    expect(world.heard).toHaveLength(before)
  })

  test('B7: what a server asks for is waited, and more by chance, so that not all come back at once', async () => {
    world.jitter(0.5)
    await world.endStream(problem('throttled', { retryAfterSeconds: 40 }))
    await world.pass(59_999)
    expect(world.counts.streams).toBe(1)
    await world.pass(1)
    expect(world.counts.streams).toBe(2)
  })

  test('B7: a stream that lasted begins the ladder anew', async () => {
    for (const wait of [1_000, 2_000, 5_000]) {
      await world.endStream(problem('server-error'))
      await world.pass(wait)
    }
    world.newest().onOpen()
    await world.pass(60_000)
    await world.endStream(problem('unreachable'))
    const { streams } = world.counts
    await world.pass(1_000)
    expect(world.counts.streams).toBe(streams + 1)
  })

  test('B7: while an instance is not connected it is not asked, and is followed at once when it is back', async () => {
    world.newest().onOpen()
    world.newest().onId('7')
    world.answerCheck(problem('unreachable'))
    await world.endStream(problem('unreachable'))
    await world.become(offline(id))
    expect(world.follow.states()).toEqual({})
    await world.pass(600_000)
    expect(world.counts.streams).toBe(1)
    await world.become(connectedSince(id, 'second'))
    expect(world.counts.streams).toBe(2)
    expect(world.newest().after).toBe('7')
  })

  test('B7: a connection that took the place of another is followed without the pause of a failure', async () => {
    world.newest().onOpen()
    world.answerCheck(problem('locked'))
    await world.endStream(problem('locked'))
    await world.become(connectedSince(id, 'second'))
    await world.pass(200)
    expect(world.counts.streams).toBe(2)
  })

  test('B7: an instance that is gone is let go of, and what its stream still says is nothing', async () => {
    world.newest().onOpen()
    const { length } = world.heard
    const gone = world.newest()
    await world.become(connectedSince(other, 'first'))
    gone.onHeard(anything)
    gone.onOpen()
    expect(world.heard).toHaveLength(length)
    await world.endStream()
    expect(world.follow.states()).toEqual({})
  })

  test('B7: after a lock in the middle nothing is heard, asked or told, whatever the streams still say', async () => {
    world.newest().onOpen()
    const stream = world.newest()
    const before = { heard: world.heard.length, ...world.counts }
    world.follow.close()
    world.period.abort()
    stream.onHeard(anything)
    stream.onOpen()
    await world.endStream(problem('locked'))
    await world.become(connectedSince(id, 'late'))
    await world.pass(600_000)
    expect({ heard: world.heard.length, ...world.counts }).toEqual(before)
    expect(world.time.waiting).toBe(0)
    expect(world.follow.states()).toEqual({})
  })
})

describe('an instance whose server tells nothing by itself', () => {
  test('B7: counts as stale every thirty seconds, which is said, for as long as it is connected', async () => {
    const world = build()
    world.hasNoEvents()
    await world.open()
    expect(world.follow.states()).toEqual({ [id]: { how: 'asking', everySeconds: 30 } })
    await world.pass(90_000)
    expect(world.heard).toEqual([
      [id, anything],
      [id, anything],
      [id, anything],
    ])
    await world.become(offline(id))
    await world.pass(90_000)
    expect(world.heard).toHaveLength(3)
  })
})

describe('many instances on one host', () => {
  const idOf = (at: number) => `0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c${10 + at}`
  const all = (count: number, baseUrlOf: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => connectedSince(idOf(at), 'first', baseUrlOf(at)))

  test('B7: leave connections to it for requests: three have a stream, the rest are asked, and take a place that gets free', async () => {
    const world = build()
    await world.become(...all(5, (at) => `https://one.example/${at}`))
    await world.open()
    expect(world.counts.streams).toBe(3)
    for (const stream of world.streams) stream.onOpen()
    const hows = () => Object.values(world.follow.states()).map(({ how }) => how)
    expect(hows()).toEqual(['told', 'told', 'told', 'asking', 'asking'])
    await world.become(...all(5, (at) => `https://one.example/${at}`).slice(1))
    world.streams[0]?.end(succeed(undefined))
    await world.settled()
    await world.pass(30_000)
    expect(world.counts.streams).toBe(4)
  })

  test('B7: each of eighty hosts has its own', async () => {
    const world = build()
    await world.become(...all(80, (at) => `https://host-${at}.example`))
    await world.open()
    expect(world.counts.streams).toBe(80)
  })
})
