import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Instance } from '../../domain/instance.ts'
import type { Question } from '../../main/confirm.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createMemoryKeychain } from '../support/memory-keychain.ts'
import { type Pretender, secretsIn, startPretender } from '../support/pretender.ts'

const passphrase = 'correct horse battery'
const ids = { a: 'server-a', b: 'server-b', evil: 'server-a' } as const

/** Curfew with two instances, on servers A and B, and a third server that nobody added, which says it is A. */
interface World {
  readonly a: Pretender
  readonly b: Pretender
  readonly evil: Pretender
  readonly folder: string
  readonly keychain: ReturnType<typeof createMemoryKeychain>
  app: TestApp
}

let world: World
/** What the person was asked outside the window, and what they say. */
let asked: Question[]
let says: boolean

const start = (folder: string, keychain: World['keychain']) =>
  startApp({
    dataFolder: folder,
    keychain,
    confirm: async (question) => {
      asked.push(question)
      return says
    },
  })

beforeEach(async () => {
  asked = []
  says = true
  const folder = await mkdtemp(join(tmpdir(), 'curfew-app-'))
  const keychain = createMemoryKeychain()
  const [a, b, evil] = await Promise.all([ids.a, ids.b, ids.evil].map((id) => startPretender(id)))
  if (!a || !b || !evil) throw new Error('A server is missing.')
  const app = await start(folder, keychain)
  await app.value('lock.setUp', { passphrase })
  const typed = { environment: '', colour: 'blue' } as const
  await app.value('instances.add', {
    ...typed,
    name: 'A',
    baseUrl: a.url,
    username: 'ann',
    password: 'password of A',
  })
  await app.value('instances.add', {
    ...typed,
    name: 'B',
    baseUrl: b.url,
    username: 'bea',
    password: 'password of B',
  })
  world = { a, b, evil, folder, keychain, app }
})

afterEach(async () => {
  await world.app.curfew.quit()
  await Promise.all([world.a, world.b, world.evil].map((server) => server.stop()))
  await rm(world.folder, { recursive: true, force: true, maxRetries: 3 })
})

type Entry = Record<string, unknown>
/** Somebody's edit of the plain list, who has it and not the passphrase. */
type Edit = (a: Entry, b: Entry) => readonly Entry[]

async function edit(change: Edit): Promise<void> {
  const path = join(world.folder, 'instances.json')
  const { instances, ...rest } = JSON.parse(await readFile(path, 'utf8')) as { instances: Entry[] }
  const [a = {}, b = {}] = instances
  const changed = change(a, b)
  await writeFile(path, JSON.stringify({ ...rest, instances: changed }))
}

const changeA = (changes: Entry) => edit((a, b) => [{ ...a, ...changes }, b])

/** Quits, has something changed while nobody can unlock, starts and unlocks; the servers remember what came since. */
async function whileLocked(change: () => Promise<void> | void): Promise<void> {
  await world.app.curfew.quit()
  await change()
  for (const server of [world.a, world.b, world.evil]) server.clear()
  asked = []
  world.app = await start(world.folder, world.keychain)
  await world.app.value('lock.unlock', { passphrase })
  await settled()
}

/** Every instance has come to something. */
async function settled(): Promise<void> {
  await expect
    .poll(async () => (await states()).map(({ connection }) => connection.status), { timeout: 10_000 })
    .not.toContain('connecting')
}

const states = () => world.app.value('instances.list')

async function stateOf(id: unknown) {
  const state = (await states()).find(({ instance }) => instance.id === id)?.connection
  return state?.status === 'sign-in-needed' ? `${state.why}: ${state.detail}` : state?.status
}

async function entryOf(name: 'A' | 'B'): Promise<Instance> {
  const found = (await states()).find(({ instance }) => instance.name === name)
  if (!found) throw new Error(`${name} is not in the list.`)
  return found.instance
}

/** What a server was asked in this run, but who it is; the last run's farewell may come late. */
const since = ({ received }: Pretender) =>
  received.filter(({ path }) => path !== '/sign-out' && path !== '/server')

/** Whoever got the password or a token of an instance that was not theirs. */
const stolen = () => [
  ...secretsIn(world.evil.received),
  ...secretsIn(world.a.received).filter(
    ({ body }) => body.includes('password of B') || body.includes('"bea"'),
  ),
  ...secretsIn(world.b.received).filter(
    ({ body }) => body.includes('password of A') || body.includes('"ann"'),
  ),
]

/** What somebody makes of A's entry; what is `undefined` they take out. */
const differently: readonly (readonly [string, () => Entry, RegExp])[] = [
  [
    'another port, whose server says it is the same',
    () => ({ baseUrl: world.evil.url }),
    /was http.*now http/,
  ],
  [
    'another host',
    () => ({ baseUrl: world.a.url.replace('127.0.0.1', 'localhost') }),
    /now http:\/\/localhost/,
  ],
  ['https', () => ({ baseUrl: world.a.url.replace('http:', 'https:') }), /now https:/],
  ['a path', () => ({ baseUrl: `${world.a.url}/curfew` }), /now .*\/curfew/],
  ['a look-alike', () => ({ baseUrl: 'https://sеssions.example.com' }), /now https:\/\/xn--/],
  ['another account', () => ({ username: 'bea' }), /the account was “ann”, now “bea”/],
  ['the account in another case', () => ({ username: 'Ann' }), /was “ann”, now “Ann”/],
  ['the built-in service', () => ({ builtIn: true }), /now the built-in service/],
  ['no server id', () => ({ serverId: undefined }), /id was server-a, now none/],
  ['another server id', () => ({ serverId: 'server-b' }), /id was server-a, now server-b/],
  ['a certificate', () => ({ pin: `${'A'.repeat(43)}=` }), /the certificate was any/],
]

describe('C1, B8: a list of instances that was edited while Curfew was locked', () => {
  test.each(differently)(
    'with %s gets nothing of that instance, and says what it was and is',
    async (_, change, words) => {
      const { id } = await entryOf('A')
      await whileLocked(() => changeA(change()))
      expect(await stateOf(id)).toMatch(/^changed-outside: /)
      expect(await stateOf(id)).toMatch(words)
      expect([since(world.a), world.evil.received, stolen()]).toEqual([[], [], []])
      expect(world.evil.connections).toBe(0)
      expect(await stateOf((await entryOf('B')).id)).toBe('connected')
    },
  )

  const leftOut: readonly (readonly [string, Partial<Instance>])[] = [
    ['plain http to elsewhere', { baseUrl: 'http://sessions.example.com' }],
    ['a name and password in the address', { baseUrl: 'https://ann:x@sessions.example.com' }],
    ['a query', { baseUrl: 'https://sessions.example.com/?x' }],
    ['no account', { username: '  ' }],
  ]
  test.each(leftOut)('with %s leaves that instance out', async (_, change) => {
    await whileLocked(() => changeA({ ...change }))
    expect((await states()).map(({ instance }) => instance.name)).toEqual(['B'])
    expect([since(world.a), stolen()]).toEqual([[], []])
  })

  test.each<[string, (url: string) => string]>([
    ['in capitals', (url) => url.toUpperCase()],
    ['with a dot and slashes at its end', (url) => `${url}//`],
    ['with letters that can’t be seen', (url) => `\u200B${url}`],
  ])('with the same address %s is the same instance', async (_, written) => {
    const { id } = await entryOf('A')
    await whileLocked(() => changeA({ baseUrl: written(world.a.url) }))
    expect(await stateOf(id)).toBe('connected')
    expect(stolen()).toEqual([])
  })

  test.each<[string, Edit]>([
    [
      'the ids of two instances exchanged',
      (a, b) => [
        { ...a, id: b['id'] },
        { ...b, id: a['id'] },
      ],
    ],
    [
      'the accounts of two instances exchanged',
      (a, b) => [
        { ...a, username: b['username'] },
        { ...b, username: a['username'] },
      ],
    ],
    [
      'the addresses of two instances exchanged',
      (a, b) => [
        { ...a, baseUrl: b['baseUrl'] },
        { ...b, baseUrl: a['baseUrl'] },
      ],
    ],
  ])('with %s sends nobody anything', async (_, change) => {
    await whileLocked(() => edit(change))
    for (const { instance } of await states()) expect(await stateOf(instance.id)).toMatch(/^changed-outside/)
    expect([since(world.a), since(world.b)]).toEqual([[], []])
  })

  test('with an instance twice sends the copy nothing', async () => {
    const copy = '5d1c7e34-31a7-4a8e-9d37-0d4d5b1e7c22'
    await whileLocked(() => edit((a, b) => [a, { ...a, id: copy, baseUrl: world.evil.url }, b]))
    expect(await stateOf(copy)).toMatch(/^password-needed/)
    await whileLocked(() => edit((a, b) => [{ ...a, baseUrl: world.evil.url }, a, b]))
    expect([world.evil.connections, stolen()]).toEqual([0, []])
  })

  test('with the sealed passwords exchanged in the keychain sends nobody anything', async () => {
    const [first, second] = [await entryOf('A'), await entryOf('B')].map(({ id }) => `instance:${id}`)
    await whileLocked(() => {
      const { entries } = world.keychain
      const sealed = entries.get(first ?? '') ?? ''
      entries.set(first ?? '', entries.get(second ?? '') ?? '')
      entries.set(second ?? '', sealed)
    })
    expect([since(world.a), since(world.b), world.evil.received]).toEqual([[], [], []])
  })

  test('and the keychain with it: ids, passwords and all exchanged together send nobody anything', async () => {
    const [first, second] = [await entryOf('A'), await entryOf('B')].map(({ id }) => `instance:${id}`)
    await whileLocked(async () => {
      const { entries } = world.keychain
      const sealed = entries.get(first ?? '') ?? ''
      entries.set(first ?? '', entries.get(second ?? '') ?? '')
      entries.set(second ?? '', sealed)
      await edit((a, b) => [
        { ...a, id: b['id'] },
        { ...b, id: a['id'] },
      ])
    })
    expect([since(world.a), since(world.b)]).toEqual([[], []])
  })

  test('while it goes on running is not read', async () => {
    world.app.curfew.lockNow()
    await changeA({ baseUrl: world.evil.url })
    await world.app.value('lock.unlock', { passphrase })
    await settled()
    expect((await entryOf('A')).baseUrl).toBe(world.a.url)
    expect([world.evil.connections, stolen()]).toEqual([0, []])
  })
})

describe('C1: another server that takes the place of one that Curfew is signed in to', () => {
  const replaceA = async (serverId: string | undefined) => {
    await world.a.stop()
    return startPretender(serverId, Number(new URL(world.a.url).port))
  }

  test.each(['server-x', undefined])(
    'and says it is %s gets neither the token nor the password, whatever the window asks at once',
    async (serverId) => {
      const { id } = await entryOf('A')
      const other = await replaceA(serverId)
      expect(await world.app.call('policy.read', { instance: id })).toMatchObject({ ok: false })
      await world.app.call('users.list', { instance: id, query: {} })
      // The first request may find a connection that the old server has closed.
      await expect.poll(() => stateOf(id), { timeout: 10_000 }).toMatch(/^another-server/)
      await world.app.call('instances.signIn', { instance: id })
      await world.app.curfew.quit()
      expect(secretsIn(other.received)).toEqual([])
      await other.stop()
    },
  )

  test('gets nothing after a restart either', async () => {
    const { id } = await entryOf('A')
    await whileLocked(() => {})
    const other = await replaceA('server-x')
    await whileLocked(() => {})
    expect(await stateOf(id)).toMatch(/^another-server/)
    expect(secretsIn(other.received)).toEqual([])
    await other.stop()
  })
})

describe('C1: an instance that was changed outside Curfew', () => {
  let id: string
  beforeEach(async () => {
    id = (await entryOf('A')).id
    await whileLocked(() => changeA({ baseUrl: world.evil.url }))
  })

  test('is put back as it was by one act, and signs in there', async () => {
    await world.app.value('instances.putBack', { instance: id })
    expect(await stateOf(id)).toBe('connected')
    expect((await entryOf('A')).baseUrl).toBe(world.a.url)
    expect([world.evil.connections, stolen()]).toEqual([0, []])
    await whileLocked(() => {})
    expect(await stateOf(id)).toBe('connected')
  })

  test('is not signed in to with the stored password, however often the window asks', async () => {
    for (let again = 0; again < 3; again += 1)
      expect(await world.app.call('instances.signIn', { instance: id })).toMatchObject({
        problem: { code: 'changed-outside' },
      })
    expect(await world.app.call('policy.read', { instance: id })).toMatchObject({ ok: false })
    expect([world.evil.connections, asked]).toEqual([0, []])
  })

  test('gets what the window types only once the person has confirmed the address outside it', async () => {
    says = false
    const typed = { instance: id, password: 'typed for evil', acceptServer: true }
    expect(await world.app.call('instances.signIn', typed)).toMatchObject({ problem: { code: 'refused' } })
    expect(await world.app.call('instances.signIn', { ...typed, acceptServer: false })).toMatchObject({
      problem: { code: 'refused' },
    })
    expect(world.evil.connections).toBe(0)
    expect(asked.map(({ message }) => message)).toEqual(Array(2).fill(`Connect to ${world.evil.url}?`))
    says = true
    await world.app.value('instances.signIn', typed)
    expect(
      secretsIn(world.evil.received)
        .map(({ body }) => body)
        .join(),
    ).toContain('typed for evil')
    // It is bound to the new address now, and to no other.
    await whileLocked(() => {})
    expect(await stateOf(id)).toBe('connected')
    await whileLocked(() => changeA({ baseUrl: world.a.url }))
    expect(await stateOf(id)).toMatch(/^changed-outside/)
    expect(since(world.a)).toEqual([])
  })
})
