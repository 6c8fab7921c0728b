import { type RawBuilder, sql } from 'kysely'
import type { SessionMention } from '../../domain/news.ts'
import type { SessionEndReason } from '../../domain/session.ts'
import type { Clock } from '../clock.ts'
import type { Write } from '../database/database.ts'
import type { Activity } from './activity.ts'
import type { Author } from './author.ts'
import { ended } from './ending.ts'
import type { Actor, Recorder } from './journal.ts'
import type { LimitsCache } from './limits.ts'
import { nextTurn } from './next-turn.ts'
import { mentionEnded } from './sweep.ts'

/** Who ends sessions, and why. */
interface EndingAct {
  readonly author: Author
  /** What they wrote about it. */
  readonly reason?: string | undefined
  readonly because: SessionEndReason
}

/**
 * The ending of sessions by somebody. What the rules end is the sweep's. Whoever may end their own session too does that
 * last: it ends their right to end others.
 */
export interface SessionEndings {
  /** Ends running sessions of people, except one. @returns how many it was, by person */
  endOfUsers(
    act: EndingAct,
    userIds: readonly string[],
    except?: string | undefined,
  ): Promise<ReadonlyMap<string, number>>
  /** Ends sessions by their ids. @returns those that were running */
  endByIds(act: EndingAct, ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Signs one session out within somebody else's transaction. */
  signOutWithin(transaction: Write, record: Recorder, actor: Actor, id: string): Promise<void>
  /** Ends running sessions of one person within somebody else's transaction. */
  endWithin(
    transaction: Write,
    userId: string,
    because: SessionEndReason,
    except?: string | undefined,
  ): Promise<readonly SessionMention[]>
}

const atOnce = 500

/** What is in an id list, in pieces a statement can take. */
function* pieces<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += atOnce) yield all.slice(start, start + atOnce)
}

function countBy(sessions: readonly SessionMention[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { userId } of sessions) counts.set(userId, (counts.get(userId) ?? 0) + 1)
  return counts
}

/** People as the audit trail names them. */
function userTarget(ids: readonly string[]): string {
  return ids.map((id) => `user:${id}`).join(' ')
}

/** Ends sessions at once, with one record and one event for each piece of a long list. */
export function createSessionEndings({
  activity,
  limits,
  clock,
}: {
  readonly activity: Activity
  readonly limits: LimitsCache
  readonly clock: Clock
}): SessionEndings {
  /** Ends those running sessions that meet a condition. Their rows are left to the sweep. */
  const end = async (
    transaction: Write,
    because: SessionEndReason,
    which: RawBuilder<boolean>,
    except?: string | undefined,
  ): Promise<readonly SessionMention[]> => {
    const now = clock()
    // One that a rule has already ended is not there to be revoked; the sweep says by which rule. One that
    // somebody has ended is in the way of itself.
    const { rows } = await sql<SessionMention>`
      insert into endings (user_id, session_id, kind, ended_at, end_reason)
      select user_id, id, kind, ${sql.lit(now)}, ${sql.lit(because)} from sessions
      where ended_at is null and ${which} and not ${ended(limits.current(), now)} and id <> ${except ?? ''}
      on conflict (user_id, session_id) do nothing
      returning session_id as id, user_id as "userId", kind`.execute(transaction)
    const tokens = rows.filter(({ kind }) => kind === 'token').map(({ id }) => id)
    if (tokens.length === 0) return rows
    // What a token made ends with it. It makes no tokens.
    const made = await end(transaction, because, sql`parent_id in (${sql.join(tokens)})`, except)
    return [...rows, ...made]
  }

  /**
   * Ends sessions, and writes down who did it to whom. The record names some hundred at the most.
   *
   * @param endedBefore how many the same act has ended in earlier pieces
   */
  const endAndRecord = async (
    transaction: Write,
    record: Recorder,
    { actor, reason, because }: Omit<EndingAct, 'author'> & { readonly actor: Actor },
    which: RawBuilder<boolean>,
    { except, endedBefore = 0 }: { readonly except?: string | undefined; readonly endedBefore?: number } = {},
  ): Promise<readonly SessionMention[]> => {
    const rows = await end(transaction, because, which, except)
    if (rows.length === 0) return rows
    mentionEnded(record, because, rows)
    record.audit({
      actor,
      action: because === 'signed-out' ? 'session.sign-out' : 'session.revoke',
      target: userTarget([...new Set(rows.map(({ userId }) => userId))]),
      after: {
        ended: rows.length,
        ...(endedBefore > 0 && { endedBefore }),
        sessions: rows.slice(0, atOnce).map(({ id }) => id),
      },
      reason,
    })
    return rows
  }
  const endFor = (
    { author, ...act }: EndingAct,
    which: RawBuilder<boolean>,
    more: { readonly except?: string | undefined; readonly endedBefore: number },
  ): Promise<readonly SessionMention[]> =>
    author.write((transaction, record) =>
      endAndRecord(transaction, record, { ...act, actor: author.actor }, which, more),
    )

  return {
    endOfUsers: async (act, userIds, except) => {
      await activity.flush()
      const counts = new Map<string, number>()
      let endedBefore = 0
      // In the order of the index, so that neighbours are read and written together.
      for (const ids of pieces([...new Set(userIds)].sort())) {
        const gone = await endFor(act, sql`user_id in (${sql.join(ids)})`, { except, endedBefore })
        endedBefore += gone.length
        for (const [id, count] of countBy(gone)) counts.set(id, count)
        await nextTurn()
      }
      return counts
    },
    endByIds: async (act, ids) => {
      await activity.flush()
      const gone = new Set<string>()
      for (const some of pieces([...new Set(ids)])) {
        const piece = await endFor(act, sql`id in (${sql.join(some)})`, { endedBefore: gone.size })
        for (const { id } of piece) gone.add(id)
        await nextTurn()
      }
      return gone
    },
    signOutWithin: async (transaction, record, actor, id) => {
      await endAndRecord(transaction, record, { actor, because: 'signed-out' }, sql`id = ${id}`)
    },
    endWithin: (transaction, userId, because, except) =>
      end(transaction, because, sql`user_id = ${userId}`, except),
  }
}
