import { describe, expect, test } from 'vitest'
import { userRoutes } from '../../../../../service/http/routes/user-routes.ts'
import { start } from '../../store/world.ts'
import { openRoutes, password } from './open-routes.ts'

const names = (body: { readonly items: readonly { readonly username: string }[] }) =>
  body.items.map(({ username }) => username)

describe('People are listed', () => {
  test('by username, page by page, as each is', async () => {
    const { ask, join, addUser } = await openRoutes(userRoutes)
    const { token } = await join('viewer', { permissions: ['UserView'] })
    await addUser('bob', { displayName: 'Bob B', email: 'bob@example.com', role: 'admin' })
    const { status, body } = await ask('GET', 'users', { as: token })
    expect(status).toBe(200)
    expect(body).toEqual({
      items: [
        {
          id: expect.any(String),
          username: 'bob',
          displayName: 'Bob B',
          email: 'bob@example.com',
          role: 'admin',
          permissions: [],
          disabled: false,
          sessions: { web: 0, token: 0, kubernetes: 0 },
          lastActivityAt: null,
        },
        expect.objectContaining({ username: 'viewer', permissions: ['UserView'] }),
      ],
      nextCursor: null,
      total: 2,
    })
    const first = await ask('GET', 'users?limit=1', { as: token })
    expect([names(first.body), first.body.total]).toEqual([['bob'], 2])
    const rest = await ask('GET', `users?limit=1&cursor=${first.body.nextCursor}`, { as: token })
    expect([names(rest.body), rest.body.nextCursor]).toEqual([['viewer'], null])
  })

  test.each([
    ['search=ZOE', ['zoe']],
    ['role=admin', ['anna']],
    ['active=true', ['anna', 'viewer']],
    ['active=false', ['zoe']],
    ['sort=-username', ['zoe', 'viewer', 'anna']],
    ['sort=displayName', ['zoe', 'viewer', 'anna']],
    ['sort=-displayName', ['anna', 'viewer', 'zoe']],
    ['sort=email', ['viewer', 'zoe', 'anna']],
    ['sort=lastActivityAt', ['zoe', 'anna', 'viewer']],
    ['sort=-lastActivityAt', ['viewer', 'anna', 'zoe']],
  ])('with %s', async (query, found) => {
    const { ask, join, addUser, pass } = await openRoutes(userRoutes)
    await join('anna', { displayName: 'Z', email: 'z@example.com', role: 'admin' })
    await addUser('zoe', { displayName: 'A', email: 'a@example.com' })
    pass(10)
    const { token } = await join('viewer', { displayName: 'M', permissions: ['UserView'] })
    const passive = { as: token, headers: { 'session-activity': 'passive' } }
    const { body } = await ask('GET', `users?${query}`, passive)
    expect(names(body)).toEqual(found)
    expect(body.total).toBe(found.length)
    // Each order goes on from where a page ended.
    const first = await ask('GET', `users?${query}&limit=1`, passive)
    expect(names(first.body)).toEqual(found.slice(0, 1))
    if (first.body.nextCursor === null) return
    const rest = await ask('GET', `users?${query}&cursor=${first.body.nextCursor}`, passive)
    expect(names(rest.body)).toEqual(found.slice(1))
  })

  test('only by what there is', async () => {
    const { ask, join } = await openRoutes(userRoutes)
    const { token } = await join('viewer', { permissions: ['UserView'] })
    for (const [query, field] of [
      ['sort=age', 'sort'],
      ['role=king', 'role'],
      ['active=1', 'active'],
      ['limit=0', 'limit'],
      ['cursor=x', 'cursor'],
      ['more=1', 'more'],
      [`search=${'s'.repeat(201)}`, 'search'],
    ])
      expect((await ask('GET', `users?${query}`, { as: token })).body).toMatchObject({
        code: 'invalid',
        errors: [{ field }],
      })
  })

  test('and shown one by one, to who may see them', async () => {
    const { ask, join } = await openRoutes(userRoutes)
    const viewer = await join('viewer', { permissions: ['UserView'] })
    const bob = await join('bob')
    const { status, body } = await ask('GET', `users/${bob.id}`, { as: viewer.token })
    expect(status).toBe(200)
    expect(body).toEqual({
      id: bob.id,
      username: 'bob',
      displayName: 'bob',
      email: '',
      role: 'member',
      permissions: [],
      disabled: false,
      sessions: { web: 1, token: 0, kubernetes: 0 },
      lastActivityAt: new Date(start).toISOString(),
    })
    expect(await ask('GET', 'users/nobody', { as: viewer.token })).toMatchObject({
      status: 404,
      body: { code: 'not-found', detail: 'There is no such person.' },
    })
    for (const path of ['users', `users/${viewer.id}`])
      expect(await ask('GET', path, { as: bob.token })).toMatchObject({
        status: 403,
        body: { permission: 'UserView' },
      })
  })
})

describe('A person is added', () => {
  test('with what is left out as nothing, and written down without the password', async () => {
    const { ask, join, told, hashed, users } = await openRoutes(userRoutes)
    const { token } = await join('owner', { role: 'owner' })
    await told()
    const { status, body } = await ask('POST', 'users', { as: token, body: { username: 'bob', password } })
    expect(status).toBe(201)
    const bob = {
      username: 'bob',
      displayName: 'bob',
      email: '',
      role: 'member',
      permissions: [],
      disabled: false,
    }
    expect(body).toEqual({
      ...bob,
      id: body.id,
      sessions: { web: 0, token: 0, kubernetes: 0 },
      lastActivityAt: null,
    })
    expect(await users.find(body.id)).toMatchObject({ username: 'bob', password: `hash of ${password}` })
    expect(hashed).toEqual([[password, ['bob', 'bob', '']]])
    expect(await told()).toEqual({
      audit: [{ actor: 'owner', action: 'user.add', target: `user:${body.id}`, after: bob }],
      events: [{ type: 'user-changed', data: { userId: body.id, change: 'added' } }],
    })
  })

  test('with everything that was said', async () => {
    const { ask, join, hashed } = await openRoutes(userRoutes)
    const { token } = await join('owner', { role: 'owner' })
    const said = {
      username: 'bob',
      displayName: 'Bob B',
      email: 'bob@example.com',
      role: 'admin',
      permissions: ['UserEdit'],
    }
    const { status, body } = await ask('POST', 'users', { as: token, body: { ...said, password } })
    expect(status).toBe(201)
    expect(body).toMatchObject(said)
    expect(hashed).toEqual([[password, ['bob', 'Bob B', 'bob@example.com']]])
  })

  test('but not with a name that somebody has, however it is spelled, nor with a weak password', async () => {
    const { ask, join, told } = await openRoutes(userRoutes)
    const { token } = await join('owner', { role: 'owner' })
    await told()
    const message = 'Somebody has this username already.'
    expect(await ask('POST', 'users', { as: token, body: { username: 'OWNER', password } })).toMatchObject({
      status: 409,
      body: { code: 'exists', detail: message, errors: [{ field: 'username', code: 'exists', message }] },
    })
    const weak = { username: 'bob', password: 'too weak by far' }
    expect(await ask('POST', 'users', { as: token, body: weak })).toMatchObject({
      status: 422,
      body: { code: 'invalid', errors: [{ field: 'password', code: 'too-weak' }] },
    })
    expect(await told()).toEqual({ audit: [], events: [] })
  })

  test.each([
    [{ username: 'a b' }, 'username', 'malformed'],
    [{ username: undefined }, 'username', 'required'],
    [{ displayName: '' }, 'displayName', 'too-short'],
    [{ email: 'nowhere' }, 'email', 'malformed'],
    [{ role: 'king' }, 'role', 'not-allowed'],
    [{ permissions: ['AdministerSystem'] }, 'permissions.0', 'not-allowed'],
    [{ password: 'short' }, 'password', 'too-short'],
    [{ password: undefined }, 'password', 'required'],
    [{ more: 1 }, 'more', 'unknown'],
  ])('nor with %j', async (more, field, code) => {
    const { ask, join } = await openRoutes(userRoutes)
    const { token } = await join('owner', { role: 'owner' })
    const body = { username: 'bob', password, ...more }
    expect((await ask('POST', 'users', { as: token, body })).body).toMatchObject({
      code: 'invalid',
      errors: [{ field, code }],
    })
  })

  test('only by who may, with a password typed lately and no token', async () => {
    const { ask, join, tokenOf, pass } = await openRoutes(userRoutes)
    const body = { username: 'bob', password }
    const viewer = await join('viewer', { permissions: ['UserView'] })
    expect(await ask('POST', 'users', { as: viewer.token, body })).toMatchObject({
      status: 403,
      body: { permission: 'UserEdit' },
    })
    const owner = await join('owner', { role: 'owner' })
    const { token } = await tokenOf(owner.user, 'read', 'policy', 'config', 'revoke', 'kubernetes')
    expect(await ask('POST', 'users', { as: token, body })).toMatchObject({
      status: 403,
      body: { permission: 'a web session' },
    })
    pass(600)
    expect(await ask('POST', 'users', { as: owner.token, body })).toMatchObject({
      status: 403,
      body: { code: 'fresh-sign-in-needed' },
    })
  })
})

/** Who asks; what they want, and of whom; the right that they would need for it. */
describe('Nobody gives more than they have, nor takes hold of somebody above them', () => {
  const people = {
    owner: { role: 'owner' },
    owner2: { role: 'owner' },
    admin: { role: 'admin' },
    admin2: { role: 'admin' },
    editor: { permissions: ['UserEdit'] },
    editor2: { permissions: ['UserEdit', 'UserView'] },
    steward: { permissions: ['AdministerSystem'] },
    plain: {},
  } as const
  type Name = keyof typeof people

  async function openRanks() {
    const opened = await openRoutes(userRoutes)
    const of = {} as Record<Name, Awaited<ReturnType<typeof opened.join>>>
    for (const name of Object.keys(people) as Name[]) of[name] = await opened.join(name, people[name])
    return { ...opened, of }
  }
  const more = 'This person has more rights than you.'
  const roles = 'Only an Owner or Admin may change roles.'
  const owners = 'Only an Owner may make or unmake an Owner.'
  const grants = 'Only an Owner or Admin may give permissions.'

  test.each([
    ['owner', {}, undefined, undefined],
    ['owner', { role: 'owner' }, undefined, undefined],
    ['owner', { role: 'member' }, undefined, undefined],
    ['admin', { role: 'admin', permissions: ['UserEdit'] }, undefined, undefined],
    ['admin', { role: 'owner' }, owners, 'Owner'],
    ['steward', { role: 'admin', permissions: ['UserView'] }, undefined, undefined],
    ['editor', {}, undefined, undefined],
    ['editor', { role: 'member' }, undefined, undefined],
    ['editor', { role: 'admin' }, roles, 'AdministerSystem'],
    ['editor', { role: 'owner' }, roles, 'AdministerSystem'],
    ['editor', { permissions: ['UserView'] }, grants, 'AdministerSystem'],
    ['editor', { permissions: [] }, undefined, undefined],
  ] as const)('%s adds somebody with %j', async (who, wanted, detail, permission) => {
    const { ask, of, hashed } = await openRanks()
    const answer = await ask('POST', 'users', {
      as: of[who].token,
      body: { username: 'new', password, ...wanted },
    })
    expect(answer.status).toBe(detail ? 403 : 201)
    if (!detail) return
    expect(answer.body).toMatchObject({ code: 'forbidden', detail, permission })
    expect(hashed).toEqual([])
  })

  test.each([
    ['owner', 'owner2', { displayName: 'X' }, undefined, undefined],
    ['owner', 'owner2', { role: 'admin' }, undefined, undefined],
    ['owner', 'plain', { role: 'owner' }, undefined, undefined],
    ['owner', 'admin', { role: 'member', permissions: ['UserView'] }, undefined, undefined],
    ['admin', 'owner', { displayName: 'X' }, more, 'Owner'],
    ['admin', 'admin2', { displayName: 'X' }, undefined, undefined],
    ['admin', 'admin2', { role: 'member' }, undefined, undefined],
    ['admin', 'plain', { role: 'admin', permissions: ['UserEdit'] }, undefined, undefined],
    ['admin', 'plain', { role: 'owner' }, owners, 'Owner'],
    ['steward', 'plain', { role: 'admin', permissions: ['UserView'] }, undefined, undefined],
    ['editor', 'owner', { displayName: 'X' }, more, 'Owner'],
    ['editor', 'admin', { displayName: 'X' }, more, 'Admin'],
    ['editor', 'editor2', { displayName: 'X' }, undefined, undefined],
    ['editor', 'plain', { email: 'x@example.com' }, undefined, undefined],
    ['editor', 'plain', { role: 'member' }, undefined, undefined],
    ['editor', 'plain', { role: 'admin' }, roles, 'AdministerSystem'],
    ['editor', 'plain', { permissions: ['UserView'] }, grants, 'AdministerSystem'],
    // What somebody has already is not given to them, and may be taken.
    ['editor', 'editor2', { permissions: ['UserEdit'] }, undefined, undefined],
    ['editor', 'editor', { permissions: ['UserEdit', 'UserView'] }, grants, 'AdministerSystem'],
  ] as const)('%s changes %s to %j', async (who, whom, change, detail, permission) => {
    const { ask, of, told } = await openRanks()
    await told()
    const answer = await ask('PATCH', `users/${of[whom].id}`, { as: of[who].token, body: change })
    expect(answer.status).toBe(detail ? 403 : 200)
    if (detail) {
      expect(answer.body).toMatchObject({ code: 'forbidden', detail, permission })
      expect(await told()).toEqual({ audit: [], events: [] })
    } else expect(answer.body).toMatchObject(change)
  })

  test('as they and the other are when it is stored', async () => {
    const { ask, of, users, journal, activity } = await openRanks()
    const before = activity.flush
    const once = (work: () => Promise<unknown>) => {
      Object.assign(activity, {
        flush: async () => {
          Object.assign(activity, { flush: before })
          await work()
          await before()
        },
      })
    }
    once(() => journal.write((transaction) => users.change(transaction, of.plain.user, { role: 'owner' })))
    expect(
      await ask('PATCH', `users/${of.plain.id}`, { as: of.admin.token, body: { displayName: 'X' } }),
    ).toMatchObject({ status: 403, body: { detail: more } })
    once(() =>
      journal.write(async (transaction) => {
        await transaction.deleteFrom('sessions').where('user_id', '=', of.editor2.id).execute()
        await transaction.deleteFrom('users').where('id', '=', of.editor2.id).execute()
      }),
    )
    expect(
      await ask('PATCH', `users/${of.editor2.id}`, { as: of.admin.token, body: { displayName: 'X' } }),
    ).toMatchObject({ status: 404, body: { detail: 'There is no such person.' } })
    // The caller too: an Admin who is a member by then gives nobody anything.
    once(() =>
      journal.write((transaction) =>
        users.change(transaction, of.admin.user, { role: 'member', permissions: ['UserEdit'] }),
      ),
    )
    expect(
      await ask('PATCH', `users/${of.editor.id}`, {
        as: of.admin.token,
        body: { permissions: ['UserEdit', 'UserView'] },
      }),
    ).toMatchObject({ status: 403, body: { detail: grants } })
  })

  test('also somebody who is added, once their password is hashed', async () => {
    let demote = async () => {}
    const { ask, join, users, journal, told } = await openRoutes(userRoutes, {
      change: ({ hashNewPassword }) => ({
        hashNewPassword: async (...given) => {
          await demote()
          return await hashNewPassword(...given)
        },
      }),
    })
    const admin = await join('admin', { role: 'admin' })
    await told()
    demote = () =>
      journal.write((transaction) =>
        users.change(transaction, admin.user, { role: 'member', permissions: ['UserEdit'] }),
      ) as Promise<never>
    const body = { username: 'new', password, role: 'admin' }
    expect(await ask('POST', 'users', { as: admin.token, body })).toMatchObject({
      status: 403,
      body: { detail: roles },
    })
    expect(await told()).toEqual({ audit: [], events: [] })
  })
})

describe('A person is changed', () => {
  const before = {
    username: 'bob',
    displayName: 'bob',
    email: '',
    role: 'member',
    permissions: [],
    disabled: false,
  }

  test('and what was before is written down, with why', async () => {
    const { ask, join, told, sessions, hashed } = await openRoutes(userRoutes)
    const owner = await join('owner', { role: 'owner' })
    const bob = await join('bob')
    await told()
    const change = { displayName: 'Bob B', email: 'b@example.com', role: 'admin', permissions: ['UserView'] }
    const { status, body } = await ask('PATCH', `users/${bob.id}`, {
      as: owner.token,
      body: { ...change, reason: 'promoted' },
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      ...before,
      ...change,
      id: bob.id,
      sessions: { web: 1, token: 0, kubernetes: 0 },
      lastActivityAt: new Date(start).toISOString(),
    })
    const news = await told()
    expect(news.audit).toEqual([
      {
        actor: 'owner',
        action: 'user.change',
        target: `user:${bob.id}`,
        before,
        after: { ...before, ...change, endedSessions: 0 },
        reason: 'promoted',
      },
    ])
    expect(news.events).toContainEqual({ type: 'user-changed', data: { userId: bob.id, change: 'changed' } })
    expect(news.events.filter(({ type }) => type === 'session-ended')).toEqual([])
    expect(await sessions.validate(bob.token)).toMatchObject({ state: 'running' })
    expect(hashed).toEqual([])
  })

  test('with a password: it is none of their names, and ends their sessions', async () => {
    const { ask, join, told, sessions, hashed, users } = await openRoutes(userRoutes)
    const owner = await join('owner', { role: 'owner' })
    const bob = await join('bob', { displayName: 'Bobby', email: 'old@example.com' })
    await told()
    const { status, body } = await ask('PATCH', `users/${bob.id}`, {
      as: owner.token,
      body: { password: 'another horse battery', displayName: 'Bob B', email: 'new@example.com' },
    })
    expect(status).toBe(200)
    expect(body.sessions).toEqual({ web: 0, token: 0, kubernetes: 0 })
    expect(hashed).toEqual([
      ['another horse battery', ['bob', 'Bobby', 'old@example.com', 'Bob B', 'new@example.com']],
    ])
    expect((await users.find(bob.id))?.password).toBe('hash of another horse battery')
    expect(await sessions.validate(bob.token)).toMatchObject({ state: 'ended', reason: 'revoked' })
    const { audit, events } = await told()
    expect(audit).toHaveLength(1)
    expect(audit[0]).toMatchObject({ after: { password: 'changed', endedSessions: 1 } })
    expect(JSON.stringify(audit)).not.toContain('horse')
    expect(events).toContainEqual({
      type: 'session-ended',
      data: { reason: 'revoked', sessions: [{ id: bob.session.id, userId: bob.id, kind: 'web' }] },
    })
  })

  test('one’s own password by this way ends one’s other sessions', async () => {
    const { ask, join, startSession, sessions } = await openRoutes(userRoutes)
    const { id, user, token } = await join('owner', { role: 'owner' })
    const other = await startSession(user, 'web')
    const body = { password: 'another horse battery' }
    expect((await ask('PATCH', `users/${id}`, { as: token, body })).status).toBe(200)
    expect(await sessions.validate(token)).toMatchObject({ state: 'running' })
    expect(await sessions.validate(other.token)).toMatchObject({ state: 'ended', reason: 'revoked' })
  })

  test('disabled: their sessions end, the one that asks too, and nothing comes alive with the account', async () => {
    const { ask, join, told, sessions, startSession } = await openRoutes(userRoutes)
    const owner = await join('owner', { role: 'owner' })
    const bob = await join('bob')
    const path = `users/${bob.id}`
    await told()
    const off = await ask('PATCH', path, { as: owner.token, body: { disabled: true } })
    expect(off).toMatchObject({ status: 200, body: { disabled: true } })
    expect(await sessions.validate(bob.token)).toMatchObject({ state: 'ended', reason: 'disabled' })
    const { audit, events } = await told()
    expect(audit).toEqual([
      {
        actor: 'owner',
        action: 'user.change',
        target: `user:${bob.id}`,
        before,
        after: { ...before, disabled: true, endedSessions: 1 },
      },
    ])
    expect(events).toContainEqual({
      type: 'session-ended',
      data: { reason: 'disabled', sessions: [{ id: bob.session.id, userId: bob.id, kind: 'web' }] },
    })
    // Begun in between, as a replica might.
    const meanwhile = await startSession(bob.user, 'web')
    const on = await ask('PATCH', path, { as: owner.token, body: { disabled: false } })
    expect(on).toMatchObject({ status: 200, body: { disabled: false } })
    expect(await sessions.validate(meanwhile.token)).toMatchObject({ state: 'ended', reason: 'disabled' })
    expect((await told()).audit).toMatchObject([{ after: { disabled: false, endedSessions: 1 } }])
    const again = await startSession(bob.user, 'web')
    expect((await ask('PATCH', path, { as: owner.token, body: { disabled: false } })).status).toBe(200)
    expect(await sessions.validate(again.token)).toMatchObject({ state: 'running' })

    const own = await join('admin', { role: 'admin' })
    await told()
    await ask('PATCH', `users/${own.id}`, { as: own.token, body: { disabled: true, password } })
    expect(await sessions.validate(own.token)).toMatchObject({ state: 'ended', reason: 'disabled' })
    expect((await told()).audit).toMatchObject([{ after: { disabled: true, endedSessions: 1 } }])
  })

  test('who has no session: nobody is told that one has ended', async () => {
    const { ask, join, addUser, told } = await openRoutes(userRoutes)
    const owner = await join('owner', { role: 'owner' })
    const { id } = await addUser('bob')
    await told()
    await ask('PATCH', `users/${id}`, { as: owner.token, body: { disabled: true } })
    const { events } = await told()
    expect(events).toEqual([{ type: 'user-changed', data: { userId: id, change: 'changed' } }])
  })

  test('while they are disabled: what has begun meanwhile ends with any change', async () => {
    const { ask, join, startSession, sessions } = await openRoutes(userRoutes)
    const owner = await join('owner', { role: 'owner' })
    const bob = await join('bob')
    await ask('PATCH', `users/${bob.id}`, { as: owner.token, body: { disabled: true } })
    const meanwhile = await startSession(bob.user, 'web')
    await ask('PATCH', `users/${bob.id}`, { as: owner.token, body: { displayName: 'B' } })
    expect(await sessions.validate(meanwhile.token)).toMatchObject({ state: 'ended', reason: 'disabled' })
  })

  test('activity that is held back is counted first', async () => {
    const { ask, join, pass, sessions } = await openRoutes(userRoutes)
    const owner = await join('owner', { role: 'owner' })
    const bob = await join('bob')
    pass(100)
    sessions.touch(bob.session)
    const { body } = await ask('PATCH', `users/${bob.id}`, { as: owner.token, body: { disabled: true } })
    expect(body.lastActivityAt).toBe(new Date(start + 100_000).toISOString())
  })

  test.each([
    [{ role: 'admin' }, 'role'],
    [{ disabled: true }, 'disabled'],
    [{ role: 'member', disabled: true }, 'disabled'],
    [{ role: 'owner' }, undefined],
    [{ displayName: 'X' }, undefined],
    [{ disabled: false }, undefined],
  ])('the last Owner stays one: %j', async (change, field) => {
    const { ask, join, users, journal } = await openRoutes(userRoutes)
    const owner = await join('owner', { role: 'owner' })
    // One who can't sign in is none.
    const former = await join('former', { role: 'owner' })
    await journal.write((transaction) => users.change(transaction, former.user, { disabled: true }))
    const answer = await ask('PATCH', `users/${owner.id}`, { as: owner.token, body: change })
    const message = 'The organisation needs at least one Owner who can sign in.'
    if (field === undefined) expect(answer.status).toBe(200)
    else
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'invalid', detail: message, errors: [{ field, code: 'last-owner', message }] },
      })
    // That other one may be demoted.
    const other = await ask('PATCH', `users/${former.id}`, { as: owner.token, body: { role: 'member' } })
    expect(other.status).toBe(200)
  })

  test('one of two Owners may go', async () => {
    const { ask, join } = await openRoutes(userRoutes)
    const owner = await join('owner', { role: 'owner' })
    const second = await join('second', { role: 'owner' })
    const answer = await ask('PATCH', `users/${second.id}`, { as: owner.token, body: { disabled: true } })
    expect(answer.status).toBe(200)
  })

  test('only if there is one, with what can be', async () => {
    const { ask, join } = await openRoutes(userRoutes)
    const { token, id } = await join('owner', { role: 'owner' })
    expect(await ask('PATCH', 'users/nobody', { as: token, body: {} })).toMatchObject({
      status: 404,
      body: { code: 'not-found', detail: 'There is no such person.' },
    })
    for (const [body, field, code] of [
      [{ displayName: '' }, 'displayName', 'too-short'],
      [{ email: 'nowhere' }, 'email', 'malformed'],
      [{ role: 'king' }, 'role', 'not-allowed'],
      [{ permissions: ['AdministerSystem'] }, 'permissions.0', 'not-allowed'],
      [{ disabled: 'yes' }, 'disabled', 'wrong-type'],
      [{ password: 'short' }, 'password', 'too-short'],
      [{ password: 'too weak by far' }, 'password', 'too-weak'],
      [{ reason: 'r'.repeat(501) }, 'reason', 'too-long'],
      [{ username: 'other' }, 'username', 'unknown'],
    ] as const)
      expect((await ask('PATCH', `users/${id}`, { as: token, body })).body).toMatchObject({
        code: 'invalid',
        errors: [{ field, code }],
      })
  })

  test.each([
    [{ password }, true],
    [{ role: 'member' }, true],
    [{ permissions: [] }, true],
    [{ disabled: false }, true],
    [{ disabled: true }, false],
    [{ displayName: 'X', email: '', reason: 'why' }, false],
  ])('with %j, whether a password must have been typed lately: %j', async (change, needed) => {
    const { ask, join, pass } = await openRoutes(userRoutes)
    const owner = await join('owner', { role: 'owner' })
    const bob = await join('bob')
    pass(600)
    const answer = await ask('PATCH', `users/${bob.id}`, { as: owner.token, body: change })
    if (needed) expect(answer).toMatchObject({ status: 403, body: { code: 'fresh-sign-in-needed' } })
    else expect(answer.status).toBe(200)
  })

  test('only by who may', async () => {
    const { ask, join, tokenOf } = await openRoutes(userRoutes)
    const viewer = await join('viewer', { permissions: ['UserView'] })
    const body = { displayName: 'X' }
    expect(await ask('PATCH', `users/${viewer.id}`, { as: viewer.token, body })).toMatchObject({
      status: 403,
      body: { permission: 'UserEdit' },
    })
    const owner = await join('owner', { role: 'owner' })
    const { token } = await tokenOf(owner.user, 'read', 'config')
    expect((await ask('PATCH', `users/${viewer.id}`, { as: token, body })).status).toBe(403)
  })
})
