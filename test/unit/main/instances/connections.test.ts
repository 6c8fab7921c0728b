import { beforeEach, describe, expect, test } from 'vitest'
import type { Instance } from '../../../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../../../domain/problem.ts'
import type { Rights } from '../../../../domain/rights.ts'
import type { Connection, Connector } from '../../../../main/connectors/connector.ts'
import { type Connections, createConnections } from '../../../../main/instances/connections.ts'

const ids = ['0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11', '5d1c7e34-31a7-4a8e-9d37-0d4d5b1e7c22'] as const
const [first, second] = ids

const instanceOf = (id: string): Instance => ({
  id,
  name: `Instance ${id.slice(0, 4)}`,
  colour: 'blue',
  environment: '',
  baseUrl: 'https://sessions.example.com',
  connector: 'session-service',
  builtIn: false,
  username: 'ann',
})

const unreachable = fail({ code: 'unreachable', message: 'Nobody there.' })
const refused = fail({ code: 'refused', message: 'Not for you.' })
const ended = fail({ code: 'sign-in-needed', message: 'The session ended.' })

const rights: Rights = { 'policy.read': 'assumed', 'policy.write': 'assumed', 'users.view': 'held' }

/** Servers that answer what the test says, a clock that moves when told, and the connections over them. */
function build() {
  const servers = new Map(
    ids.map((id) => [
      id as string,
      {
        connect: undefined as Outcome<never> | undefined,
        check: succeed(undefined) as Outcome<undefined>,
        signIns: 0,
        given: '',
        closed: 0,
        hold: undefined as Promise<void> | undefined,
      },
    ]),
  )
  const timers = new Set<{ readonly due: number; readonly work: () => void }>()
  let time = 0
  const server = (id: string) => {
    const found = servers.get(id)
    if (!found) throw new Error(`No server ${id}`)
    return found
  }
  const connectorOf = ({ id }: Instance): Connector => ({
    id: 'session-service',
    probe: async () => succeed({ name: 'Test', version: '1' }),
    async connect(_, signIn) {
      const state = server(id)
      state.signIns += 1
      state.given = signIn.credential.secret
      await state.hold
      if (state.connect) return state.connect
      const connection: Connection = {
        server: { name: 'Test', version: '1' },
        me: { userId: 'u1', username: 'ann', displayName: 'Ann', role: 'Owner', rights },
        check: async () => state.check,
        close: async () => {
          state.closed += 1
        },
      }
      return succeed(connection)
    },
  })
  const instances = ids.map(instanceOf)
  let onConnect = (_instance: Instance, _secret: string): void => {}
  const stored = new Map<string, Outcome<never>>()
  const connections = createConnections({
    registry: {
      list: () => instances,
      get: (id) => instances.find((instance) => instance.id === id),
      put: async () => {},
      remove: async () => {},
      clear: async () => {},
    },
    access: {
      addressOf: async ({ baseUrl }) => succeed(baseUrl),
      async connect(instance, { signal, signIn }) {
        const target = {
          baseUrl: instance.baseUrl,
          fetch: () => Promise.reject(new Error('No network')),
          signal,
        }
        const fault = signIn ? undefined : stored.get(instance.id)
        if (fault) return fault
        const kept = { credential: { kind: 'password', account: 'ann', secret: 'x' } } as const
        const given = signIn ?? kept
        onConnect(instance, given.credential.secret)
        return connectorOf(instance).connect(target, given)
      },
    },
    after(milliseconds, work) {
      const timer = { due: time + milliseconds, work }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    now: () => new Date(time),
  })
  /** Lets everything that is under way settle. */
  const settle = async () => {
    // The second turn tells the listeners of what the first one changed.
    for (let turn = 0; turn < 2; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  async function advance(milliseconds: number) {
    time += milliseconds
    for (const timer of [...timers].filter(({ due }) => due <= time)) {
      timers.delete(timer)
      timer.work()
      await settle()
    }
  }
  const rightsOn = (id: string) => {
    const state = connections.states().find(({ instance }) => instance.id === id)?.connection
    return state?.status === 'connected' ? state.me.rights : undefined
  }
  const status = (id: string) =>
    connections.states().find(({ instance }) => instance.id === id)?.connection.status
  const period = new AbortController()
  const connectionOf = (id: string) =>
    connections.states().find(({ instance }) => instance.id === id)?.connection
  return {
    connections,
    period,
    stored,
    connectionOf,
    server,
    settle,
    advance,
    status,
    rightsOn,
    timers,
    onConnect(listener: typeof onConnect) {
      onConnect = listener
    },
  }
}

const nothing = async () => succeed(undefined)

describe('the connections', () => {
  let world: ReturnType<typeof build>
  let connections: Connections
  beforeEach(() => {
    world = build()
    connections = world.connections
  })

  test('C2: open to every instance when the app unlocks, and do nothing before', async () => {
    expect(await connections.use(first, nothing)).toMatchObject({ ok: false })
    connections.open(world.period.signal)
    await world.settle()
    expect(ids.map(world.status)).toEqual(['connected', 'connected'])
  })

  test('C1: what was just typed takes the place of the stored credential, and of the connection there was', async () => {
    connections.open(world.period.signal)
    await world.settle()
    expect(world.server(first).given).toBe('x')
    const credential = { kind: 'password', account: 'ann', secret: 'typed' } as const
    expect(await connections.signIn(instanceOf(first), { credential }, world.period.signal)).toMatchObject({
      ok: true,
    })
    expect(world.server(first)).toMatchObject({ given: 'typed', signIns: 2, closed: 1 })
    expect(world.status(first)).toBe('connected')
  })

  test('sign in once for everybody who needs the same instance', async () => {
    connections.open(world.period.signal)
    await Promise.all([connections.use(first, nothing), connections.use(first, nothing)])
    expect(world.server(first).signIns).toBe(1)
  })

  test('C2: an instance that can’t be reached is offline, and the others go on', async () => {
    world.server(first).connect = unreachable
    connections.open(world.period.signal)
    await world.settle()
    expect(ids.map(world.status)).toEqual(['offline', 'connected'])
    expect(await connections.use(second, nothing)).toEqual(succeed(undefined))
  })

  test('an offline instance is tried again by itself, ever more rarely, until it answers', async () => {
    world.server(first).connect = unreachable
    connections.open(world.period.signal)
    await world.settle()
    await world.advance(1_000)
    await world.advance(1_000)
    expect(world.server(first).signIns).toBe(2)
    world.server(first).connect = undefined
    await world.advance(1_000)
    expect(world.status(first)).toBe('connected')
  })

  test('a request that finds nobody makes its instance offline, and the next answer connected again', async () => {
    connections.open(world.period.signal)
    await world.settle()
    expect(await connections.use(first, async () => unreachable)).toEqual(unreachable)
    expect(world.status(first)).toBe('offline')
    await connections.use(first, nothing)
    expect(world.status(first)).toBe('connected')
  })

  test('C4: a session that ended turns that instance alone to “sign-in needed”, with no sign-in by itself', async () => {
    connections.open(world.period.signal)
    await world.settle()
    world.server(first).check = ended
    await world.advance(15_000)
    expect(ids.map(world.status)).toEqual(['sign-in-needed', 'connected'])
    await world.advance(60_000)
    expect(await connections.use(first, nothing)).toMatchObject({ problem: { code: 'sign-in-needed' } })
    expect(world.server(first).signIns).toBe(1)
    await connections.reconnect(first)
    expect(world.status(first)).toBe('connected')
  })

  test('a right that the server could not tell of is tried: what worked is held, what was refused is gone', async () => {
    connections.open(world.period.signal)
    await world.settle()
    await connections.use(first, nothing, 'policy.read')
    await connections.use(first, async () => refused, 'policy.write')
    expect(world.rightsOn(first)).toEqual({ 'policy.read': 'held', 'users.view': 'held' })
    // Refused for one thing, and it worked before: the right stays.
    await connections.use(first, async () => refused, 'policy.read')
    await connections.use(first, async () => refused, 'users.view')
    expect(world.rightsOn(first)).toEqual({ 'policy.read': 'held', 'users.view': 'held' })
    expect(world.rightsOn(second)).toEqual(rights)
  })

  test('what was learnt of a right holds while the connection does, and is asked anew after signing in again', async () => {
    connections.open(world.period.signal)
    await world.settle()
    await connections.use(first, async () => refused, 'policy.write')
    await connections.use(first, async () => unreachable, 'policy.write')
    await connections.use(first, nothing)
    expect(world.rightsOn(first)).toEqual({ 'policy.read': 'assumed', 'users.view': 'held' })
    await connections.reconnect(first)
    expect(world.rightsOn(first)).toEqual(rights)
  })

  test('C5: a stored password that can’t be used asks for that password, says why, and waits for it', async () => {
    world.stored.set(first, fail({ code: 'password-needed', message: 'It was deleted.' }))
    connections.open(world.period.signal)
    await world.settle()
    expect(world.connectionOf(first)).toMatchObject({
      status: 'sign-in-needed',
      why: 'password-needed',
      detail: 'It was deleted.',
    })
    expect(world.status(second)).toBe('connected')
    await world.advance(60_000)
    expect(world.server(first).signIns).toBe(0)
    expect(await connections.use(first, nothing)).toMatchObject({ problem: { message: 'It was deleted.' } })
  })

  test('C1: a keychain that is locked is said so, and the connection is made once it is open', async () => {
    world.stored.set(first, fail({ code: 'keychain-locked', message: 'It is locked.' }))
    const seen: unknown[] = []
    connections.open(world.period.signal)
    await world.settle()
    expect(world.connectionOf(first)).toMatchObject({
      status: 'sign-in-needed',
      why: 'keychain-locked',
      detail: 'It is locked.',
    })
    connections.onStates((states) => seen.push(states))
    await world.advance(2_000)
    await world.advance(2_000)
    expect(seen).toEqual([])
    world.stored.clear()
    await world.advance(2_000)
    expect(world.status(first)).toBe('connected')
  })

  test('C4: closing says farewell to every server, stops every timer and lets no late answer in', async () => {
    let release = () => {}
    world.server(second).hold = new Promise((resolve) => {
      release = resolve
    })
    connections.open(world.period.signal)
    await world.settle()
    connections.close()
    expect(world.server(first).closed).toBe(1)
    expect(world.timers.size).toBe(0)
    release()
    await world.settle()
    expect(world.server(second).closed).toBe(1)
    expect(ids.map(world.status)).toEqual(['connecting', 'connecting'])
  })

  test('tell every change to those who listen, until they no longer do', async () => {
    const seen: string[] = []
    const stop = connections.onStates((states) =>
      seen.push(states.map(({ connection }) => connection.status).join()),
    )
    connections.open(world.period.signal)
    await world.settle()
    expect(seen.at(-1)).toBe('connected,connected')
    await connections.use(first, async () => unreachable)
    await world.settle()
    expect(seen.at(-1)).toBe('offline,connected')
    stop()
    const before = seen.length
    connections.drop(first)
    await world.settle()
    expect(seen.length).toBe(before)
  })

  test('tell what changed together once: a hundred instances that connect are not a hundred lists', async () => {
    let told = 0
    connections.onStates(() => {
      told += 1
    })
    connections.open(world.period.signal)
    await world.settle()
    expect(ids.map(world.status)).toEqual(['connected', 'connected'])
    expect(told).toBe(1)
  })

  const gone = {
    ok: false,
    problem: { code: 'no-such-instance', message: 'This instance is no longer in the list.' },
  }
  const unknown = '7c1c7e34-31a7-4a8e-9d37-0d4d5b1e7c33'
  const typed = { credential: { kind: 'password', account: 'ann', secret: 'typed' } } as const

  test('know no instance while locked, nor one that is not in the list, and ask nobody for it', async () => {
    expect(await connections.use(first, nothing)).toEqual(gone)
    connections.open(world.period.signal)
    expect(await connections.use(unknown, nothing)).toEqual(gone)
    expect(await connections.reconnect(unknown)).toEqual(gone)
    world.period.abort()
    expect(await connections.use(first, nothing)).toEqual(gone)
    connections.close()
    expect(await connections.use(first, nothing)).toEqual(gone)
  })

  test('connect nothing while locked, nor with what was typed in an earlier unlocked period', async () => {
    const locked = { ok: false, problem: { code: 'locked' } }
    const { signal } = world.period
    expect(await connections.reconnect(first)).toMatchObject(locked)
    expect(await connections.signIn(instanceOf(first), typed, signal)).toMatchObject(locked)
    connections.open(signal)
    await world.settle()
    const earlier = AbortSignal.abort()
    expect(await connections.signIn(instanceOf(first), typed, earlier)).toMatchObject(locked)
    const other = new AbortController().signal
    expect(await connections.signIn(instanceOf(first), typed, other)).toMatchObject(locked)
    world.period.abort()
    expect(await connections.reconnect(first)).toMatchObject(locked)
    expect(await connections.signIn(instanceOf(first), typed, signal)).toMatchObject(locked)
    expect([world.server(first).signIns, world.server(first).given]).toEqual([1, 'x'])
  })

  test('C1: what was typed for an instance that is not in the list yet goes to it; the stored credential goes by the list', async () => {
    connections.open(world.period.signal)
    await world.settle()
    const asked: (readonly [string, string])[] = []
    world.onConnect((instance, secret) => asked.push([instance.baseUrl, secret]))
    const moved = { ...instanceOf(first), baseUrl: 'https://elsewhere.example.com' }
    await connections.signIn(moved, typed, world.period.signal)
    await connections.use(first, async () => ended)
    await connections.reconnect(first)
    expect(asked).toEqual([
      ['https://elsewhere.example.com', 'typed'],
      ['https://sessions.example.com', 'x'],
    ])
  })

  test('tell of an instance that is connected anew while it is, and what that came to', async () => {
    connections.open(world.period.signal)
    await world.settle()
    const seen: string[] = []
    connections.onStates((states) => seen.push(states.map(({ connection }) => connection.status).join()))
    let release = () => {}
    world.server(first).hold = new Promise((resolve) => {
      release = resolve
    })
    const attempt = connections.reconnect(first)
    await world.settle()
    expect(seen).toEqual(['connecting,connected'])
    expect(world.server(first).closed).toBe(1)
    release()
    expect(await attempt).toEqual(succeed(undefined))
    world.server(first).connect = unreachable
    expect(await connections.reconnect(first)).toEqual(unreachable)
  })

  test('tell that an instance was dropped: its connection is ended, and it is as if it had never been', async () => {
    connections.open(world.period.signal)
    await world.settle()
    const seen: string[] = []
    connections.onStates((states) => seen.push(states.map(({ connection }) => connection.status).join()))
    connections.drop(first)
    await world.settle()
    expect(seen).toEqual(['connecting,connected'])
    expect(world.server(first).closed).toBe(1)
    await connections.use(first, nothing)
    expect(world.server(first).signIns).toBe(2)
  })
})
