import { describe, expect, test } from 'vitest'
import { sessionRoutes } from '../../../../../service/http/routes/session-routes.ts'
import { openRoutes } from './open-routes.ts'

/** An administrator with a second session, Bob with two, Carl with none; who asks is the administrator or Bob. */
async function openMany() {
  const opened = await openRoutes(sessionRoutes)
  const { join, startSession, addUser, told, sessions } = opened
  const admin = await join('admin', { role: 'admin' })
  const bob = await join('bob')
  const of = {
    admin: admin.id,
    bob: bob.id,
    carl: (await addUser('carl')).id,
    nobody: 'nobody',
    adminNow: admin.session.id,
    adminLate: (await startSession(admin.user, 'web')).session.id,
    bobNow: bob.session.id,
    bobLate: (await startSession(bob.user, 'web')).session.id,
    none: 'none',
  }
  await told()
  type Name = keyof typeof of
  const nameOf = (id: string) => Object.entries(of).find(([, known]) => known === id)?.[0]
  return {
    ...opened,
    of,
    revoke: async (
      who: 'admin' | 'bob',
      users: readonly Name[] | undefined,
      named: readonly Name[] | undefined,
      more: object = {},
    ) => {
      const answer = await opened.ask('POST', 'sessions/revoke', {
        as: { admin, bob }[who].token,
        body: {
          ...(users && { userIds: users.map((name) => of[name]) }),
          ...(named && { sessionIds: named.map((name) => of[name]) }),
          reason: 'why',
          ...more,
        },
      })
      const running: string[] = []
      for (const name of ['adminNow', 'adminLate', 'bobNow', 'bobLate'] as const)
        if ((await sessions.recheck(of[name])).state === 'running') running.push(name)
      return {
        status: answer.status,
        results: answer.body.results?.map((one: { id: string; outcome: string; revoked: number }) =>
          [nameOf(one.id), one.outcome, one.revoked].join(' '),
        ),
        running,
      }
    },
  }
}

describe('Many sessions are revoked in one call, and each id is answered in the order sent, people first', () => {
  test.each([
    ['admin', ['bob'], undefined, {}, ['bob revoked 2'], ['adminNow', 'adminLate']],
    [
      'admin',
      ['carl', 'bob', 'nobody'],
      [],
      {},
      ['carl gone 0', 'bob revoked 2', 'nobody gone 0'],
      ['adminNow', 'adminLate'],
    ],
    [
      'admin',
      undefined,
      ['bobLate', 'none'],
      {},
      ['bobLate revoked 1', 'none gone 0'],
      ['adminNow', 'adminLate', 'bobNow'],
    ],
    // An id whose person is named too is still reported as revoked.
    ['admin', ['bob'], ['bobLate'], {}, ['bob revoked 1', 'bobLate revoked 1'], ['adminNow', 'adminLate']],
    // One's own stays, unless it is said otherwise.
    ['admin', ['admin'], undefined, {}, ['admin revoked 1'], ['adminNow', 'bobNow', 'bobLate']],
    ['admin', ['admin'], undefined, { keepCurrent: false }, ['admin revoked 2'], ['bobNow', 'bobLate']],
    ['admin', ['admin', 'bob'], undefined, { keepCurrent: false }, ['admin revoked 2', 'bob revoked 2'], []],
    [
      'admin',
      undefined,
      ['adminNow'],
      {},
      ['adminNow forbidden 0'],
      ['adminNow', 'adminLate', 'bobNow', 'bobLate'],
    ],
    [
      'admin',
      undefined,
      ['adminNow', 'bobNow'],
      { keepCurrent: false },
      ['adminNow revoked 1', 'bobNow revoked 1'],
      ['adminLate', 'bobLate'],
    ],
    [
      'admin',
      ['admin'],
      ['adminNow'],
      { keepCurrent: false },
      ['admin revoked 1', 'adminNow revoked 1'],
      ['bobNow', 'bobLate'],
    ],
    [
      'admin',
      ['bob'],
      ['adminNow'],
      {},
      ['bob revoked 2', 'adminNow forbidden 0'],
      ['adminNow', 'adminLate'],
    ],
    ['admin', ['bob'], undefined, { keepCurrent: false }, ['bob revoked 2'], ['adminNow', 'adminLate']],
    // Who has no right may name their own, and nobody else's.
    [
      'bob',
      ['admin', 'bob'],
      undefined,
      {},
      ['admin forbidden 0', 'bob revoked 1'],
      ['adminNow', 'adminLate', 'bobNow'],
    ],
    [
      'bob',
      undefined,
      ['adminLate', 'bobLate', 'none'],
      {},
      ['adminLate forbidden 0', 'bobLate revoked 1', 'none forbidden 0'],
      ['adminNow', 'adminLate', 'bobNow'],
    ],
    [
      'bob',
      ['bob'],
      ['adminNow'],
      { keepCurrent: false },
      ['bob revoked 2', 'adminNow forbidden 0'],
      ['adminNow', 'adminLate'],
    ],
    [
      'bob',
      undefined,
      ['bobNow'],
      { keepCurrent: false },
      ['bobNow revoked 1'],
      ['adminNow', 'adminLate', 'bobLate'],
    ],
    [
      'bob',
      undefined,
      ['bobNow'],
      {},
      ['bobNow forbidden 0'],
      ['adminNow', 'adminLate', 'bobNow', 'bobLate'],
    ],
  ] as const)('%s names %j and %j with %j', async (who, users, named, more, results, running) => {
    const { revoke } = await openMany()
    expect(await revoke(who, users, named, more)).toEqual({ status: 200, results, running })
  })

  test('and written down with who did it, and why', async () => {
    const { revoke, told } = await openMany()
    await revoke('admin', ['bob'], ['adminLate'])
    const { audit, events } = await told()
    expect(audit.length).toBeGreaterThan(0)
    for (const row of audit)
      expect(row).toMatchObject({ actor: 'admin', action: 'session.revoke', reason: 'why' })
    expect(events.map(({ type }) => type)).toEqual(audit.map(() => 'session-ended'))
    for (const { data } of events) expect(data).toMatchObject({ reason: 'revoked' })
  })

  test('somebody who loses the right meanwhile revokes nobody', async () => {
    const { of, ask, users, journal, sessions, startSession } = await openMany()
    const user = await users.find(of.admin)
    if (!user) throw new Error('There is no admin.')
    const token = await startSession(user, 'token', { scopes: ['revoke'] })
    const readOnly = await startSession(user, 'token', { scopes: ['read'] })
    const body = { userIds: [of.bob], reason: '' }
    expect((await ask('POST', 'sessions/revoke', { as: readOnly.token, body })).status).toBe(403)
    const idsOf = sessions.endOfUsers
    Object.assign(sessions, {
      endOfUsers: async (...given: Parameters<typeof idsOf>) => {
        await journal.write((transaction) => users.change(transaction, user, { role: 'member' }))
        return await idsOf(...given)
      },
    })
    expect(await ask('POST', 'sessions/revoke', { as: token.token, body })).toMatchObject({
      status: 403,
      body: { permission: 'UserEdit' },
    })
    expect(await sessions.recheck(of.bobNow)).toMatchObject({ state: 'running' })
  })

  test('a token for it may, and it needs no fresh sign-in', async () => {
    const { of, ask, users, startSession, pass } = await openMany()
    const user = await users.find(of.admin)
    if (!user) throw new Error('There is no admin.')
    const token = await startSession(user, 'token', { scopes: ['revoke'] })
    const stale = await startSession(user, 'web')
    pass(700)
    for (const { token: as } of [token, stale])
      expect(
        (await ask('POST', 'sessions/revoke', { as, body: { userIds: [of.carl], reason: '' } })).status,
      ).toBe(200)
  })
})

const many = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`)

describe('What names too little or too much is refused', () => {
  test.each([
    [{ reason: 'why' }, '', 'required', 'Name people or sessions.'],
    [{ userIds: [] }, 'reason', 'required', undefined],
    [{ userIds: many(10_001), reason: '' }, 'userIds', 'too-long', undefined],
    [{ sessionIds: many(10_001), reason: '' }, 'sessionIds', 'too-long', undefined],
    [
      { userIds: many(5_000), sessionIds: many(5_001), reason: '' },
      '',
      'too-long',
      'At most 10 000 ids in one call.',
    ],
    [{ userIds: [''], reason: '' }, 'userIds.0', 'too-short', undefined],
    [{ userIds: ['i'.repeat(101)], reason: '' }, 'userIds.0', 'too-long', undefined],
    [{ sessionIds: [''], reason: '' }, 'sessionIds.0', 'too-short', undefined],
    [{ sessionIds: ['i'.repeat(101)], reason: '' }, 'sessionIds.0', 'too-long', undefined],
    [{ userIds: [], reason: '', keepCurrent: 'no' }, 'keepCurrent', 'wrong-type', undefined],
    [{ userIds: [], reason: '', more: 1 }, 'more', 'unknown', undefined],
  ])('case %#', async (body, field, code, message) => {
    const { ask, join } = await openRoutes(sessionRoutes)
    const { token } = await join('admin', { role: 'admin' })
    const answer = await ask('POST', 'sessions/revoke', { as: token, body })
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid', errors: [{ field, code }] } })
    if (message) expect(answer.body.errors[0].message).toBe(message)
  })

  test('but not ten thousand ids in all', async () => {
    const { ask, join } = await openRoutes(sessionRoutes)
    const { token } = await join('bob')
    const body = { userIds: many(5_000), sessionIds: many(5_000), reason: '' }
    expect((await ask('POST', 'sessions/revoke', { as: token, body })).body.results).toHaveLength(10_000)
  })
})
