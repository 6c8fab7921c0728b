import { describe, expect, test } from 'vitest'
import {
  type Credential,
  credentialText,
  destinationOf,
  readCredential,
  type SignIn,
} from '../../../../domain/credential.ts'
import type { Instance } from '../../../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../../../domain/problem.ts'
import type { Connection } from '../../../../main/connectors/connector.ts'
import { createAccess } from '../../../../main/instances/access.ts'
import { sampleInstance as known } from '../../../support/sample-instance.ts'

const nobody = fail({ code: 'unreachable', message: 'Nobody there.' })

const anyServer = () => Promise.reject(new Error('No network in this test'))
const pins = new Map<unknown, string>()
const pinnedTo = (pin: string) => {
  const way = () => Promise.reject(new Error('No network in this test'))
  pins.set(way, pin)
  return way
}

/** Access over one stored text; tells with what, and where, the connector was asked to connect. */
function build(
  options: {
    readonly stored?: string
    readonly listed?: Instance
    readonly answer?: Outcome<Connection>
  } = {},
) {
  const asked: { baseUrl: string; credential: Credential }[] = []
  const keys: (string | undefined)[] = []
  const ways: unknown[] = []
  const { listed = known } = options
  const put: Instance[] = []
  const started: number[] = []
  const given: unknown[] = []
  const written: string[] = []
  const vouched: string[] = []
  const access = createAccess({
    registry: {
      list: () => [listed],
      get: () => listed,
      put: async (instance) => {
        put.push(instance)
      },
      remove: async () => {},
      clear: async () => {},
    },
    credentials: {
      read: async () =>
        options.stored === undefined
          ? fail({ code: 'password-needed', message: 'None.' })
          : succeed(options.stored),
      write: async (_, text) => {
        written.push(text)
        return succeed(undefined)
      },
    },
    hosts: { vouch: (baseUrl) => vouched.push(baseUrl) },
    startBuiltIn: async ({ id: _, port, ...passwords }) => {
      started.push(port)
      given.push(passwords)
      return succeed('http://127.0.0.1:4999')
    },
    builtInKey: () => 'key of the running one',
    connectorOf: () => ({
      id: 'session-service',
      probe: async () => nobody,
      connect: async ({ baseUrl, proofKey, fetch }, { credential }) => {
        asked.push({ baseUrl, credential })
        keys.push(proofKey?.())
        ways.push(fetch)
        return options.answer ?? nobody
      },
    }),
    fetch: anyServer,
    certificates: { fetchPinned: pinnedTo },
  })
  const connect = (signIn?: SignIn) =>
    access.connect(listed, { signal: new AbortController().signal, signIn })
  return { connect, asked, keys, ways, put, started, given, written, vouched }
}

const connection: Connection = {
  server: { name: 'Test', version: '1', id: 'server-1' },
  me: { userId: 'u', username: 'owner', displayName: 'Owner', role: 'Owner', rights: {} },
  check: async () => succeed(undefined),
  close: async () => {},
}

describe('access to an instance', () => {
  const bound = credentialText({ kind: 'password', secret: 'stored' }, destinationOf(known))

  test('C1: the stored password signs in where it was stored for', async () => {
    const { connect, asked, vouched } = build({ stored: bound })
    expect(await connect()).toEqual(nobody)
    expect(asked).toEqual([
      { baseUrl: known.baseUrl, credential: { kind: 'password', account: 'ann', secret: 'stored' } },
    ])
    expect(vouched).toEqual([known.baseUrl])
  })

  test('C1: the device’s proof goes with the password that it was sealed with', async () => {
    const stored = credentialText(
      { kind: 'password', secret: 'stored', device: 'proof' },
      destinationOf(known),
    )
    const { connect, asked } = build({ stored })
    await connect()
    expect(asked).toMatchObject([{ credential: { secret: 'stored', device: 'proof' } }])
    const moved = build({ stored, listed: { ...known, username: 'bea' } })
    await moved.connect()
    expect(moved.asked).toEqual([])
  })

  const elsewhere: readonly (readonly [string, Partial<Instance>, RegExp])[] = [
    ['another host', { baseUrl: 'https://evil.example.com' }, /sessions\.example\.com, now https:\/\/evil/],
    ['another port', { baseUrl: 'https://sessions.example.com:444' }, /now https:.*:444\./],
    ['plain http', { baseUrl: 'http://127.0.0.1' }, /now http:/],
    ['another path', { baseUrl: 'https://sessions.example.com/x' }, /now https:.*\/x\./],
    ['a look-alike', { baseUrl: 'https://xn--sssions-ccb.example.com' }, /now https:\/\/xn--/],
    ['another account', { username: 'bea' }, /“ann”, now “bea”/],
    ['the built-in service', { builtIn: true }, /now the built-in service/],
    ['another server’s id', { serverId: 'server-2' }, /was none, now server-2/],
    ['another certificate', { pin: `${'A'.repeat(43)}=` }, /this computer trusts, now AAAA/],
  ]
  test.each(elsewhere)(
    'C1: a record changed to %s gets nothing, and nobody is contacted; both are named',
    async (_, change, words) => {
      const { connect, asked, started, vouched } = build({ stored: bound, listed: { ...known, ...change } })
      expect(await connect()).toMatchObject({
        problem: { code: 'changed-outside', message: expect.stringMatching(words) },
      })
      expect([asked, started, vouched]).toEqual([[], [], []])
    },
  )

  test.each(['{"password":"old"}', '{"version":1,"kind":"password","secret":"old"}'])(
    'C1: a password that an earlier version stored for nobody knows what goes nowhere; it is asked for once',
    async (stored) => {
      const { connect, asked, vouched } = build({ stored })
      expect(await connect()).toMatchObject({ problem: { code: 'password-needed' } })
      expect([asked, vouched]).toEqual([[], []])
    },
  )

  test('C1: what a newer version stored is not used; typing it again is asked for', async () => {
    const { connect, asked } = build({ stored: '{"version":9,"kind":"passkey"}' })
    expect(await connect()).toMatchObject({ problem: { code: 'password-needed' } })
    expect(asked).toEqual([])
  })

  test('C1: what was just typed needs nothing stored', async () => {
    const { connect, asked } = build()
    const credential = { kind: 'password', account: 'ann', secret: 'typed' } as const
    await connect({ credential })
    expect(asked).toEqual([{ baseUrl: known.baseUrl, credential }])
  })

  test('the built-in service is started on the port it had, and its address is kept where it is another', async () => {
    const listed = { ...known, builtIn: true, baseUrl: 'http://127.0.0.1:4180' }
    const { connect, asked, put, started } = build({ stored: '{"password":"made up"}', listed })
    await connect()
    expect(started).toEqual([4180])
    expect(asked).toMatchObject([{ baseUrl: 'http://127.0.0.1:4999' }])
    expect(put).toEqual([{ ...listed, baseUrl: 'http://127.0.0.1:4999' }])
  })

  test('B8: an instance with a pin is reached on the way of that pin only, and no other instance is', async () => {
    const pin = `${'B'.repeat(43)}=`
    const listed = { ...known, pin }
    const stored = credentialText({ kind: 'password', secret: 'stored' }, destinationOf(listed))
    const pinned = build({ stored, listed })
    await pinned.connect()
    const other = build({ stored: bound })
    await other.connect()
    expect(pinned.ways.map((way) => pins.get(way))).toEqual([pin])
    expect(other.ways).toEqual([anyServer])
  })

  test('C1: only the built-in service has to prove that it is the process that was started', async () => {
    const listed = { ...known, builtIn: true, baseUrl: 'http://127.0.0.1:4180' }
    const builtIn = build({ stored: '{"password":"made up"}', listed })
    await builtIn.connect()
    const other = build({ stored: bound })
    await other.connect()
    expect([builtIn.keys, other.keys]).toEqual([['key of the running one'], [undefined]])
  })

  test('C1: the built-in service’s earlier password is bound to it once it has worked there', async () => {
    const listed = { ...known, builtIn: true, baseUrl: 'http://127.0.0.1:4180' }
    const stored = '{"password":"made up"}'
    const refused = build({ stored, listed })
    await refused.connect()
    expect(refused.written).toEqual([])
    const { connect, written, put } = build({ stored, listed, answer: succeed(connection) })
    await connect()
    expect(readCredential(written[0] ?? '')).toEqual({
      kind: 'password',
      secret: 'made up',
      destination: destinationOf({ ...listed, serverId: 'server-1' }),
    })
    expect(put.at(-1)).toMatchObject({ serverId: 'server-1' })
  })

  test('C1: the device’s proof is renewed with every sign-in by the stored password, and nothing else of it changes', async () => {
    const listed = { ...known, serverId: 'server-1' }
    const stored = { kind: 'password', secret: 'stored', device: 'proof' } as const
    const sealed = credentialText(stored, destinationOf(listed))
    const signedIn = (device?: string) =>
      build({
        stored: sealed,
        listed,
        answer: succeed({ ...connection, ...(device !== undefined && { device }) }),
      })
    const renewed = signedIn('newer')
    await renewed.connect()
    expect(renewed.written.map(readCredential)).toEqual([
      { ...stored, device: 'newer', destination: destinationOf(listed) },
    ])
    for (const same of [signedIn('proof'), signedIn()]) {
      expect(await same.connect()).toMatchObject({ ok: true })
      expect([same.written, same.put]).toEqual([[], []])
    }
    const typed = signedIn('newer')
    await typed.connect({ credential: { kind: 'password', account: 'ann', secret: 'typed' } })
    expect(typed.written).toEqual([])
    const refused = build({ stored: sealed, listed })
    await refused.connect()
    expect(refused.written).toEqual([])
  })

  test('C1: a server that an address was sealed for without an id is not bound to whatever id answers', async () => {
    const { connect, written, put } = build({
      stored: bound,
      answer: succeed({ ...connection, device: 'proof' }),
    })
    await connect()
    expect(written.map((text) => readCredential(text)?.destination)).toEqual([destinationOf(known)])
    expect(put).toEqual([])
  })

  describe('the built-in service that was never signed in to', () => {
    const listed = { ...known, builtIn: true, baseUrl: 'http://127.0.0.1:4999' }
    const stored = { kind: 'password', secret: 'made up', demoPassword: 'of the people' } as const
    const sealed = credentialText(stored, destinationOf(listed))

    test('C1: is started with the passwords that were sealed for it, and bound, with device and demo password', async () => {
      const { connect, given, written, put } = build({
        stored: sealed,
        listed,
        answer: succeed({ ...connection, device: 'proof' }),
      })
      await connect()
      expect(given).toEqual([{ ownerPassword: 'made up', demoPassword: 'of the people' }])
      const now = { ...listed, serverId: 'server-1' }
      expect(written.map(readCredential)).toEqual([
        { ...stored, device: 'proof', destination: destinationOf(now) },
      ])
      expect(put).toEqual([now])
    })

    test('C1: once it was, it is told no password any more; nor is what was sealed for another server', async () => {
      const once = { ...listed, serverId: 'server-1' }
      const later = build({ stored: credentialText(stored, destinationOf(once)), listed: once })
      await later.connect()
      expect(later.given).toEqual([{}])
      const credential = { kind: 'password', account: 'ann', secret: 'typed' } as const
      const edited = build({ stored: credentialText(stored, destinationOf(known)), listed })
      await edited.connect({ credential })
      expect(edited.given).toEqual([{}])
      const without = build({
        stored: credentialText({ kind: 'password', secret: 'x' }, destinationOf(listed)),
        listed,
      })
      await without.connect({ credential })
      expect(without.given).toEqual([{}])
    })
  })
})
