import { sql } from 'kysely'
import type { SessionEndReason } from '../../domain/session.ts'
import type { SessionLimits } from '../../domain/session-lifetime.ts'
import type { Clock } from '../clock.ts'
import type { Write } from '../database/database.ts'
import type { Activity } from './activity.ts'
import { endingRules } from './ending.ts'
import type { Journal, Recorder, SessionMention } from './journal.ts'

const rowsAtOnce = 200
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
  limit = rowsAtOnce,
): Promise<number> {
  let left = limit
  for (const rule of endingRules(limits, now)) {
    const { rows } = await sql<SessionMention & { readonly reason: SessionEndReason }>`
      update sessions set ended_at = ${rule.endsAt}, end_reason = ${rule.reason}
      where id in (select id from sessions where ended_at is null and ${rule.ended} limit ${left})
        and ended_at is null and ${rule.ended}
      returning id, user_id as "userId", kind, end_reason as reason`.execute(transaction)
    for (const reason of new Set(rows.map((row) => row.reason)))
      mentionEnded(
        record,
        reason,
        rows.filter((row) => row.reason === reason).map(({ id, userId, kind }) => ({ id, userId, kind })),
      )
    left -= rows.length
    if (left <= 0) break
  }
  return limit - left
}

const pause = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Writes down every session that limits have ended, in small transactions so that nobody waits for it. */
export async function markAllEnded(
  { journal, activity }: { readonly journal: Journal; readonly activity: Activity },
  limits: SessionLimits,
  now: number,
): Promise<number> {
  await activity.flush()
  for (let total = 0; ; ) {
    const marked = await journal.write(
      (transaction, record) => markEnded(transaction, record, limits, now),
      'hasty',
    )
    total += marked
    if (marked < rowsAtOnce) return total
    await pause()
  }
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

/** Keeps writing down which sessions have ended, and forgets those long ended. */
export function createSweeper({
  journal,
  activity,
  limits,
  clock,
  everyMs = 1000,
}: {
  readonly journal: Journal
  readonly activity: Activity
  readonly limits: () => SessionLimits
  readonly clock: Clock
  /** Real milliseconds. */
  readonly everyMs?: number
}): { sweep(): Promise<void>; close(): Promise<void> } {
  let sweeping: Promise<void> | undefined
  let closed = false
  let rounds = 0
  const forget = async (now: number) => {
    for (;;) {
      const { numAffectedRows = 0n } = await journal.write(
        (transaction) =>
          sql`delete from sessions where id in
            (select id from sessions where ended_at is not null and ended_at < ${now - keepEndedMs} limit ${rowsAtOnce})`.execute(
            transaction,
          ),
        'hasty',
      )
      if (closed || numAffectedRows < BigInt(rowsAtOnce)) return
      await pause()
    }
  }
  const sweepAll = async () => {
    await activity.flush()
    for (;;) {
      const now = clock()
      const marked = await journal.write(
        (transaction, record) => markEnded(transaction, record, limits(), now),
        'hasty',
      )
      if (closed || marked < rowsAtOnce) break
      await pause()
    }
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
