import { expect, test } from 'vitest'
import { openSqlite } from '../../service/database/open-sqlite.ts'
import { BusyError } from '../../service/fair-queue.ts'
import type { Passwords } from '../../service/passwords.ts'
import { appendAltered, saidOfAltered } from './altered-audit.ts'
import { listen } from './event-listener.ts'
import { raw } from './raw.ts'
import { table } from './rights.ts'
import {
  type Client,
  cheapPasswords,
  contractOf,
  password,
  type Reply,
  startService,
  type TestService,
} from './support.ts'

/** A service in which every documented answer can be had. */
interface World {
  readonly service: TestService
  readonly owner: Client
  readonly member: Client
  readonly breakDatabase: (broken: boolean) => void
  /** Asks while there is no room for one more password to be checked. */
  readonly whileBusy: (ask: () => Promise<Reply>) => Promise<Reply>
  /** Asks again and again while no password is done being hashed. @returns the first answer */
  readonly whileSlow: (ask: () => Promise<Reply>) => Promise<Reply>
}

type Case = (world: World) => Promise<Pick<Reply, 'status'>>

const policy = {
  idleTimeout: { enabled: true, seconds: 3_600 },
  idleAppliesToRemembered: false,
  rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
}

const addEntry = async ({ owner }: World, key: string) =>
  await owner.call('POST', 'config/entries', { type: 'Flags', key, value: 'on' })

const passwords = { currentPassword: password, newPassword: 'lamp otter violin' }

let made = 0
const fresh = async ({ service }: World) => {
  const username = `fresh${++made}`
  const user = await service.addUser(username)
  return { user, client: await service.signIn(username) }
}

/** Asks for something twice, of a service that gives it once. */
async function askTwice(options: Parameters<typeof startService>[0], path: string, body?: unknown) {
  await using service = await startService(options)
  const owner = await service.signIn('owner')
  await owner.call('POST', path, body)
  return await owner.call('POST', path, body)
}

/** How each answer is had that does not follow from the operation's kind. */
const cases: Readonly<Record<string, Case>> = {
  'getServer 200': ({ service }) => service.call('GET', 'server'),
  'getServer 422': ({ service }) => service.call('GET', 'server?challenge=no'),
  'signIn 201': ({ service }) => service.call('POST', 'sign-in', { username: 'owner', password }),
  'signIn 401': ({ service }) => service.call('POST', 'sign-in', { username: 'nobody', password }),
  'signIn 429': async ({ service }) => {
    let reply: Reply
    do reply = await service.call('POST', 'sign-in', { username: 'guessed', password: 'x' })
    while (reply.status === 401)
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    return reply
  },
  'signIn 503': ({ service, whileBusy }) =>
    whileBusy(() => service.call('POST', 'sign-in', { username: 'owner', password })),
  'signOut 204': async (world) => (await fresh(world)).client.call('POST', 'sign-out'),
  'getMe 200': ({ owner }) => owner.call('GET', 'me'),
  'confirmMe 204': ({ owner }) => owner.call('POST', 'me/confirm', { password }),
  'confirmMe 429': async (world) => {
    const { client } = await fresh(world)
    let reply: Reply
    do reply = await client.call('POST', 'me/confirm', { password: 'x' })
    while (reply.status === 422)
    return reply
  },
  'confirmMe 503': async (world) => {
    const { client } = await fresh(world)
    return await world.whileBusy(() => client.call('POST', 'me/confirm', { password }))
  },
  'changeMyPassword 200': async (world) =>
    await (await fresh(world)).client.call('POST', 'me/password', passwords),
  'changeMyPassword 429': async (world) => {
    const { client } = await fresh(world)
    let reply: Reply
    do reply = await client.call('POST', 'me/password', { ...passwords, currentPassword: 'x' })
    while (reply.status === 422)
    return reply
  },
  'changeMyPassword 503': async (world) => {
    const { client } = await fresh(world)
    return await world.whileBusy(() => client.call('POST', 'me/password', passwords))
  },
  'listMySessions 200': ({ owner }) => owner.call('GET', 'me/sessions'),
  'revokeMySessions 200': async (world) => (await fresh(world)).client.call('DELETE', 'me/sessions'),
  'revokeMySession 204': async (world) => {
    const { client } = await fresh(world)
    return await client.call('DELETE', `me/sessions/${client.sessionId}`)
  },
  'listSessions 200': ({ owner }) => owner.call('GET', 'sessions?limit=3'),
  'listUserSessions 200': ({ owner }) => owner.call('GET', `users/${owner.user.id}/sessions`),
  'revokeUserSessions 200': async (world) => {
    const { user } = await fresh(world)
    return await world.owner.call('DELETE', `users/${user.id}/sessions`, { reason: 'why' })
  },
  'revokeSession 204': async (world) =>
    await world.owner.call('DELETE', `sessions/${(await fresh(world)).client.sessionId}`),
  'revokeMany 200': async (world) => {
    const { user } = await fresh(world)
    return await world.owner.call('POST', 'sessions/revoke', { userIds: [user.id], reason: 'why' })
  },
  'getPolicy 200': ({ owner }) => owner.call('GET', 'security/policy'),
  'putPolicy 200': ({ service, owner }) => service.setPolicy(owner, policy),
  'previewPolicy 200': ({ owner }) => owner.call('POST', 'security/policy/preview', policy),
  'listUsers 200': ({ owner }) => owner.call('GET', 'users'),
  'getUser 200': ({ owner }) => owner.call('GET', `users/${owner.user.id}`),
  'addUser 201': ({ owner }) => owner.call('POST', 'users', { username: `added${++made}`, password }),
  'addUser 409': ({ owner }) => owner.call('POST', 'users', { username: 'owner', password }),
  'addUser 503': ({ owner, whileBusy }) =>
    whileBusy(() => owner.call('POST', 'users', { username: `added${++made}`, password })),
  'addUser 429': ({ owner, whileSlow }) =>
    whileSlow(() => owner.call('POST', 'users', { username: `added${++made}`, password })),
  'changeUser 429': async (world) => {
    const { user } = await fresh(world)
    return await world.whileSlow(() => world.owner.call('PATCH', `users/${user.id}`, { password }))
  },
  'changeUser 200': async (world) =>
    await world.owner.call('PATCH', `users/${(await fresh(world)).user.id}`, { displayName: 'New' }),
  'changeUser 503': async (world) => {
    const { user } = await fresh(world)
    return await world.whileBusy(() => world.owner.call('PATCH', `users/${user.id}`, { password }))
  },
  'getCatalogue 200': ({ owner }) => owner.call('GET', 'config/catalogue'),
  'listEntries 200': ({ owner }) => owner.call('GET', 'config/entries'),
  'addEntry 201': (world) => addEntry(world, 'added'),
  'addEntry 409': async (world) => {
    await addEntry(world, 'twice')
    return await addEntry(world, 'twice')
  },
  'replaceEntry 200': async (world) => {
    const { body } = await addEntry(world, 'replaced')
    const entry = { type: 'Flags', key: 'replaced', value: 'off' }
    return await world.owner.call('PUT', `config/entries/${body.id}`, entry, { 'if-match': '"1"' })
  },
  'replaceEntry 409': async (world) => {
    await addEntry(world, 'one')
    const { body } = await addEntry(world, 'other')
    const entry = { type: 'Flags', key: 'one', value: 'off' }
    return await world.owner.call('PUT', `config/entries/${body.id}`, entry, { 'if-match': '"1"' })
  },
  'replaceEntry 412': async (world) => {
    const { body } = await addEntry(world, 'stale')
    const entry = { type: 'Flags', key: 'stale', value: 'off' }
    return await world.owner.call('PUT', `config/entries/${body.id}`, entry, { 'if-match': '"7"' })
  },
  'removeEntry 204': async (world) => {
    const { body } = await addEntry(world, 'removed')
    return await world.owner.call('DELETE', `config/entries/${body.id}`, undefined, { 'if-match': '"1"' })
  },
  'removeEntry 412': async (world) => {
    const { body } = await addEntry(world, 'kept')
    return await world.owner.call('DELETE', `config/entries/${body.id}`, undefined, { 'if-match': '"7"' })
  },
  'previewEntry 200': ({ owner }) =>
    owner.call('POST', 'config/preview', { type: 'Flags', key: 'any', value: 'x' }),
  'addToken 201': ({ owner }) => owner.call('POST', 'tokens', { name: 'token' }),
  'addToken 403': async ({ service, owner }) => {
    const { body } = await owner.call('POST', 'tokens', { name: 'token' })
    return await service.call('POST', 'tokens', { name: 'x' }, { authorization: `Bearer ${body.token}` })
  },
  'addToken 409': () => askTwice({ quotas: { token: 1 } }, 'tokens', { name: 'token' }),
  'addToken 429': () => askTwice({ credentialsPerMinute: 1 }, 'tokens', { name: 'token' }),
  'addKubernetesCredential 409': () => askTwice({ quotas: { kubernetes: 1 } }, 'kubernetes/credential'),
  'addKubernetesCredential 429': () => askTwice({ credentialsPerMinute: 1 }, 'kubernetes/credential'),
  'addKubernetesCredential 201': ({ owner }) => owner.call('POST', 'kubernetes/credential'),
  'addKubernetesCredential 404': async () => {
    // For more than this machine, and not told by which address clusters know it.
    await using service = await startService({ listenOn: '0.0.0.0' })
    return await (await service.signIn('owner')).call('POST', 'kubernetes/credential')
  },
  'getOpenIdConfiguration 404': async () => {
    await using service = await startService({ listenOn: '0.0.0.0' })
    return await service.call('GET', '/.well-known/openid-configuration')
  },
  'verifyKubernetesCredential 200': ({ service }) => service.call('GET', 'kubernetes/verify'),
  'listenToEvents 200': async ({ service, owner }) => {
    const listener = await listen(service.origin, owner.token)
    listener.close()
    return { status: 200 }
  },
  'listenToEvents 429': async (world) => {
    const { client } = await fresh(world)
    const open = await Promise.all(
      Array.from({ length: 20 }, () => listen(world.service.origin, client.token)),
    )
    const reply = await client.call('GET', 'events')
    for (const listener of open) listener.close()
    return reply
  },
  'getMetrics 401': async () => {
    await using service = await startService({ behindProxy: true })
    return await service.call('GET', '/metrics', undefined, { 'x-forwarded-for': '192.0.2.7' })
  },
  'getMetrics 403': async () => {
    await using service = await startService({ behindProxy: true })
    await service.addUser('mia')
    const authorization = `Bearer ${(await service.signIn('mia')).token}`
    return await service.call('GET', '/metrics', undefined, { 'x-forwarded-for': '192.0.2.7', authorization })
  },
  'listAudit 200': ({ owner }) => owner.call('GET', 'audit'),
  'listNotices 200': ({ owner }) => owner.call('GET', 'notices'),
  'exportAudit 200': ({ owner }) => owner.call('GET', 'audit/export'),
  'acknowledgeAudit 200': async ({ service, owner }) => {
    await appendAltered(service)
    return await owner.call('POST', 'audit/acknowledge', { reason: 'why' })
  },
  'acknowledgeAudit 404': ({ owner }) => owner.call('POST', 'audit/acknowledge', { reason: 'why' }),
  'healthReady 503': async ({ service, breakDatabase }) => {
    breakDatabase(true)
    const reply = await service.call('GET', '/health/ready')
    breakDatabase(false)
    return reply
  },
}

/** The status of the answer to a request's first lines. */
const answerTo = async (origin: string, head: string) => ({
  status: Number((await raw(origin, `${head}\r\nConnection: close\r\n\r\n`)).split(' ')[1]),
})

/** A token that may not even read. */
const unreading = async ({ owner }: World) =>
  (await owner.call('POST', 'tokens', { name: 'blind', scopes: ['kubernetes'] })).body.token

async function startWorld(): Promise<World & AsyncDisposable> {
  let broken = false
  const tooBusy = () => Promise.reject(new BusyError('Too many passwords are being checked.'))
  let passwords: Passwords = cheapPasswords
  const service = await startService({
    expectedErrors: saidOfAltered,
    passwords: {
      hash: (plain) => passwords.hash(plain),
      verify: (plain, find, turn) => passwords.verify(plain, find, turn),
    },
    open: async (folder) => {
      const database = await openSqlite(folder)
      return {
        ...database,
        get read() {
          if (broken) throw new Error('The database is gone.')
          return database.read
        },
      }
    },
  })
  await service.addUser('member')
  return {
    service,
    owner: await service.signIn('owner', { rememberMe: true }),
    member: await service.signIn('member', { rememberMe: true }),
    breakDatabase: (value) => {
      broken = value
    },
    whileBusy: async (ask) => {
      passwords = { hash: tooBusy, verify: tooBusy }
      const reply = await ask()
      passwords = cheapPasswords
      return reply
    },
    whileSlow: async (ask) => {
      const done = Promise.withResolvers<void>()
      passwords = { ...cheapPasswords, hash: (plain) => done.promise.then(() => cheapPasswords.hash(plain)) }
      const asked = Array.from({ length: 17 }, ask)
      const reply = await Promise.race(asked)
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
      passwords = cheapPasswords
      done.resolve()
      await Promise.all(asked)
      return reply
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  }
}

/** From the table written by hand, not from the document that is being tested. */
const refusesMembers = (id: string) => table[id]?.[1] !== 'anyone' && !table[id]?.[1].includes('member')

test('Every operation answers as documented, with each documented status and no other', async () => {
  await using world = await startWorld()
  const { service, owner, member } = world
  const contract = await contractOf(service.origin)
  const missing: string[] = []
  for (const { id, method, path, statuses, operation } of contract.operations) {
    const concrete = path.replace(/\{\w+\}/g, 'nothing')
    const api = concrete.replace('/api/v1/', '')
    const hasBody = operation.requestBody !== undefined
    const json = { 'content-type': 'application/json' }
    // Enough to be parsed; what it says is never reached.
    const valid: Record<string, unknown> = {
      putPolicy: policy,
      replaceEntry: { type: 'a', key: 'b', value: 'c' },
      changeUser: {},
    }
    const general: Readonly<Record<number, () => Promise<Pick<Reply, 'status'>>>> = {
      200: () => service.call(method, concrete),
      400: () => answerTo(service.origin, `${method} ${concrete} HTTP/1.1\r\nHost: one\r\nHost: two`),
      421: () => answerTo(service.origin, `${method} ${concrete} HTTP/1.1\r\nHost: elsewhere.example`),
      401: () => service.call(method, api, hasBody ? {} : undefined),
      415: () => owner.call(method, api, 'username=owner', { 'content-type': 'text/plain' }),
      403: async () =>
        refusesMembers(id)
          ? await member.call(method, api, hasBody ? {} : undefined)
          : method === 'GET'
            ? await service.call(method, api, undefined, {
                authorization: `Bearer ${await unreading(world)}`,
              })
            : await service.call(method, api, hasBody ? {} : undefined, {
                cookie: `${service.cookieName}=${owner.token}`,
                origin: 'https://elsewhere.example',
              }),
      404: () => owner.call(method, api, valid[id], { 'if-match': '"1"' }),
      412: () => owner.call(method, api, valid[id], { 'if-match': '"0"' }),
      413: () => owner.call(method, api, `"${'x'.repeat(1_000_001)}"`, json),
      422: () =>
        hasBody
          ? owner.call(method, api, '{"no": such}', { ...json, 'if-match': '"1"' })
          : owner.call(
              method,
              `${path.includes('{') ? api.replace('nothing', 'x'.repeat(101)) : api}?limit=x&reason=${'x'.repeat(501)}`,
              undefined,
              { 'if-match': '"1"' },
            ),
      428: () => owner.call(method, api, valid[id]),
    }
    expect([id, operation['x-permission'] !== undefined]).toEqual([id, refusesMembers(id)])
    if (refusesMembers(id)) expect([id, statuses.includes(403)]).toEqual([id, true])
    for (const status of statuses) {
      const ask = cases[`${id} ${status}`] ?? general[status]
      // A full disk has its own test.
      if (!ask && status === 503) continue
      if (!ask) {
        missing.push(`${id} ${status}`)
        continue
      }
      const reply = await (cases[`${id} ${status}`] ? (ask as Case)(world) : (ask as () => Promise<Reply>)())
      expect(`${id} ${reply.status}`).toBe(`${id} ${status}`)
    }
  }
  expect(missing).toEqual([])
})

test('The OpenAPI document is 3.1, names each operation once, and every reference leads somewhere', async () => {
  await using service = await startService()
  const { document, operations } = await contractOf(service.origin)
  expect(document.openapi).toBe('3.1.0')
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
  for (const [, name = ''] of JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g))
    expect(Object.keys(document.components.schemas)).toContain(name)
})

test('What is not there is 404, on any method', async () => {
  await using service = await startService()
  for (const [method, path] of [
    ['GET', 'nothing'],
    ['POST', 'me'],
    ['DELETE', 'security/policy'],
    ['PUT', 'users/x/y/z'],
  ] as const)
    expect((await service.call(method, path)).body.code).toBe('not-found')
})
