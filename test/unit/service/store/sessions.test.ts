import { describe, expect, test } from 'vitest'
import type { SessionKind } from '../../../../domain/session.ts'
import { hashToken } from '../../../../service/secrets.ts'
import type { Validation } from '../../../../service/store/session-validation.ts'
import { openWorld, start, type World } from './world.ts'

const kinds: readonly SessionKind[] = ['web', 'token', 'kubernetes']
const said = async (validation: Validation | Promise<Validation>) => {
  const known = await validation
  return known.state === 'ended' ? known.reason : known.state
}
/** Sessions end after an hour idle, after a day at the latest, tokens and Kubernetes sessions after an hour. */
async function openSessions(more: Parameters<typeof openWorld>[0] = {}) {
  const world = await openWorld(more)
  await world.setPolicy(3_600, 86_400)
  world.heard.length = 0
  const anna = await world.addUser('anna', { permissions: ['UserView'], email: 'anna@example.org' })
  const bea = await world.addUser('bea', { displayName: 'Bea B.', role: 'admin' })
  return { ...world, anna, bea }
}
const act = ({ owner }: World, because: 'revoked' | 'signed-out' = 'revoked') => ({
  author: owner,
  because,
  reason: 'why',
})

describe('A new session', () => {
  test('is stored with everything that is known of it, and its token only as a hash', async () => {
    const { startSession, storedSession, anna, users, pass, database } = await openSessions()
    pass(5)
    const { token, session } = await startSession(anna, 'token', {
      client: 'ci',
      address: '192.0.2.1',
      scopes: ['read', 'revoke'],
      parentId: 'parent',
    })
    const hashed = hashToken(token)
    expect(session).toEqual({
      id: hashed?.id,
      user_id: anna.id,
      kind: 'token',
      created_at: start + 5_000,
      last_activity_at: start + 5_000,
      remembered: 0,
      client: 'ci',
      address: '192.0.2.1',
      confirmed_at: null,
      scopes: 'read revoke',
      parent_id: 'parent',
    })
    expect(await storedSession(session.id)).toEqual({
      ...session,
      token_hash: hashed?.hash,
      ended_at: null,
      end_reason: null,
    })
    expect((await users.find(anna.id))?.last_activity_at).toBe(start + 5_000)
    const everybody = await database.read.selectFrom('users').select('last_activity_at').execute()
    expect(everybody.filter(({ last_activity_at }) => last_activity_at === null)).toHaveLength(1)
    const web = await startSession(anna, 'web', { remembered: true, confirmed: true })
    expect(web.session).toMatchObject({
      remembered: 1,
      confirmed_at: start + 5_000,
      scopes: '',
      parent_id: null,
    })
  })

  test('that is signed has no token, and an id of its own', async () => {
    const { journal, sessions, storedSession, anna } = await openSessions()
    const about = { userId: anna.id, kind: 'kubernetes', remembered: false, client: '', address: '' } as const
    const make = () =>
      journal.write((transaction, record) => sessions.startSigned(transaction, record, about))
    const [one, other] = [await make(), await make()]
    expect(one.id).not.toBe(other.id)
    expect((await storedSession(one.id))?.token_hash).toBeNull()
    expect(await said(sessions.validateById(one.id))).toBe('running')
  })

  test('is confirmed when its holder types their password again', async () => {
    const { journal, sessions, storedSession, startSession, anna, pass } = await openSessions()
    const [one, other] = [await startSession(anna, 'web'), await startSession(anna, 'web')]
    pass(7)
    await journal.write((transaction) => sessions.confirm(transaction, one.session.id))
    expect((await storedSession(one.session.id))?.confirmed_at).toBe(start + 7_000)
    expect((await storedSession(other.session.id))?.confirmed_at).toBeNull()
  })

  test('is shown as the wire has it, with its newest activity and its end by the limits of now', async () => {
    const { sessions, startSession, anna, pass, setPolicy } = await openSessions()
    const web = (await startSession(anna, 'web', { remembered: true })).session
    const token = (await startSession(anna, 'token', { scopes: ['policy'] })).session
    pass(60)
    sessions.touch(web)
    expect(sessions.present(web, web.id)).toEqual({
      id: web.id,
      userId: anna.id,
      kind: 'web',
      createdAt: '2026-05-04T09:00:00.000Z',
      lastActivityAt: '2026-05-04T09:01:00.000Z',
      remembered: true,
      client: 'test',
      address: '192.0.2.8',
      endsAt: '2026-05-04T10:01:00.000Z',
      endsBecause: 'idle',
      current: true,
    })
    expect(sessions.present(token, web.id)).toMatchObject({
      scopes: ['policy'],
      endsAt: '2026-05-04T10:00:00.000Z',
      endsBecause: 'expired',
      current: false,
    })
    await setPolicy(undefined, 7_200, false)
    expect(sessions.present(web)).toMatchObject({
      remembered: false,
      endsAt: '2026-05-04T11:00:00.000Z',
      endsBecause: 'maximum',
      current: false,
    })
  })
})

describe('O5: whether a session is running', () => {
  test('is said of the token alone that proves it, with its holder', async () => {
    const { sessions, startSession, anna } = await openSessions()
    const { token, session } = await startSession(anna, 'web')
    expect(await sessions.validate(token)).toEqual({
      state: 'running',
      session,
      holder: {
        id: anna.id,
        username: 'anna',
        displayName: 'anna',
        email: 'anna@example.org',
        role: 'member',
        permissions: ['UserView'],
      },
    })
    for (const other of ['', 'x', token.slice(0, -1), `cfs_${'x'.repeat(43)}`])
      expect(await said(sessions.validate(other))).toBe('unknown')
    // Twice, so that it is known by then: an id does not prove what a token proves, nor the other way round.
    for (let time = 0; time < 2; time++) {
      expect(await said(sessions.validateById(session.id))).toBe('unknown')
      expect(await said(sessions.recheck(session.id))).toBe('running')
      expect(await said(sessions.validate(token))).toBe('running')
    }
    expect(await said(sessions.validateById('nobody'))).toBe('unknown')
    expect(await said(sessions.recheck('nobody'))).toBe('unknown')
  })

  test('a token that shares its id with another has to be that very token', async () => {
    const { sessions, startSession, anna, database } = await openSessions()
    const { token, session } = await startSession(anna, 'web')
    const { hash } = hashToken(token) ?? { hash: '' }
    await database.write((db) =>
      db
        .updateTable('sessions')
        .set({ token_hash: `${hash.slice(0, -1)}_` })
        .where('id', '=', session.id)
        .execute(),
    )
    expect(await said(sessions.validate(token))).toBe('unknown')
  })

  test('a signed one is proved by its id, and by no token', async () => {
    const { journal, sessions, startSession, anna } = await openSessions()
    const { token } = await startSession(anna, 'kubernetes')
    const about = { userId: anna.id, kind: 'kubernetes', remembered: false, client: '', address: '' } as const
    const signed = await journal.write((db, record) => sessions.startSigned(db, record, about))
    for (let time = 0; time < 2; time++) {
      expect(await said(sessions.validateById(signed.id))).toBe('running')
      expect(await said(sessions.validateById(hashToken(token)?.id ?? ''))).toBe('unknown')
    }
  })

  for (const isKnown of [false, true])
    test(`is judged by the limits of now and the newest activity, ${isKnown ? 'once known' : 'at first'} too`, async () => {
      const { sessions, startSession, anna, pass, setPolicy } = await openSessions()
      const { token, session } = await startSession(anna, 'web')
      const api = await startSession(anna, 'token')
      if (isKnown) await Promise.all([sessions.validate(token), sessions.validate(api.token)])
      pass(3_599)
      if (isKnown) expect(await said(sessions.validate(token))).toBe('running')
      sessions.touch(session)
      pass(1)
      expect(await said(sessions.validate(api.token))).toBe('expired')
      expect(await said(sessions.validate(token))).toBe('running')
      pass(3_598)
      expect(await said(sessions.validate(token))).toBe('running')
      pass(1)
      expect(await said(sessions.validate(token))).toBe('idle')
      await setPolicy(3_600, 172_800)
      expect(await said(sessions.validate(token))).toBe('idle')
      const other = await startSession(anna, 'web', { remembered: true })
      if (isKnown) await sessions.validate(other.token)
      await setPolicy(undefined, 3_600)
      expect(await said(sessions.validate(other.token))).toBe('running')
      pass(3_600)
      expect(await said(sessions.validate(other.token))).toBe('maximum')
    })

  test('O1, O2: an inactive session ends, and a remembered one is spared where the policy says so', async () => {
    const { sessions, startSession, anna, pass, setPolicy } = await openSessions()
    await setPolicy(3_600, 86_400, true, false)
    const [ordinary, remembered] = [
      await startSession(anna, 'web'),
      await startSession(anna, 'web', { remembered: true }),
    ]
    pass(3_600)
    expect(await said(sessions.validate(ordinary.token))).toBe('idle')
    expect(await said(sessions.validate(remembered.token))).toBe('running')
    expect(sessions.present(ordinary.session).remembered).toBe(false)
  })

  test('an activity that came late takes nothing back', async () => {
    const { sessions, startSession, anna, pass } = await openSessions()
    const { token, session } = await startSession(anna, 'web')
    await sessions.validate(token)
    pass(3_000)
    sessions.touch(session)
    pass(-2_000)
    sessions.touch(session)
    pass(5_500)
    expect(await said(sessions.validate(token))).toBe('running')
  })

  for (const isKnown of [false, true])
    test(`is taken at once by whoever ends it, ${isKnown ? 'once known' : 'at first'} too`, async () => {
      const world = await openSessions()
      const { sessions, startSession, anna, journal, users } = world
      const [one, two, three] = [
        await startSession(anna, 'web'),
        await startSession(anna, 'web'),
        await startSession(anna, 'web'),
      ]
      if (isKnown) for (const { token } of [one, two, three]) await sessions.validate(token)
      await sessions.endByIds(act(world), [one.session.id])
      expect(await said(sessions.validate(one.token))).toBe('revoked')
      await sessions.endByIds(act(world, 'signed-out'), [two.session.id])
      expect(await said(sessions.validate(two.token))).toBe('signed-out')
      expect(await said(sessions.validate(three.token))).toBe('running')
      await journal.write(async (transaction, record) => {
        await users.change(transaction, anna, { disabled: true })
        record.event({ type: 'user-changed', data: { userId: anna.id, change: 'changed' } })
      })
      expect(await said(sessions.validate(three.token))).toBe('disabled')
      expect(await said(sessions.validate(one.token))).toBe('revoked')
    })

  test('what is known of a holder and of remembering is forgotten when either changes', async () => {
    const { sessions, startSession, anna, journal, users, setPolicy } = await openSessions()
    const { token } = await startSession(anna, 'web', { remembered: true })
    await sessions.validate(token)
    await journal.write(async (transaction, record) => {
      await users.change(transaction, anna, { role: 'admin' })
      record.event({ type: 'user-changed', data: { userId: anna.id, change: 'changed' } })
    })
    expect(await sessions.validate(token)).toMatchObject({ holder: { role: 'admin' } })
    await setPolicy(3_600, 86_400, false)
    await setPolicy(3_600, 86_400, true)
    expect(await sessions.validate(token)).toMatchObject({ session: { remembered: 0 } })
  })

  test('one row is read once, however often it is asked for, until somebody changes it', async () => {
    let reads = 0
    const world = await openSessions({
      change: (database) => ({
        ...database,
        prepare: (query) => {
          const ask = database.prepare<never>(query as never)
          return (parameters) => {
            reads++
            return ask(parameters)
          }
        },
      }),
    })
    const { sessions, startSession, anna } = world
    const { token, session } = await startSession(anna, 'web')
    for (let time = 0; time < 3; time++) await sessions.validate(token)
    expect(reads).toBe(1)
    await sessions.endByIds(act(world), [session.id])
    // What has ended is not kept.
    for (let time = 0; time < 3; time++) await sessions.validate(token)
    expect(reads).toBe(4)
  })

  test('what a token has made ends with it, by whatever it ends, and is unknown to nobody', async () => {
    const world = await openSessions()
    const { sessions, startSession, anna, pass, database, journal } = world
    const make = async (parentId: string) => {
      const about = {
        userId: anna.id,
        kind: 'kubernetes',
        remembered: false,
        client: '',
        address: '',
      } as const
      return await journal.write((db, record) => sessions.startSigned(db, record, { ...about, parentId }))
    }
    const [revoked, expired, gone] = [
      await startSession(anna, 'token'),
      await startSession(anna, 'token'),
      await startSession(anna, 'token'),
    ]
    pass(1_000)
    const [one, two, three] = [
      await make(revoked.session.id),
      await make(expired.session.id),
      await make(gone.session.id),
    ]
    for (const { id } of [one, two, three]) expect(await said(sessions.validateById(id))).toBe('running')
    await sessions.endByIds(act(world), [revoked.session.id])
    expect(await said(sessions.validateById(one.id))).toBe('revoked')
    await database.write((db) => db.deleteFrom('sessions').where('id', '=', gone.session.id).execute())
    world.journal.subscribe(() => {})
    pass(2_600)
    for (const { id } of [two, three]) expect(await said(sessions.validateById(id))).toBe('expired')
    const alone = await startSession(anna, 'token')
    const child = await make('nobody')
    expect(await said(sessions.validateById(child.id))).toBe('expired')
    expect(await said(sessions.validate(alone.token))).toBe('running')
  })

  test('is read within a transaction as it is there, whatever is known outside', async () => {
    const world = await openSessions()
    const { sessions, startSession, anna, database, pass } = world
    const { token, session } = await startSession(anna, 'web')
    await sessions.validate(token)
    const within = (id: string) => database.write((db) => sessions.validateWithin(db, id))
    expect(await within(session.id)).toMatchObject({ state: 'running', holder: { username: 'anna' } })
    expect(await said(within('nobody'))).toBe('unknown')
    await database.write(async (db) => {
      await db.updateTable('users').set({ disabled: 1 }).where('id', '=', anna.id).execute()
      expect(await said(sessions.validateWithin(db, session.id))).toBe('disabled')
      await db.updateTable('users').set({ disabled: 0 }).where('id', '=', anna.id).execute()
    })
    pass(3_600)
    expect(await said(within(session.id))).toBe('idle')
    await sessions.endByIds(act(world), [session.id])
    expect(await said(within(session.id))).toBe('idle')
  })
})

describe('O3: ending sessions', () => {
  test('of people ends all they have but the one that is left out, and says how many', async () => {
    const world = await openSessions()
    const { sessions, startSession, anna, bea, audit, heard } = world
    const carl = await world.addUser('carl')
    const [kept, ...others] = [
      await startSession(anna, 'web'),
      await startSession(anna, 'web'),
      await startSession(anna, 'token'),
    ]
    const beas = await startSession(bea, 'web')
    const carls = await startSession(carl, 'web')
    heard.length = 0
    const before = (await audit()).length
    const counts = await sessions.endOfUsers(
      act(world),
      [bea.id, anna.id, anna.id, 'nobody'],
      kept.session.id,
    )
    expect([...counts].sort()).toEqual(
      [
        [anna.id, 2],
        [bea.id, 1],
      ].sort(),
    )
    for (const { token } of [...others, beas]) expect(await said(sessions.validate(token))).toBe('revoked')
    for (const { token } of [kept, carls]) expect(await said(sessions.validate(token))).toBe('running')
    const gone = [...others, beas].map(({ session }) => session)
    const records = (await audit()).slice(before)
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({ actor: 'owner', action: 'session.revoke', reason: 'why' })
    expect(records[0]?.target.split(' ').sort()).toEqual([`user:${anna.id}`, `user:${bea.id}`].sort())
    const after = JSON.parse(records[0]?.after ?? '')
    expect({ ...after, sessions: after.sessions.sort() }).toEqual({
      ended: 3,
      sessions: gone.map(({ id }) => id).sort(),
    })
    expect(heard).toHaveLength(1)
    const [{ event } = { event: undefined }] = heard
    expect(event).toMatchObject({ type: 'session-ended', data: { reason: 'revoked' } })
    expect(
      event?.type === 'session-ended' && event.data.sessions.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ).toEqual(
      gone
        .map(({ id, user_id, kind }) => ({ id, userId: user_id, kind }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    )
    // Done again there is nothing left to do, nor to tell.
    expect(await sessions.endOfUsers(act(world), [bea.id], undefined)).toEqual(new Map())
    expect([heard.length, (await audit()).length]).toEqual([1, before + 1])
  })

  test('by their ids says which of them were running', async () => {
    const world = await openSessions()
    const { sessions, startSession, anna, pass, audit } = world
    const old = await startSession(anna, 'web')
    pass(3_600)
    const [one, other] = [await startSession(anna, 'web'), await startSession(anna, 'web')]
    const gone = await sessions.endByIds(act(world, 'signed-out'), [
      one.session.id,
      old.session.id,
      one.session.id,
      'nobody',
    ])
    expect(gone).toEqual(new Set([one.session.id]))
    expect(await said(sessions.validate(other.token))).toBe('running')
    expect((await audit()).at(-1)).toMatchObject({ action: 'session.sign-out', target: `user:${anna.id}` })
    expect(await sessions.endByIds(act(world), [one.session.id])).toEqual(new Set())
    expect(await sessions.endByIds(act(world), [])).toEqual(new Set())
  })

  test('counts activity that is not stored yet: what was used a moment ago is running', async () => {
    const world = await openSessions()
    const { sessions, startSession, anna, pass } = world
    const [one, other] = [await startSession(anna, 'web'), await startSession(anna, 'web')]
    pass(3_000)
    for (const { session } of [one, other]) sessions.touch(session)
    pass(3_000)
    expect(await sessions.endByIds(act(world), [one.session.id])).toEqual(new Set([one.session.id]))
    sessions.touch(other.session)
    pass(3_000)
    expect(await sessions.endOfUsers(act(world), [anna.id])).toEqual(new Map([[anna.id, 1]]))
  })

  test('of a token ends what it has made, and of nothing else', async () => {
    const world = await openSessions()
    const { sessions, startSession, anna } = world
    const token = await startSession(anna, 'token')
    const made = await startSession(anna, 'kubernetes', { parentId: token.session.id })
    const kept = await startSession(anna, 'kubernetes', { parentId: token.session.id })
    const other = await startSession(anna, 'kubernetes', { parentId: 'other' })
    const web = await startSession(anna, 'web')
    const child = await startSession(anna, 'kubernetes', { parentId: web.session.id })
    const gone = await sessions.endByIds(act(world), [token.session.id, web.session.id])
    expect(gone).toEqual(new Set([token, made, kept, web].map(({ session }) => session.id)))
    expect((await sessions.find(other.session.id))?.id).toBe(other.session.id)
    expect((await sessions.find(child.session.id))?.id).toBe(child.session.id)
  })

  test('of one who is left out ends nothing that it would have ended with', async () => {
    const world = await openSessions()
    const { sessions, startSession, anna } = world
    const token = await startSession(anna, 'token')
    const made = await startSession(anna, 'kubernetes', { parentId: token.session.id })
    expect(await sessions.endOfUsers(act(world), [anna.id], made.session.id)).toEqual(new Map([[anna.id, 1]]))
    expect((await sessions.find(made.session.id))?.id).toBe(made.session.id)
  })

  test('within another change tells that change which they were', async () => {
    const { sessions, startSession, anna, bea, journal, owner, audit, heard } = await openSessions()
    const [one, other, beas] = [
      await startSession(anna, 'web'),
      await startSession(anna, 'web'),
      await startSession(bea, 'web'),
    ]
    const ended = await journal.write((transaction) =>
      sessions.endWithin(transaction, anna.id, 'disabled', other.session.id),
    )
    expect(ended).toEqual([{ id: one.session.id, userId: anna.id, kind: 'web' }])
    expect(await said(sessions.validate(one.token))).toBe('disabled')
    heard.length = 0
    await journal.write((transaction, record) =>
      sessions.signOutWithin(transaction, record, owner.actor, other.session.id),
    )
    expect(await said(sessions.validate(other.token))).toBe('signed-out')
    expect((await audit()).at(-1)).toMatchObject({ action: 'session.sign-out', reason: null })
    expect(heard).toMatchObject([{ event: { data: { reason: 'signed-out' } } }])
    expect(await said(sessions.validate(beas.token))).toBe('running')
  })

  test('of very many is done in pieces, each with its record, which names the number before', async () => {
    const world = await openWorld({ quotas: { web: 2_000 } })
    const { sessions, audit, journal, database, heard } = world
    const people = await Promise.all(
      Array.from({ length: 501 }, (_, index) => world.addUser(`person${index}`)),
    )
    await journal.write(async (transaction) => {
      for (const { id } of people)
        for (const number of [1, 2])
          await transaction
            .insertInto('sessions')
            .values({
              id: `${id} ${number}`,
              token_hash: null,
              user_id: id,
              kind: 'web',
              created_at: start,
              last_activity_at: start,
              remembered: 0,
              client: '',
              address: '',
              confirmed_at: null,
              scopes: '',
              parent_id: null,
              ended_at: null,
              end_reason: null,
            })
            .execute()
    })
    const counts = await sessions.endOfUsers(
      act(world),
      people.map(({ id }) => id),
    )
    expect([counts.size, new Set(counts.values())]).toEqual([501, new Set([2])])
    const records = (await audit()).map(({ after }) => JSON.parse(after ?? ''))
    expect(records.map(({ ended, endedBefore }) => [ended, endedBefore])).toEqual([
      [1_000, undefined],
      [2, 1_000],
    ])
    // A record and an event name some hundred at the most.
    expect(records.map(({ sessions: named }) => named.length)).toEqual([500, 2])
    expect(
      heard.flatMap(({ event }) => (event.type === 'session-ended' ? [event.data.sessions.length] : [])),
    ).toEqual([500, 500, 2])
    await database.write((db) => db.deleteFrom('endings').execute())
    const ids = people.map(({ id }) => `${id} 1`)
    expect(await sessions.endByIds(act(world), ids)).toEqual(new Set(ids))
    expect((await audit()).slice(2).map(({ after }) => JSON.parse(after ?? '').endedBefore)).toEqual([
      undefined,
      500,
    ])
  })
})

describe('Running sessions', () => {
  test('are found by their id, and by the person, until they have ended', async () => {
    const world = await openSessions()
    const { sessions, startSession, anna, bea, pass } = world
    const [one, two] = [await startSession(anna, 'web'), await startSession(anna, 'token')]
    await startSession(bea, 'web')
    expect(await sessions.find(one.session.id)).toEqual(one.session)
    expect(await sessions.find('nobody')).toBeUndefined()
    expect(await sessions.idsOf(anna.id)).toEqual(new Set([one.session.id, two.session.id]))
    await sessions.endByIds(act(world), [two.session.id])
    expect(await sessions.find(two.session.id)).toBeUndefined()
    expect(await sessions.idsOf(anna.id)).toEqual(new Set([one.session.id]))
    pass(3_000)
    sessions.touch(one.session)
    pass(3_000)
    expect(await sessions.find(one.session.id)).toMatchObject({ last_activity_at: start + 3_000_000 })
    pass(600)
    // A rule has ended it and nobody has written that down: it is not found, and still its person's.
    expect(await sessions.find(one.session.id)).toBeUndefined()
    expect(await sessions.idsOf(anna.id)).toEqual(new Set([one.session.id]))
  })

  test('are listed newest first, by person, kind and idleness, page by page', async () => {
    const world = await openSessions()
    const { sessions, startSession, anna, bea, pass } = world
    const ids: string[] = []
    for (const [user, kind] of [
      [anna, 'web'],
      [bea, 'web'],
      [anna, 'token'],
      [bea, 'kubernetes'],
    ] as const) {
      ids.push((await startSession(user, kind)).session.id)
      pass(10)
    }
    const ended = await startSession(anna, 'web')
    await sessions.endByIds(act(world), [ended.session.id])
    const list = async (
      filter: Parameters<typeof sessions.list>[0],
      limit = 10,
      after?: { value: number; id: string },
    ) => {
      const page = await sessions.list(filter, { limit, after })
      return [page.items.map(({ id }) => ids.indexOf(id)), page.total, page.next] as const
    }
    expect(await list({})).toEqual([[3, 2, 1, 0], 4, undefined])
    expect(await list({ userId: anna.id })).toEqual([[2, 0], 2, undefined])
    expect(await list({ kind: 'web' })).toEqual([[1, 0], 2, undefined])
    expect(await list({ userId: bea.id, kind: 'web' })).toEqual([[1], 1, undefined])
    expect(await list({ idleOverSeconds: 20 })).toEqual([[1, 0], 2, undefined])
    expect(await list({ idleOverSeconds: 30 })).toEqual([[0], 1, undefined])
    sessions.touch((await sessions.find(ids[0] ?? '')) ?? ended.session)
    expect(await list({ idleOverSeconds: 20 })).toEqual([[1], 1, undefined])
    for (const filter of [{}, { userId: bea.id }]) {
      const [all] = await list(filter)
      const seen: number[] = []
      let next: { value: number; id: string } | undefined
      for (;;) {
        const page = await list(filter, 1, next)
        expect(page[1]).toBe(all.length)
        seen.push(...page[0])
        if (!page[2]) break
        next = page[2] as { value: number; id: string }
      }
      expect(seen).toEqual(all)
    }
    pass(3_600)
    expect(await list({})).toEqual([[], 0, undefined])
  })

  test('that began at the same instant are listed each once', async () => {
    const { sessions, startSession, anna } = await openSessions()
    const ids = new Set<string>()
    for (let index = 0; index < 5; index++) ids.add((await startSession(anna, 'web')).session.id)
    for (const filter of [{}, { userId: anna.id }]) {
      const seen: string[] = []
      let after: { value: string | number; id: string } | undefined
      do {
        const page = await sessions.list(filter, { limit: 2, after })
        seen.push(...page.items.map(({ id }) => id))
        after = page.next
      } while (after)
      expect([seen.length, new Set(seen)]).toEqual([5, ids])
      expect(seen).toEqual(seen.toSorted().reverse())
    }
  })
})

describe('Too many sessions', () => {
  test.each(kinds)('of kind %s are as many as the quota says, of one person', async (kind) => {
    const { startSession, anna, bea, sessions, audit, heard, pass } = await openSessions({
      quotas: { web: 3, token: 3, kubernetes: 3 },
    })
    const all = []
    for (let index = 0; index < 3; index++) {
      all.push(await startSession(anna, kind))
      pass(1)
    }
    for (const other of kinds.filter((one) => one !== kind)) await startSession(anna, other)
    for (let index = 0; index < 3; index++) await startSession(bea, kind)
    const before = (await audit()).length
    heard.length = 0
    if (kind !== 'web') {
      const [what, remedy] =
        kind === 'token'
          ? [
              'authorization tokens',
              'Revoke one that you no longer need, on your profile page or with DELETE /api/v1/me/sessions/{id}.',
            ]
          : [
              'Kubernetes sessions',
              'Revoke one on your profile page or with DELETE /api/v1/me/sessions/{id}, or wait until one expires.',
            ]
      const refused = startSession(anna, kind)
      await expect(refused).rejects.toMatchObject({
        name: 'TooManySessionsError',
        message: `You have 3 ${what}; 3 is the most. ${remedy}`,
      })
      expect([heard.length, (await audit()).length]).toEqual([0, before])
      return
    }
    // The first is used again: the second is the one unused for longest.
    sessions.touch((all[0] ?? { session: undefined as never }).session)
    await startSession(anna, 'web')
    const states = await Promise.all(all.map(({ token }) => said(sessions.validate(token))))
    expect(states).toEqual(['running', 'displaced', 'running'])
    const displaced = all[1]?.session.id ?? ''
    expect((await audit()).slice(before)).toMatchObject([
      {
        actor: 'service',
        action: 'session.displace',
        target: `user:${anna.id}`,
        after: JSON.stringify({ ended: 1, sessions: [displaced] }),
        reason: '3 web sessions is the most a person may have.',
      },
    ])
    expect(heard.map(({ event }) => event)).toEqual([
      {
        type: 'session-ended',
        data: { reason: 'displaced', sessions: [{ id: displaced, userId: anna.id, kind: 'web' }] },
      },
    ])
  })

  test.each(kinds)(
    'of kind %s are not those that have ended, whoever or whatever ended them',
    async (kind) => {
      const world = await openSessions({ quotas: { web: 2, token: 2, kubernetes: 2 } })
      const { startSession, anna, sessions, pass } = world
      const old = [await startSession(anna, kind), await startSession(anna, kind)]
      pass(3_600)
      const one = await startSession(anna, kind)
      const other = await startSession(anna, kind)
      await sessions.endByIds(act(world), [one.session.id])
      const third = await startSession(anna, kind)
      for (const { token } of [other, third]) expect(await said(sessions.validate(token))).toBe('running')
      for (const { token } of old) expect(await said(sessions.validate(token))).not.toBe('displaced')
    },
  )

  test('make room for one more where the quota was lowered, the oldest and then any of those unused alike', async () => {
    const many = await openSessions({ quotas: { web: 100 } })
    const { startSession, anna, sessions, pass, journal } = many
    const first = await startSession(anna, 'web')
    pass(1)
    const same = [
      await startSession(anna, 'web'),
      await startSession(anna, 'web'),
      await startSession(anna, 'web'),
    ]
    sessions.touch(first.session)
    const { createMakeRoom } = await import('../../../../service/store/quotas.ts')
    const makeRoom = createMakeRoom({ ...many, quotas: { web: 3, token: 3, kubernetes: 3 } })
    await journal.write((db, record) => makeRoom(db, record, { userId: anna.id, kind: 'web' }))
    const [lowest] = same.map(({ session }) => session.id).sort()
    const states = await Promise.all([first, ...same].map(({ token }) => said(sessions.validate(token))))
    // All were last used at the same instant: the one that began first goes, then those with the lower id.
    expect(states[0]).toBe('displaced')
    expect(
      same.filter((_, index) => states[index + 1] === 'displaced').map(({ session }) => session.id),
    ).toEqual([lowest])
  })

  test('are counted by the limits that are stored, not by those that are known', async () => {
    const { startSession, anna, database, pass } = await openSessions({ quotas: { token: 1 } })
    await startSession(anna, 'token')
    pass(1_000)
    await expect(startSession(anna, 'token')).rejects.toThrow('1 is the most')
    await database.write((db) =>
      db
        .insertInto('config_entries')
        .values({
          id: 'x',
          type: 'AppConfig',
          key: 'AuthorizationTokenSessionDuration',
          value: '15',
          revision: 1,
          updated_at: 1,
          updated_by: '',
        })
        .execute(),
    )
    await startSession(anna, 'token')
  })
})
