import { describe, expect, test } from 'vitest'
import { accountRoutes } from '../../../../../service/http/routes/account-routes.ts'
import { healthRoutes } from '../../../../../service/http/routes/health-routes.ts'
import { serverRoutes } from '../../../../../service/http/routes/server-routes.ts'
import { start } from '../../store/world.ts'
import { openRoutes, ownOrigin, password } from './open-routes.ts'

describe('One’s own account', () => {
  test.each([
    [{ role: 'member', permissions: ['UserView'] }, ['UserView']],
    [{ role: 'admin', permissions: [] }, ['AdministerSystem', 'UserEdit', 'UserView']],
    [{ role: 'member', permissions: [] }, []],
  ] as const)('of %j is told with the rights %j', async (who, permissions) => {
    const { ask, join } = await openRoutes(accountRoutes)
    const { id, token, session } = await join('anna', { ...who, email: 'a@example.com' })
    const { status, body } = await ask('GET', 'me', { as: token })
    expect(status).toBe(200)
    expect(body).toMatchObject({ permissions, session: { id: session.id, current: true } })
    expect(body.user).toEqual({
      id,
      username: 'anna',
      displayName: 'anna',
      email: 'a@example.com',
      ...who,
      disabled: false,
    })
  })

  test('is told to a token, whatever it is for', async () => {
    const { ask, join, tokenOf } = await openRoutes(accountRoutes)
    const { user } = await join('anna')
    const { token } = await tokenOf(user, 'config')
    expect((await ask('GET', 'me', { as: token })).status).toBe(200)
    for (const path of ['me/confirm', 'me/password'])
      expect((await ask('POST', path, { as: token, body: {} })).body.code).toBe('forbidden')
  })

  test('is confirmed by its password', async () => {
    const { ask, join, pass, storedSession, told } = await openRoutes(accountRoutes)
    const { id, token, session } = await join('anna')
    pass(700)
    await told()
    const { status, body } = await ask('POST', 'me/confirm', { as: token, body: { password } })
    expect([status, body]).toEqual([204, ''])
    expect((await storedSession(session.id))?.confirmed_at).toBe(start + 700_000)
    expect((await told()).audit).toMatchObject([{ action: 'session.confirm', target: `user:${id}` }])
    for (const [typed, field, code] of [
      [{ password: 'wrong' }, 'password', 'wrong'],
      [{ password: '' }, 'password', 'too-short'],
      [{}, 'password', 'required'],
      [{ password, more: 1 }, 'more', 'unknown'],
    ] as const)
      expect(await ask('POST', 'me/confirm', { as: token, body: typed })).toMatchObject({
        status: 422,
        body: { errors: [{ field, code }] },
      })
  })

  test('has another password from now on, which ends one’s other sessions and proves the device anew', async () => {
    const { ask, join, startSession, devices, users, sessions } = await openRoutes(accountRoutes)
    const { id, user, token } = await join('anna')
    const other = await startSession(user, 'web')
    const change = { currentPassword: password, newPassword: 'another horse battery' }
    const { status, body, headers } = await ask('POST', 'me/password', { as: token, body: change })
    expect([status, headers['set-cookie']]).toEqual([200, undefined])
    expect(body).toEqual({ revoked: 1, device: expect.any(String) })
    const now = await users.find(id)
    expect(now?.password).toBe('hash of another horse battery')
    expect(now && devices.isOf(body.device, now)).toBe(true)
    expect(await sessions.validate(other.token)).toMatchObject({ state: 'ended', reason: 'revoked' })
    const back = { currentPassword: change.newPassword, newPassword: password }
    const browser = await ask('POST', 'me/password', {
      body: back,
      headers: { cookie: `curfew_session_x=${token}`, origin: ownOrigin },
    })
    expect(browser.cookies).toMatchObject([{ name: 'curfew_device_x', value: browser.body.device }])
    for (const [typed, field, code] of [
      [{ ...change, currentPassword: 'wrong' }, 'currentPassword', 'wrong'],
      [{ ...change, newPassword: 'short' }, 'newPassword', 'too-short'],
      [{ ...change, newPassword: 'too weak by far' }, 'newPassword', 'too-weak'],
      [{ newPassword: password }, 'currentPassword', 'required'],
      [{ ...change, more: 1 }, 'more', 'unknown'],
    ] as const)
      expect((await ask('POST', 'me/password', { as: token, body: typed })).body).toMatchObject({
        errors: [{ field, code }],
      })
  })
})

test('The server says what it is, and proves it to who asks for that', async () => {
  const { ask } = await openRoutes(serverRoutes)
  const plain = await ask('GET', 'server')
  const told = {
    name: 'Test server',
    version: '1.2.3',
    instanceId: 'abcdefghijklmno',
    time: new Date(start).toISOString(),
    timeScale: 1,
    capabilities: ['policy', 'users'],
  }
  expect([plain.status, plain.body]).toEqual([200, told])
  const proved = `A${'b'.repeat(42)}`
  expect((await ask('GET', `server?challenge=${proved}`)).body).toEqual({
    ...told,
    proof: `proof of ${proved}`,
  })
  expect((await ask('GET', `server?challenge=${'b'.repeat(43)}`)).body).toEqual(told)
  expect((await ask('GET', 'server?challenge=x')).body.errors).toMatchObject([{ field: 'challenge' }])
})

describe('Whoever keeps the service running is told', () => {
  test('that it answers and can serve', async () => {
    const { ask } = await openRoutes(healthRoutes)
    const live = await ask('GET', '/health/live')
    expect([live.status, live.body]).toEqual([200, { status: 'ok' }])
    const ready = await ask('GET', '/health/ready')
    expect([ready.status, ready.body]).toEqual([200, { status: 'ok', audit: 'intact' }])
  })

  test('that the audit trail is broken, which keeps nobody out', async () => {
    const { ask } = await openRoutes(healthRoutes, {
      change: ({ audit }) => ({
        audit: { ...audit, state: () => ({ intact: false, brokenAt: 1, because: 'tampered' }) },
      }),
    })
    const ready = await ask('GET', '/health/ready')
    expect([ready.status, ready.body]).toEqual([200, { status: 'ok', audit: 'broken' }])
  })

  test('that it is stopping', async () => {
    const { ask } = await openRoutes(healthRoutes, { isDraining: true })
    expect(await ask('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: { code: 'unavailable', detail: 'The service is stopping.' },
    })
    expect((await ask('GET', '/health/live')).status).toBe(200)
  })

  test('that the database does not answer', async () => {
    const { ask } = await openRoutes(healthRoutes, {
      change: ({ database }) => ({
        database: {
          dialect: database.dialect,
          get read(): never {
            throw new Error('gone')
          },
        },
      }),
    })
    expect(await ask('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: { code: 'unavailable', detail: 'The database does not answer.' },
    })
  })
})
