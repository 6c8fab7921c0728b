import { expect, test } from 'vitest'
import { startService } from './support.ts'

const minute = 60
const day = 86_400

test('O1: a session ends after the idle timeout of 1 200 seconds, and says that it was inactivity', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  service.pass(1_199)
  expect((await owner.call('GET', 'me')).status).toBe(200)
  service.pass(1_199)
  expect((await owner.call('GET', 'me')).status).toBe(200)
  service.pass(1_200)
  const reply = await owner.call('GET', 'me')
  expect(reply.status).toBe(401)
  expect(reply.headers.get('content-type')).toContain('application/problem+json')
  expect(reply.body).toMatchObject({ code: 'session-ended', reason: 'idle', status: 401 })
})

test('K5: background refresh does not keep an inactive person signed in', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  service.pass(1_199)
  const passive = { 'session-activity': 'passive' }
  expect((await owner.call('GET', 'me', undefined, passive)).status).toBe(200)
  service.pass(1)
  expect((await owner.call('GET', 'me', undefined, passive)).body.reason).toBe('idle')
})

test('K5: everybody who is inactive for the limit is signed out, and the next page is the sign-in page', async () => {
  await using service = await startService()
  await service.addUser('bea')
  await service.addUser('carl')
  const owner = await service.signIn('owner')
  const bea = await service.signIn('bea')
  const carl = await service.signIn('carl')
  await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 3_600 } })
  service.pass(3_000)
  await carl.call('GET', 'me')
  service.pass(600)
  expect((await bea.call('GET', 'me')).body.reason).toBe('idle')
  expect((await carl.call('GET', 'me')).status).toBe(200)
  const page = await service.call('GET', '/profile', undefined, {
    cookie: `${service.cookieName}=${bea.token}`,
  })
  expect(page.status).toBe(303)
  expect(page.headers.get('location')).toBe('/sign-in?returnTo=%2Fprofile&ended=idle')
})

test('O2: a remembered session outlives the idle timeout and ends after 1 728 000 seconds', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner', { rememberMe: true })
  service.pass(19 * day)
  const reply = await owner.call('GET', 'me')
  expect(reply.body.session).toMatchObject({ remembered: true, endsBecause: 'maximum' })
  service.pass(day - 1)
  expect((await owner.call('GET', 'me')).status).toBe(200)
  service.pass(1)
  expect((await owner.call('GET', 'me')).body).toMatchObject({ code: 'session-ended', reason: 'maximum' })
})

test('O2: the maximum also ends a session that is not remembered and always active', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  await service.setPolicy(owner, {
    idleTimeout: { enabled: true, seconds: 10 * minute },
    rememberMe: { enabled: true, maximumSeconds: 15 * minute },
  })
  service.pass(8 * minute)
  expect((await owner.call('GET', 'me')).body.session.endsBecause).toBe('maximum')
  service.pass(7 * minute)
  expect((await owner.call('GET', 'me')).body.reason).toBe('maximum')
})

test('O2: without remember-me nobody is remembered, whatever they ask for', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  await service.setPolicy(owner, { rememberMe: { enabled: false, maximumSeconds: day } })
  const again = await service.signIn('owner', { rememberMe: true })
  expect((await again.call('GET', 'me')).body.session.remembered).toBe(false)
})

test('K2: with the inactivity rule off nobody is signed out for being idle', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  await service.setPolicy(owner, { idleTimeout: { enabled: false, seconds: 1_200 } })
  service.pass(10 * day)
  expect((await owner.call('GET', 'me')).status).toBe(200)
})

test('K5: the rule reaches remembered sessions when the policy says so', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner', { rememberMe: true })
  await service.setPolicy(owner, { idleAppliesToRemembered: true })
  service.pass(1_200)
  expect((await owner.call('GET', 'me')).body.reason).toBe('idle')
})

test('K5: a shorter limit takes effect on running sessions at once', async () => {
  await using service = await startService()
  await service.addUser('bea')
  const bea = await service.signIn('bea')
  service.pass(300)
  const owner = await service.signIn('owner')
  expect((await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 300 } })).status).toBe(200)
  expect((await bea.call('GET', 'me')).body.reason).toBe('idle')
})

test('K5: a longer limit revives nothing that has ended, even if nobody had noticed yet', async () => {
  await using service = await startService()
  await service.addUser('bea')
  const owner = await service.signIn('owner', { rememberMe: true })
  const bea = await service.signIn('bea')
  service.pass(1_200)
  await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 86_400 } })
  expect((await bea.call('GET', 'me')).body).toMatchObject({ code: 'session-ended', reason: 'idle' })
  await service.setPolicy(owner, { idleTimeout: { enabled: false, seconds: 86_400 } })
  expect((await bea.call('GET', 'me')).body.reason).toBe('idle')
})

test('K5: what a short limit has ended stays ended when the old limit comes back', async () => {
  await using service = await startService()
  await service.addUser('bea')
  const owner = await service.signIn('owner', { rememberMe: true })
  const bea = await service.signIn('bea')
  service.pass(100)
  await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 60 } })
  await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 1_200 } })
  expect((await bea.call('GET', 'me')).body.reason).toBe('idle')
})

test('O5: a revoked session can do nothing from that moment', async () => {
  await using service = await startService()
  await service.addUser('bea')
  const owner = await service.signIn('owner')
  const bea = await service.signIn('bea')
  expect((await bea.call('GET', 'me')).status).toBe(200)
  expect((await owner.call('DELETE', `users/${bea.user.id}/sessions`)).body).toEqual({ revoked: 1 })
  for (const [method, path] of [
    ['GET', 'me'],
    ['GET', 'me/sessions'],
    ['POST', 'sign-out'],
    ['DELETE', 'me/sessions'],
  ] as const) {
    const reply = await bea.call(method, path)
    expect([reply.status, reply.body.code, reply.body.reason]).toEqual([401, 'session-ended', 'revoked'])
  }
  expect((await (await service.signIn('bea')).call('GET', 'me')).status).toBe(200)
})

test('O5: signing out ends the session for good', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  expect((await owner.call('POST', 'sign-out')).status).toBe(204)
  expect((await owner.call('GET', 'me')).body).toMatchObject({ code: 'session-ended', reason: 'signed-out' })
})

test('O5: disabling a person ends their sessions and keeps them out', async () => {
  await using service = await startService()
  const person = await service.addUser('bea')
  const bea = await service.signIn('bea')
  const owner = await service.signIn('owner')
  const reply = await owner.call('PATCH', `users/${person.id}`, {
    disabled: true,
    reason: 'left the company',
  })
  expect(reply.body).toMatchObject({ disabled: true, sessions: { web: 0 } })
  expect((await bea.call('GET', 'me')).body).toMatchObject({ code: 'session-ended', reason: 'disabled' })
  const refused = await service.call('POST', 'sign-in', {
    username: 'bea',
    password: 'correct horse battery',
  })
  expect([refused.status, refused.body.code]).toEqual([401, 'invalid-credentials'])
})

test('The sweep writes down ended sessions and keeps why they ended', async () => {
  await using service = await startService()
  await service.addUser('bea')
  const bea = await service.signIn('bea')
  service.pass(1_200)
  await service.service.sweep()
  const row = await service.service.services.database.read
    .selectFrom('sessions')
    .select(['ended_at', 'end_reason'])
    .where('id', '=', bea.sessionId)
    .executeTakeFirstOrThrow()
  expect(row).toMatchObject({ ended_at: service.now(), end_reason: 'idle' })
  expect((await bea.call('GET', 'me')).body.reason).toBe('idle')
})

test('What nobody ever signed in with is not signed in', async () => {
  await using service = await startService()
  for (const authorization of [
    'Bearer nothing',
    `Bearer cfs_${'A'.repeat(43)}`,
    'Basic b3duZXI6eA==',
    'Bearer ',
  ]) {
    const reply = await service.call('GET', 'me', undefined, { authorization })
    expect([reply.status, reply.body.code]).toEqual([401, 'not-signed-in'])
  }
  expect((await service.call('GET', 'me')).body.code).toBe('not-signed-in')
})
