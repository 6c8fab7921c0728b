import { type RawBuilder, sql } from 'kysely'
import type { Preview } from '../../domain/preview.ts'
import type { SessionCounts, SessionKind } from '../../domain/session.ts'
import { hasEnded, type SessionLimits } from '../../domain/session-lifetime.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import type { Activity } from './activity.ts'
import { ended, notEnded } from './ending.ts'
import { nextTurn } from './next-turn.ts'
import { running, type StoredSession } from './stored-session.ts'

const rowsAtOnce = 2_000

/** Running sessions that meet conditions, counted by person and kind, person by person, in steps. */
async function* byUser(
  database: Pick<Database, 'read' | 'dialect'>,
  conditions: readonly RawBuilder<boolean>[],
): AsyncGenerator<{ readonly user_id: string; readonly kind: SessionKind; readonly count: number }> {
  // Told, because without statistics SQLite would rather walk all sessions once for each step.
  const sessions = database.dialect === 'sqlite' ? sql`sessions indexed by sessions_of_user` : sql`sessions`
  for (let after = ''; ; ) {
    const { rows: step } = await sql<{ user_id: string; kind: SessionKind; count: number }>`
      select user_id, kind, count(*) as count from ${sessions}
      where ended_at is null and user_id > ${after} and ${sql.join(conditions, sql` and `)}
      group by user_id, kind order by user_id, kind limit ${rowsAtOnce}`.execute(database.read)
    // The last person may go on in the next step: leave them to it.
    const last = step.length === rowsAtOnce ? step.at(-1)?.user_id : undefined
    for (const row of step) {
      if (row.user_id === last) break
      yield row
      after = row.user_id
    }
    if (last === undefined) return
    await nextTurn()
  }
}

/**
 * Counts, session by session, what other limits would end. It goes through the people in steps, so that a
 * million sessions keep nobody waiting.
 */
export async function previewLimits(
  {
    database,
    activity,
    clock,
  }: {
    readonly database: Pick<Database, 'read' | 'dialect'>
    readonly activity: Activity
    readonly clock: Clock
  },
  current: SessionLimits,
  wanted: SessionLimits,
  yours: StoredSession,
): Promise<Preview> {
  await activity.flush()
  const now = clock()
  const byKind = { web: 0, token: 0, kubernetes: 0 }
  let endsUsers = 0
  let previous = ''
  for await (const { user_id, kind, count } of byUser(database, [
    notEnded(current, now),
    ended(wanted, now),
  ])) {
    byKind[kind] += count
    if (user_id !== previous) endsUsers++
    previous = user_id
  }
  // As the others are counted: this very request may have been its first activity for long.
  const stored = await database.read
    .selectFrom('sessions')
    .select('last_activity_at')
    .where('id', '=', yours.id)
    .executeTakeFirst()
  return {
    endsSessions: byKind.web + byKind.token + byKind.kubernetes,
    endsUsers,
    endsYours: hasEnded(running({ ...yours, ...stored }), wanted, now),
    byKind,
  }
}

/** How many sessions are running, by kind, counted at most every ten seconds and in steps. */
export function createRunningCount({
  database,
  activity,
  limits,
  clock,
}: {
  readonly database: Database
  readonly activity: Activity
  readonly limits: () => SessionLimits
  readonly clock: Clock
}): () => Promise<SessionCounts> {
  let counted: { readonly at: number; readonly result: Promise<SessionCounts> } | undefined
  const count = async () => {
    await activity.flush()
    const counts = { web: 0, token: 0, kubernetes: 0 }
    for await (const { kind, count } of byUser(database, [notEnded(limits(), clock())])) counts[kind] += count
    return counts
  }
  return async () => {
    const now = performance.now()
    if (!counted || now - counted.at > 10_000) counted = { at: now, result: count() }
    return await counted.result
  }
}
