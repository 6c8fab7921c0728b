import { describe, expect, test } from 'vitest'
import { type Credential, credentialText, destinationOf, type SignIn } from '../../../../domain/credential.ts'
import type { Instance } from '../../../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../../../domain/problem.ts'
import type { Connection, ConnectTarget } from '../../../../main/connectors/connector.ts'
import { type AccessPorts, createAccess } from '../../../../main/instances/access.ts'

const remote: Instance = {
  id: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11',
  name: 'Production',
  colour: 'red',
  environment: '',
  baseUrl: 'https://sessions.example.com',
  connector: 'session-service',
  builtIn: false,
  username: 'ann',
}
const builtIn: Instance = { ...remote, builtIn: true, baseUrl: 'http://127.0.0.1:4180' }
/** What an earlier Curfew stored for the built-in service: not said what for. */
const unbound = '{"password":"made up"}'
const full = fail({ code: 'keychain-unavailable', message: 'The keychain is full.' })
const locked = { ok: false, problem: { code: 'locked' } }

const connectionTo = (id?: string): Outcome<Connection> =>
  succeed({
    server: { name: 'Test', version: '1', ...(id !== undefined && { id }) },
    me: { userId: 'u', username: 'ann', displayName: 'Ann', role: 'Owner', rights: {} },
    check: async () => succeed(undefined),
    close: async () => {},
  })

/** Access whose every step is noted, in order; `at` may do something in the middle of one. */
function build(
  options: {
    readonly listed?: Instance | undefined
    readonly stored?: string
    readonly builtInAt?: Outcome<string>
    readonly answer?: Outcome<Connection>
    readonly write?: Outcome<undefined>
    readonly at?: (step: string) => void
  } & Partial<Pick<AccessPorts, 'adminIsHere'>> = {},
) {
  const {
    builtInAt = succeed('http://127.0.0.1:4180'),
    answer = connectionTo(),
    write = succeed(undefined),
  } = options
  const steps: string[] = []
  const targets: ConnectTarget[] = []
  const credentials: Credential[] = []
  const put: Instance[] = []
  const written: string[] = []
  const period = new AbortController()
  const did = (step: string) => {
    steps.push(step)
    options.at?.(step)
  }
  const fetch = () => Promise.reject(new Error('No network in this test'))
  const access = createAccess({
    registry: {
      list: () => [],
      get: () => options.listed,
      put: async (instance) => {
        did('put')
        put.push(instance)
      },
      remove: async () => {},
      clear: async () => {},
    },
    credentials: {
      read: async () => {
        did('read')
        return options.stored === undefined
          ? fail({ code: 'password-needed', message: 'None is stored.' })
          : succeed(options.stored)
      },
      write: async (_, text) => {
        did('write')
        written.push(text)
        return write
      },
    },
    hosts: { vouch: () => did('vouch') },
    startBuiltIn: async () => {
      did('start')
      return builtInAt
    },
    builtInKey: () => undefined,
    certificates: { fetchPinned: () => fetch },
    connectorOf: () => ({
      id: 'session-service',
      probe: async () => full,
      connect: async (target, { credential }) => {
        did('connect')
        targets.push(target)
        credentials.push(credential)
        return answer
      },
    }),
    fetch,
    ...(options.adminIsHere && { adminIsHere: options.adminIsHere }),
  })
  return { access, steps, targets, credentials, put, written, period, signal: period.signal, fetch }
}

const typed: SignIn = { credential: { kind: 'password', account: 'ann', secret: 'typed' } }
const boundTo = (instance: Instance, device?: string) =>
  credentialText({ kind: 'password', secret: 'stored', device }, destinationOf(instance))

describe('what a connector gets', () => {
  test('C1: is told to connect with what is known of the instance and no more', async () => {
    const world = build()
    await world.access.connect(remote, { signal: world.signal, signIn: typed })
    expect(world.targets).toStrictEqual([
      { baseUrl: remote.baseUrl, fetch: world.fetch, signal: world.signal },
    ])
    expect(world.credentials).toStrictEqual([typed.credential])
  })

  test('C1: is told which server it must be, whether the admin is here, and whom to tell that the secret leaves', async () => {
    const adminIsHere = () => true
    const onSecretSent = () => {}
    const world = build({ adminIsHere })
    await world.access.connect(
      { ...remote, serverId: 'server-1' },
      { signal: world.signal, signIn: typed, onSecretSent },
    )
    expect(world.targets).toStrictEqual([
      {
        baseUrl: remote.baseUrl,
        fetch: world.fetch,
        signal: world.signal,
        serverId: 'server-1',
        adminIsHere,
        onSecretSent,
      },
    ])
  })

  test.each([undefined, 'proof'])(
    'C1: is given the stored secret with the device’s proof (%s), if any',
    async (device) => {
      const world = build({ stored: boundTo(remote, device) })
      await world.access.connect(remote, { signal: world.signal })
      expect(world.credentials).toStrictEqual([
        { kind: 'password', account: 'ann', secret: 'stored', ...(device !== undefined && { device }) },
      ])
    },
  )

  test('C1: what was typed goes without the stored secret being read', async () => {
    const world = build({ stored: boundTo(remote) })
    await world.access.connect(remote, { signal: world.signal, signIn: typed })
    expect(world.steps).toEqual(['connect'])
  })
})

describe('why nothing was sent', () => {
  test.each([
    ['nothing is stored', remote, undefined, 'password-needed', 'None is stored.'],
    [
      'a newer version stored it',
      remote,
      '{"version":9,"kind":"passkey"}',
      'password-needed',
      'A newer version of Curfew stored how to sign in here. Update Curfew, or type it again.',
    ],
    [
      'an earlier version stored it for nobody knows what',
      remote,
      unbound,
      'password-needed',
      'An earlier version of Curfew stored this password without noting which server it is for. Look at the address and type it once more.',
    ],
    [
      'the record was changed',
      { ...remote, username: 'bea' },
      boundTo(remote),
      'changed-outside',
      'This instance was changed outside Curfew: the account was “ann”, now “bea”. Curfew sent nothing.',
    ],
  ])('C1: %s: it is said in words, and nobody is contacted', async (_, instance, stored, code, message) => {
    const world = build(stored === undefined ? {} : { stored })
    expect(await world.access.connect(instance, { signal: world.signal })).toEqual({
      ok: false,
      problem: { code, message },
    })
    expect(world.steps).toEqual(['read'])
  })

  test('the built-in service that does not start is what is told, and no address is kept', async () => {
    const builtInAt = fail({ code: 'unreachable', message: 'It did not start.' })
    const world = build({ stored: boundTo(builtIn), listed: builtIn, builtInAt })
    expect(await world.access.connect(builtIn, { signal: world.signal })).toEqual(builtInAt)
    expect(world.steps).toEqual(['read', 'start'])
  })

  test.each([
    ['read', ['read']],
    ['start', ['read', 'start']],
    ['put', ['read', 'start', 'put']],
  ])('C4: the lock that comes at the step “%s” ends it there: no secret leaves', async (when, steps) => {
    const world = build({
      stored: boundTo(builtIn),
      listed: builtIn,
      builtInAt: succeed('http://127.0.0.1:4999'),
      at: (step) => {
        if (step === when) world.period.abort()
      },
    })
    expect(await world.access.connect(builtIn, { signal: world.signal })).toMatchObject(locked)
    expect(world.steps).toEqual(steps)
  })

  test('C4: an address asked for after the lock starts nothing', async () => {
    const world = build({ listed: builtIn })
    world.period.abort()
    expect(await world.access.addressOf(builtIn, world.signal)).toMatchObject(locked)
    expect(world.steps).toEqual([])
  })
})

describe('the address of the built-in service', () => {
  test.each([
    ['is the one that is kept: nothing is written', builtIn, 'http://127.0.0.1:4180', []],
    ['is another: that is kept', builtIn, 'http://127.0.0.1:4999', ['http://127.0.0.1:4999']],
    [
      'is of an instance that is not in the list yet: nothing is written',
      undefined,
      'http://127.0.0.1:4999',
      [],
    ],
  ])('%s', async (_, listed, address, kept) => {
    const world = build({ listed, builtInAt: succeed(address) })
    expect(await world.access.addressOf(builtIn, world.signal)).toEqual(succeed(address))
    expect(world.put.map(({ baseUrl }) => baseUrl)).toEqual(kept)
  })

  test('is no matter for any other: that answers where its record says', async () => {
    const world = build({ listed: remote })
    expect(await world.access.addressOf(remote, world.signal)).toEqual(succeed(remote.baseUrl))
    expect(world.steps).toEqual([])
  })

  test('C1: vouches for no host: main itself starts what the secret goes to', async () => {
    const world = build({ stored: boundTo(builtIn), listed: builtIn })
    await world.access.connect(builtIn, { signal: world.signal })
    expect(world.steps).toEqual(['read', 'start', 'connect'])
  })
})

describe('C1: the built-in service’s earlier password, once it has worked', () => {
  const connectWith = async (options: Parameters<typeof build>[0], instance = builtIn) => {
    const world = build({ stored: unbound, listed: builtIn, ...options })
    const connected = await world.access.connect(instance, { signal: world.signal })
    return { ...world, connected }
  }

  test('is sealed for the service, which is then known by its id where it has one', async () => {
    for (const id of ['server-1', undefined]) {
      const answer = connectionTo(id)
      const { put, steps, written, connected } = await connectWith({ answer })
      expect(connected).toEqual(answer)
      expect(steps).toEqual(['read', 'start', 'connect', 'write', 'put'])
      expect(put).toStrictEqual([{ ...builtIn, ...(id !== undefined && { serverId: id }) }])
      expect(written).toEqual([
        credentialText({ kind: 'password', secret: 'made up' }, destinationOf(put[0] ?? builtIn)),
      ])
    }
  })

  test('is sealed for the record as it is by then, or as it was where it has left the list', async () => {
    const renamed = await connectWith({ listed: { ...builtIn, name: 'Renamed' } })
    expect(renamed.put).toEqual([{ ...builtIn, name: 'Renamed' }])
    const gone = await connectWith({ listed: undefined })
    expect(gone.put).toEqual([builtIn])
  })

  test('leaves the record as it was where it could not be sealed', async () => {
    const { steps, connected } = await connectWith({ write: full })
    expect(steps).toEqual(['read', 'start', 'connect', 'write'])
    expect(connected).toMatchObject({ ok: true })
  })

  test('is left as it was where the app has locked meanwhile, or where it was refused', async () => {
    const world = build({
      stored: unbound,
      listed: builtIn,
      at: (step) => {
        if (step === 'connect') world.period.abort()
      },
    })
    await world.access.connect(builtIn, { signal: world.signal })
    expect(world.steps).toEqual(['read', 'start', 'connect'])
    const refused = await connectWith({ answer: fail({ code: 'invalid-credentials', message: 'No.' }) })
    expect(refused.steps).toEqual(['read', 'start', 'connect'])
  })

  test('is not sealed anew where it is sealed for the service already', async () => {
    const { steps } = await connectWith({ stored: boundTo(builtIn) })
    expect(steps).toEqual(['read', 'start', 'connect'])
  })
})
