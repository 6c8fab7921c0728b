import { sql } from 'kysely'
import type { SessionMention } from '../../domain/news.ts'
import type { SessionEndReason } from '../../domain/session.ts'
import type { SessionLimits } from '../../domain/session-lifetime.ts'
import type { Clock } from '../clock.ts'
import type { Write } from '../database/database.ts'
import type { EndingsTable } from '../database/tables.ts'
import type { Activity } from './activity.ts'
import { endingRules, notRevoked } from './ending.ts'
import type { Journal, Recorder } from './journal.ts'
import { nextTurn } from './next-turn.ts'
import type { SigningKeys } from './signing-keys.ts'

const fewAtOnce = 20
const rowsAtOnce = 400
/** In milliseconds: nobody else is answered during a step. */
const stepMs = 5
const mentionsAtOnce = 500

/** Tells of ended sessions, a bounded number in each event. */
export function mentionEnded(
  record: Recorder,
  reason: SessionEndReason,
  sessions: readonly SessionMention[],
): void {
  for (let start = 0; start < sessions.length; start += mentionsAtOnce)
    record.event({
      type: 'session-ended',
      data: { reason, sessions: sessions.slice(start, start + mentionsAtOnce) },
    })
}

/** Ends what expired tokens have made. */
async function endWithTokens(
  transaction: Write,
  record: Recorder,
  tokens: readonly SessionMention[],
  now: number,
): Promise<void> {
  const { rows } = await sql<SessionMention>`update sessions set ended_at = ${now}, end_reason = 'expired'
    where parent_id in (${sql.join(tokens.map(({ id }) => id))}) and ended_at is null and ${notRevoked}
    returning id, user_id as "userId", kind`.execute(transaction)
  mentionEnded(record, 'expired', rows)
}

/**
 * Writes down, for up to `limit` sessions, that they have ended by a rule.
 *
 * @returns how many it was; fewer than `limit` means there are no more
 */
export async function markEnded(
  transaction: Write,
  record: Recorder,
  limits: SessionLimits,
  now: number,
  limit: number,
): Promise<number> {
  let left = limit
  for (const rule of endingRules(limits, now)) {
    // The second condition is for what another replica changes meanwhile. As a case it is no invitation to the
    // planner to walk an index for it instead of going by the ids.
    const { rows } = await sql<SessionMention & { readonly reason: SessionEndReason }>`
      update sessions set ended_at = ${rule.endsAt}, end_reason = ${rule.reason}
      where id in (select id from sessions where ended_at is null and ${rule.ended} and ${notRevoked} limit ${left})
        and case when ended_at is null then ${rule.ended} end
      returning id, user_id as "userId", kind, end_reason as reason`.execute(transaction)
    for (const reason of new Set(rows.map((row) => row.reason)))
      mentionEnded(
        record,
        reason,
        rows.filter((row) => row.reason === reason).map(({ id, userId, kind }) => ({ id, userId, kind })),
      )
    if (rule.name === 'token' && rows.length > 0) await endWithTokens(transaction, record, rows, now)
    left -= rows.length
    if (left <= 0) break
  }
  return limit - left
}

/**
 * Goes on with something step by step, with room for everything else between two steps.
 *
 * @param step does up to `limit` rows of it; fewer than that means that it is done
 * @returns how many rows it was
 */
async function inSteps(
  step: (limit: number) => Promise<number>,
  isClosed: () => boolean = () => false,
): Promise<number> {
  let limit = fewAtOnce
  for (let total = 0; ; ) {
    const started = performance.now()
    const done = await step(limit)
    total += done
    if (done < limit || isClosed()) return total
    const fitting = Math.floor((limit * stepMs) / (performance.now() - started))
    limit = Math.max(fewAtOnce, Math.min(rowsAtOnce, limit * 2, fitting))
    await nextTurn()
  }
}

/** Writes into the rows of up to `limit` sessions that somebody has ended them. @returns how many it was */
async function settleEndings(transaction: Write, limit: number): Promise<number> {
  const { rows: endings } = await sql<EndingsTable>`delete from endings where (user_id, session_id) in
    (select user_id, session_id from endings order by user_id, session_id limit ${limit}) returning *`.execute(
    transaction,
  )
  const alike = Map.groupBy(endings, ({ ended_at, end_reason }) => `${ended_at} ${end_reason}`)
  for (const some of alike.values())
    await transaction
      .updateTable('sessions')
      .set({ ended_at: some[0]?.ended_at, end_reason: some[0]?.end_reason })
      .where('ended_at', 'is', null)
      .where(
        'id',
        'in',
        some.map(({ session_id }) => session_id),
      )
      .execute()
  return endings.length
}

/** Writes down every session that limits have ended, in small transactions so that nobody waits for it. */
export async function markAllEnded(
  { journal, activity }: { readonly journal: Journal; readonly activity: Activity },
  limits: SessionLimits,
  now: number,
): Promise<number> {
  await activity.flush()
  return await inSteps((limit) =>
    journal.write((transaction, record) => markEnded(transaction, record, limits, now, limit), 'hasty'),
  )
}

/** Takes the privilege from up to `limit` remembered sessions, for good. @returns how many it was */
async function makeOrdinary(transaction: Write, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`update sessions set remembered = 0 where id in
    (select id from sessions where ended_at is null and kind = 'web' and remembered = 1 limit ${limit})`.execute(
    transaction,
  )
  return Number(numAffectedRows)
}

/**
 * Makes ordinary what was remembered before remember-me was switched off, in small steps; what is left is made so
 * within `transaction`, where that is given. Until it is done the rules treat those sessions as ordinary anyway; it is
 * for when remember-me is switched on again, which gives the privilege back to nobody.
 */
export async function makeAllOrdinary(journal: Journal, transaction?: Write): Promise<void> {
  if (transaction) await makeOrdinary(transaction, 1_000_000_000)
  else await inSteps((limit) => journal.write((step) => makeOrdinary(step, limit), 'hasty'))
}

/** Clocks of several machines may differ by this much without anybody having set one. */
const toleratedMs = 60_000

/**
 * For a start with a clock that was set back since the last run: what had ended by then is written down as
 * ended, and what seems to come from the future begins now. So nothing is revived, and nothing lasts longer
 * from here than its limit.
 *
 * @param seen the latest instant this organisation has known
 */
export async function settleClockSetBack(
  parts: { readonly journal: Journal; readonly activity: Activity },
  limits: SessionLimits,
  { seen, now }: { readonly seen: number; readonly now: number },
): Promise<boolean> {
  if (seen <= now + toleratedMs) return false
  await markAllEnded(parts, limits, seen)
  await parts.journal.write((transaction) =>
    sql`update sessions set created_at = case when created_at > ${now} then ${now} else created_at end,
      last_activity_at = case when last_activity_at > ${now} then ${now} else last_activity_at end
      where ended_at is null and (created_at > ${now} or last_activity_at > ${now})`.execute(transaction),
  )
  return true
}

const day = 86_400_000
/** How long an ended session is remembered, so that its holder is told why it ended. */
const keepEndedMs = 30 * day
const keepEvents = 20_000

/** Keeps writing down which sessions have ended, forgets those long ended, and has signing keys replaced. */
export function createSweeper({
  journal,
  activity,
  limits,
  clock,
  rotateSigningKeys,
  everyMs = 1000,
}: {
  readonly journal: Journal
  readonly activity: Activity
  readonly limits: () => SessionLimits
  readonly clock: Clock
  readonly rotateSigningKeys: SigningKeys['rotate']
  /** Real milliseconds. */
  readonly everyMs?: number
}): { sweep(): Promise<void>; close(): Promise<void> } {
  let sweeping: Promise<void> | undefined
  let closed = false
  let rounds = 0
  const isClosed = () => closed
  const forget = (now: number) =>
    inSteps(
      (limit) =>
        journal.write(async (transaction) => {
          const { numAffectedRows = 0n } = await sql`delete from sessions where id in
            (select id from sessions where ended_at is not null and ended_at < ${now - keepEndedMs} limit ${limit})`.execute(
            transaction,
          )
          return Number(numAffectedRows)
        }, 'hasty'),
      isClosed,
    )
  const sweepAll = async () => {
    await activity.flush()
    await inSteps(
      (limit) => journal.write((transaction) => settleEndings(transaction, limit), 'hasty'),
      isClosed,
    )
    if (closed) return
    await inSteps((limit) => {
      const now = clock()
      return journal.write(
        (transaction, record) => markEnded(transaction, record, limits(), now, limit),
        'hasty',
      )
    }, isClosed)
    if (!closed && !limits().policy.rememberMe.enabled) await makeAllOrdinary(journal)
    // After the sessions: what a key has signed is written down as ended before the key is forgotten.
    if (!closed) await rotateSigningKeys()
    if (!closed && rounds++ % 60 === 0) {
      await forget(clock())
      await journal.prune(keepEvents)
    }
  }
  const sweep = () => {
    sweeping ??= sweepAll().finally(() => {
      sweeping = undefined
    })
    return sweeping
  }
  const timer = setInterval(() => {
    sweep().catch(() => {})
  }, everyMs)
  timer.unref()
  return {
    sweep,
    close: async () => {
      closed = true
      clearInterval(timer)
      await sweeping?.catch(() => {})
    },
  }
}
