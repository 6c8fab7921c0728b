import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { appendAltered, saidOfAltered } from './altered-audit.ts'
import { openDatabases, type TestDatabase } from './databases.ts'
import { readStored } from './held.ts'
import { editors, everybody, people, table, type Who } from './rights.ts'
import {
  cheapPasswords,
  contractOf,
  password,
  type Reply,
  startService,
  type TestService,
} from './support.ts'

/** Somebody who asks, and somebody else to whom it is done. */
interface Scene {
  readonly service: TestService
  readonly caller: Person
  readonly other: Person
}

interface Person {
  readonly id: string
  readonly username: string
  readonly sessionId: string
  readonly token: string
}

type Ask = readonly [method: string, path: string, body?: unknown, ifMatch?: string]

const policy = {
  idleTimeout: { enabled: true, seconds: 3_600 },
  idleAppliesToRemembered: true,
  rememberMe: { enabled: true, maximumSeconds: 864_000 },
}
const chosen = 'lamp otter violin'
let made = 0
const entry = () => ({ type: 'Flags', key: `key${++made}`, value: 'on' })

/** Adds an entry without asking anybody. */
async function storeEntry({ service }: Scene): Promise<string> {
  const { journal, entries } = service.service.services
  const actor = { id: null, name: 'test', address: '' }
  const added = await entries.add(
    { actor, write: (work) => journal.write((write, record) => work(write, record, undefined as never)) },
    entry(),
  )
  if (!('entry' in added)) throw new Error('an entry')
  return added.entry.id
}

/** A right request for each operation: nothing but the caller's rights is a reason to refuse it. */
const requests: Readonly<Record<string, (scene: Scene) => Ask | Promise<Ask>>> = {
  healthLive: () => ['GET', '/health/live'],
  healthReady: () => ['GET', '/health/ready'],
  getMetrics: () => ['GET', '/metrics'],
  getServer: () => ['GET', 'server'],
  getOpenApi: () => ['GET', '/openapi.json'],
  signIn: ({ other }) => ['POST', 'sign-in', { username: other.username, password }],
  verifyKubernetesCredential: () => ['GET', 'kubernetes/verify'],
  getKeys: () => ['GET', '/.well-known/jwks.json'],
  getOpenIdConfiguration: () => ['GET', '/.well-known/openid-configuration'],
  signOut: () => ['POST', 'sign-out'],
  getMe: () => ['GET', 'me'],
  confirmMe: () => ['POST', 'me/confirm', { password }],
  changeMyPassword: () => ['POST', 'me/password', { currentPassword: password, newPassword: chosen }],
  listMySessions: () => ['GET', 'me/sessions'],
  revokeMySessions: () => ['DELETE', 'me/sessions'],
  revokeMySession: ({ caller }) => ['DELETE', `me/sessions/${caller.sessionId}`],
  addToken: () => ['POST', 'tokens', { name: 'ci' }],
  addKubernetesCredential: () => ['POST', 'kubernetes/credential', { name: 'kubectl' }],
  listenToEvents: () => ['GET', 'events'],
  revokeMany: ({ caller }) => ['POST', 'sessions/revoke', { userIds: [caller.id], reason: 'why' }],
  listSessions: () => ['GET', 'sessions'],
  listUserSessions: ({ other }) => ['GET', `users/${other.id}/sessions`],
  listUsers: () => ['GET', 'users'],
  getUser: ({ other }) => ['GET', `users/${other.id}`],
  revokeUserSessions: ({ other }) => ['DELETE', `users/${other.id}/sessions`],
  revokeSession: ({ other }) => ['DELETE', `sessions/${other.sessionId}`],
  addUser: () => ['POST', 'users', { username: `added${++made}`, password }],
  changeUser: ({ other }) => ['PATCH', `users/${other.id}`, { password: chosen }],
  getPolicy: () => ['GET', 'security/policy'],
  putPolicy: async ({ service }) => {
    const { revision } = await service.service.services.policies.read()
    return ['PUT', 'security/policy', policy, revision]
  },
  previewPolicy: () => ['POST', 'security/policy/preview', policy],
  getCatalogue: () => ['GET', 'config/catalogue'],
  listEntries: () => ['GET', 'config/entries'],
  addEntry: () => ['POST', 'config/entries', entry()],
  replaceEntry: async (scene) => ['PUT', `config/entries/${await storeEntry(scene)}`, entry(), '1'],
  removeEntry: async (scene) => ['DELETE', `config/entries/${await storeEntry(scene)}`, undefined, '1'],
  previewEntry: () => ['POST', 'config/preview', entry()],
  listAudit: () => ['GET', 'audit'],
  exportAudit: () => ['GET', 'audit/export'],
  listNotices: () => ['GET', 'notices'],
  acknowledgeAudit: async ({ service }) => {
    if (service.service.services.audit.state().intact) await appendAltered(service)
    return ['POST', 'audit/acknowledge', { reason: 'why' }]
  },
}

const hashed = cheapPasswords.hash(password)

/** Somebody new, who has just typed their password. */
async function enter({ service }: TestService, who: Who): Promise<Person> {
  const { journal, users, sessions } = service.services
  const username = `${who}${++made}`
  const stored = { username, displayName: username, email: '', ...people[who], password: await hashed }
  return await journal.write(async (transaction, record) => {
    const { id } = await users.add(transaction, stored)
    const session = { userId: id, kind: 'web', remembered: false, client: 'test', address: '' } as const
    const started = await sessions.start(transaction, record, { ...session, confirmed: true })
    return { id, username, sessionId: started.session.id, token: started.token }
  })
}

async function ask(service: TestService, [method, path, body, ifMatch]: Ask, token?: string) {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(ifMatch !== undefined && { 'if-match': ifMatch }),
  }
  if (path !== 'events') return await service.call(method, path, body, headers)
  // Listening never ends by itself.
  const response = await fetch(`${service.origin}/api/v1/events`, { headers })
  if (response.status !== 200) return { ...response, status: response.status, body: await response.json() }
  await response.body?.cancel()
  return { status: 200, headers: response.headers, body: '' }
}

const said = ({ status, body }: Pick<Reply, 'status' | 'body'>) => [
  status,
  ...(status < 300 ? [] : [body.code, ...(body.reason ? [body.reason] : [])]),
]

/** Asks for an operation, and holds the answer against what is wanted; what is refused must change nothing. @returns what is wrong */
async function faultsOf(
  scene: Scene,
  id: string,
  who: string,
  token: string | undefined,
  wanted: readonly unknown[],
): Promise<readonly string[]> {
  const request = await requests[id]?.(scene)
  if (!request) throw new Error(`${id} has no request here`)
  const before = await readStored(scene.service)
  const reply = await ask(scene.service, request, token)
  const after = reply.status < 300 ? before : await readStored(scene.service)
  return [
    ...(`${said(reply)}` === `${wanted}` ? [] : [`${id} by ${who}: ${said(reply)}, not ${wanted}`]),
    ...(isDeepStrictEqual(after, before) ? [] : [`${id} by ${who} was refused and changed something`]),
  ]
}

const start = (database: TestDatabase) =>
  startService({ open: database.open, issuer: 'https://curfew.example', expectedErrors: saidOfAltered })
const forbidden = [403, 'forbidden']

for (const database of openDatabases())
  describe(`Who may do what, on ${database.name}`, () => {
    test('Every operation has a row and a request here, and every row is an operation', async () => {
      await using service = await start(database)
      const { operations } = await contractOf(service.origin)
      const ids = operations.map(({ id }) => id).sort()
      expect(ids).toEqual(Object.keys(table).sort())
      expect(ids).toEqual(Object.keys(requests).sort())
    })

    for (const who of everybody)
      test(`K1, O4, D1: ${who} may do what their column of the table says, and nothing else`, async () => {
        await using service = await start(database)
        const faults: string[] = []
        for (const [id, [status, allowed]] of Object.entries(table)) {
          const scene = { service, caller: await enter(service, who), other: await enter(service, 'member') }
          const isAllowed = allowed === 'anyone' || allowed.includes(who)
          faults.push(
            ...(await faultsOf(scene, id, who, scene.caller.token, isAllowed ? [status] : forbidden)),
          )
        }
        expect(faults).toEqual([])
      })

    test('K1, O4, D1: whoever is not signed in, or is disabled, may do what anyone may, and nothing else', async () => {
      await using service = await start(database)
      const faults: string[] = []
      const owner = await service.signIn('owner')
      for (const [id, [status, allowed]] of Object.entries(table)) {
        const scene = {
          service,
          caller: await enter(service, 'admin'),
          other: await enter(service, 'member'),
        }
        expect((await owner.call('PATCH', `users/${scene.caller.id}`, { disabled: true })).status).toBe(200)
        const anyone = allowed === 'anyone' && [status]
        faults.push(...(await faultsOf(scene, id, 'nobody', undefined, anyone || [401, 'not-signed-in'])))
        faults.push(
          ...(await faultsOf(
            scene,
            id,
            'a made-up token',
            `cfs_${'x'.repeat(43)}`,
            anyone || [401, 'not-signed-in'],
          )),
        )
        faults.push(
          ...(await faultsOf(
            scene,
            id,
            'disabled',
            scene.caller.token,
            anyone || [401, 'session-ended', 'disabled'],
          )),
        )
      }
      expect(faults).toEqual([])
    })

    test('K1: rights that were taken away are gone at the very next request, whatever was remembered of them', async () => {
      await using service = await start(database)
      const faults: string[] = []
      const owner = await service.signIn('owner')
      for (const [before, change, after] of [
        ['admin', { role: 'member' }, 'member'],
        ['admin', { role: 'member', permissions: ['UserView'] }, 'view'],
        ['edit', { permissions: [] }, 'member'],
        ['view', { permissions: [] }, 'member'],
      ] as const)
        for (const [id, [status, allowed]] of Object.entries(table)) {
          if (allowed === 'anyone' || !allowed.includes(before)) continue
          const scene = {
            service,
            caller: await enter(service, before),
            other: await enter(service, 'member'),
          }
          const { caller } = scene
          // Asked twice, so that the session and its holder are known.
          for (let time = 0; time < 2; time++)
            faults.push(...(await faultsOf(scene, 'listUsers', before, caller.token, [200])))
          expect((await owner.call('PATCH', `users/${caller.id}`, change)).status).toBe(200)
          const isAllowed = allowed.includes(after)
          faults.push(
            ...(await faultsOf(
              scene,
              id,
              `${before}, now ${after}`,
              caller.token,
              isAllowed ? [status] : forbidden,
            )),
          )
        }
      expect(faults).toEqual([])
    })

    for (const who of everybody)
      test(`O3, O4: ${who} reaches nothing of another person by naming it as their own`, async () => {
        await using service = await start(database)
        const [caller, other] = [await enter(service, who), await enter(service, 'member')]
        const isEditor = editors.includes(who)
        const token = caller.token
        const as = async (request: Ask) => await ask(service, request, token)
        const isRunning = async () => (await ask(service, ['GET', 'me'], other.token)).status === 200
        expect(said(await as(['DELETE', `me/sessions/${other.sessionId}`]))).toEqual([404, 'not-found'])
        // The page's form, with every way to name a session.
        for (const form of [`id=${other.sessionId}`, `id=${other.sessionId}&keep=current`, 'keep=current']) {
          const reply = await service.call('POST', '/profile/revoke', form, {
            'content-type': 'application/x-www-form-urlencoded',
            cookie: `${service.cookieName}=${token}`,
            origin: service.origin,
          })
          expect([form, reply.status, reply.headers.get('location')]).toEqual([
            form,
            303,
            '/profile?revoked=0',
          ])
        }
        expect((await as(['DELETE', 'me/sessions?keep=current'])).body).toEqual({ revoked: 0 })
        for (const path of ['me/sessions', `me/sessions?limit=1`]) {
          const { items } = (await as(['GET', path])).body
          expect(items.map(({ userId }: { userId: string }) => userId)).toEqual([caller.id])
        }
        // A filter that names somebody else is no parameter of one's own list.
        expect((await as(['GET', `me/sessions?user=${other.id}`])).status).toBe(422)
        expect(await isRunning()).toBe(true)
        const credential = await as(['POST', 'kubernetes/credential'])
        const proof = { authorization: `Bearer ${credential.body.status.token}` }
        expect((await service.call('GET', 'kubernetes/verify', undefined, proof)).body.subject).toBe(
          caller.id,
        )
        for (const name of ['sessionIds', 'userIds'] as const) {
          const victim = await enter(service, 'member')
          const id = name === 'userIds' ? victim.id : victim.sessionId
          const { body } = await as(['POST', 'sessions/revoke', { [name]: [id], reason: 'why' }])
          expect(body.results).toMatchObject([{ id, outcome: isEditor ? 'revoked' : 'forbidden' }])
          expect((await ask(service, ['GET', 'me'], victim.token)).status).toBe(isEditor ? 401 : 200)
        }
      })

    for (const who of ['admin', 'system', 'edit'] as const)
      test(`K1: ${who} takes hold of nobody above them, and gives nobody more than they have`, async () => {
        await using service = await start(database)
        const caller = await enter(service, who)
        const above: readonly Who[] = who === 'admin' ? ['owner'] : ['owner', 'admin']
        const isRefused = async (request: Ask) => {
          const before = await readStored(service)
          expect([request, ...said(await ask(service, request, caller.token))]).toEqual([
            request,
            ...forbidden,
          ])
          expect(await readStored(service)).toEqual(before)
        }
        for (const rank of above) {
          const { id } = await enter(service, rank)
          for (const change of [
            { password: chosen },
            { disabled: true },
            { role: 'member' },
            { displayName: 'x' },
          ])
            await isRefused(['PATCH', `users/${id}`, change])
        }
        const { id } = await enter(service, 'member')
        await isRefused(['PATCH', `users/${id}`, { role: 'owner' }])
        await isRefused(['PATCH', `users/${caller.id}`, { role: 'owner' }])
        await isRefused(['POST', 'users', { username: 'crony', password, role: 'owner' }])
        if (who !== 'edit') return
        for (const change of [
          { role: 'admin' },
          { permissions: ['UserView'] },
          { permissions: ['UserEdit'] },
        ]) {
          await isRefused(['PATCH', `users/${id}`, change])
          await isRefused(['POST', 'users', { username: 'crony', password, ...change }])
        }
      })
  })
