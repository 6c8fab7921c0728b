import { expect, test } from 'vitest'
import { startService } from './support.ts'

const wholePolicy = (seconds: number) => ({
  idleTimeout: { enabled: true, seconds },
  idleAppliesToRemembered: false,
  rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
})

test('O1, O2: a fresh organisation has 1 200 seconds of inactivity and 1 728 000 seconds at most', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const reply = await owner.call('GET', 'security/policy')
  expect(reply.body).toMatchObject(wholePolicy(1_200))
  expect(reply.headers.get('etag')).toBe('"1"')
})

test('K1: only an Owner or Admin may see or change the policy', async () => {
  await using service = await startService()
  await service.addUser('anna', { role: 'admin' })
  await service.addUser('ed', { permissions: ['UserEdit', 'UserView'] })
  await service.addUser('mia')
  for (const name of ['ed', 'mia']) {
    const person = await service.signIn(name)
    for (const [method, path] of [
      ['GET', 'security/policy'],
      ['PUT', 'security/policy'],
      ['POST', 'security/policy/preview'],
    ] as const) {
      const reply = await person.call(method, path, method === 'GET' ? undefined : wholePolicy(3_600), {
        'if-match': '"1"',
      })
      expect([reply.status, reply.body.code, reply.body.permission]).toEqual([
        403,
        'forbidden',
        'Owner or Admin',
      ])
    }
  }
  const anna = await service.signIn('anna')
  const changed = await service.setPolicy(anna, { idleTimeout: { enabled: true, seconds: 3_600 } })
  expect(changed.body).toMatchObject({ ...wholePolicy(3_600), updatedBy: 'anna' })
  expect(changed.headers.get('etag')).toBe('"2"')
})

test('B9: a stale ETag is refused with what is stored now, and nothing changes', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 3_600 } })
  const stale = await owner.call('PUT', 'security/policy', wholePolicy(7_200), { 'if-match': '"1"' })
  expect([stale.status, stale.body.code]).toEqual([412, 'conflict'])
  expect(stale.body.current).toMatchObject(wholePolicy(3_600))
  expect(stale.headers.get('etag')).toBe('"2"')
  const without = await owner.call('PUT', 'security/policy', wholePolicy(7_200))
  expect([without.status, without.body.code]).toEqual([428, 'precondition-required'])
  expect((await owner.call('GET', 'security/policy')).body).toMatchObject(wholePolicy(3_600))
})

test('K3: bounds are explained next to the field', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  for (const [policy, error] of [
    [wholePolicy(59), { field: 'idleTimeout.seconds', code: 'too-short', min: 60, max: 2_592_000 }],
    [wholePolicy(2_592_001), { field: 'idleTimeout.seconds', code: 'too-long' }],
    [
      { ...wholePolicy(60), rememberMe: { enabled: true, maximumSeconds: 299 } },
      { field: 'rememberMe.maximumSeconds', code: 'too-short', min: 300 },
    ],
    [
      { ...wholePolicy(60), rememberMe: { enabled: true, maximumSeconds: 31_536_001 } },
      { field: 'rememberMe.maximumSeconds', code: 'too-long', max: 31_536_000 },
    ],
    [
      { ...wholePolicy(3_600), rememberMe: { enabled: true, maximumSeconds: 3_599 } },
      { field: 'rememberMe.maximumSeconds', code: 'below-idle', min: 3_600 },
    ],
  ] as const) {
    const reply = await owner.call('PUT', 'security/policy', policy, { 'if-match': '"1"' })
    expect([reply.status, reply.body.code]).toEqual([422, 'invalid'])
    expect(reply.body.errors).toEqual([expect.objectContaining(error)])
  }
  expect((await owner.call('GET', 'security/policy')).headers.get('etag')).toBe('"1"')
})

test('B1: the preview counts what would end now, of how many people, and whether yours is among it', async () => {
  await using service = await startService()
  await service.addUser('bea')
  await service.addUser('carl')
  await service.signIn('bea')
  await service.signIn('bea')
  await service.signIn('carl', { rememberMe: true })
  service.pass(300)
  const owner = await service.signIn('owner')
  const preview = (policy: unknown) => owner.call('POST', 'security/policy/preview', policy)
  // The Owner who added the two people is one of those who have been idle for 300 seconds.
  expect((await preview(wholePolicy(300))).body).toEqual({
    endsSessions: 3,
    endsUsers: 2,
    endsYours: false,
    byKind: { web: 3, token: 0, kubernetes: 0 },
  })
  expect((await preview({ ...wholePolicy(300), idleAppliesToRemembered: true })).body).toMatchObject({
    endsSessions: 4,
    endsUsers: 3,
  })
  expect((await preview(wholePolicy(301))).body).toMatchObject({ endsSessions: 0, endsUsers: 0 })
  service.pass(200)
  await owner.call('GET', 'me')
  service.pass(150)
  const passive = { 'session-activity': 'passive' }
  const yours = await owner.call('POST', 'security/policy/preview', wholePolicy(120), passive)
  expect(yours.body.endsYours).toBe(true)
  expect((await owner.call('GET', 'me')).status).toBe(200)
})

test('B1: what the preview says is what the change does', async () => {
  await using service = await startService()
  await service.addUser('bea')
  await service.signIn('bea')
  await service.signIn('bea')
  service.pass(400)
  const owner = await service.signIn('owner')
  const before = (await owner.call('GET', 'sessions')).body.total
  const preview = await owner.call('POST', 'security/policy/preview', wholePolicy(400))
  await service.setPolicy(owner, wholePolicy(400))
  const after = (await owner.call('GET', 'sessions')).body.total
  expect(before - after).toBe(preview.body.endsSessions)
})
