import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SignIn } from '../../domain/credential.ts'
import type { Instance } from '../../domain/instance.ts'
import type { Outcome } from '../../domain/problem.ts'
import type { Connection, Fetch } from '../../main/connectors/connector.ts'
import { sessionService } from '../../main/connectors/session-service/session-service.ts'
import { type Connections, createConnections } from '../../main/instances/connections.ts'
import { accessWithPassword } from '../support/access.ts'
import {
  captivePortal,
  type Fault,
  type FaultProxy,
  gatewayFailure,
  htmlPage,
  redirect,
  type SeenRequest,
  startFaultProxy,
} from '../support/fault-proxy.ts'
import {
  demoPassword,
  ownerPassword,
  startTestService,
  type TestService,
} from '../support/session-service.ts'
import { createVirtualTime, type VirtualTime } from '../support/virtual-time.ts'

let service: TestService
let proxy: FaultProxy
let time: VirtualTime
let connections: Connections
let patienceMs: number

/** Signing in is slow on purpose, and the computer may be busy. */
const patient = { timeout: 15_000 }
const id = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const owner: SignIn = { credential: { kind: 'password', account: 'owner', secret: ownerPassword } }

beforeAll(async () => {
  service = await startTestService()
  proxy = await startFaultProxy(service.url)
  time = createVirtualTime()
  const instance: Instance = {
    id,
    name: 'Production',
    colour: 'red',
    environment: '',
    baseUrl: proxy.url,
    connector: 'session-service',
    builtIn: false,
    username: 'owner',
  }
  const registry = {
    list: () => [instance],
    get: () => instance,
    put: async () => {},
    remove: async () => {},
    clear: async () => {},
  }
  // Less patient than the app, so that silence need not be waited out.
  const impatient: Fetch = (url, init) => {
    const signals = [AbortSignal.timeout(patienceMs), ...(init?.signal ? [init.signal] : [])]
    return fetch(url, { ...init, signal: AbortSignal.any(signals) })
  }
  connections = createConnections({
    registry,
    access: accessWithPassword(
      { registry, connectorOf: () => sessionService, fetch: impatient },
      ownerPassword,
    ),
    after: time.after,
    now: () => new Date(time.clock.wall()),
  })
  connections.open(new AbortController().signal)
})
afterAll(async () => {
  connections.close()
  await proxy[Symbol.asyncDispose]()
  await service.stop()
})
beforeEach(async () => {
  proxy.heal()
  patienceMs = 10_000
  await comeBack()
})

/** Time passes until the instance is connected again. */
async function comeBack(): Promise<void> {
  const passing = () => {
    if (status() !== 'connected') time.pass(30_000)
    return status()
  }
  await expect.poll(passing, patient).toBe('connected')
}

const state = () => connections.states()[0]?.connection
const status = () => state()?.status
const shown = () => {
  const now = state()
  return now && 'detail' in now ? now.detail : ''
}

function part<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The connection lacks this part.')
  return value
}

function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problem))
  return outcome.value
}

const use = <T>(work: (connection: Connection) => Promise<Outcome<T>>) => connections.use(id, work)
const readPolicy = () => use((connection) => part(connection.policy).read())
const writeLimit = (seconds: number, basis: string) =>
  use((connection) => part(connection.policy).write({ inactivity: { on: true, seconds } }, basis))
const stored = async (): Promise<number> =>
  (await service.call('GET', '/security/policy')).body.idleTimeout.seconds

const reads = ({ method, path }: SeenRequest) => method === 'GET' && path.includes('/security/policy')
const writes = ({ method }: SeenRequest) => method === 'PUT'
const checks = ({ path }: SeenRequest) => path.endsWith('/me')

const deep: Fault = {
  instead: {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  },
}
const strange: Fault = {
  instead: {
    status: 502,
    headers: { 'content-type': 'application/json' },
    body: '{"code":502,"message":"Bad"}',
  },
}

/** Whatever may stand between Curfew and a server, what Curfew calls it, and whether the server's part is untouched by it. */
const rows: readonly (readonly [name: string, fault: Fault, code: string, words: RegExp])[] = [
  ['a gateway’s 502', gatewayFailure(502), 'gateway', /A gateway in front of 127\.0\.0\.1:\d+ answered 502/],
  ['a gateway’s 503', gatewayFailure(503), 'gateway', /A gateway in front of .* answered 503/],
  ['a gateway’s 504', gatewayFailure(504), 'gateway', /A gateway in front of .* answered 504/],
  ['a gateway’s 500', gatewayFailure(500), 'gateway', /A gateway in front of .* answered 500/],
  ['a gateway’s 502 as JSON', strange, 'gateway', /A gateway in front of .* answered 502/],
  ['a gateway’s 429', gatewayFailure(429), 'throttled', /A gateway in front of .* answered 429.*pause/],
  ['a proxy’s 401', htmlPage(401), 'gateway', /answered 401: it wants a sign-in of its own/],
  ['a proxy’s 403', htmlPage(403), 'gateway', /answered 403: it wants a sign-in of its own/],
  ['a proxy’s 404', htmlPage(404), 'gateway', /answered 404, not the server itself/],
  ['a captive portal’s page', captivePortal('page'), 'gateway', /answered 200 with a page of its own/],
  ['a captive portal’s redirect', captivePortal('redirect'), 'gateway', /sends Curfew to another address/],
  [
    'a 307 elsewhere',
    redirect('http://elsewhere.invalid/', 307),
    'gateway',
    /sends Curfew to another address/,
  ],
  ['an empty 200', { instead: { status: 200 } }, 'gateway', /answered 200 with nothing in it/],
  ['a 204', { instead: { status: 204 } }, 'gateway', /answered 204 with nothing in it/],
  ['an answer without end', { endless: 'chunked' }, 'server-error', /more than Curfew reads at once/],
  ['a compressed answer without end', { endless: 'gzip' }, 'server-error', /more than Curfew reads at once/],
  ['an answer nested 100 000 deep', deep, 'server-error', /more than Curfew reads at once/],
]

/** Where the connection breaks, and whether the server has acted by then. */
const cuts = [
  ['before-the-server', false],
  ['before-the-answer', true],
  ['in-the-head', true],
  ['in-the-body', true],
  ['after-the-body', true],
] as const

describe('what stands between Curfew and a server', () => {
  test.each(rows)('while reading, %s is named and not taken for an answer', async (_, fault, code, words) => {
    proxy.add({ when: reads, times: 1, fault })
    expect(await readPolicy()).toMatchObject({ problem: { code, message: expect.stringMatching(words) } })
    expect(await readPolicy()).toMatchObject({ ok: true })
  })

  test.each(rows)(
    'while writing, %s leaves it unknown: read again, nothing was changed',
    async (_, fault, code) => {
      const { revision } = unwrap(await readPolicy())
      const before = await stored()
      proxy.add({ when: writes, times: 1, fault })
      expect(await writeLimit(before + 60, revision)).toMatchObject({
        problem: {
          code,
          message: expect.stringMatching(/read the rules again: nothing was changed so far\.$/),
        },
      })
      expect(await stored()).toBe(before)
      expect(await writeLimit(before + 60, revision)).toMatchObject({ value: { outcome: 'written' } })
    },
  )

  test.each(rows)('while writing, %s leaves it unknown: read again, it was saved', async (_, fault) => {
    const { revision } = unwrap(await readPolicy())
    const seconds = (await stored()) + 60
    proxy.add({ when: writes, times: 1, fault: { ...fault, serverActs: true } })
    expect(await writeLimit(seconds, revision)).toMatchObject({
      value: {
        outcome: 'written',
        readAgain: true,
        reading: { fields: { inactivity: { value: { seconds } } } },
      },
    })
    expect(await stored()).toBe(seconds)
    expect(status()).toBe('connected')
  })

  test.each(rows)(
    'an instance where %s stays is not shown as connected, says so, and comes back',
    async (_, fault, __, words) => {
      const signIns = () => proxy.seen.filter(({ path }) => path.endsWith('/sign-in')).length
      const before = signIns()
      const heal = proxy.add({ when: checks, fault })
      time.pass(15_000)
      await expect.poll(status, patient).toBe('offline')
      expect(shown()).toMatch(words)
      expect(shown()).not.toMatch(/address\. Check|Check the address/)
      heal()
      await comeBack()
      // With the session there was: a password is for signing in.
      expect(signIns()).toBe(before)
    },
  )

  test.each(cuts)('an answer cut %s is never half an answer', async (cut) => {
    proxy.add({ when: reads, times: 1, fault: { cut } })
    expect(await readPolicy()).toMatchObject({
      problem: { code: 'unreachable', message: expect.stringMatching(/broke off/) },
    })
    expect(status()).toBe('offline')
  })

  test.each(cuts)('a write cut %s is read again (the server has acted: %s)', async (cut, acted) => {
    const { revision } = unwrap(await readPolicy())
    const before = await stored()
    proxy.add({ when: writes, times: 1, fault: { cut } })
    const outcome = await writeLimit(before + 60, revision)
    if (acted) expect(outcome).toMatchObject({ value: { outcome: 'written', readAgain: true } })
    else expect(outcome).toMatchObject({ problem: { message: expect.stringMatching(/nothing was changed/) } })
    expect(await stored()).toBe(acted ? before + 60 : before)
  })

  test('a write that is not answered in time is read again', async () => {
    const { revision } = unwrap(await readPolicy())
    const before = await stored()
    patienceMs = 300
    proxy.add({ when: writes, times: 1, fault: { latencyMs: 60_000, cut: 'before-the-server' } })
    expect(await writeLimit(before + 60, revision)).toMatchObject({
      problem: { message: expect.stringMatching(/did not answer within .*nothing was changed so far/) },
    })
    expect(await stored()).toBe(before)
  })

  test('where it can’t be read again either, it says that it is not known, and saving the same again is no conflict', async () => {
    const { revision } = unwrap(await readPolicy())
    const seconds = (await stored()) + 60
    proxy.add({ when: writes, times: 1, fault: gatewayFailure(504, { serverActs: true }) })
    proxy.add({ when: reads, times: 1, fault: gatewayFailure(504) })
    expect(await writeLimit(seconds, revision)).toMatchObject({
      problem: { code: 'not-known', message: expect.stringMatching(/answered 504.*is not known/) },
    })
    expect(status()).toBe('offline')
    expect(await writeLimit(seconds, revision)).toMatchObject({ value: { outcome: 'written' } })
    expect(await stored()).toBe(seconds)
  })

  test('a lost write that somebody else overtook is a conflict with what they stored', async () => {
    const { revision } = unwrap(await readPolicy())
    const theirs = (await stored()) + 600
    proxy.add({
      when: writes,
      times: 1,
      fault: gatewayFailure(504),
    })
    const { body } = await service.call('GET', '/security/policy')
    const { updatedAt: _, updatedBy: __, revision: ___, ...policy } = body
    await service.call('PUT', '/security/policy', {
      body: { ...policy, idleTimeout: { enabled: true, seconds: theirs } },
      headers: { 'if-match': `"${revision}"` },
    })
    expect(await writeLimit(theirs + 60, revision)).toMatchObject({
      value: { outcome: 'conflict', reading: { fields: { inactivity: { value: { seconds: theirs } } } } },
    })
    // They wanted the same: that is no conflict.
    expect(await writeLimit(theirs, revision)).toMatchObject({ ok: true })
  })

  test('where nothing was sent, nothing is read again', async () => {
    const other = await startFaultProxy(service.url)
    const target = { baseUrl: other.url, fetch, signal: new AbortController().signal }
    const policy = part(unwrap(await sessionService.connect(target, owner)).policy)
    const { revision } = unwrap(await policy.read())
    await other[Symbol.asyncDispose]()
    // The connection that was open is found closed.
    await policy.read()
    expect(await policy.write({ inactivity: { on: true, seconds: 9_000 } }, revision)).toMatchObject({
      problem: { code: 'unreachable', message: expect.not.stringMatching(/address|nothing was changed/) },
    })
  })

  test.each([
    ['made weak', 'weak'],
    ['marked as compressed', { tag: '"1-gzip"' }],
    ['took the quotes of', { tag: '1' }],
    ['removed', 'removed'],
    ['put its own in the place of', { tag: 'W/"0f-63b1c2"' }],
  ] as const)('an ETag that a proxy %s makes no conflict', async (_, etag) => {
    proxy.add({ fault: { etag } })
    const reading = unwrap(await readPolicy())
    const seconds = (await stored()) + 60
    expect(await writeLimit(seconds, reading.revision)).toMatchObject({ value: { outcome: 'written' } })
    expect(await stored()).toBe(seconds)
  })

  test.each(['before-the-answer', 'in-the-body'] as const)(
    'O4: a revocation cut %s is asked for again, and the sessions have ended',
    async (cut) => {
      const token = await service.signIn('member', demoPassword)
      const userId = (await service.call('GET', '/me', { token })).body.user.id
      proxy.add({ when: ({ path }) => path.endsWith('/sessions/revoke'), times: 1, fault: { cut } })
      const revoke = () =>
        use((connection) =>
          part(part(connection.sessions).revoke.users)([userId], { reason: '', includeOwn: false }),
        )
      expect(await revoke()).toMatchObject({ ok: true })
      expect((await service.call('GET', '/me', { token })).status).toBe(401)
      proxy.add({ when: ({ path }) => path.endsWith('/sessions/revoke'), times: 2, fault: { cut } })
      expect(await revoke()).toMatchObject({ problem: { code: 'not-known' } })
    },
  )

  test.each([
    ['nothing', undefined],
    ['-5', '-5'],
    ['1e99', '1e99'],
    ['a month', '2592000'],
    ['a past date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['the year 9999', 'Fri, 31 Dec 9999 23:59:59 GMT'],
    ['a minute', '60'],
  ])(
    'a 503 that asks for %s is asked again within five minutes, and never more often than the ladder',
    async (_, retryAfter) => {
      proxy.add({
        when: checks,
        fault: gatewayFailure(503, retryAfter === undefined ? {} : { retryAfter }),
      })
      time.pass(15_000)
      const asked = () => proxy.seen.filter(checks).length
      await expect.poll(status, patient).toBe('offline')
      const before = asked()
      time.pass(999)
      expect(asked()).toBe(before)
      time.pass(300_000)
      await expect.poll(asked).toBe(before + 1)
    },
  )
})
