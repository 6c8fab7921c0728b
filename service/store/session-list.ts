import { sql } from 'kysely'
import type { SessionKind } from '../../domain/session.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import type { Activity } from './activity.ts'
import { notEnded, notRevoked } from './ending.ts'
import type { LimitsCache } from './limits.ts'
import { type Key, type Page, pageOf } from './paging.ts'
import { type StoredSession, sessionColumns } from './stored-session.ts'

/** Which sessions a list shows; what is left out restricts nothing. */
export interface SessionFilter {
  readonly userId?: string | undefined
  readonly kind?: SessionKind | undefined
  readonly idleOverSeconds?: number | undefined
}

/** What is read of running sessions, one or many. */
export interface SessionList {
  /** A running session; `undefined` where it has ended or never was. */
  find(id: string): Promise<StoredSession | undefined>
  /** The ids of a person's sessions that are not written down as ended. */
  idsOf(userId: string): Promise<ReadonlySet<string>>
  /** Running sessions, the newest first, and how many there are in all. */
  list(
    filter: SessionFilter,
    page: { readonly limit: number; readonly after?: Key | undefined },
  ): Promise<Page<StoredSession>>
}

/** Finds and lists running sessions, each with its newest activity. */
export function createSessionList({
  database,
  activity,
  limits,
  clock,
}: {
  readonly database: Database
  readonly activity: Activity
  readonly limits: LimitsCache
  readonly clock: Clock
}): SessionList {
  return {
    find: async (id) => {
      await activity.flush()
      return await database.read
        .selectFrom('sessions')
        .select(sessionColumns)
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .where(notEnded(limits.current(), clock()))
        .executeTakeFirst()
    },
    idsOf: async (userId) => {
      const rows = await database.read
        .selectFrom('sessions')
        .select('id')
        .where('user_id', '=', userId)
        .where('ended_at', 'is', null)
        .where(notRevoked)
        .execute()
      return new Set(rows.map(({ id }) => id))
    },
    list: async (filter, { limit, after }) => {
      await activity.flush()
      const now = clock()
      const { userId, kind, idleOverSeconds } = filter
      let matching = database.read
        .selectFrom('sessions')
        .where('ended_at', 'is', null)
        .where(notEnded(limits.current(), now))
      if (userId !== undefined) matching = matching.where('user_id', '=', userId)
      if (kind !== undefined) matching = matching.where('kind', '=', kind)
      if (idleOverSeconds !== undefined)
        matching = matching.where('last_activity_at', '<', now - idleOverSeconds * 1000)
      let wanted = matching.select(sessionColumns)
      // One person's sessions are few: finding them comes before any order. The plus keeps SQLite from walking
      // everybody's in the order wanted.
      const start = userId === undefined ? sql.ref('created_at') : sql`+created_at`
      if (after) wanted = wanted.where(sql<boolean>`(${start}, id) < (${Number(after.value)}, ${after.id})`)
      const rows = await wanted
        .orderBy(start, 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      const { total } = await matching
        .select((query) => query.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      return pageOf(rows, limit, total, (row) => ({ value: row.created_at, id: row.id }))
    },
  }
}
