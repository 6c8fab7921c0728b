import { describe, expect, test } from 'vitest'
import type { Standing } from '../../../../domain/user.ts'
import { capabilitiesOf } from '../../../../main/connectors/connector.ts'
import { meOf } from '../../../../main/connectors/session-service/me.ts'
import { sessionService } from '../../../../main/connectors/session-service/session-service.ts'
import {
  ann,
  fakeSessionService as build,
  credential,
  inWords,
  refuse,
  say,
  server,
} from '../../../support/fake-session-service.ts'

const then = '2026-01-01T12:00:00.000Z'

describe('the session service, before anybody is signed in', () => {
  test('C1: is asked who it is without a word of the credential, and answers with its own id', async () => {
    const { target, requests } = build()
    expect(await sessionService.probe(target)).toEqual({
      ok: true,
      value: { name: 'Test', version: '1', id: 'server-1' },
    })
    expect(requests.map(({ what, headers, body }) => ({ what, headers, body }))).toEqual([
      { what: 'GET /server', headers: { accept: 'application/json' }, body: undefined },
    ])
    expect(sessionService.id).toBe('session-service')
  })

  test('C1: one that has no id yet is known by none', async () => {
    const { target } = build({ 'GET /server': () => say({ ...server, instanceId: undefined }) })
    expect(await sessionService.probe(target)).toEqual({ ok: true, value: { name: 'Test', version: '1' } })
  })

  test.each([
    ['another id', { ...server, instanceId: 'server-2' }],
    ['no id', { ...server, instanceId: undefined }],
  ])('C1: a server with %s than the one that was added is sent no password', async (_, other) => {
    const { target, sent } = build({ 'GET /server': () => say(other) })
    const known = { ...target, serverId: 'server-1' }
    expect(await sessionService.connect(known, { credential })).toEqual({
      ok: false,
      problem: {
        code: 'another-server',
        message:
          'Another server answers at sessions.example.com than the one that was added. Curfew sent it no password.',
      },
    })
    expect(sent()).toEqual([['GET /server']])
    expect(await sessionService.connect({ ...target, serverId: 'server-2' }, { credential })).toMatchObject({
      ok: other.instanceId === 'server-2',
    })
  })

  test.each([
    ['a page', () => new Response('<h1>Hello</h1>'), 'not-this-product'],
    ['JSON of something else', () => say({ hello: 1 }), 'not-this-product'],
    ['a fault', () => say(server, 500), 'gateway'],
    ['a refusal of its own', () => refuse('unavailable', 503), 'server-error'],
  ])('C2: what answers %s is not signed in to', async (_, answer, code) => {
    const { target, sent } = build({ 'GET /server': answer })
    expect(await sessionService.connect(target, { credential })).toMatchObject({ problem: { code } })
    expect(sent()).toEqual([['GET /server']])
  })

  test('C1: signs in with the name and the password, remembered nowhere, and says what it is', async () => {
    const { target, sent, requests } = build()
    const connected = await sessionService.connect(target, { credential })
    expect(sent()).toEqual([
      ['GET /server'],
      [
        'POST /sign-in',
        {
          username: 'ann',
          password: 'secret',
          rememberMe: false,
          client: { name: 'Curfew', kind: 'desktop' },
        },
      ],
    ])
    expect(requests[1]?.headers).toEqual({ accept: 'application/json', 'content-type': 'application/json' })
    expect(connected).toMatchObject({
      value: {
        server: { name: 'Test', version: '1', id: 'server-1' },
        me: meOf({ ...ann, permissions: [] }),
      },
    })
  })

  test('C1: takes a password and nothing else, and is sent nothing else', async () => {
    const { target, sent } = build()
    const key = { kind: 'api-key', account: '', secret: 'key' } as const
    expect(await sessionService.connect(target, { credential: key })).toEqual({
      ok: false,
      problem: { code: 'unsupported', message: 'The session service takes a user name and a password.' },
    })
    expect(sent()).toEqual([['GET /server']])
  })

  test.each([
    ['invalid-credentials', 401, 'invalid-credentials', 'The user name or the password is wrong.'],
    [
      'throttled',
      429,
      'throttled',
      'The server wants a pause after several attempts. Try again in a moment.',
    ],
  ])('C2: a sign-in that is refused as “%s” is no sign-in', async (code, status, problem, message) => {
    const { target } = build({ 'POST /sign-in': () => refuse(code, status) })
    expect(await sessionService.connect(target, { credential })).toEqual({
      ok: false,
      problem: { code: problem, message },
    })
  })

  test.each([
    ['with another status', () => say({ token: 'token-1', user: ann }, 200), 'gateway'],
    ['with a page', () => new Response('<h1>Hello</h1>', { status: 201 }), 'gateway'],
    ['without a token', () => say({ user: ann }, 201), 'server-error'],
  ])('C2: a sign-in that is answered %s is no sign-in', async (_, answer, code) => {
    const { target } = build({ 'POST /sign-in': answer })
    expect(await sessionService.connect(target, { credential })).toMatchObject({ problem: { code } })
  })

  test('C2: silence is said to be silence, at the first step and at the second', async () => {
    const gone = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }))
    for (const path of ['GET /server', 'POST /sign-in']) {
      const { target } = build({ [path]: gone })
      expect(await sessionService.connect(target, { credential })).toMatchObject({
        problem: { code: 'unreachable' },
      })
    }
  })
})

describe('what a server claims, Curfew offers', () => {
  test.each([
    [[], []],
    [['policy'], ['policy.read', 'policy.write']],
    [['policy-preview'], []],
    [
      ['policy', 'policy-preview'],
      ['policy.read', 'policy.write', 'policy.preview'],
    ],
    [['config'], ['config.read', 'config.write']],
    [['config-preview'], []],
    [
      ['config', 'config-preview'],
      ['config.read', 'config.write', 'config.preview'],
    ],
    [['users'], ['users.list']],
    [['sessions'], ['sessions.list']],
    [['revoke-many'], []],
    [
      ['sessions', 'revoke-many'],
      ['sessions.list', 'sessions.revoke-one', 'sessions.revoke-user'],
    ],
  ])('of %j it is %j', async (claimed, offered) => {
    const { connect } = build({ 'GET /server': () => say({ ...server, capabilities: claimed }) })
    expect(capabilitiesOf(await connect())).toEqual(offered)
  })
})

/** Who, and the rights that are theirs. Written by hand. */
test.each<[Standing, readonly string[]]>([
  [
    { role: 'owner', permissions: [] },
    [
      'policy.read',
      'policy.write',
      'config.read',
      'config.write',
      'users.view',
      'users.edit',
      'sessions.revoke',
    ],
  ],
  [
    { role: 'admin', permissions: [] },
    [
      'policy.read',
      'policy.write',
      'config.read',
      'config.write',
      'users.view',
      'users.edit',
      'sessions.revoke',
    ],
  ],
  [{ role: 'member', permissions: [] }, []],
  [{ role: 'member', permissions: ['UserView'] }, ['users.view']],
  [{ role: 'member', permissions: ['UserEdit'] }, ['users.view', 'users.edit', 'sessions.revoke']],
  [
    { role: 'member', permissions: ['AdministerSystem'] },
    ['config.read', 'config.write', 'users.view', 'users.edit', 'sessions.revoke'],
  ],
])('K1, O4: the rights of %j are %j', (who, rights) => {
  const me = meOf({ ...ann, role: who.role, permissions: [...who.permissions] })
  expect(me).toEqual({
    userId: 'u1',
    username: 'ann',
    displayName: 'Ann',
    role: { owner: 'Owner', admin: 'Admin', member: 'Member' }[who.role],
    rights: Object.fromEntries(rights.map((right) => [right, 'held'])),
  })
})

describe('people and their sessions', () => {
  const page = { items: [ann], nextCursor: null, total: 1 }
  const shortList = 'GET /users?limit=7&sort=displayName'

  test('people are asked for with what was typed, and with nothing that was not', async () => {
    const long = `${shortList}&search=ann+lee&role=owner&active=true&cursor=next`
    const { connect, sent, requests } = build({ [shortList]: () => say(page), [long]: () => say(page) })
    const { users } = await connect()
    expect(await users?.list({ search: '', active: false, limit: 7 })).toEqual({
      ok: true,
      value: { ...page, items: [inWords] },
    })
    await users?.list({ search: 'ann lee', role: 'owner', active: true, cursor: 'next', limit: 7 })
    expect(sent()).toEqual([[shortList], [long]])
    expect(requests[0]?.headers).toEqual({ accept: 'application/json', authorization: 'Bearer token-1' })
    expect(users?.roles).toEqual([
      { id: 'owner', people: 'Owners' },
      { id: 'admin', people: 'Admins' },
      { id: 'member', people: 'Members' },
    ])
  })

  test('one of them is asked for by an id that can’t leave its place, and answered in words', async () => {
    const path = 'GET /users/..%2Fserver%3Fa'
    const { connect, sent } = build({ [path]: () => say(ann) })
    const { users } = await connect()
    expect(await users?.read('../server?a')).toEqual({ ok: true, value: inWords })
    expect(sent()).toEqual([[path]])
  })

  test('sessions are read page by page, each with the cursor of the one before', async () => {
    const session = {
      id: 's1',
      userId: 'u/1',
      kind: 'web',
      createdAt: then,
      lastActivityAt: null,
      remembered: false,
      client: 'Chromium',
      address: '192.0.2.1',
      endsAt: null,
      endsBecause: null,
      current: false,
    }
    const paths = [
      'GET /users/u%2F1/sessions?limit=500',
      'GET /users/u%2F1/sessions?limit=500&cursor=two',
    ] as const
    const { connect, sent } = build({
      [paths[0]]: () => say({ items: [session], nextCursor: 'two', total: 2, serverTime: then }),
      [paths[1]]: () =>
        say({ items: [{ ...session, id: 's2' }], nextCursor: null, total: 2, serverTime: then }),
    })
    const { sessions } = await connect()
    const read = await sessions?.ofUser?.('u/1')
    expect(read?.ok && read.value.items.map(({ id }) => id)).toEqual(['s1', 's2'])
    expect(sent()).toEqual(paths.map((path) => [path]))
  })

  test('what is read while the admin is away says so, and what is only a check always does', async () => {
    const { connect, requests, adminLeaves } = build({
      [shortList]: () => say(page),
      'GET /users/u1': () => say(ann),
      'GET /users/u1/sessions?limit=500': () =>
        say({ items: [], nextCursor: null, total: 0, serverTime: then }),
      'GET /me': () => say(ann),
    })
    const connection = await connect()
    const readAll = async () => {
      requests.length = 0
      await connection.users?.list({ search: '', active: false, limit: 7 })
      await connection.users?.read('u1')
      await connection.sessions?.ofUser?.('u1')
      expect(await connection.check()).toEqual({ ok: true, value: undefined })
      return requests.map(({ headers }) => headers['Session-Activity'])
    }
    expect(await readAll()).toEqual([undefined, undefined, undefined, 'passive'])
    adminLeaves()
    expect(await readAll()).toEqual(['passive', 'passive', 'passive', 'passive'])
  })

  test('what the server refuses, or says otherwise than promised, is said', async () => {
    const { connect } = build({
      [shortList]: () => refuse('forbidden', 403, { detail: 'Not for you.', permission: 'UserView' }),
      'GET /users/u1': () => say({ hello: 1 }),
      'GET /me': () => refuse('session-ended', 401, { reason: 'revoked' }),
    })
    const { users, check } = await connect()
    expect(await users?.list({ search: '', active: false, limit: 7 })).toMatchObject({
      problem: { code: 'refused', message: 'Not for you.', permission: 'UserView' },
    })
    expect(await users?.read('u1')).toEqual({
      ok: false,
      problem: {
        code: 'server-error',
        message:
          'The answer of sessions.example.com was not what its version promises. It may be newer or older than Curfew knows.',
      },
    })
    expect(await check()).toMatchObject({
      problem: { code: 'sign-in-needed', message: 'Curfew’s session on this server was revoked.' },
    })
  })
})
