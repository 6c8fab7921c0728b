import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { tokenDurationKey } from '../../domain/config.ts'
import { freshMs } from '../../service/http/rights.ts'
import { openDatabases } from './databases.ts'
import { startHeld } from './held.ts'
import { type Client, contractOf, password, startService, type TestService } from './support.ts'

/** What a session that somebody typed their password for lately may, one they typed it for long ago, and a token. */
type Row = readonly [fresh: 'yes', stale: 'yes' | 'no', token: 'any' | 'never' | TokenScope]
type TokenScope = 'read' | 'policy' | 'config' | 'revoke' | 'kubernetes'

/** Written by hand: an operation that is not in it fails. What anybody may is not asked for. */
const table: Readonly<Record<string, Row | 'anyone'>> = {
  healthLive: 'anyone',
  healthReady: 'anyone',
  getMetrics: 'anyone',
  getServer: 'anyone',
  getOpenApi: 'anyone',
  signIn: 'anyone',
  verifyKubernetesCredential: 'anyone',
  getKeys: 'anyone',
  getOpenIdConfiguration: 'anyone',
  signOut: ['yes', 'yes', 'any'],
  getMe: ['yes', 'yes', 'any'],
  confirmMe: ['yes', 'yes', 'never'],
  changeMyPassword: ['yes', 'yes', 'never'],
  listMySessions: ['yes', 'yes', 'read'],
  revokeMySessions: ['yes', 'yes', 'revoke'],
  revokeMySession: ['yes', 'yes', 'revoke'],
  listSessions: ['yes', 'yes', 'read'],
  listUserSessions: ['yes', 'yes', 'read'],
  revokeUserSessions: ['yes', 'yes', 'revoke'],
  revokeSession: ['yes', 'yes', 'revoke'],
  revokeMany: ['yes', 'yes', 'revoke'],
  getPolicy: ['yes', 'yes', 'read'],
  putPolicy: ['yes', 'yes', 'policy'],
  previewPolicy: ['yes', 'yes', 'read'],
  listUsers: ['yes', 'yes', 'read'],
  getUser: ['yes', 'yes', 'read'],
  addUser: ['yes', 'no', 'never'],
  // Where it gives rights or a way in; the rest of it has its own test.
  changeUser: ['yes', 'no', 'never'],
  listenToEvents: ['yes', 'yes', 'read'],
  listAudit: ['yes', 'yes', 'read'],
  listNotices: ['yes', 'yes', 'read'],
  exportAudit: ['yes', 'yes', 'read'],
  acknowledgeAudit: ['yes', 'yes', 'never'],
  getCatalogue: ['yes', 'yes', 'read'],
  listEntries: ['yes', 'yes', 'read'],
  addEntry: ['yes', 'yes', 'config'],
  replaceEntry: ['yes', 'yes', 'config'],
  removeEntry: ['yes', 'yes', 'config'],
  previewEntry: ['yes', 'yes', 'read'],
  addToken: ['yes', 'no', 'never'],
  addKubernetesCredential: ['yes', 'no', 'kubernetes'],
}
const chosen = 'lamp otter violin'
const scopes: readonly TokenScope[] = ['read', 'policy', 'config', 'revoke', 'kubernetes']

/** Enough for an operation that looks at its body before it asks for a password. */
const bodies: Readonly<Record<string, unknown>> = { changeUser: { role: 'admin' } }

/** The code of a refusal for want of freshness or scope, or nothing where the operation was let in. */
async function refusal(service: TestService, token: string, id: string, method: string, path: string) {
  const body = bodies[id] ?? (method === 'GET' ? undefined : '{"no": such}')
  // Only whether it is let in is asked: what is wrong with the body is found afterwards.
  const response = await fetch(service.origin + path.replace(/\{\w+\}/g, 'nothing'), {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? '{"unknown":1}' : JSON.stringify(body) }),
  })
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return undefined
  }
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  const { code, permission } = /\bjson|\+json/.test(type) ? JSON.parse(text) : {}
  if (code === 'fresh-sign-in-needed') return code
  return code === 'forbidden' && /^(scope |a web session)/.test(permission ?? '') ? permission : undefined
}

interface Asked {
  readonly caller: Client
  readonly victim: string
}

/** Makes a database one of before sessions had scopes. */
async function makeOlder({ service }: TestService): Promise<void> {
  await service.services.database.write(async (transaction) => {
    for (const text of [
      'drop index sessions_of_parent',
      ...['confirmed_at', 'scopes', 'parent_id'].map(
        (column) => `alter table sessions drop column ${column}`,
      ),
      'alter table signing_keys drop column retired_at',
      `delete from kysely_migration where name >= '2026-12-scopes'`,
    ])
      await sql.raw(text).execute(transaction)
  })
}

for (const database of openDatabases()) {
  const { name, open } = database

  test(`M7: every operation holds to its line of the table for a fresh session, a stale one and each token (${name})`, async () => {
    await using service = await startService({ open })
    const { operations } = await contractOf(service.origin)
    expect(operations.map(({ id }) => id).sort()).toEqual(Object.keys(table).sort())
    // Signing out comes last: nothing can be asked of a session after that.
    const asked = operations.toSorted(
      (one, other) => Number(one.id === 'signOut') - Number(other.id === 'signOut'),
    )
    const holdsTo = async (who: string, token: string, wanted: (row: Row) => string | undefined) => {
      for (const { id, method, path } of asked) {
        const row = table[id]
        if (row === 'anyone' || row === undefined) continue
        expect([id, who, await refusal(service, token, id, method, path)]).toEqual([id, who, wanted(row)])
      }
    }
    const stale = await service.signIn('owner', { rememberMe: true })
    service.pass(freshMs / 1000)
    await holdsTo('stale', stale.token, ([, may]) => (may === 'yes' ? undefined : 'fresh-sign-in-needed'))
    const fresh = await service.signIn('owner')
    const tokens: [TokenScope, string][] = []
    for (const scope of scopes)
      tokens.push([scope, (await fresh.call('POST', 'tokens', { name: scope, scopes: [scope] })).body.token])
    service.pass(freshMs / 1000 - 1)
    await holdsTo('fresh', fresh.token, () => undefined)
    for (const [scope, token] of tokens)
      await holdsTo(scope, token, ([, , needed]) => {
        if (needed === 'never') return 'a web session'
        return needed === 'any' || needed === scope ? undefined : `scope ${needed}`
      })
  })

  test(`M7: typing one’s password again makes a session fresh, and guesses at it are slowed (${name})`, async () => {
    await using service = await startService({ open })
    const mia = await service.addUser('mia')
    const owner = await service.signIn('owner', { rememberMe: true })
    service.pass(freshMs / 1000)
    const change = (body: unknown) => owner.call('PATCH', `users/${mia.id}`, body)
    for (const body of [
      { role: 'admin' },
      { permissions: ['UserView'] },
      { password: chosen },
      { disabled: false },
    ]) {
      const { status, body: problem } = await change(body)
      expect([body, status, problem.code]).toEqual([body, 403, 'fresh-sign-in-needed'])
    }
    // Whoever must be kept out is kept out at once.
    expect((await change({ disabled: true })).status).toBe(200)
    expect((await change({ displayName: 'Mia M' })).status).toBe(200)
    expect((await owner.call('POST', 'me/confirm', { password: 'guessed' })).body.errors).toMatchObject([
      { field: 'password', code: 'wrong' },
    ])
    expect((await change({ role: 'admin' })).status).toBe(403)
    expect((await owner.call('POST', 'me/confirm', { password })).status).toBe(204)
    expect((await change({ role: 'admin' })).status).toBe(200)
    service.pass(freshMs / 1000)
    expect((await change({ role: 'member' })).status).toBe(403)
    let tried = 0
    while ((await owner.call('POST', 'me/confirm', { password: `x${tried}` })).status === 422) tried++
    expect(tried).toBeLessThan(11)
    expect((await owner.call('POST', 'me/confirm', { password })).status).toBe(429)
  })

  test(`M7: a token is for reading where nobody says more, and no token becomes an account (${name})`, async () => {
    await using service = await startService({ open })
    const owner = await service.signIn('owner')
    const made = (await owner.call('POST', 'tokens', { name: 'nightly' })).body
    expect(made.session.scopes).toEqual(['read'])
    const { items } = (await owner.call('GET', 'me/sessions')).body
    expect(items.find(({ kind }: { kind: string }) => kind === 'token').scopes).toEqual(['read'])
    const all = (await owner.call('POST', 'tokens', { name: 'all', scopes })).body.token
    const as = { authorization: `Bearer ${all}` }
    const id = owner.user.id
    for (const [method, path, body] of [
      ['PATCH', `users/${id}`, { password: chosen }],
      ['POST', 'users', { username: 'eve', password: chosen, role: 'owner' }],
      ['POST', 'me/password', { currentPassword: password, newPassword: chosen }],
      ['POST', 'me/confirm', { password }],
      ['POST', 'tokens', { name: 'another' }],
    ] as const) {
      const reply = await service.call(method, path, body, as)
      expect([path, reply.status, reply.body.permission]).toEqual([path, 403, 'a web session'])
    }
  })

  for (const [how, end, because] of [
    ['is revoked', (owner: Client, token: string) => owner.call('DELETE', `sessions/${token}`), 'revoked'],
    ['signs out', undefined, 'signed-out'],
    [
      'loses its owner’s old password',
      (owner: Client, _: string, user: string) => owner.call('PATCH', `users/${user}`, { password: chosen }),
      'revoked',
    ],
    [
      'has an owner who is disabled',
      (owner: Client, _: string, user: string) => owner.call('PATCH', `users/${user}`, { disabled: true }),
      'disabled',
    ],
  ] as const)
    test(`M7: what a token made ends with it when it ${how} (${name})`, async () => {
      await using service = await startService({ open })
      const bea = await service.addUser('bea')
      const asBea = await service.signIn('bea')
      const { token, session } = (await asBea.call('POST', 'tokens', { name: 'ci', scopes: ['kubernetes'] }))
        .body
      const by = (proof: string) => ({ authorization: `Bearer ${proof}` })
      const cluster = (await service.call('POST', 'kubernetes/credential', undefined, by(token))).body.status
        .token
      const verify = async () => (await service.call('GET', 'kubernetes/verify', undefined, by(cluster))).body
      // The web session in which the token was made may end: the token is its owner’s own.
      await asBea.call('POST', 'sign-out')
      expect((await verify()).active).toBe(true)
      const owner = await service.signIn('owner')
      if (end) expect((await end(owner, session.id, bea.id)).status).toBeLessThan(300)
      else await service.call('POST', 'sign-out', undefined, by(token))
      expect(await verify()).toEqual({ active: false, reason: because })
      const path = `sessions?user=${bea.id}&kind=kubernetes`
      expect((await owner.call('GET', path)).body.total).toBe(0)
      await service.service.sweep()
      expect(await verify()).toEqual({ active: false, reason: because })
    })

  test(`M7: what a token made ends when the token expires, though it was made for longer (${name})`, async () => {
    await using service = await startService({ open })
    const owner = await service.signIn('owner', { rememberMe: true })
    const entry = { type: 'AppConfig', key: tokenDurationKey.key, value: '10' }
    expect((await owner.call('POST', 'config/entries', entry)).status).toBe(201)
    const { token } = (await owner.call('POST', 'tokens', { name: 'ci', scopes: ['kubernetes'] })).body
    const by = (proof: string) => ({ authorization: `Bearer ${proof}` })
    service.pass(540)
    const cluster = (await service.call('POST', 'kubernetes/credential', undefined, by(token))).body.status
      .token
    const verify = async () => (await service.call('GET', 'kubernetes/verify', undefined, by(cluster))).body
    expect((await verify()).active).toBe(true)
    service.pass(60)
    expect(await verify()).toEqual({ active: false, reason: 'expired' })
    await service.service.sweep()
    expect((await owner.call('GET', 'sessions?kind=kubernetes')).body.total).toBe(0)
  })

  test(`M7: tokens of a database from before scopes go on reading and fetching credentials, and nothing more (${name})`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-scopes-'))
    let [token, earlier] = ['', '']
    {
      await using service = await startService({ open, folder })
      const owner = await service.signIn('owner')
      earlier = owner.token
      token = (await owner.call('POST', 'tokens', { name: 'old', scopes })).body.token
      await makeOlder(service)
    }
    {
      await using service = await startService({ open, folder })
      const as = { authorization: `Bearer ${token}` }
      const owner = await service.signIn('owner')
      const { items } = (await owner.call('GET', 'me/sessions')).body
      const tokens = items.filter(({ kind }: { kind: string }) => kind === 'token')
      expect(tokens.map(({ scopes }: { scopes: unknown }) => scopes)).toEqual([['read', 'kubernetes']])
      const read = await service.call('GET', 'users', undefined, as)
      const cluster = await service.call('POST', 'kubernetes/credential', undefined, as)
      expect([read.status, cluster.status]).toEqual([200, 201])
      const policy = await owner.call('GET', 'security/policy')
      const { updatedAt: _, updatedBy: __, revision, ...body } = policy.body
      for (const [method, path, sent, scope] of [
        ['PUT', 'security/policy', body, 'scope policy'],
        ['POST', 'config/entries', { type: 'Flags', key: 'key', value: 'on' }, 'scope config'],
        ['DELETE', 'me/sessions', undefined, 'scope revoke'],
        ['POST', 'tokens', { name: 'another' }, 'a web session'],
      ] as const) {
        const reply = await service.call(method, path, sent, { ...as, 'if-match': revision })
        expect([path, reply.status, reply.body.permission]).toEqual([path, 403, scope])
      }
      // When the holder of a session from before typed their password is not known: they are asked for it.
      const before = { authorization: `Bearer ${earlier}` }
      expect((await service.call('GET', 'me', undefined, before)).status).toBe(200)
      const { body: problem } = await service.call('POST', 'tokens', { name: 'new' }, before)
      expect(problem.code).toBe('fresh-sign-in-needed')
    }
    await rm(folder, { recursive: true })
  })

  for (const [id, status, ask] of [
    ['addToken', 201, ({ caller }: Asked) => caller.call('POST', 'tokens', { name: 'ci' })],
    ['addKubernetesCredential', 201, ({ caller }: Asked) => caller.call('POST', 'kubernetes/credential')],
    [
      'addUser',
      201,
      ({ caller }: Asked) => caller.call('POST', 'users', { username: 'crony', password: chosen }),
    ],
    [
      'changeUser',
      200,
      ({ caller, victim }: Asked) => caller.call('PATCH', `users/${victim}`, { role: 'admin' }),
    ],
  ] as const)
    test(`M7: ${id} is refused within its transaction to a session that has aged past ten minutes on the way (${name})`, async () => {
      await using world = await startHeld(database)
      const { attacked, meanwhile } = world
      const victim = (await meanwhile.addUser('bea')).id
      const caller = await attacked.signIn('owner')
      const services = new Set([attacked, meanwhile])
      /** Asks with a session as old as may be, which goes on ageing while the request is held. */
      const askAndWait = async (seconds: number) => {
        const held = world.holdChange()
        const answer = ask({ caller, victim })
        await held.reached
        for (const service of services) service.pass(seconds)
        const before = await world.stored()
        held.release()
        return { reply: await answer, before, after: await world.stored() }
      }
      for (const service of services) service.pass(freshMs / 1000 - 2)
      // A second before it would be too old it is let through, so the pause alone is not what refuses it.
      expect((await askAndWait(1)).reply.status).toBe(status)
      const { reply, before, after } = await askAndWait(1)
      expect([reply.status, reply.body.code]).toEqual([403, 'fresh-sign-in-needed'])
      expect(after).toEqual(before)
    })
}
