import { expect, test } from 'vitest'
import { startService, type TestService } from './support.ts'

const preview = {
  idleTimeout: { enabled: true, seconds: 60 },
  idleAppliesToRemembered: true,
  rememberMe: { enabled: true, maximumSeconds: 300 },
}

const rowOf = ({ service }: TestService, id: string) =>
  service.services.database.read
    .selectFrom('sessions')
    .select(['ended_at', 'end_reason'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()

test('O4: what was revoked is nowhere to be seen, before the sweep as after it', async () => {
  await using service = await startService()
  const bea = await service.addUser('bea')
  const [one, two] = [await service.signIn('bea'), await service.signIn('bea', { rememberMe: true })]
  service.pass(100)
  const owner = await service.signIn('owner')
  expect((await owner.call('POST', 'security/policy/preview', preview)).body).toMatchObject({
    endsSessions: 3,
    endsUsers: 2,
  })
  const revoke = { userIds: [bea.id], reason: 'lost laptop' }
  const reply = await owner.call('POST', 'sessions/revoke', revoke)
  expect(reply.body.results).toEqual([{ id: bea.id, outcome: 'revoked', revoked: 2 }])
  const revokedAt = service.now()

  const check = async () => {
    expect((await owner.call('GET', `users/${bea.id}`)).body.sessions.web).toBe(0)
    expect((await owner.call('GET', `users/${bea.id}/sessions`)).body).toMatchObject({ items: [], total: 0 })
    expect((await owner.call('GET', 'users?active=true')).body.total).toBe(1)
    expect((await owner.call('GET', 'users?active=false')).body.items[0].id).toBe(bea.id)
    const { items } = (await owner.call('GET', 'sessions')).body
    expect(items.map(({ userId }: { userId: string }) => userId)).not.toContain(bea.id)
    expect((await owner.call('POST', 'security/policy/preview', preview)).body).toMatchObject({
      endsSessions: 1,
      endsUsers: 1,
    })
    expect((await owner.call('DELETE', `sessions/${one.sessionId}`)).status).toBe(404)
    expect((await owner.call('POST', 'sessions/revoke', revoke)).body.results[0].outcome).toBe('gone')
    for (const session of [one, two])
      expect((await session.call('GET', 'me')).body).toMatchObject({ reason: 'revoked' })
  }
  expect((await rowOf(service, one.sessionId)).ended_at).toBeNull()
  await check()
  service.pass(10)
  await service.service.sweep()
  for (const { sessionId } of [one, two])
    expect(await rowOf(service, sessionId)).toEqual({ ended_at: revokedAt, end_reason: 'revoked' })
  await check()
})

test('O5: a session started in the same millisecond as a revocation, after it, is alive and stays so', async () => {
  await using service = await startService()
  const bea = await service.addUser('bea')
  const owner = await service.signIn('owner', { rememberMe: true })
  const before = await service.signIn('bea')
  expect((await owner.call('DELETE', `users/${bea.id}/sessions`)).body.revoked).toBe(1)
  const after = await service.signIn('bea')
  for (let round = 0; round < 2; round++) {
    expect((await before.call('GET', 'me')).body.reason).toBe('revoked')
    expect((await after.call('GET', 'me')).status).toBe(200)
    expect((await owner.call('GET', `users/${bea.id}/sessions`)).body.items).toMatchObject([
      { id: after.sessionId },
    ])
    await service.service.sweep()
  }
})

test('A revoked session keeps that reason, whatever limit passes or changes before the sweep', async () => {
  await using service = await startService()
  await service.addUser('bea')
  const owner = await service.signIn('owner', { rememberMe: true })
  const bea = await service.signIn('bea')
  await owner.call('DELETE', `sessions/${bea.sessionId}`)
  const revokedAt = service.now()
  service.pass(2_000)
  await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 86_400 } })
  expect((await bea.call('GET', 'me')).body.reason).toBe('revoked')
  await service.service.sweep()
  expect(await rowOf(service, bea.sessionId)).toEqual({ ended_at: revokedAt, end_reason: 'revoked' })
  expect((await bea.call('GET', 'me')).body.reason).toBe('revoked')
})

test('Revocations that the sweep had not written down yet outlive a restart', async () => {
  await using first = await startService()
  await first.addUser('bea')
  const owner = await first.signIn('owner')
  const bea = await first.signIn('bea')
  await owner.call('DELETE', `users/${bea.user.id}/sessions`)
  await first.service.close()
  await using again = await startService({ folder: first.folder })
  const asBea = { authorization: `Bearer ${bea.token}` }
  expect((await again.call('GET', 'me', undefined, asBea)).body.reason).toBe('revoked')
  await again.service.sweep()
  expect((await again.call('GET', 'me', undefined, asBea)).body.reason).toBe('revoked')
})

test('A thousand sessions ended at once are all swept, each with its own reason', async () => {
  await using service = await startService({ quotas: { web: 10_000 } })
  const bea = await service.addUser('bea')
  const { database, sessions, journal } = service.service.services
  await journal.write(async (transaction, record) => {
    for (let index = 0; index < 1_500; index++)
      await sessions.start(transaction, record, {
        userId: bea.id,
        kind: 'web',
        remembered: index < 1_000,
        client: 'test',
        address: '192.0.2.1',
      })
  })
  service.pass(1_200)
  const owner = await service.signIn('owner')
  expect((await owner.call('DELETE', `users/${bea.id}/sessions`)).body.revoked).toBe(1_000)
  await service.service.sweep()
  const rows = await database.read
    .selectFrom('sessions')
    .select(['end_reason', ({ fn }) => fn.countAll<number>().as('count')])
    .where('user_id', '=', bea.id)
    .groupBy('end_reason')
    .orderBy('end_reason')
    .execute()
  expect(rows.map((row) => ({ ...row }))).toEqual([
    { end_reason: 'idle', count: 500 },
    { end_reason: 'revoked', count: 1_000 },
  ])
  expect((await database.read.selectFrom('endings').selectAll().execute()).length).toBe(0)
})
