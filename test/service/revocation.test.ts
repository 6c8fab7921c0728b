import { expect, test } from 'vitest'
import { startService } from './support.ts'

test('O3: anyone may revoke all their own sessions, or all but the one they use', async () => {
  await using service = await startService()
  await service.addUser('mia')
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => service.signIn('mia')))
  if (!one || !two || !three) throw new Error('three sessions')
  const list = await one.call('GET', 'me/sessions')
  expect(list.body.items.filter((session: { current: boolean }) => session.current)).toHaveLength(1)
  expect(list.body.total).toBe(3)
  expect((await one.call('DELETE', 'me/sessions?keep=current')).body).toEqual({ revoked: 2 })
  expect((await two.call('GET', 'me')).body.reason).toBe('revoked')
  expect((await one.call('GET', 'me')).status).toBe(200)
  expect((await one.call('DELETE', 'me/sessions')).body).toEqual({ revoked: 1 })
  expect((await one.call('GET', 'me')).body.reason).toBe('revoked')
})

test('O3: one’s own session can be revoked by its id, another person’s can’t', async () => {
  await using service = await startService()
  await service.addUser('mia')
  const mia = await service.signIn('mia')
  const other = await service.signIn('mia')
  const owner = await service.signIn('owner')
  expect((await mia.call('DELETE', `me/sessions/${owner.sessionId}`)).status).toBe(404)
  expect((await mia.call('DELETE', `me/sessions/${other.sessionId}`)).status).toBe(204)
  expect((await mia.call('DELETE', `me/sessions/${other.sessionId}`)).status).toBe(404)
})

test('O4: UserEdit and AdministerSystem may revoke another user’s sessions, others may not', async () => {
  await using service = await startService()
  const mia = await service.addUser('mia')
  await service.addUser('ed', { permissions: ['UserEdit'] })
  await service.addUser('anna', { role: 'admin' })
  for (const name of ['ed', 'anna']) {
    const asMia = await service.signIn('mia')
    const who = await service.signIn(name)
    const sessions = await who.call('GET', `users/${mia.id}/sessions`)
    expect(sessions.body.items[0]).toMatchObject({ id: asMia.sessionId, userId: mia.id, current: false })
    expect((await who.call('DELETE', `sessions/${asMia.sessionId}?reason=lost%20laptop`)).status).toBe(204)
    expect((await who.call('DELETE', `sessions/${asMia.sessionId}`)).status).toBe(404)
    expect((await asMia.call('GET', 'me')).body.reason).toBe('revoked')
  }
  const asMia = await service.signIn('mia')
  const owner = await service.signIn('owner')
  expect((await asMia.call('DELETE', `sessions/${owner.sessionId}`)).body.code).toBe('forbidden')
  expect((await owner.call('DELETE', 'users/nobody/sessions')).status).toBe(404)
})

test('O4: many people’s sessions are revoked in one call, each id with its outcome, one’s own kept', async () => {
  await using service = await startService()
  const bea = await service.addUser('bea')
  const carl = await service.addUser('carl')
  await service.signIn('bea')
  await service.signIn('bea')
  const owner = await service.signIn('owner')
  const reply = await owner.call('POST', 'sessions/revoke', {
    userIds: [bea.id, carl.id, owner.user.id, 'nobody'],
    sessionIds: [owner.sessionId, 'nothing'],
    reason: 'rotation',
  })
  expect(reply.status).toBe(200)
  expect(reply.body.results).toEqual([
    { id: bea.id, outcome: 'revoked', revoked: 2 },
    { id: carl.id, outcome: 'gone', revoked: 0 },
    { id: owner.user.id, outcome: 'revoked', revoked: 1 },
    { id: 'nobody', outcome: 'gone', revoked: 0 },
    { id: owner.sessionId, outcome: 'forbidden', revoked: 0 },
    { id: 'nothing', outcome: 'gone', revoked: 0 },
  ])
  expect((await owner.call('GET', 'me')).status).toBe(200)
  await owner.call('POST', 'sessions/revoke', { userIds: [owner.user.id], reason: 'all', keepCurrent: false })
  expect((await owner.call('GET', 'me')).body.reason).toBe('revoked')
})

test('O4: without the right, ids of others are forbidden one by one and one’s own work', async () => {
  await using service = await startService()
  const mia = await service.addUser('mia')
  const other = await service.signIn('mia')
  const asMia = await service.signIn('mia')
  const owner = await service.signIn('owner')
  const reply = await asMia.call('POST', 'sessions/revoke', {
    userIds: [owner.user.id, mia.id],
    sessionIds: [owner.sessionId, 'nothing'],
    reason: '',
  })
  expect(reply.body.results.map((result: { outcome: string }) => result.outcome)).toEqual([
    'forbidden',
    'revoked',
    'forbidden',
    'forbidden',
  ])
  expect((await other.call('GET', 'me')).body.reason).toBe('revoked')
  expect((await owner.call('GET', 'me')).status).toBe(200)
})

test('O4: 10 000 ids in one call are taken, those that are somebody’s are revoked; 10 001 are not taken', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const ids = Array.from({ length: 10_000 }, (_, index) => `nobody-${index}`)
  // At both ends, and on both sides of where a statement ends.
  const places = [0, 1, 499, 500, 4_321, 9_500, 9_999]
  const people = []
  for (const place of places) {
    const person = await service.addUser(`person${place}`)
    people.push(await service.signIn(person.username))
    ids[place] = person.id
  }
  const spared = await service.signIn((await service.addUser('spared')).username)
  const reply = await owner.call('POST', 'sessions/revoke', { userIds: ids, reason: 'test' })
  expect(reply.status).toBe(200)
  expect(reply.body.results).toEqual(
    ids.map((id, index) =>
      places.includes(index) ? { id, outcome: 'revoked', revoked: 1 } : { id, outcome: 'gone', revoked: 0 },
    ),
  )
  for (const person of people) expect((await person.call('GET', 'me')).body.reason).toBe('revoked')
  expect((await spared.call('GET', 'me')).status).toBe(200)
  const more = await owner.call('POST', 'sessions/revoke', {
    userIds: ids,
    sessionIds: ['x'],
    reason: 'test',
  })
  expect([more.status, more.body.errors[0].code]).toEqual([422, 'too-long'])
  expect((await owner.call('POST', 'sessions/revoke', { reason: 'x' })).body.errors[0].code).toBe('required')
})

test('B7: a session shows its kind, device, address, when it ends and why', async () => {
  await using service = await startService()
  await service.addUser('bea')
  await service.call(
    'POST',
    'sign-in',
    { username: 'bea', password: 'correct horse battery' },
    {
      'user-agent':
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    },
  )
  service.pass(1)
  const owner = await service.signIn('owner', { client: { name: 'Curfew on Linux', kind: 'desktop' } })
  const all = await owner.call('GET', 'sessions')
  expect(all.body.items[0]).toMatchObject({
    kind: 'web',
    client: 'Curfew on Linux',
    address: '127.0.0.1',
    current: true,
    endsBecause: 'idle',
    endsAt: new Date(service.now() + 1_200_000).toISOString(),
  })
  expect(all.body.items.map((session: { client: string }) => session.client)).toContain('Chrome on Linux')
  service.pass(600)
  await owner.call('GET', 'me')
  const idle = await owner.call('GET', 'sessions?idleOver=599&kind=web')
  expect(idle.body.total).toBe(2)
  expect((await owner.call('GET', `sessions?user=${owner.user.id}&limit=1`)).body).toMatchObject({ total: 2 })
})
