import { describe, expect, test } from 'vitest'
import { recordRoutes } from '../../../../../service/http/routes/record-routes.ts'
import { start } from '../../store/world.ts'
import { openRoutes } from './open-routes.ts'

const at = (seconds: number) => new Date(start + seconds * 1000).toISOString()

async function openRecord(options: Parameters<typeof openRoutes>[1] = {}) {
  const opened = await openRoutes(recordRoutes, options)
  const { token: as, id, user } = await opened.join('anna', { role: 'owner' })
  const anna = opened.authorNamed('anna', id)
  return {
    ...opened,
    as,
    user,
    anna,
    /** Somebody does something. */
    act: async (action: string, by = anna) =>
      await by.write(async (_, record) =>
        record.audit({
          actor: by.actor,
          action,
          target: 'x',
          before: { a: 1 },
          after: { a: 2 },
          reason: 'why',
        }),
      ),
  }
}

describe('The audit trail', () => {
  test('is listed newest first, page by page, each record as it is stored', async () => {
    const { ask, as, act, pass, audit, seal, user } = await openRecord()
    await act('one')
    pass(1)
    await act('two')
    await act('three')
    const { status, body } = await ask('GET', 'audit', { as })
    expect(status).toBe(200)
    expect(body).toMatchObject({ nextCursor: null, total: 3, intact: true, key: seal.keys.currentId() })
    expect('broken' in body).toBe(false)
    const [, second, third] = await audit()
    expect(body.items.map(({ action }: { action: string }) => action)).toEqual(['three', 'two', 'one'])
    expect(body.items[0]).toEqual({
      seq: third?.seq,
      at: at(1),
      actorId: user.id,
      actor: 'anna',
      action: 'three',
      target: 'x',
      before: '{"a":1}',
      after: '{"a":2}',
      outcome: third?.outcome,
      reason: 'why',
      address: '192.0.2.7',
      previousHash: second?.hash,
      hash: third?.hash,
    })
    const first = await ask('GET', 'audit?limit=2', { as })
    expect([first.body.items.length, first.body.total]).toEqual([2, 3])
    const rest = await ask('GET', `audit?limit=2&cursor=${first.body.nextCursor}`, { as })
    expect(rest.body.items).toMatchObject([{ action: 'one', at: at(0) }])
  })

  test('is filtered by who, what and when', async () => {
    const { ask, as, act, pass, authorNamed, user } = await openRecord()
    const stranger = authorNamed('gone')
    await act('one')
    await act('one', stranger)
    pass(2)
    await act('two')
    const found = async (query: string) => {
      const { body } = await ask('GET', `audit?${query}`, { as })
      expect(body.total).toBe(body.items.length)
      return body.items.map(({ actor, action }: { actor: string; action: string }) => `${actor} ${action}`)
    }
    expect(await found('actor=ANNA')).toEqual(['anna two', 'anna one'])
    expect(await found(`actor=${user.id}`)).toEqual(['anna two', 'anna one'])
    expect(await found('actor=gone')).toEqual(['gone one'])
    expect(await found('actor=nobody')).toEqual([])
    expect(await found('action=one')).toEqual(['gone one', 'anna one'])
    expect(await found(`from=${at(2)}`)).toEqual(['anna two'])
    expect(await found(`from=${at(3)}`)).toEqual([])
    expect(await found('action=one&actor=anna')).toEqual(['anna one'])
    for (const [query, field] of [
      [`actor=${'a'.repeat(101)}`, 'actor'],
      [`action=${'a'.repeat(101)}`, 'action'],
      ['from=today', 'from'],
      ['cursor=x', 'cursor'],
      ['more=1', 'more'],
    ])
      expect((await ask('GET', `audit?${query}`, { as })).body).toMatchObject({
        code: 'invalid',
        errors: [{ field }],
      })
  })

  test('says where and why it is not whole', async () => {
    const { ask, as, act, database } = await openRecord()
    await act('one')
    await act('two')
    await database.write(async (transaction) => {
      await transaction.updateTable('audit').set({ target: 'y' }).where('action', '=', 'two').execute()
    }, 'lasting')
    const { body } = await ask('GET', 'audit', { as })
    expect(body).toMatchObject({ intact: false, broken: { at: 2, because: 'tampered' } })
    expect(await ask('POST', 'audit/acknowledge', { as, body: { reason: 'seen' } })).toMatchObject({
      status: 404,
      body: {
        code: 'not-found',
        detail: expect.stringMatching(
          /^The audit trail has been tampered with: record 2 .* That can’t be acknowledged\.$/,
        ),
      },
    })
  })

  test('that is whole has nothing to acknowledge', async () => {
    const { ask, as } = await openRecord()
    expect(await ask('POST', 'audit/acknowledge', { as, body: { reason: 'seen' } })).toMatchObject({
      status: 404,
      body: { code: 'not-found', detail: 'The audit trail is intact: there is nothing to acknowledge.' },
    })
    for (const [body, field, code] of [
      [{}, 'reason', 'required'],
      [{ reason: '' }, 'reason', 'too-short'],
      [{ reason: 'r'.repeat(501) }, 'reason', 'too-long'],
      [{ reason: 'x', more: 1 }, 'more', 'unknown'],
    ] as const)
      expect((await ask('POST', 'audit/acknowledge', { as, body })).body.errors).toMatchObject([
        { field, code },
      ])
  })

  test('is acknowledged with who has seen what, and why', async () => {
    const seen: unknown[] = []
    const { ask, as } = await openRecord({
      change: ({ audit }) => ({
        audit: {
          ...audit,
          acknowledge: async (author, reason) => {
            seen.push([author.actor.name, reason])
            return [3, 5]
          },
        },
      }),
    })
    const answer = await ask('POST', 'audit/acknowledge', { as, body: { reason: ' seen ' } })
    expect([answer.status, answer.body]).toEqual([200, { acknowledged: [3, 5] }])
    expect(seen).toEqual([['anna', 'seen']])
  })

  test('is exported as a file, line by line', async () => {
    const { ask, as, act, pass } = await openRecord()
    await act('one')
    pass(5)
    const { status, headers, body } = await ask('GET', 'audit/export', { as })
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="audit.ndjson"',
    })
    const lines = body
      .trim()
      .split('\n')
      .map((line: string) => JSON.parse(line))
    expect(JSON.stringify(lines[0])).toContain('abcdefghijklmno')
    expect(JSON.stringify(lines[0])).toContain(at(5))
    expect(lines[1]).toMatchObject({ action: 'one', actor: 'anna' })
    expect(lines).toHaveLength(3)
  })
})

test('Owners are told what they are to know, newest first, and only what they do not know already', async () => {
  const { ask, as, anna } = await openRecord()
  const after = { username: 'bob', role: 'admin', permissions: [], disabled: false }
  for (const role of ['admin', 'owner'])
    await anna.write(async (_, record) =>
      record.audit({ actor: anna.actor, action: 'user.add', target: 'user:7', after: { ...after, role } }),
    )
  const { status, body } = await ask('GET', 'notices', { as })
  expect(status).toBe(200)
  const person = { id: '7', username: 'bob' }
  expect(body).toEqual({
    items: [
      { id: 2, at: at(0), by: 'anna', what: 'owner-made', person },
      { id: 1, at: at(0), by: 'anna', what: 'admin-made', person },
    ],
  })
  expect((await ask('GET', 'notices?after=1', { as })).body.items).toMatchObject([{ id: 2 }])
  expect((await ask('GET', 'notices?after=2', { as })).body).toEqual({ items: [] })
  for (const query of ['after=-1', 'after=x', 'after=1.5', 'before=1'])
    expect(await ask('GET', `notices?${query}`, { as })).toMatchObject({ status: 422 })
})

test('Each is for who has the right, and nobody else', async () => {
  const { ask, join } = await openRecord()
  const bob = await join('bob', { role: 'member', permissions: ['UserEdit'] })
  const admin = await join('admin', { role: 'admin' })
  const body = { reason: 'x' }
  for (const [method, path, permission] of [
    ['GET', 'audit', 'AdministerSystem'],
    ['GET', 'audit/export', 'AdministerSystem'],
    ['GET', 'notices', 'Owner'],
    ['POST', 'audit/acknowledge', 'Owner'],
  ] as const) {
    const given = method === 'POST' ? { body } : {}
    expect((await ask(method, path, { as: bob.token, ...given })).body).toMatchObject({ permission })
    const { status } = await ask(method, path, { as: admin.token, ...given })
    expect(status).toBe(permission === 'Owner' ? 403 : 200)
  }
})

describe('Numbers', () => {
  test('are for this machine, without a word about a person', async () => {
    const { ask, user, startSession } = await openRecord()
    await startSession(user, 'token')
    for (const from of ['127.0.0.1', '::1']) {
      const { status, headers, body } = await ask('GET', '/metrics', { from })
      expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
      for (const line of [
        '# HELP curfew_sessions Running sessions.',
        'curfew_sessions{kind="web"} 1',
        'curfew_sessions{kind="token"} 1',
        'curfew_sessions{kind="kubernetes"} 0',
        '# HELP curfew_event_listeners Open event streams.',
        'curfew_event_listeners 0',
        '# HELP curfew_audit_intact 1 when the audit chain was whole when it was last verified.',
        'curfew_audit_intact 1',
      ])
        expect(body.split('\n')).toContain(line)
      expect(body).not.toContain('anna')
    }
  })

  test('are elsewhere for who may administer; reading them is nobody’s activity', async () => {
    const { ask, join, pass, as, activity, sessions } = await openRecord()
    expect(await ask('GET', '/metrics')).toMatchObject({ status: 401, body: { code: 'not-signed-in' } })
    const bob = await join('bob', { permissions: ['UserEdit'] })
    expect(await ask('GET', '/metrics', { as: bob.token })).toMatchObject({
      status: 403,
      body: { detail: 'You need the right AdministerSystem for this.', permission: 'AdministerSystem' },
    })
    pass(100)
    expect((await ask('GET', '/metrics', { as })).status).toBe(200)
    await activity.flush()
    const validation = await sessions.validate(as)
    if (validation.state !== 'running') throw new Error('It is running.')
    expect(sessions.present(validation.session).lastActivityAt).toBe(at(0))
  })

  test('say when the trail is not whole', async () => {
    const { ask } = await openRecord({
      change: ({ audit }) => ({
        audit: { ...audit, state: () => ({ intact: false, brokenAt: 1, because: 'tampered' }) },
      }),
    })
    expect((await ask('GET', '/metrics', { from: '127.0.0.1' })).body).toContain('curfew_audit_intact 0\n')
  })
})

describe('Whoever listens to events', () => {
  test.each([
    ['7', 7],
    ['0', 0],
    ['123456789012345', 123_456_789_012_345],
    ['1234567890123456', undefined],
    ['x7', undefined],
    ['7x', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('goes on after the last they had: %j', async (last, after) => {
    const opened: unknown[] = []
    const { ask, as, pass, sessions, activity } = await openRecord({
      change: ({ events }) => ({
        events: {
          ...events,
          open: async (caller, request, reply, from) => {
            opened.push([caller.holder.username, request.url, from])
            reply.hijack()
            reply.raw.end('here')
          },
        },
      }),
    })
    pass(100)
    const headers = last === undefined ? {} : { 'last-event-id': last }
    const { status, body } = await ask('GET', 'events', { as, headers })
    expect([status, body]).toEqual([200, 'here'])
    expect(opened).toEqual([['anna', '/api/v1/events', after]])
    // Listening is nobody's activity.
    await activity.flush()
    const validation = await sessions.validate(as)
    if (validation.state !== 'running') throw new Error('It is running.')
    expect(sessions.present(validation.session).lastActivityAt).toBe(at(0))
  })
})
