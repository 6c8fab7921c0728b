import { sql } from 'kysely'
import type { SessionKind } from '../../domain/session.ts'
import { hasEnded, type SessionLimits } from '../../domain/session-lifetime.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import type { Activity } from './activity.ts'
import { ended, notEnded } from './ending.ts'
import { running, type StoredSession } from './sessions.ts'

/** What a change of the limits would do at this moment (B1). */
export interface Preview {
  readonly endsSessions: number
  readonly endsUsers: number
  /** Whether it would end the asker's own session. */
  readonly endsYours: boolean
  readonly byKind: Readonly<Record<SessionKind, number>>
}

const usersAtOnce = 4_000

const pause = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Counts, session by session, what other limits would end. It goes through the people in steps, so that a
 * million sessions keep nobody waiting.
 */
export async function previewLimits(
  {
    database,
    activity,
    clock,
  }: { readonly database: Database; readonly activity: Activity; readonly clock: Clock },
  current: SessionLimits,
  wanted: SessionLimits,
  yours: StoredSession,
): Promise<Preview> {
  await activity.flush()
  const now = clock()
  const byKind = { web: 0, token: 0, kubernetes: 0 }
  let endsUsers = 0
  for (let after = ''; ; ) {
    const step = await database.read
      .selectFrom('sessions')
      .select(['user_id', 'kind', (query) => query.fn.countAll<number>().as('count')])
      .where('ended_at', 'is', null)
      .where('user_id', '>', after)
      .where(notEnded(current, now))
      .where(ended(wanted, now))
      .groupBy(['user_id', 'kind'])
      .orderBy('user_id')
      .limit(usersAtOnce)
      .execute()
    // The last person may go on in the next step: leave them to it.
    const last = step.length === usersAtOnce ? step.at(-1)?.user_id : undefined
    let previous = after
    for (const { user_id, kind, count } of step) {
      if (user_id === last) break
      byKind[kind] += count
      if (user_id !== previous) endsUsers++
      previous = user_id
    }
    if (last === undefined) break
    after = previous
    await pause()
  }
  return {
    endsSessions: byKind.web + byKind.token + byKind.kubernetes,
    endsUsers,
    endsYours: hasEnded(
      running({ ...yours, last_activity_at: activity.latest(yours.id, yours.last_activity_at) }),
      wanted,
      now,
    ),
    byKind,
  }
}

/** How many sessions are running, by kind. */
export async function countRunning(
  database: Database,
  limits: SessionLimits,
  now: number,
): Promise<Readonly<Record<SessionKind, number>>> {
  const rows = await database.read
    .selectFrom('sessions')
    .select(['kind', sql<number>`count(*)`.as('count')])
    .where('ended_at', 'is', null)
    .where(notEnded(limits, now))
    .groupBy('kind')
    .execute()
  const counts = { web: 0, token: 0, kubernetes: 0 }
  for (const { kind, count } of rows) counts[kind] = count
  return counts
}
