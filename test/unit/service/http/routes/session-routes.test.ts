import { describe, expect, test } from 'vitest'
import { sessionRoutes } from '../../../../../service/http/routes/session-routes.ts'
import { toCursor } from '../../../../../service/store/paging.ts'
import { start } from '../../store/world.ts'
import { openRoutes, ownOrigin, password } from './open-routes.ts'

const at = (seconds: number) => new Date(start + seconds * 1000).toISOString()
const ids = (body: { readonly items: readonly { readonly id: string }[] }) => body.items.map(({ id }) => id)

describe('Signing in', () => {
  test('a program is answered its token, itself, its session and what proves its device', async () => {
    const { ask, addUser, told, storedSession, devices, users } = await openRoutes(sessionRoutes)
    const anna = await addUser('anna', { password: `hash of ${password}`, email: 'anna@example.com' })
    await told()
    const { status, body, headers } = await ask('POST', 'sign-in', {
      body: { username: 'Anna', password, client: { name: 'Bot\u200b 1', kind: 'desktop' } },
    })
    expect(status).toBe(201)
    expect(headers['set-cookie']).toBeUndefined()
    const session = {
      id: body.session.id,
      userId: anna.id,
      kind: 'web',
      createdAt: at(0),
      lastActivityAt: at(0),
      remembered: false,
      client: 'Bot 1',
      address: '192.0.2.7',
      endsAt: at(1_200),
      endsBecause: 'idle',
      current: true,
    }
    expect(body).toEqual({
      token: expect.stringMatching(/^\S{30,}$/),
      user: {
        id: anna.id,
        username: 'anna',
        displayName: 'anna',
        email: 'anna@example.com',
        role: 'member',
        permissions: [],
        disabled: false,
        sessions: { web: 1, token: 0, kubernetes: 0 },
        lastActivityAt: at(0),
      },
      session,
      device: expect.any(String),
    })
    expect(devices.isGenuine(body.device)).toBe(true)
    expect(devices.isOf(body.device, (await users.find(anna.id)) ?? anna)).toBe(true)
    expect(await storedSession(body.session.id)).toMatchObject({ user_id: anna.id, confirmed_at: start })
    expect(await told()).toEqual({
      audit: [
        {
          actor: 'anna',
          action: 'session.sign-in',
          target: `user:${anna.id}`,
          after: { session: session.id },
        },
      ],
      events: [
        { type: 'session-started', data: { session: { id: session.id, userId: anna.id, kind: 'web' } } },
      ],
    })
  })

  test.each([
    [true, /^lasting\.\S+$/, 400 * 86_400],
    [false, /^(?!lasting)\S+$/, undefined],
  ] as const)(
    'a browser on a page of this server keeps it (remembered: %j)',
    async (rememberMe, value, maxAge) => {
      const { ask, addUser } = await openRoutes(sessionRoutes)
      await addUser('anna', { password: `hash of ${password}` })
      const { status, body, cookies } = await ask('POST', 'sign-in', {
        body: { username: 'anna', password, rememberMe },
        headers: { origin: ownOrigin },
      })
      expect(status).toBe(201)
      expect(body.session.remembered).toBe(rememberMe)
      expect(cookies).toHaveLength(2)
      expect(cookies[0]).toMatchObject({ name: 'curfew_session_x', value: expect.stringMatching(value) })
      expect(cookies[0]?.value.endsWith(body.token)).toBe(true)
      expect(cookies[0]?.maxAge).toBe(maxAge)
      expect(cookies[1]).toMatchObject({ name: 'curfew_device_x', value: body.device })
    },
  )

  test.each([
    [{ username: 'anna', password: 'wrong' }, 401, 'invalid-credentials', undefined],
    [{ username: 'nobody', password }, 401, 'invalid-credentials', undefined],
    [{ username: '', password }, 422, 'invalid', ['username', 'too-short']],
    [{ username: 'a'.repeat(101), password }, 422, 'invalid', ['username', 'too-long']],
    [{ password }, 422, 'invalid', ['username', 'required']],
    [{ username: 'anna' }, 422, 'invalid', ['password', 'required']],
    [{ username: 'anna', password, rememberMe: 'yes' }, 422, 'invalid', ['rememberMe', 'wrong-type']],
    [{ username: 'anna', password, device: 'd'.repeat(201) }, 422, 'invalid', ['device', 'too-long']],
    [{ username: 'anna', password, more: 1 }, 422, 'invalid', ['more', 'unknown']],
    [{ username: 'anna', password, client: {} }, 422, 'invalid', ['client.name', 'required']],
    [
      { username: 'anna', password, client: { name: 'x', kind: 'k'.repeat(41) } },
      422,
      'invalid',
      ['client.kind', 'too-long'],
    ],
    [
      { username: 'anna', password, client: { name: 'x', more: 1 } },
      422,
      'invalid',
      ['client.more', 'unknown'],
    ],
  ] as const)('with %j is refused', async (body, status, code, field) => {
    const { ask, addUser } = await openRoutes(sessionRoutes)
    await addUser('anna', { password: `hash of ${password}` })
    const answer = await ask('POST', 'sign-in', { body })
    expect(answer).toMatchObject({ status, body: { code } })
    if (field) expect(answer.body.errors).toMatchObject([{ field: field[0], code: field[1] }])
  })
})

describe('Signing out', () => {
  test('ends the session it is done with and no other', async () => {
    const { ask, join, startSession, told, sessions } = await openRoutes(sessionRoutes)
    const { user, token, session } = await join('anna')
    const other = await startSession(user, 'web')
    await told()
    const { status, body, headers } = await ask('POST', 'sign-out', { as: token })
    expect([status, body, headers['set-cookie']]).toEqual([204, '', undefined])
    expect(await sessions.validate(token)).toMatchObject({ state: 'ended', reason: 'signed-out' })
    expect(await sessions.validate(other.token)).toMatchObject({ state: 'running' })
    expect((await told()).audit).toMatchObject([{ actor: 'anna', action: 'session.sign-out' }])
    expect(session.id).not.toBe(other.session.id)
  })

  test('takes the cookie from a browser, and is anybody’s who has a token, whatever it is for', async () => {
    const { ask, join, tokenOf } = await openRoutes(sessionRoutes)
    const { user, token } = await join('anna')
    const { status, cookies } = await ask('POST', 'sign-out', {
      headers: { cookie: `curfew_session_x=${token}`, origin: ownOrigin },
    })
    expect(status).toBe(204)
    expect(cookies).toMatchObject([{ name: 'curfew_session_x', value: '' }])
    const forConfig = await tokenOf(user, 'config')
    expect((await ask('POST', 'sign-out', { as: forConfig.token })).status).toBe(204)
  })
})

describe('One’s own sessions', () => {
  test('are listed newest first, page by page, and nobody else’s', async () => {
    const { ask, join, startSession, pass } = await openRoutes(sessionRoutes)
    await join('bob')
    const { user, token, session } = await join('anna')
    pass(1)
    const second = await startSession(user, 'kubernetes')
    pass(1)
    const third = await startSession(user, 'token', { scopes: ['read'] })
    const all = await ask('GET', 'me/sessions', { as: token })
    expect(all.status).toBe(200)
    expect(ids(all.body)).toEqual([third.session.id, second.session.id, session.id])
    expect(all.body).toMatchObject({ nextCursor: null, total: 3, serverTime: at(2) })
    expect(all.body.items.map((one: { current: boolean }) => one.current)).toEqual([false, false, true])
    expect(all.body.items[0].scopes).toEqual(['read'])
    const first = await ask('GET', 'me/sessions?limit=2', { as: token })
    expect(ids(first.body)).toEqual([third.session.id, second.session.id])
    expect(first.body.total).toBe(3)
    const rest = await ask('GET', `me/sessions?limit=2&cursor=${first.body.nextCursor}`, { as: token })
    expect(ids(rest.body)).toEqual([session.id])
    expect(rest.body.nextCursor).toBeNull()
    const odd = await ask('GET', 'me/sessions?cursor=nothing', { as: token })
    expect(odd).toMatchObject({ status: 422, body: { code: 'invalid', errors: [{ field: 'cursor' }] } })
    expect((await ask('GET', `me/sessions?user=${user.id}`, { as: token })).body.errors).toMatchObject([
      { field: 'user', code: 'unknown' },
    ])
  })

  test.each([
    ['me/sessions', undefined, 2, ['ended', 'ended', 'running'], undefined],
    ['me/sessions?keep=current', undefined, 1, ['running', 'ended', 'running'], undefined],
    ['me/sessions?reason=in%20the%20query', undefined, 2, ['ended', 'ended', 'running'], 'in the query'],
    ['me/sessions?reason=query', { reason: 'in the body' }, 2, ['ended', 'ended', 'running'], 'in the body'],
    ['me/sessions?keep=current', { reason: ' why ' }, 1, ['running', 'ended', 'running'], 'why'],
  ] as const)('DELETE %s with %j revokes %i of them (O3)', async (path, body, revoked, states, reason) => {
    const { ask, join, startSession, told, sessions } = await openRoutes(sessionRoutes)
    const { user, token } = await join('anna')
    const other = await startSession(user, 'web')
    const bob = await join('bob')
    await told()
    const answer = await ask('DELETE', path, { as: token, body })
    expect(answer).toMatchObject({ status: 200, body: { revoked } })
    expect(answer.headers['set-cookie']).toBeUndefined()
    const found = await Promise.all(
      [token, other.token, bob.token].map(async (one) => await sessions.validate(one)),
    )
    expect(found.map(({ state }) => state)).toEqual(states)
    expect(found[1]).toMatchObject({ reason: 'revoked' })
    const { audit, events } = await told()
    expect(audit).toMatchObject([{ actor: 'anna', action: 'session.revoke', ...(reason && { reason }) }])
    expect('reason' in (audit[0] ?? {})).toBe(reason !== undefined)
    expect(events).toMatchObject([{ type: 'session-ended', data: { reason: 'revoked' } }])
  })

  test.each([
    ['', true],
    ['?keep=current', false],
  ])('a browser that revokes them%s loses its cookie: %j', async (query, loses) => {
    const { ask, join } = await openRoutes(sessionRoutes)
    const { token } = await join('anna')
    const { status, cookies } = await ask('DELETE', `me/sessions${query}`, {
      headers: { cookie: `curfew_session_x=${token}`, origin: ownOrigin },
    })
    expect(status).toBe(200)
    expect(cookies.map(({ name }) => name)).toEqual(loses ? ['curfew_session_x'] : [])
  })

  test('to keep anything but the current one is refused', async () => {
    const { ask, join } = await openRoutes(sessionRoutes)
    const { token } = await join('anna')
    for (const [query, field] of [
      ['keep=all', 'keep'],
      ['kept=1', 'kept'],
      [`reason=${'r'.repeat(501)}`, 'reason'],
    ])
      expect((await ask('DELETE', `me/sessions?${query}`, { as: token })).body).toMatchObject({
        code: 'invalid',
        errors: [{ field }],
      })
    const { body } = await ask('DELETE', 'me/sessions', { as: token, body: { reason: 7 } })
    expect(body.errors).toMatchObject([{ field: 'reason', code: 'wrong-type' }])
  })

  test('one of them is revoked by its id; another’s is not there', async () => {
    const { ask, join, startSession, told, sessions } = await openRoutes(sessionRoutes)
    const { user, token } = await join('anna')
    const [first, second] = [await startSession(user, 'web'), await startSession(user, 'web')]
    const bob = await join('bob')
    await told()
    const path = `me/sessions/${first.session.id}`
    const done = await ask('DELETE', `${path}?reason=query`, { as: token, body: { reason: 'lost' } })
    expect([done.status, done.body]).toEqual([204, ''])
    expect(await sessions.validate(first.token)).toMatchObject({ state: 'ended', reason: 'revoked' })
    expect((await told()).audit).toMatchObject([{ actor: 'anna', action: 'session.revoke', reason: 'lost' }])
    expect((await ask('DELETE', `me/sessions/${second.session.id}?reason=query`, { as: token })).status).toBe(
      204,
    )
    expect((await told()).audit).toMatchObject([{ reason: 'query' }])
    for (const id of [bob.session.id, 'nothing'])
      expect(await ask('DELETE', `me/sessions/${id}`, { as: token })).toMatchObject({
        status: 404,
        body: { code: 'not-found', detail: 'You have no such session.' },
      })
    expect(await sessions.validate(bob.token)).toMatchObject({ state: 'running' })
    expect((await ask('DELETE', `${path}?why=1`, { as: token })).body.errors).toMatchObject([
      { field: 'why', code: 'unknown' },
    ])
  })
})

describe('Sessions of others', () => {
  test('are listed for who may see people, by person, kind and idleness, page by page', async () => {
    const { ask, join, startSession, pass, activity } = await openRoutes(sessionRoutes)
    const anna = await join('anna', { permissions: ['UserView'] })
    pass(100)
    const bob = await join('bob')
    pass(1)
    const kube = await startSession(bob.user, 'kubernetes')
    const listed = async (query: string) => {
      const { status, body } = await ask('GET', `sessions${query}`, {
        as: anna.token,
        headers: { 'session-activity': 'passive' },
      })
      expect(status).toBe(200)
      return ids(body)
    }
    expect(await listed('')).toEqual([kube.session.id, bob.session.id, anna.session.id])
    expect(await listed(`?user=${anna.id}`)).toEqual([anna.session.id])
    expect(await listed('?kind=kubernetes')).toEqual([kube.session.id])
    expect(await listed('?idleOver=50')).toEqual([anna.session.id])
    expect(await listed(`?user=${bob.id}&kind=web`)).toEqual([bob.session.id])
    const page = await ask('GET', 'sessions?limit=1', { as: anna.token })
    expect(page.body).toMatchObject({ total: 3, serverTime: at(101) })
    expect(await listed(`?limit=1&cursor=${page.body.nextCursor}`)).toEqual([bob.session.id])
    const all = await ask('GET', 'sessions', { as: anna.token })
    expect(all.body.items.map((one: { current: boolean }) => one.current)).toEqual([false, false, true])
    expect(await ask('GET', 'sessions?cursor=x', { as: anna.token })).toMatchObject({ status: 422 })
    expect(await ask('GET', 'sessions', { as: bob.token })).toMatchObject({
      status: 403,
      body: { permission: 'UserView' },
    })
    await activity.flush()
  })

  test('are listed of one person', async () => {
    const { ask, join, startSession, pass } = await openRoutes(sessionRoutes)
    const anna = await join('anna', { permissions: ['UserView'] })
    const bob = await join('bob')
    pass(1)
    const kube = await startSession(bob.user, 'kubernetes')
    const { status, body } = await ask('GET', `users/${bob.id}/sessions`, { as: anna.token })
    expect([status, ids(body), body.total]).toEqual([200, [kube.session.id, bob.session.id], 2])
    const page = await ask('GET', `users/${bob.id}/sessions?limit=1`, { as: anna.token })
    expect(ids(page.body)).toEqual([kube.session.id])
    const cursor = page.body.nextCursor
    const rest = await ask('GET', `users/${bob.id}/sessions?limit=1&cursor=${cursor}`, { as: anna.token })
    expect(ids(rest.body)).toEqual([bob.session.id])
    const own = await ask('GET', `users/${anna.id}/sessions`, { as: anna.token })
    expect(own.body.items).toMatchObject([{ id: anna.session.id, current: true }])
    expect(await ask('GET', 'users/nobody/sessions', { as: anna.token })).toMatchObject({
      status: 404,
      body: { code: 'not-found', detail: 'There is no such person.' },
    })
    expect(await ask('GET', `users/${bob.id}/sessions?kind=web`, { as: anna.token })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'kind', code: 'unknown' }] },
    })
    expect(await ask('GET', `users/${bob.id}/sessions?cursor=x`, { as: anna.token })).toMatchObject({
      status: 422,
    })
    expect(await ask('GET', `users/${'i'.repeat(101)}/sessions`, { as: anna.token })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'id', code: 'too-long' }] },
    })
  })

  test.each([
    ['', undefined, undefined],
    ['?reason=query', undefined, 'query'],
    ['?reason=query', { reason: 'body' }, 'body'],
  ] as const)('all of a person’s are revoked (O4) with %s and %j', async (query, body, reason) => {
    const { ask, join, startSession, told, sessions } = await openRoutes(sessionRoutes)
    const anna = await join('anna', { permissions: ['UserEdit'] })
    const bob = await join('bob')
    await startSession(bob.user, 'kubernetes')
    await told()
    const path = `users/${bob.id}/sessions`
    const answer = await ask('DELETE', `${path}${query}`, { as: anna.token, body })
    expect(answer).toMatchObject({ status: 200, body: { revoked: 2 } })
    expect(await sessions.validate(bob.token)).toMatchObject({ state: 'ended', reason: 'revoked' })
    expect(await sessions.validate(anna.token)).toMatchObject({ state: 'running' })
    const { audit } = await told()
    expect(audit).toMatchObject([{ actor: 'anna', action: 'session.revoke' }])
    expect(audit[0]?.reason).toBe(reason)
    expect((await ask('DELETE', path, { as: anna.token })).body).toEqual({ revoked: 0 })
    expect(await ask('DELETE', 'users/nobody/sessions', { as: anna.token })).toMatchObject({
      status: 404,
      body: { code: 'not-found', detail: 'There is no such person.' },
    })
    expect((await ask('DELETE', `${path}?why=1`, { as: anna.token })).status).toBe(422)
  })

  test.each([
    ['', undefined, undefined],
    ['?reason=query', undefined, 'query'],
    ['?reason=query', { reason: 'body' }, 'body'],
  ] as const)('one is revoked, once, with %s and %j', async (query, body, reason) => {
    const { ask, join, told, sessions } = await openRoutes(sessionRoutes)
    const anna = await join('anna', { permissions: ['UserEdit'] })
    const bob = await join('bob')
    await told()
    const path = `sessions/${bob.session.id}`
    const answer = await ask('DELETE', `${path}${query}`, { as: anna.token, body })
    expect([answer.status, answer.body]).toEqual([204, ''])
    expect(await sessions.validate(bob.token)).toMatchObject({ state: 'ended', reason: 'revoked' })
    expect((await told()).audit[0]?.reason).toBe(reason)
    expect(await ask('DELETE', path, { as: anna.token })).toMatchObject({
      status: 404,
      body: { code: 'not-found', detail: 'There is no such running session.' },
    })
    expect((await ask('DELETE', `${path}?why=1`, { as: anna.token })).status).toBe(422)
  })

  test('are in the order of time, so that a place in another order is none in theirs', async () => {
    const { ask, join } = await openRoutes(sessionRoutes)
    const anna = await join('anna', { permissions: ['UserView'] })
    const cursor = toCursor({ value: 'anna', id: anna.session.id })
    for (const path of ['sessions', 'me/sessions', `users/${anna.id}/sessions`])
      expect(await ask('GET', `${path}?cursor=${cursor}`, { as: anna.token })).toMatchObject({
        status: 422,
        body: { code: 'invalid', errors: [{ field: 'cursor' }] },
      })
  })

  test('are no business of members without a right', async () => {
    const { ask, join } = await openRoutes(sessionRoutes)
    const anna = await join('anna', { permissions: ['UserView'] })
    const bob = await join('bob')
    for (const path of [`users/${bob.id}/sessions`, `sessions/${bob.session.id}`])
      expect(await ask('DELETE', path, { as: anna.token })).toMatchObject({
        status: 403,
        body: { permission: 'UserEdit' },
      })
    expect((await ask('GET', `users/${anna.id}/sessions`, { as: bob.token })).status).toBe(403)
  })
})
