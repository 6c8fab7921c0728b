import { sql } from 'kysely'
import type { SessionKind } from '../../domain/session.ts'
import { sessionEnd } from '../../domain/session-lifetime.ts'
import type { Clock } from '../clock.ts'
import type { Write } from '../database/database.ts'
import type { Activity } from './activity.ts'
import { notRevoked } from './ending.ts'
import { type Recorder, theService } from './journal.ts'
import { readLimits } from './limits.ts'
import { running, type StoredSession, sessionColumns } from './stored-session.ts'
import { mentionEnded } from './sweep.ts'

/** How many running sessions of each kind one person may have. */
export type Quotas = Readonly<Record<SessionKind, number>>

/** What holds where nobody chose otherwise. */
export const defaultQuotas: Quotas = { web: 100, token: 100, kubernetes: 100 }

/** Somebody has as many sessions of a kind as they may; the message says what they can end. */
export class TooManySessionsError extends Error {
  override readonly name = 'TooManySessionsError'
}

const names = { token: 'authorization tokens', kubernetes: 'Kubernetes sessions' } as const
const remedies = {
  token: 'Revoke one that you no longer need, on your profile page or with DELETE /api/v1/me/sessions/{id}.',
  kubernetes:
    'Revoke one on your profile page or with DELETE /api/v1/me/sessions/{id}, or wait until one expires.',
} as const

/**
 * Makes room for one more session of a person, within the transaction that stores it: changes are stored one at a time,
 * so what is counted here stays true until then.
 *
 * For a web session those unused for longest end, so that nobody is kept from signing in. What programs use goes on: the
 * new one is refused instead.
 *
 * @throws TooManySessionsError
 */
export type MakeRoom = (
  transaction: Write,
  record: Recorder,
  session: { readonly userId: string; readonly kind: SessionKind },
) => Promise<void>

/** Counts the running sessions of people against their quotas. */
export function createMakeRoom({
  quotas,
  activity,
  clock,
}: {
  readonly quotas: Quotas
  readonly activity: Activity
  readonly clock: Clock
}): MakeRoom {
  /** Running sessions, with their activity that is held back still, those unused for longest first. */
  const readRunning = async (transaction: Write, userId: string, kind: SessionKind) => {
    const rows = await transaction
      .selectFrom('sessions')
      .select(sessionColumns)
      .where('user_id', '=', userId)
      .where('kind', '=', kind)
      .where('ended_at', 'is', null)
      .where(notRevoked)
      .execute()
    // As they are stored: another replica may have changed them.
    const limits = await readLimits(transaction)
    const now = clock()
    const byUse = (one: StoredSession, other: StoredSession) =>
      one.last_activity_at - other.last_activity_at ||
      one.created_at - other.created_at ||
      (one.id < other.id ? -1 : 1)
    return rows
      .map((row) => ({ ...row, last_activity_at: activity.latest(row.id, row.last_activity_at) }))
      .filter((row) => sessionEnd(running(row), limits).at > now)
      .sort(byUse)
  }

  return async (transaction, record, { userId, kind }) => {
    const most = quotas[kind]
    // What has ended and is not swept yet is in this count, which an index answers: seldom is more needed.
    const { stored } = await transaction
      .selectFrom('sessions')
      .select(({ fn }) => fn.countAll<number>().as('stored'))
      .where('user_id', '=', userId)
      .where('kind', '=', kind)
      .where('ended_at', 'is', null)
      .executeTakeFirstOrThrow()
    if (Number(stored) < most) return
    const all = await readRunning(transaction, userId, kind)
    if (all.length < most) return
    if (kind !== 'web')
      throw new TooManySessionsError(
        `You have ${all.length} ${names[kind]}; ${most} is the most. ${remedies[kind]}`,
      )
    const leaving = all.slice(0, all.length - most + 1)
    const now = clock()
    for (const { id } of leaving)
      await sql`insert into endings (user_id, session_id, kind, ended_at, end_reason)
        values (${userId}, ${id}, ${kind}, ${sql.lit(now)}, 'displaced')`.execute(transaction)
    mentionEnded(
      record,
      'displaced',
      leaving.map(({ id }) => ({ id, userId, kind })),
    )
    record.audit({
      actor: theService,
      action: 'session.displace',
      target: `user:${userId}`,
      after: { ended: leaving.length, sessions: leaving.slice(0, 500).map(({ id }) => id) },
      reason: `${most} web sessions is the most a person may have.`,
    })
  }
}
