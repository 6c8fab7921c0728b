import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Tables } from '../../../../service/database/tables.ts'
import { createActivity } from '../../../../service/store/activity.ts'
import { openWorld, start } from './world.ts'

async function openActive() {
  let isFull = false
  let writes = 0
  const gates: { readonly open: () => void; readonly closed: Promise<void> }[] = []
  const world = await openWorld({
    change: (database) => ({
      ...database,
      write: async (work, durability) => {
        if (durability === 'hasty') {
          writes++
          await gates[0]?.closed
          if (isFull) throw new Error('The disk is full.')
        }
        return await database.write(work, durability)
      },
    }),
  })
  const anna = await world.addUser('anna')
  const { session } = await world.startSession(anna, 'web')
  return {
    ...world,
    anna,
    session,
    writes: () => writes,
    fill: (full: boolean) => {
      isFull = full
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const gate = {
        closed: promise,
        open: () => {
          gates.shift()
          resolve()
        },
      }
      gates.push(gate)
      return gate
    },
    stored: async () => [
      (await world.storedSession(session.id))?.last_activity_at,
      (await world.users.find(anna.id))?.last_activity_at,
    ],
  }
}

describe('What people last did', () => {
  test('is told at once, and stored when it is asked for', async () => {
    const { activity, anna, session, stored } = await openActive()
    activity.touch(session.id, anna.id, start + 5)
    expect([activity.latest(session.id, start), activity.latest(session.id, start + 9)]).toEqual([
      start + 5,
      start + 9,
    ])
    expect(activity.latest('other', 3)).toBe(3)
    expect(await stored()).toEqual([start, start])
    await activity.flush()
    expect(await stored()).toEqual([start + 5, start + 5])
    expect(activity.latest(session.id, start)).toBe(start)
  })

  test('never goes back, is not written into what has ended, and is a person’s newest of all their sessions', async () => {
    const { activity, anna, session, stored, startSession, database, storedSession } = await openActive()
    const other = (await startSession(anna, 'web')).session
    const gone = (await startSession(anna, 'web')).session
    await database.write((db) =>
      db.updateTable('sessions').set({ ended_at: 1 }).where('id', '=', gone.id).execute(),
    )
    activity.touch(other.id, anna.id, start + 9)
    activity.touch(session.id, anna.id, start + 5)
    activity.touch(gone.id, anna.id, start + 7)
    await activity.flush()
    expect(await stored()).toEqual([start + 5, start + 9])
    expect((await storedSession(gone.id))?.last_activity_at).toBe(start)
    activity.touch(session.id, anna.id, start + 3)
    await activity.flush()
    expect(await stored()).toEqual([start + 5, start + 9])
  })

  test('is stored of somebody who never did anything', async () => {
    const { activity, database, anna, session, stored } = await openActive()
    await database.write((db) => db.updateTable('users').set({ last_activity_at: null }).execute())
    activity.touch(session.id, anna.id, start + 1)
    await activity.flush()
    expect(await stored()).toEqual([start + 1, start + 1])
  })

  test('is not lost where it can’t be stored, and newer activity counts more', async () => {
    const { activity, anna, session, stored, fill, hold, startSession } = await openActive()
    const other = (await startSession(anna, 'web')).session
    fill(true)
    activity.touch(session.id, anna.id, start + 5)
    activity.touch(other.id, anna.id, start + 6)
    const gate = hold()
    const flushed = activity.flush()
    // On its way it is still the truth.
    expect(activity.latest(session.id, start)).toBe(start + 5)
    activity.touch(session.id, anna.id, start + 8)
    gate.open()
    await expect(flushed).rejects.toThrow('The disk is full.')
    expect([activity.latest(session.id, start), activity.latest(other.id, start)]).toEqual([
      start + 8,
      start + 6,
    ])
    fill(false)
    await activity.flush()
    expect(await stored()).toEqual([start + 8, start + 8])
    expect(activity.latest(session.id, start)).toBe(start)
  })

  test('is stored by whoever asks for it, what came after another began too', async () => {
    const { activity, anna, session, stored, hold, writes } = await openActive()
    const gate = hold()
    activity.touch(session.id, anna.id, start + 5)
    const first = activity.flush()
    activity.touch(session.id, anna.id, start + 6)
    const second = activity.flush()
    const third = activity.flush()
    gate.open()
    await Promise.all([first, second, third])
    expect(await stored()).toEqual([start + 6, start + 6])
    const before = writes()
    await activity.flush()
    expect(writes()).toBe(before)
  })

  test('is stored two hundred at a time', async () => {
    const { activity, writes } = await openActive()
    const before = writes()
    for (let index = 0; index < 401; index++) activity.touch(`${index}`, 'user', start)
    await activity.flush()
    expect(writes() - before).toBe(3)
    for (let index = 0; index < 200; index++) activity.touch(`${index}`, 'user', start)
    await activity.flush()
    expect(writes() - before).toBe(4)
  })
})

describe('Activity is stored by itself', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test.each([
    [undefined, 900],
    [50, 50],
  ])(
    'where %s is asked for every %i ms, after a fault too, and for the last time at the end',
    async (everyMs, ms) => {
      const { database, anna, session, stored, fill } = await openActive()
      const activity = createActivity(database, everyMs === undefined ? {} : { everyMs })
      activity.touch(session.id, anna.id, start + 5)
      vi.advanceTimersByTime(ms - 1)
      await new Promise((resolve) => setImmediate(resolve))
      expect(await stored()).toEqual([start, start])
      fill(true)
      vi.advanceTimersByTime(1)
      await new Promise((resolve) => setImmediate(resolve))
      fill(false)
      vi.advanceTimersByTime(ms)
      await vi.waitUntil(async () => (await stored())[0] === start + 5)
      activity.touch(session.id, anna.id, start + 6)
      await activity.close()
      expect(await stored()).toEqual([start + 6, start + 6])
      activity.touch(session.id, anna.id, start + 7)
      vi.advanceTimersByTime(10 * ms)
      await new Promise((resolve) => setImmediate(resolve))
      expect(await stored()).toEqual([start + 6, start + 6])
    },
  )
})

test('On PostgreSQL all that is held back is stored with one statement for sessions and one for people', async () => {
  const sent: (readonly [string, readonly unknown[]])[] = []
  const recording = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    log: ({ query }) => {
      sent.push([query.sql.replaceAll(/\s+/g, ' '), query.parameters])
    },
  })
  const activity = createActivity({
    dialect: 'postgres',
    read: recording,
    write: (work) => recording.transaction().execute(work),
    prepare: () => () => [],
    close: async () => {},
  })
  activity.touch('one', 'anna', 5)
  activity.touch('two', 'bea', 6)
  activity.touch('three', 'anna', 4)
  await activity.close()
  expect(sent).toEqual([
    [
      'update sessions set last_activity_at = new.at from (select unnest($1::text[]) as id, unnest($2::bigint[]) as at) as new where sessions.id = new.id and ended_at is null and last_activity_at < new.at',
      [
        ['one', 'two', 'three'],
        [5, 6, 4],
      ],
    ],
    [
      'update users set last_activity_at = new.at from (select unnest($1::text[]) as id, unnest($2::bigint[]) as at) as new where users.id = new.id and coalesce(users.last_activity_at, 0) < new.at',
      [
        ['anna', 'bea'],
        [5, 6],
      ],
    ],
  ])
})
