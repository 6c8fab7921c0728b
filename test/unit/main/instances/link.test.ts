import { describe, expect, test } from 'vitest'
import { fail, type Outcome, type Problem, succeed } from '../../../../domain/problem.ts'
import type { Connection } from '../../../../main/connectors/connector.ts'
import { createLink } from '../../../../main/instances/link.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const unreachable = fail({ code: 'unreachable', message: 'Nobody there.' })
const busy = (seconds: number) => fail({ code: 'gateway', message: 'Busy.', retryAfterSeconds: seconds })
const nothing = async () => succeed(undefined)

/** What has begun goes on; nothing here waits for a real clock. */
const settle = async () => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A link to a server that answers what the test says, on a clock that moves when told. */
function build() {
  const time = createVirtualTime()
  const start = time.clock.wall()
  const server = {
    connects: undefined as Outcome<never> | undefined,
    checks: succeed(undefined) as Outcome<undefined>,
    hold: undefined as Promise<void> | undefined,
    /** When it was asked to connect, and when whether it is there, in seconds. */
    asked: [] as number[],
    checked: [] as number[],
    signals: [] as AbortSignal[],
    farewells: 0,
  }
  const at = () => (time.clock.wall() - start) / 1_000
  let changes = 0
  const period = new AbortController()
  const link = createLink({
    period: period.signal,
    async connect({ signal }) {
      server.asked.push(at())
      server.signals.push(signal)
      await server.hold
      if (server.connects) return server.connects
      const connection: Connection = {
        server: { name: 'Test', version: '1' },
        me: { userId: 'u1', username: 'ann', displayName: 'Ann', role: 'Owner', rights: {} },
        check: async () => {
          server.checked.push(at())
          return server.checks
        },
        close: async () => {
          server.farewells += 1
        },
      }
      return succeed(connection)
    },
    changed: () => {
      changes += 1
    },
    after: time.after,
    now: () => new Date(time.clock.wall()),
  })
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      time.pass(1_000)
      await settle()
    }
  }
  return { link, server, time, pass, period, changes: () => changes }
}

describe('a link to one server', () => {
  test('C2: while nobody answers it tries after 1, 2, 5, 10 and then every 30 seconds', async () => {
    const { link, server, pass } = build()
    server.connects = unreachable
    await link.connect()
    await pass(120)
    expect(server.asked).toEqual([0, 1, 3, 8, 18, 48, 78, 108])
  })

  test('C2: once it was connected, the next loss begins with a second again', async () => {
    const { link, server, pass } = build()
    server.connects = unreachable
    await link.connect()
    await pass(18)
    server.connects = undefined
    await pass(30)
    expect(link.state.status).toBe('connected')
    server.asked.length = 0
    server.connects = unreachable
    await link.use(async () => unreachable)
    expect(link.state.status).toBe('offline')
    server.checks = unreachable
    await pass(8)
    expect(server.checked.slice(-3)).toEqual([49, 51, 56])
  })

  test.each([
    [0, [0, 1, 3, 8, 18, 48]],
    [20, [0, 20, 40]],
    [50, [0, 50]],
  ])('C2: a server that asks for %d s is left alone that long, and no shorter', async (seconds, asked) => {
    const { link, server, pass } = build()
    server.connects = busy(seconds)
    await link.connect()
    await pass(55)
    expect(server.asked).toEqual(asked)
  })

  test('C2: neither is it asked by a screen within that time, which hears what the server said', async () => {
    const { link, server, pass } = build()
    server.connects = busy(20)
    await link.connect()
    await pass(19)
    expect(await link.use(nothing)).toEqual(busy(20))
    expect(server.asked).toEqual([0])
    server.connects = undefined
    await pass(1)
    expect(await link.use(nothing)).toEqual(succeed(undefined))
    expect(server.asked).toEqual([0, 20])
  })

  test('C2: a screen does not wait for the next try where the server asked for nothing', async () => {
    const { link, server, pass } = build()
    server.connects = unreachable
    await link.connect()
    await pass(9)
    server.connects = undefined
    expect(await link.use(nothing)).toEqual(succeed(undefined))
    expect(server.asked).toEqual([0, 1, 3, 8, 9])
  })

  test('C2: a server that is there is asked every 15 seconds whether it still is, and answers count as that', async () => {
    const { link, server, pass } = build()
    await link.connect()
    await pass(30)
    expect(server.checked).toEqual([15, 30])
    await pass(10)
    await link.use(nothing)
    await pass(15)
    expect(server.checked).toEqual([15, 30, 55])
  })

  test('C4: what is under way when it is ended is aborted, and its late answer is sent home', async () => {
    const { link, server, time, changes } = build()
    const held = Promise.withResolvers<void>()
    server.hold = held.promise
    const connecting = link.connect()
    expect(server.signals.map(({ aborted }) => aborted)).toEqual([false])
    link.end()
    expect(server.signals.map(({ aborted }) => aborted)).toEqual([true])
    const before = changes()
    held.resolve()
    expect(await connecting).toMatchObject({ problem: { code: 'no-such-instance' } })
    expect([server.farewells, time.waiting, changes()]).toEqual([1, 0, before])
    expect(link.state.status).toBe('connecting')
  })

  test('C4: the end of the unlocked period aborts what is under way, and nothing is connected after it', async () => {
    const { link, server, period } = build()
    server.hold = new Promise(() => {})
    void link.connect()
    period.abort()
    expect(server.signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(await link.use(nothing)).toMatchObject({ problem: { code: 'no-such-instance' } })
    expect(server.asked).toEqual([0])
  })

  test('C4: ended twice it says farewell once, and nothing is tried any more', async () => {
    const { link, server, time, pass } = build()
    await link.connect()
    link.end()
    link.end()
    expect([server.farewells, time.waiting]).toEqual([1, 0])
    await pass(60)
    expect([server.asked, server.checked]).toEqual([[0], []])
  })

  test.each<[string, Outcome<never>]>([
    ['a loss', unreachable],
    ['a session that ended', fail({ code: 'sign-in-needed', message: 'Ended.' })],
  ])('C4: %s that is told after its end changes nothing', async (_, outcome) => {
    const { link, time, changes } = build()
    await link.connect()
    const held = Promise.withResolvers<Outcome<never>>()
    const work = link.use(() => held.promise)
    await settle()
    link.end()
    const before = changes()
    held.resolve(outcome)
    expect(await work).toEqual(outcome)
    expect([changes(), time.waiting]).toEqual([before, 0])
  })

  test.each([
    ['unreachable', 'offline'],
    ['untrusted-certificate', 'offline'],
    ['gateway', 'offline'],
    ['not-known', 'offline'],
    ['not-this-product', 'offline'],
    ['sign-in-needed', 'sign-in-needed'],
    ['refused', 'connected'],
    ['not-found', 'connected'],
    ['throttled', 'connected'],
    ['unsupported', 'connected'],
    ['server-error', 'connected'],
  ] as const)('C2: a request that comes to “%s” leaves it %s', async (code, status) => {
    const { link } = build()
    await link.connect()
    await link.use(async () => fail({ code, message: 'Said.' } as Problem))
    expect(link.state.status).toBe(status)
  })

  test('an offline server says since when, and not anew with every try', async () => {
    const { link, server, pass, changes } = build()
    server.connects = unreachable
    await link.connect()
    const { state } = link
    await pass(60)
    expect(link.state).toBe(state)
    expect(state).toEqual({ status: 'offline', since: '2026-01-01T00:00:00.000Z', detail: 'Nobody there.' })
    expect(changes()).toBe(1)
    server.connects = fail({ code: 'unreachable', message: 'Still nobody.' })
    await pass(30)
    expect(link.state).toEqual({ ...state, detail: 'Still nobody.' })
  })
})
