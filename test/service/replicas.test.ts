import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ServiceUser } from '../../domain/user.ts'
import { openPostgres } from '../../service/database/open-postgres.ts'
import { verifyAudit } from '../../service/store/audit-verify.ts'
import { listen } from './event-listener.ts'
import { type Cluster, findPostgres, startCluster } from './postgres-cluster.ts'
import { type Client, password, type Reply, startService, type TestService } from './support.ts'

interface World {
  readonly one: TestService
  readonly two: TestService
  readonly owner: Client
  readonly bea: ServiceUser
  readonly session: Client
}

const bin = findPostgres()
if (bin === undefined) console.log('PostgreSQL: skipped, Debian’s package postgresql is not installed.')

describe.skipIf(bin === undefined)('two replicas on one PostgreSQL', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster(bin ?? '')
  })
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]()
  })
  const startReplicas = async () => {
    const url = await cluster.newDatabase()
    const open = () => openPostgres(url)
    const folder = await mkdtemp(join(tmpdir(), 'curfew-replicas-'))
    const start = () => startService({ open, auditKey: join(folder, 'audit.key') })
    const [one, two] = await Promise.all([start(), start()])
    return {
      one,
      two,
      [Symbol.asyncDispose]: async () => {
        await one[Symbol.asyncDispose]()
        await two[Symbol.asyncDispose]()
        await rm(folder, { recursive: true })
      },
    }
  }

  test('Replicas that start together make one organisation with one Owner', async () => {
    await using replicas = await startReplicas()
    const { one, two } = replicas
    expect(one.service.instanceId).toBe(two.service.instanceId)
    const owner = await one.signIn('owner')
    expect((await owner.call('GET', 'users')).body.total).toBe(1)
    const keys = async (service: typeof one) => (await service.call('GET', '/.well-known/jwks.json')).body
    expect(await keys(one)).toEqual(await keys(two))
  })

  test('O5: a session revoked on one replica is dead on the other at the next request', async () => {
    await using replicas = await startReplicas()
    const { one, two } = replicas
    const bea = await one.addUser('bea')
    const owner = await one.signIn('owner')
    for (let round = 0; round < 10; round++) {
      const session = await two.signIn('bea')
      expect((await session.call('GET', 'me')).status).toBe(200)
      expect((await owner.call('DELETE', `users/${bea.id}/sessions`)).body.revoked).toBe(1)
      expect((await session.call('GET', 'me')).body.reason).toBe('revoked')
    }
    const here = await two.signIn('owner')
    expect((await here.call('GET', `users/${bea.id}`)).body.sessions.web).toBe(0)
    const last = await two.signIn('bea')
    await Promise.all([one.service.sweep(), two.service.sweep()])
    expect((await last.call('GET', 'me')).status).toBe(200)
    expect((await here.call('GET', `users/${bea.id}`)).body.sessions.web).toBe(1)
    const { read } = one.service.services.database
    expect(await read.selectFrom('endings').selectAll().execute()).toEqual([])
    const rows = await read
      .selectFrom('sessions')
      .select('end_reason')
      .where('user_id', '=', bea.id)
      .where('ended_at', 'is not', null)
      .execute()
    expect(rows).toEqual(Array.from({ length: 10 }, () => ({ end_reason: 'revoked' })))
  })

  test('K5: a limit shortened on one replica ends sessions on the other at the next request', async () => {
    await using replicas = await startReplicas()
    const { one, two } = replicas
    await one.addUser('bea')
    const bea = await two.signIn('bea')
    one.pass(400)
    two.pass(400)
    const owner = await one.signIn('owner')
    await one.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 300 } })
    expect((await bea.call('GET', 'me')).body.reason).toBe('idle')
    await one.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 86_400 } })
    expect((await bea.call('GET', 'me')).body.reason).toBe('idle')
  })

  /** What somebody does on one replica, and how the next answer on the other shows it. */
  const changes: Readonly<
    Record<
      string,
      {
        readonly act: (world: World) => Promise<unknown>
        readonly shows: (reply: Reply) => boolean
      }
    >
  > = {
    'a session revoked': {
      act: ({ owner, session }) => owner.call('DELETE', `sessions/${session.sessionId}`),
      shows: ({ status, body }) => status === 401 && body.reason === 'revoked',
    },
    'all sessions of a person revoked': {
      act: ({ owner, bea }) => owner.call('DELETE', `users/${bea.id}/sessions`),
      shows: ({ status, body }) => status === 401 && body.reason === 'revoked',
    },
    'a session signed out': {
      act: ({ one, session }) =>
        one.call('POST', 'sign-out', undefined, { authorization: `Bearer ${session.token}` }),
      shows: ({ status, body }) => status === 401 && body.reason === 'signed-out',
    },
    'a person disabled': {
      act: ({ owner, bea }) => owner.call('PATCH', `users/${bea.id}`, { disabled: true }),
      shows: ({ status, body }) => status === 401 && body.reason === 'disabled',
    },
    'a person demoted': {
      act: ({ owner, bea }) => owner.call('PATCH', `users/${bea.id}`, { role: 'member' }),
      shows: ({ status, body }) => status === 200 && body.user.role === 'member',
    },
    'a person renamed': {
      act: ({ owner, bea }) => owner.call('PATCH', `users/${bea.id}`, { displayName: 'New name' }),
      shows: ({ status, body }) => status === 200 && body.user.displayName === 'New name',
    },
    'the policy tightened': {
      act: ({ one, owner }) => one.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 300 } }),
      shows: ({ status, body }) => status === 401 && body.reason === 'idle',
    },
    'remember-me switched off': {
      act: ({ one, owner }) =>
        one.setPolicy(owner, { rememberMe: { enabled: false, maximumSeconds: 1_728_000 } }),
      shows: ({ status, body }) => status === 200 && body.session.remembered === false,
    },
    'a session ended straight in the database': {
      act: ({ one, session, two }) =>
        one.service.services.database.write((transaction) =>
          transaction
            .updateTable('sessions')
            .set({ ended_at: two.now(), end_reason: 'revoked' })
            .where('id', '=', session.sessionId)
            .execute(),
        ),
      shows: ({ status, body }) => status === 401 && body.reason === 'revoked',
    },
  }

  test.for(Object.entries(changes))(
    'O5, K5: %s on one replica is so for everybody who asks the other after the answer, in a burst too',
    async ([name, { act, shows }]) => {
      await using replicas = await startReplicas()
      const { one, two } = replicas
      const bea = await one.addUser('bea', { role: 'admin' })
      const session = await two.signIn('bea', { rememberMe: name.startsWith('remember-me') })
      // Idle for longer than the tightened policy allows; asking passively does not change that.
      one.pass(400)
      two.pass(400)
      const owner = await one.signIn('owner')
      const passive = { 'session-activity': 'passive' }
      const ask = () => session.call('GET', 'me', undefined, passive)
      for (let round = 0; round < 3; round++) expect(shows(await ask())).toBe(false)
      const seen: { readonly late: boolean; readonly shown: boolean }[] = []
      let answered = false
      let left = 200
      // Twenty at once without a pause, so that reads are under way at the moment of the change.
      const burst = Array.from({ length: 20 }, async () => {
        while (!answered || left > 0) {
          const late = answered
          if (late) left--
          seen.push({ late, shown: shows(await ask()) })
        }
      })
      await vi.waitFor(() => expect(seen.length).toBeGreaterThan(100), 10_000)
      await act({ one, two, owner, bea, session })
      answered = true
      const next = shows(await ask())
      await Promise.all(burst)
      expect(next).toBe(true)
      const late = seen.filter((reply) => reply.late)
      expect(late.length).toBeGreaterThanOrEqual(200)
      expect(late.filter(({ shown }) => !shown)).toEqual([])
    },
  )

  test('O1: what somebody does on one replica keeps their session alive on the other', async () => {
    await using replicas = await startReplicas()
    const { one, two } = replicas
    await one.addUser('bea')
    const owner = await one.signIn('owner')
    await one.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 300 } })
    const here = await two.signIn('bea')
    const authorization = `Bearer ${here.token}`
    for (let round = 0; round < 5; round++) {
      expect((await here.call('GET', 'me', undefined, { 'session-activity': 'passive' })).status).toBe(200)
      one.pass(200)
      two.pass(200)
      expect((await one.call('GET', 'me', undefined, { authorization })).status).toBe(200)
      await one.service.services.activity.flush()
    }
  })

  test('B7: events of one replica reach the listeners of the other, and are numbered alike', async () => {
    await using replicas = await startReplicas()
    const { one, two } = replicas
    const owner = await one.signIn('owner')
    const here = await listen(one.origin, owner.token)
    const there = await listen(two.origin, owner.token)
    const onTwo = await two.signIn('owner')
    await two.setPolicy(onTwo, { idleTimeout: { enabled: true, seconds: 3_600 } })
    await owner.call('POST', 'config/entries', { type: 'Flags', key: 'a', value: 'b' })
    await Promise.all([here.until('entry-changed'), there.until('entry-changed')])
    await vi.waitFor(() => expect(here.heard).toEqual(there.heard))
    expect(here.heard.map(({ type }) => type)).toEqual(['session-started', 'policy-changed', 'entry-changed'])
    here.close()
    there.close()
  })

  test('B6: two replicas that write at once keep one whole audit chain', async () => {
    await using replicas = await startReplicas()
    const { one, two } = replicas
    const [a, b] = [await one.signIn('owner'), await two.signIn('owner')]
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        (index % 2 ? a : b).call('POST', 'users', { username: `person${index}`, password }),
      ),
    )
    const state = await verifyAudit(one.service.services.database, one.seal)
    expect(state).toEqual({ intact: true, records: 33 })
  })

  test('B9: of two Updates on two replicas one is stored and the other is told', async () => {
    await using replicas = await startReplicas()
    const { one, two } = replicas
    const [a, b] = [await one.signIn('owner'), await two.signIn('owner')]
    const read = await a.call('GET', 'security/policy')
    const { updatedAt: _, updatedBy: __, revision: ___, ...policy } = read.body
    const update = (client: typeof a, seconds: number) =>
      client.call(
        'PUT',
        'security/policy',
        { ...policy, idleTimeout: { enabled: true, seconds } },
        { 'if-match': read.headers.get('etag') ?? '' },
      )
    const replies = await Promise.all([update(a, 3_600), update(b, 7_200)])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412])
  })

  test('People are searched, paged and counted on PostgreSQL as on the embedded database', async () => {
    await using replicas = await startReplicas()
    const { one } = replicas
    const owner = await one.signIn('owner')
    for (const displayName of ['José García', '100% Real', 'a_b'])
      await owner.call('POST', 'users', { username: `user${displayName.length}`, displayName, password })
    const names = async (query: string) =>
      (await owner.call('GET', `users?${query}`)).body.items.map(
        (user: { displayName: string }) => user.displayName,
      )
    expect(await names('search=garc%C3%ADa')).toEqual(['José García'])
    expect(await names('search=%25')).toEqual(['100% Real'])
    expect(await names('search=_')).toEqual(['a_b'])
    expect(await names('sort=-lastActivityAt&limit=1')).toEqual(['owner'])
    expect((await owner.call('GET', 'users?search=%00')).status).toBe(422)
    const preview = await owner.call('POST', 'security/policy/preview', {
      idleTimeout: { enabled: true, seconds: 60 },
      idleAppliesToRemembered: true,
      rememberMe: { enabled: true, maximumSeconds: 300 },
    })
    expect(preview.body).toMatchObject({ endsSessions: 0, endsYours: false })
    one.pass(100)
    await one.service.sweep()
    expect((await owner.call('GET', 'me')).status).toBe(200)
  })
})
