import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openPostgres } from '../../service/database/open-postgres.ts'
import { verifyAudit } from '../../service/store/audit.ts'
import { listen } from './event-listener.ts'
import { type Cluster, findPostgres, startCluster } from './postgres-cluster.ts'
import { password, startService } from './support.ts'

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
    const [one, two] = await Promise.all([startService({ open }), startService({ open })])
    return {
      one,
      two,
      [Symbol.asyncDispose]: async () => {
        await one[Symbol.asyncDispose]()
        await two[Symbol.asyncDispose]()
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
    const state = await verifyAudit(one.service.services.database)
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
