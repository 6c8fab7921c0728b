import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SessionKind } from '../../../../domain/session.ts'
import { type SessionLimits, sessionEnd } from '../../../../domain/session-lifetime.ts'
import { ended, endingRules, notEnded, notRevoked } from '../../../../service/store/ending.ts'
import {
  createSweeper,
  makeAllOrdinary,
  markAllEnded,
  markEnded,
  mentionEnded,
  settleClockSetBack,
} from '../../../../service/store/sweep.ts'
import { openWorld, start, type World } from './world.ts'

const hour = 3_600_000
const day = 24 * hour

const row = {
  token_hash: null,
  kind: 'web' as SessionKind,
  created_at: start,
  last_activity_at: start,
  remembered: 0 as 0 | 1,
  client: '',
  address: '',
  confirmed_at: null,
  scopes: '',
  parent_id: null as string | null,
  ended_at: null as number | null,
  end_reason: null as null | 'revoked',
}

const person = {
  username: 'user',
  username_key: 'user',
  username_sort: 'user',
  display_sort: '',
  email_sort: '',
  display_name: '',
  email: '',
  role: 'member' as const,
  permissions: '[]',
  disabled: 0 as const,
  password: '',
  search_text: '',
  created_at: start,
  last_activity_at: null,
}

/** Stores sessions as they are given, without asking anybody. */
async function store(world: World, ...sessions: readonly (Partial<typeof row> & { readonly id: string })[]) {
  await world.database.write(async (db) => {
    await db
      .insertInto('users')
      .values({ ...person, id: 'user' })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    for (const session of sessions)
      await db
        .insertInto('sessions')
        .values({ ...row, user_id: 'user', ...session })
        .execute()
  })
}

const endOf = async (world: World, id: string) => {
  const stored = await world.storedSession(id)
  return [stored?.ended_at, stored?.end_reason]
}

describe('K5, O1, O2, D2, D3: the rules as the database has them say the same as the domain', () => {
  const options: readonly Partial<SessionLimits['policy']>[] = [
    {},
    { idleTimeout: { enabled: false, seconds: 3_600 } },
    { idleAppliesToRemembered: true },
    { rememberMe: { enabled: false, maximumSeconds: 7_200 } },
    { rememberMe: { enabled: true, maximumSeconds: 1_800 } },
    { idleAppliesToRemembered: true, rememberMe: { enabled: true, maximumSeconds: 1_800 } },
  ]
  const policy = {
    idleTimeout: { enabled: true, seconds: 3_600 },
    idleAppliesToRemembered: false,
    rememberMe: { enabled: true, maximumSeconds: 7_200 },
  }
  const sessions = (['web', 'token', 'kubernetes'] as const).flatMap((kind) =>
    ([0, 1] as const).flatMap((remembered) =>
      [0, 1_800_000, 3_600_000].map((activity) => ({
        ...row,
        id: `${kind} ${remembered} ${activity}`,
        kind,
        remembered,
        last_activity_at: start + activity,
      })),
    ),
  )
  /** The instants at which any of them may end, and just before. */
  const instants = [
    ...new Set(
      [1_800, 2_400, 3_000, 3_600, 5_400, 7_200].flatMap((seconds) => [
        start + seconds * 1_000 - 1,
        start + seconds * 1_000,
      ]),
    ),
  ]

  test.each(options.map((option) => [JSON.stringify(option), option] as const))(
    'with %s',
    async (_, option) => {
      const limits: SessionLimits = {
        policy: { ...policy, ...option },
        tokenSeconds: 2_400,
        kubernetesSeconds: 3_000,
      }
      const world = await openWorld()
      await store(world, ...sessions)
      for (const now of instants) {
        const wanted = new Map(
          sessions.flatMap((session) => {
            const { kind, remembered, created_at: createdAt, last_activity_at: lastActivityAt } = session
            const end = sessionEnd({ kind, createdAt, lastActivityAt, remembered: remembered === 1 }, limits)
            return end.at <= now ? [[session.id, end] as const] : []
          }),
        )
        const select = world.database.read.selectFrom('sessions').select('id').orderBy('id')
        const idsOf = async (query: typeof select) => (await query.execute()).map(({ id }) => id)
        const endedIds = [...wanted.keys()].sort()
        const otherIds = sessions
          .map(({ id }) => id)
          .filter((id) => !wanted.has(id))
          .sort()
        expect(await idsOf(select.where(ended(limits, now)))).toEqual(endedIds)
        expect(await idsOf(select.where(notEnded(limits, now)))).toEqual(otherIds)
        const byRule = new Map<string, unknown>()
        for (const rule of endingRules(limits, now)) {
          const rows = await world.database.read
            .selectFrom('sessions')
            .select(['id', rule.endsAt.as('at'), rule.reason.as('because')])
            .where(rule.ended)
            .execute()
          // By whichever rule it is found first, it has ended when and why the domain says.
          for (const { id, at, because } of rows) if (!byRule.has(id)) byRule.set(id, { at, because })
        }
        expect([now - start, byRule]).toEqual([now - start, wanted])
      }
    },
  )

  test('and have the names by which they are told apart', () => {
    const names = (option: Partial<SessionLimits['policy']>) =>
      endingRules({ policy: { ...policy, ...option }, tokenSeconds: 1, kubernetesSeconds: 1 }, start).map(
        ({ name }) => name,
      )
    expect(names({})).toEqual(['idle', 'maximum', 'token', 'kubernetes'])
    expect(names({ idleAppliesToRemembered: true })).toEqual([
      'idle',
      'idle-remembered',
      'maximum',
      'token',
      'kubernetes',
    ])
    expect(names({ rememberMe: { enabled: false, maximumSeconds: 1 } })).toContain('idle-remembered')
    expect(names({ idleTimeout: { enabled: false, seconds: 1 } })).toEqual(['maximum', 'token', 'kubernetes'])
  })

  test('and whom somebody has ended is not running, whatever the rules say', async () => {
    const world = await openWorld()
    await store(world, { id: 'one' }, { id: 'two' })
    await world.database.write((db) =>
      db
        .insertInto('endings')
        .values({ user_id: 'user', session_id: 'one', kind: 'web', ended_at: start, end_reason: 'revoked' })
        .execute(),
    )
    const select = world.database.read.selectFrom('sessions').select('id')
    const limits = { policy, tokenSeconds: 1, kubernetesSeconds: 1 }
    expect(await select.where(notRevoked).execute()).toEqual([{ id: 'two' }])
    expect(await select.where(notEnded(limits, start)).execute()).toEqual([{ id: 'two' }])
  })
})

test('Ended sessions are told of five hundred in an event', () => {
  const told: number[] = []
  const record = {
    audit: () => {},
    event: ({ type, data }: { type: string; data: object }) => {
      expect([type, (data as { reason: string }).reason]).toEqual(['session-ended', 'idle'])
      told.push((data as { sessions: unknown[] }).sessions.length)
    },
  }
  for (const many of [0, 500, 501, 1_000])
    mentionEnded(
      record,
      'idle',
      Array.from({ length: many }, (_, index) => ({ id: `${index}`, userId: '', kind: 'web' })),
    )
  expect(told).toEqual([500, 500, 1, 500, 500])
})

describe('What the rules have ended', () => {
  test('is written down with its reason and instant, a number at a time, and told', async () => {
    const world = await openWorld()
    await world.setPolicy(3_600, 7_200)
    await store(
      world,
      { id: 'a' },
      { id: 'b', last_activity_at: start + hour },
      { id: 'c', last_activity_at: start + 1.5 * hour },
      { id: 'd', created_at: start + hour, last_activity_at: start + 1.5 * hour },
      { id: 'e', kind: 'token' },
      { id: 'f', kind: 'kubernetes' },
      { id: 'g', ended_at: 5, end_reason: 'revoked' },
    )
    const now = start + 2 * hour
    const mark = (limit: number) =>
      world.journal.write((db, record) => markEnded(db, record, world.limits.current(), now, limit))
    world.heard.length = 0
    expect([await mark(2), await mark(1), await mark(10), await mark(10)]).toEqual([2, 1, 2, 0])
    expect(await Promise.all([...'abcdefg'].map((id) => endOf(world, id)))).toEqual([
      [start + hour, 'idle'],
      // At the same instant the maximum counts.
      [start + 2 * hour, 'maximum'],
      [start + 2 * hour, 'maximum'],
      [null, null],
      [start + hour, 'expired'],
      [start + hour, 'expired'],
      [5, 'revoked'],
    ])
    const told = world.heard.flatMap(({ event }) =>
      event.type === 'session-ended'
        ? event.data.sessions.map(({ id, userId, kind }) => [event.data.reason, id, userId, kind])
        : [],
    )
    expect(told.toSorted()).toEqual(
      [
        ['idle', 'a', 'user', 'web'],
        ['maximum', 'b', 'user', 'web'],
        ['maximum', 'c', 'user', 'web'],
        ['expired', 'e', 'user', 'token'],
        ['expired', 'f', 'user', 'kubernetes'],
      ].toSorted(),
    )
  })

  test('takes with it what its token has made, and leaves what somebody has ended', async () => {
    const world = await openWorld()
    await store(
      world,
      { id: 'token', kind: 'token' },
      { id: 'made', kind: 'kubernetes', created_at: start + 0.9 * hour, parent_id: 'token' },
      { id: 'gone', kind: 'kubernetes', parent_id: 'token', ended_at: 5, end_reason: 'revoked' },
      { id: 'ending', kind: 'kubernetes', created_at: start + 0.9 * hour, parent_id: 'token' },
      { id: 'other', kind: 'kubernetes', created_at: start + 0.9 * hour, parent_id: 'x' },
      { id: 'revoked', kind: 'token' },
    )
    await world.database.write((db) =>
      db
        .insertInto('endings')
        .values(
          ['ending', 'revoked'].map((session_id) => ({
            user_id: 'user',
            session_id,
            kind: 'token' as const,
            ended_at: start,
            end_reason: 'revoked' as const,
          })),
        )
        .execute(),
    )
    expect(await markAllEnded(world, world.limits.current(), start + hour)).toBe(1)
    expect(
      await Promise.all(
        ['token', 'made', 'gone', 'ending', 'other', 'revoked'].map((id) => endOf(world, id)),
      ),
    ).toEqual([
      [start + hour, 'expired'],
      [start + hour, 'expired'],
      [5, 'revoked'],
      [null, null],
      [null, null],
      [null, null],
    ])
    const told = world.heard.flatMap(({ event }) =>
      event.type === 'session-ended' ? event.data.sessions.map(({ id }) => id) : [],
    )
    expect(told.toSorted()).toEqual(['made', 'token'])
  })

  test('is written down however many they are, with the activity that was held back', async () => {
    const world = await openWorld()
    await world.setPolicy(3_600, 86_400)
    await store(world, ...Array.from({ length: 1_000 }, (_, index) => ({ id: `${index}` })))
    world.activity.touch('7', 'user', start + hour)
    expect(await markAllEnded(world, world.limits.current(), start + hour)).toBe(999)
    expect(await endOf(world, '7')).toEqual([null, null])
    expect(await markAllEnded(world, world.limits.current(), start + 2 * hour)).toBe(1)
  })
})

test('O2: remembering is taken from running web sessions for good, whether many or within a change', async () => {
  const world = await openWorld()
  const many = Array.from({ length: 50 }, (_, index) => ({ id: `${index}`, remembered: 1 as const }))
  await store(world, ...many, { id: 'gone', remembered: 1, ended_at: 5, end_reason: 'revoked' })
  const remembered = async () =>
    (await world.database.read.selectFrom('sessions').select('id').where('remembered', '=', 1).execute()).map(
      ({ id }) => id,
    )
  await world.database.write(async (db) => {
    await makeAllOrdinary(world.journal, db)
    expect(await db.selectFrom('sessions').select('id').where('remembered', '=', 1).execute()).toHaveLength(1)
  })
  await world.database.write((db) => db.updateTable('sessions').set({ remembered: 1 }).execute())
  await makeAllOrdinary(world.journal)
  expect(await remembered()).toEqual(['gone'])
})

describe('K5: a clock that was set back', () => {
  const settle = async (world: World, seen: number, now: number) =>
    await settleClockSetBack(world, world.limits.current(), { seen, now })

  test('by up to a minute is no matter', async () => {
    const world = await openWorld()
    await store(world, { id: 'future', created_at: start + hour, last_activity_at: start + hour })
    expect(await settle(world, start + 60_000, start)).toBe(false)
    expect(await world.storedSession('future')).toMatchObject({ created_at: start + hour })
  })

  test('by more revives nothing and lengthens nothing', async () => {
    const world = await openWorld()
    await world.setPolicy(3_600, 86_400)
    await store(
      world,
      { id: 'idle' },
      { id: 'running', created_at: start, last_activity_at: start + 1.5 * hour },
      { id: 'new', created_at: start + 1.5 * hour, last_activity_at: start + 1.5 * hour },
      {
        id: 'old',
        created_at: start - hour,
        last_activity_at: start + 1.8 * hour,
        ended_at: 5,
        end_reason: 'revoked',
      },
    )
    const now = start + 0.5 * hour
    expect(await settle(world, start + 2 * hour, now)).toBe(true)
    expect(await endOf(world, 'idle')).toEqual([start + hour, 'idle'])
    const instants = async (id: string) => {
      const stored = await world.storedSession(id)
      return [stored?.created_at, stored?.last_activity_at]
    }
    expect(await instants('running')).toEqual([start, now])
    expect(await instants('new')).toEqual([now, now])
    expect(await instants('old')).toEqual([start - hour, start + 1.8 * hour])
    expect(await settle(world, start + 60_001, start)).toBe(true)
  })
})

describe('The sweep', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const open = async (more: { readonly everyMs?: number; readonly rotate?: () => Promise<void> } = {}) => {
    const world = await openWorld()
    await world.setPolicy(3_600, 86_400)
    const rotated: (string | null)[] = []
    const { rotate, ...rest } = more
    const sweeper = createSweeper({
      ...world,
      limits: world.limits.current,
      rotateSigningKeys:
        rotate ??
        (async () => {
          const one = await world.storedSession('rule')
          rotated.push(one?.end_reason ?? null)
        }),
      ...rest,
    })
    return { world, sweeper, rotated }
  }

  test('writes down what somebody or a rule has ended, then has keys replaced', async () => {
    const { world, sweeper, rotated } = await open()
    await store(
      world,
      { id: 'rule' },
      { id: 'one' },
      { id: 'two' },
      { id: 'three' },
      { id: 'gone', ended_at: start - 1, end_reason: 'revoked' },
    )
    const ending = (session_id: string, ended_at: number, end_reason: 'revoked' | 'displaced') => ({
      user_id: 'user',
      session_id,
      kind: 'web' as const,
      ended_at,
      end_reason,
    })
    await world.database.write((db) =>
      db
        .insertInto('endings')
        .values([
          ending('one', start + 1, 'revoked'),
          ending('two', start + 1, 'displaced'),
          ending('three', start + 2, 'revoked'),
          ending('gone', start + 3, 'displaced'),
        ])
        .execute(),
    )
    world.pass(3_600)
    await sweeper.sweep()
    expect(await Promise.all(['one', 'two', 'three', 'gone', 'rule'].map((id) => endOf(world, id)))).toEqual([
      [start + 1, 'revoked'],
      [start + 1, 'displaced'],
      [start + 2, 'revoked'],
      [start - 1, 'revoked'],
      [start + hour, 'idle'],
    ])
    expect(await world.database.read.selectFrom('endings').selectAll().execute()).toEqual([])
    expect(rotated).toEqual(['idle'])
  })

  test('writes down many endings, and stores the activity that was held back', async () => {
    const { world, sweeper } = await open()
    const many = Array.from({ length: 100 }, (_, index) => ({ id: `${index}` }))
    await store(world, ...many, { id: 'used' })
    await world.database.write((db) =>
      db
        .insertInto('endings')
        .values(
          many.map(({ id }) => ({
            user_id: 'user',
            session_id: id,
            kind: 'web' as const,
            ended_at: start + 1,
            end_reason: 'revoked' as const,
          })),
        )
        .execute(),
    )
    world.activity.touch('used', 'user', start + 10)
    await sweeper.sweep()
    const left = await world.database.read
      .selectFrom('sessions')
      .select('id')
      .where('ended_at', 'is', null)
      .execute()
    expect(left).toEqual([{ id: 'used' }])
    expect(await world.storedSession('used')).toMatchObject({ last_activity_at: start + 10 })
  })

  test('takes remembering from all where it is switched off, and leaves it where it is on', async () => {
    const { world, sweeper } = await open()
    await store(world, { id: 'one', remembered: 1 })
    await sweeper.sweep()
    expect((await world.storedSession('one'))?.remembered).toBe(1)
    await world.setPolicy(3_600, 86_400, false)
    await sweeper.sweep()
    expect((await world.storedSession('one'))?.remembered).toBe(0)
  })

  test('forgets in the first round and every sixtieth after: what ended thirty days ago, and events', async () => {
    const { world, sweeper } = await open()
    const old = (id: string, days: number, more = 0) => ({
      id,
      ended_at: start - days * day + more,
      end_reason: 'revoked' as const,
    })
    await store(world, old('older', 30, -1), old('just', 30), {
      id: 'running',
      created_at: start,
      last_activity_at: start,
    })
    await sweeper.sweep()
    const left = async () =>
      (await world.database.read.selectFrom('sessions').select('id').orderBy('id').execute()).map(
        ({ id }) => id,
      )
    expect(await left()).toEqual(['just', 'running'])
    await store(world, old('older', 31))
    for (let round = 1; round < 60; round++) await sweeper.sweep()
    expect(await left()).toEqual(['just', 'older', 'running'])
    await sweeper.sweep()
    expect(await left()).toEqual(['just', 'running'])
  })

  test('keeps twenty thousand events', async () => {
    const { world, sweeper } = await open()
    const last = await world.journal.lastSeq()
    await world.database.write((db) =>
      db
        .insertInto('events')
        .values({ seq: last + 20_100, at: 1, type: 'x', data: '{}' } as never)
        .execute(),
    )
    await world.database.write((db) =>
      db
        .insertInto('events')
        .values({ seq: 100, at: 1, type: 'x', data: '{}' } as never)
        .execute(),
    )
    await world.database.write((db) =>
      db
        .insertInto('events')
        .values({ seq: last + 101, at: 1, type: 'x', data: '{}' } as never)
        .execute(),
    )
    await sweeper.sweep()
    const seqs = await world.database.read.selectFrom('events').select('seq').orderBy('seq').execute()
    expect(seqs.map(({ seq }) => seq)).toEqual([last + 101, last + 20_100])
  })

  test('is one at a time, every second or as often as is asked, goes on after a fault, and ends', async () => {
    for (const everyMs of [undefined, 50]) {
      const calls: (() => void)[] = []
      let fails = false
      const { sweeper } = await open({
        ...(everyMs !== undefined && { everyMs }),
        rotate: () => {
          if (fails) return Promise.reject(new Error('no'))
          return new Promise((resolve) => calls.push(resolve))
        },
      })
      vi.advanceTimersByTime((everyMs ?? 1_000) - 1)
      await new Promise((resolve) => setImmediate(resolve))
      expect(calls).toHaveLength(0)
      vi.advanceTimersByTime(1)
      await vi.waitUntil(() => calls.length === 1)
      // Somebody who asks meanwhile waits for the same one.
      vi.advanceTimersByTime(10 * (everyMs ?? 1_000))
      const asked = sweeper.sweep()
      calls[0]?.()
      await asked
      expect(calls).toHaveLength(1)
      fails = true
      await expect(sweeper.sweep()).rejects.toThrow('no')
      vi.advanceTimersByTime(everyMs ?? 1_000)
      await new Promise((resolve) => setImmediate(resolve))
      await sweeper.close()
      fails = false
      vi.advanceTimersByTime(10_000)
      await new Promise((resolve) => setImmediate(resolve))
      expect(calls).toHaveLength(1)
    }
  })

  test('that is closed while it runs finishes its step and begins no other', async () => {
    const { world, sweeper, rotated } = await open()
    await store(world, ...Array.from({ length: 100 }, (_, index) => ({ id: `${index}` })), { id: 'rule' })
    world.pass(3_600)
    const sweeping = sweeper.sweep()
    await sweeper.close()
    await sweeping
    expect(rotated).toEqual([])
    const left = await world.database.read
      .selectFrom('sessions')
      .select('id')
      .where('ended_at', 'is', null)
      .execute()
    expect(left.length).toBeGreaterThan(0)
  })
})
