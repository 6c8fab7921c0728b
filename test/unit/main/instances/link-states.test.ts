import { describe, expect, test } from 'vitest'
import type { SignIn } from '../../../../domain/credential.ts'
import { fail, type Outcome, type Problem, succeed } from '../../../../domain/problem.ts'
import type { Connection } from '../../../../main/connectors/connector.ts'
import type { AccessOptions } from '../../../../main/instances/access.ts'
import { createLink } from '../../../../main/instances/link.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const nothing = async () => succeed(undefined)
const said = (code: string, message = 'Said.', more: object = {}) =>
  fail({ code, message, ...more } as unknown as Problem)
const ended = fail({ code: 'no-such-instance', message: 'This connection was ended.' })

/** What has begun goes on; nothing here waits for a real clock. */
const settle = async () => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A link whose server does what the test says, on a clock that moves when told. */
function build() {
  const time = createVirtualTime()
  const period = new AbortController()
  const server = {
    /** What an attempt to connect comes to; a connection where left out. */
    connect: undefined as ((options: AccessOptions) => Promise<Outcome<never> | undefined>) | undefined,
    check: nothing as () => Promise<Outcome<undefined>>,
    close: async () => {},
    parts: {} as Partial<Connection>,
    attempts: 0,
    signIns: [] as (SignIn | undefined)[],
    made: [] as Connection[],
    farewells: 0,
    checks: 0,
  }
  let changes = 0
  const link = createLink({
    period: period.signal,
    async connect(options) {
      server.attempts += 1
      server.signIns.push(options.signIn)
      const refused = await server.connect?.(options)
      if (refused) return refused
      const connection: Connection = {
        server: { name: 'Test', version: '1' },
        me: {
          userId: 'u1',
          username: 'ann',
          displayName: 'Ann',
          role: 'Owner',
          rights: { 'policy.read': 'assumed' },
        },
        ...server.parts,
        check: () => {
          server.checks += 1
          return server.check()
        },
        close: () => {
          server.farewells += 1
          return server.close()
        },
      }
      server.made.push(connection)
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

const secretLeaves =
  (outcome: Outcome<never>) =>
  async ({ onSecretSent }: AccessOptions) => {
    onSecretSent?.()
    return outcome
  }

describe('the state of a link', () => {
  test('says of a connected server all that the window shows, and that it changed, once', async () => {
    const { link, server, changes, pass } = build()
    expect(link.state).toEqual({ status: 'connecting' })
    server.parts = {
      server: { name: 'Sessions', version: '1.2', id: 'server-1' },
      users: {
        roles: [{ id: 'admin', name: 'Admin' }] as never,
        list: async () => said('internal'),
        read: async () => said('internal'),
      },
    }
    await link.connect()
    expect(link.state).toEqual({
      status: 'connected',
      since: '2026-01-01T00:00:00.000Z',
      serverName: 'Sessions',
      serverVersion: '1.2',
      me: {
        userId: 'u1',
        username: 'ann',
        displayName: 'Ann',
        role: 'Owner',
        rights: { 'policy.read': 'assumed' },
      },
      capabilities: ['users.list'],
      userRoles: [{ id: 'admin', name: 'Admin' }],
    })
    expect(changes()).toBe(1)
    await link.use(nothing)
    await pass(40)
    expect(changes()).toBe(1)
  })

  test('a server that lists no people has no roles to list them by', async () => {
    const { link } = build()
    await link.connect()
    expect(link.state).toMatchObject({ capabilities: [], userRoles: [] })
  })

  test('is connected since then again after a loss, on the same connection', async () => {
    const { link, server, pass } = build()
    await link.connect()
    await pass(5)
    await link.use(async () => said('unreachable'))
    expect(link.state).toMatchObject({ status: 'offline', since: '2026-01-01T00:00:05.000Z' })
    await pass(1)
    expect(link.state).toMatchObject({ status: 'connected', since: '2026-01-01T00:00:06.000Z' })
    expect([server.attempts, server.checks]).toEqual([1, 1])
  })

  test.each([
    ['sign-in-needed', 'session-ended'],
    ['invalid-credentials', 'credentials-refused'],
    ['password-needed', 'password-needed'],
    ['keychain-locked', 'keychain-locked'],
    ['keychain-unavailable', 'keychain-unavailable'],
    ['another-server', 'another-server'],
    ['changed-outside', 'changed-outside'],
  ])(
    'connecting that comes to “%s” asks for signing in because of “%s”, in the words that were said',
    async (code, why) => {
      const { link, server, changes, pass } = build()
      await link.connect()
      await link.use(async () => said('sign-in-needed', 'Before.'))
      server.connect = async () => said(code)
      await pass(3)
      await link.connect()
      expect(link.state).toEqual({
        status: 'sign-in-needed',
        since: '2026-01-01T00:00:03.000Z',
        why,
        detail: 'Said.',
      })
      // Told once, however often it is asked for, and the screens hear the same.
      const before = changes()
      await link.connect()
      expect(changes()).toBe(before)
      expect(await link.use(nothing)).toEqual(said('sign-in-needed'))
    },
  )

  test.each([
    ['another-server', 'sign-in-needed'],
    ['invalid-credentials', 'connected'],
    ['password-needed', 'connected'],
    ['changed-outside', 'connected'],
    ['keychain-locked', 'connected'],
    ['locked', 'connected'],
    ['internal', 'connected'],
    ['invalid', 'connected'],
  ])('a request that comes to “%s” leaves it %s', async (code, status) => {
    const { link } = build()
    await link.connect()
    await link.use(async () => said(code))
    expect(link.state.status).toBe(status)
  })
})

describe('C1: the stored password', () => {
  test('that has left and come to nothing is not sent again by itself, whatever was answered', async () => {
    const { link, server, pass, time } = build()
    server.connect = secretLeaves(said('unreachable'))
    await link.connect()
    expect(link.state).toMatchObject({ status: 'sign-in-needed', why: 'sign-in-failed', detail: 'Said.' })
    expect(time.waiting).toBe(0)
    await pass(60)
    expect(server.attempts).toBe(1)
  })

  test('that has not left is tried again when the server is there', async () => {
    const { link, server, pass } = build()
    server.connect = async () => said('unreachable')
    await link.connect()
    expect(link.state.status).toBe('offline')
    server.connect = undefined
    await pass(1)
    expect(link.state.status).toBe('connected')
  })

  test('that has worked is no longer spent: a loss afterwards is a loss', async () => {
    const { link, server } = build()
    server.connect = async ({ onSecretSent }) => {
      onSecretSent?.()
      return undefined
    }
    await link.connect()
    await link.use(async () => said('unreachable'))
    expect(link.state.status).toBe('offline')
    // Also where the connection has gone with the session meanwhile.
    await link.use(async () => said('sign-in-needed'))
    server.connect = async () => said('unreachable')
    await link.connect()
    expect(link.state.status).toBe('offline')
  })

  test('what was typed is what the attempt goes by, and everybody waits for the same one', async () => {
    const { link, server } = build()
    const signIn: SignIn = { credential: { kind: 'password', account: 'ann', secret: 'typed' } }
    const [first, second] = await Promise.all([link.connect(signIn), link.connect()])
    expect(first).toBe(second)
    await link.connect()
    expect(server.signIns).toEqual([signIn, undefined])
  })
})

describe('C2: the tries of a link', () => {
  test.each(['keychain-locked', 'keychain-unavailable'])(
    'look at a keychain (%s) every two seconds, and at nothing else',
    async (code) => {
      const { link, server, pass } = build()
      server.connect = async () => said(code)
      await link.connect()
      await pass(7)
      expect(server.attempts).toBe(4)
      server.connect = async () => said('password-needed')
      await pass(60)
      expect(server.attempts).toBe(5)
    },
  )

  test('are one at a time: a check, a request and a loss leave one timer', async () => {
    const { link, server, time, pass } = build()
    await link.connect()
    expect(time.waiting).toBe(1)
    await link.use(nothing)
    await link.use(async () => said('gateway'))
    await link.use(async () => said('gateway'))
    expect(time.waiting).toBe(1)
    await link.use(async () => said('sign-in-needed'))
    expect(time.waiting).toBe(0)
    await pass(60)
    expect([server.attempts, server.checks]).toEqual([1, 0])
  })

  test('of a server that is too busy keep screens waiting too, though it did not say how long', async () => {
    const { link, server, pass, time } = build()
    server.connect = async () => said('throttled')
    await link.connect()
    expect(await link.use(nothing)).toEqual(said('throttled'))
    time.passThrottled(999)
    expect(await link.use(nothing)).toEqual(said('throttled'))
    expect(server.attempts).toBe(1)
    time.passThrottled(1)
    server.connect = async () => said('unreachable')
    expect(await link.use(nothing)).toEqual(said('unreachable'))
    // A loss without such a wish ends the pause of the one before.
    server.connect = undefined
    expect(await link.use(nothing)).toEqual(succeed(undefined))
    await pass(1)
    expect(server.attempts).toBe(3)
  })

  test('in a pause leave a connection that is there to the screens', async () => {
    const { link } = build()
    await link.connect()
    await link.use(async () => said('gateway', 'Busy.', { retryAfterSeconds: 60 }))
    expect(link.state.status).toBe('offline')
    expect(await link.use(nothing)).toEqual(succeed(undefined))
    expect(link.state.status).toBe('connected')
  })

  test('after a check that said nothing of the server: it is asked what it is like, and that is believed', async () => {
    const { link, server, pass } = build()
    await link.connect()
    server.check = async () => said('server-error')
    await pass(15)
    expect(link.state).toMatchObject({ status: 'offline', detail: 'Said.' })
  })

  test('ignore the answer of a check that came after another connection was made, or after the end', async () => {
    const { link, server, pass, changes } = build()
    const late = Promise.withResolvers<Outcome<undefined>>()
    await link.connect()
    server.check = () => late.promise
    await pass(15)
    await link.use(async () => said('sign-in-needed'))
    await link.connect()
    const before = changes()
    late.resolve(said('unreachable'))
    await settle()
    expect([link.state.status, changes()]).toEqual(['connected', before])

    const again = Promise.withResolvers<Outcome<undefined>>()
    server.check = () => again.promise
    await pass(15)
    link.end()
    again.resolve(said('unreachable'))
    await settle()
    expect([link.state.status, changes()]).toEqual(['connected', before])
  })
})

describe('what a request teaches', () => {
  test.each([
    ['works', succeed(undefined), { 'policy.read': 'held' }, 1],
    ['is refused', said('refused'), {}, 1],
    ['finds nobody', said('not-found'), { 'policy.read': 'assumed' }, 0],
    ['is invalid', said('invalid'), { 'policy.read': 'assumed' }, 0],
  ])('one that %s', async (_, outcome, rights, told) => {
    const { link, changes } = build()
    await link.connect()
    const before = changes()
    await link.use(async () => outcome, 'policy.read')
    expect(link.state).toMatchObject({ me: { rights } })
    expect(changes() - before).toBe(told)
    // The same once more teaches nothing new.
    await link.use(async () => outcome, 'policy.read')
    expect(changes() - before).toBe(told)
    await link.use(async () => outcome, 'policy.write')
    expect(changes() - before).toBe(told)
  })

  test('is kept over a loss, and told when the server is there again', async () => {
    const { link, server, pass } = build()
    await link.connect()
    const held = Promise.withResolvers<Outcome<undefined>>()
    const work = link.use(() => held.promise, 'policy.read')
    await link.use(async () => said('gateway'))
    server.check = async () => said('gateway')
    held.resolve(said('refused'))
    await work
    server.check = nothing
    await pass(20)
    expect(link.state).toMatchObject({ status: 'connected', me: { rights: {} } })
  })

  test('nothing once the link was ended', async () => {
    const { link, changes } = build()
    await link.connect()
    const held = Promise.withResolvers<Outcome<undefined>>()
    const work = link.use(() => held.promise, 'policy.read')
    await settle()
    link.end()
    const before = changes()
    held.resolve(succeed(undefined))
    await work
    expect(changes()).toBe(before)
    expect(link.state).toMatchObject({ me: { rights: { 'policy.read': 'assumed' } } })
  })

  test('nothing of the link, where it came to something on a connection that is no longer the one', async () => {
    const { link, changes } = build()
    await link.connect()
    const held = Promise.withResolvers<Outcome<undefined>>()
    const work = link.use(() => held.promise)
    await link.use(async () => said('sign-in-needed'))
    await link.connect()
    const before = changes()
    held.resolve(said('unreachable'))
    await work
    expect([link.state.status, changes()]).toEqual(['connected', before])
  })
})

describe('C4: the end of a link', () => {
  test('while a request waits for the connection, the request is not made', async () => {
    const { link, server, period } = build()
    let worked = false
    server.connect = async () => {
      await Promise.resolve()
      queueMicrotask(() => queueMicrotask(() => period.abort()))
      return undefined
    }
    const use = link.use(async () => {
      worked = true
      return succeed(undefined)
    })
    expect(await use).toEqual(ended)
    expect(worked).toBe(false)
  })

  test('is said in words to whoever asks for anything afterwards, and tries nothing', async () => {
    const { link, server, time } = build()
    link.end()
    expect(await link.use(nothing)).toEqual(ended)
    expect(await link.connect()).toEqual(ended)
    expect([server.attempts, server.farewells, time.waiting]).toEqual([0, 0, 0])
  })

  test('an attempt that was refused meanwhile has nobody to say farewell to', async () => {
    const { link, server } = build()
    server.connect = async () => said('invalid-credentials')
    const connecting = link.connect()
    link.end()
    expect(await connecting).toEqual(ended)
    expect([server.farewells, link.state.status]).toEqual([0, 'connecting'])
  })

  test('does not mind a server that can’t be told', async () => {
    const { link, server } = build()
    const unheard: unknown[] = []
    const note = (error: unknown) => unheard.push(error)
    process.on('unhandledRejection', note)
    server.close = () => Promise.reject(new Error('Nobody there.'))
    await link.connect()
    link.end()
    await settle()
    process.off('unhandledRejection', note)
    expect([server.farewells, unheard]).toEqual([1, []])
  })
})
