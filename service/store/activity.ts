import { sql } from 'kysely'
import type { Database } from '../database/database.ts'
import { nextTurn } from './next-turn.ts'

/** When people last did something, held back for at most a second so that reading costs no writing. */
export interface Activity {
  touch(sessionId: string, userId: string, at: number): void
  /** The newest activity of a session: what is held back, or what was stored. */
  latest(sessionId: string, stored: number): number
  /** Stores what is held back. What can't be stored stays held back. */
  flush(): Promise<void>
  close(): Promise<void>
}

interface Touch {
  readonly userId: string
  readonly at: number
}

const rowsAtOnce = 200

/** @param everyMs how often to store, in real milliseconds; a crash loses at most this much */
export function createActivity(
  database: Database,
  { everyMs = 900 }: { readonly everyMs?: number } = {},
): Activity {
  let held = new Map<string, Touch>()
  /** On its way to the database; still the truth until it is there. */
  let leaving = new Map<string, Touch>()
  let flushing: Promise<void> | undefined

  const store = async (touches: readonly (readonly [string, Touch])[]) => {
    const people = new Map<string, number>()
    for (const [, { userId, at }] of touches) people.set(userId, Math.max(at, people.get(userId) ?? 0))
    await database.write(async (transaction) => {
      if (database.dialect === 'postgres') {
        const columns = [touches.map(([id]) => id), touches.map(([, { at }]) => at)]
        await sql`update sessions set last_activity_at = new.at
          from (select unnest(${columns[0]}::text[]) as id, unnest(${columns[1]}::bigint[]) as at) as new
          where sessions.id = new.id and ended_at is null and last_activity_at < new.at`.execute(transaction)
        await sql`update users set last_activity_at = new.at
          from (select unnest(${[...people.keys()]}::text[]) as id, unnest(${[...people.values()]}::bigint[]) as at) as new
          where users.id = new.id and coalesce(users.last_activity_at, 0) < new.at`.execute(transaction)
        return
      }
      for (const [id, { at }] of touches)
        await sql`update sessions set last_activity_at = ${at}
          where id = ${id} and ended_at is null and last_activity_at < ${at}`.execute(transaction)
      for (const [id, at] of people)
        await sql`update users set last_activity_at = ${at}
          where id = ${id} and coalesce(last_activity_at, 0) < ${at}`.execute(transaction)
    }, 'hasty')
  }

  const flushAll = async () => {
    leaving = held
    held = new Map()
    const touches = [...leaving]
    try {
      for (let start = 0; start < touches.length; start += rowsAtOnce) {
        if (start > 0) await nextTurn()
        await store(touches.slice(start, start + rowsAtOnce))
      }
    } catch (error) {
      held = new Map([...leaving, ...held])
      throw error
    } finally {
      leaving = new Map()
    }
  }

  const flush = async (): Promise<void> => {
    // What was touched after a flush began is not in it, so a second caller waits for it and flushes again.
    while (flushing) await flushing.catch(() => {})
    if (held.size === 0) return
    flushing = flushAll().finally(() => {
      flushing = undefined
    })
    await flushing
  }

  const timer = setInterval(() => {
    flush().catch(() => {})
  }, everyMs)
  timer.unref()

  return {
    touch: (sessionId, userId, at) => {
      held.set(sessionId, { userId, at })
    },
    latest: (sessionId, stored) => {
      const touch = held.get(sessionId) ?? leaving.get(sessionId)
      return touch && touch.at > stored ? touch.at : stored
    },
    flush,
    close: async () => {
      clearInterval(timer)
      await flush()
    },
  }
}
