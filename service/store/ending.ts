import { type RawBuilder, sql } from 'kysely'
import type { SessionEndReason, SessionKind } from '../../domain/session.ts'
import type { SessionLimits } from '../../domain/session-lifetime.ts'

/** A rule by which sessions end by themselves, in the shape of an index that finds them. */
export interface EndingRule {
  readonly name: string
  /** True for sessions that this rule has ended at an instant, and for no other. */
  readonly ended: RawBuilder<boolean>
  /** True for sessions that this rule concerns and has not ended. */
  readonly endsAt: RawBuilder<number>
  readonly reason: RawBuilder<SessionEndReason>
}

const milliseconds = (seconds: number) => seconds * 1000

function durationRule(kind: SessionKind, seconds: number, now: number): EndingRule {
  const length = milliseconds(seconds)
  return {
    name: kind,
    ended: sql<boolean>`(kind = ${sql.lit(kind)} and created_at <= ${now - length})`,
    endsAt: sql<number>`created_at + ${length}`,
    reason: sql<SessionEndReason>`'expired'`,
  }
}

/**
 * docs/rules.md, Sessions, as SQL: which running sessions are over at an instant, under given limits. It says the
 * same as the domain's `sessionEnd`, which a test holds it against.
 */
export function endingRules(limits: SessionLimits, now: number): readonly EndingRule[] {
  const { idleTimeout, idleAppliesToRemembered, rememberMe } = limits.policy
  const idle = milliseconds(idleTimeout.seconds)
  const maximum = milliseconds(rememberMe.maximumSeconds)
  const rules: EndingRule[] = []
  if (idleTimeout.enabled) {
    // The earliest end counts: an idle session may have reached its maximum before.
    const maximumFirst = sql<boolean>`created_at + ${maximum} <= last_activity_at + ${idle}`
    for (const remembered of idleAppliesToRemembered || !rememberMe.enabled ? [0, 1] : [0]) {
      rules.push({
        name: remembered ? 'idle-remembered' : 'idle',
        ended: sql<boolean>`(kind = 'web' and remembered = ${sql.lit(remembered)} and last_activity_at <= ${now - idle})`,
        endsAt: sql<number>`case when ${maximumFirst} then created_at + ${maximum} else last_activity_at + ${idle} end`,
        reason: sql<SessionEndReason>`case when ${maximumFirst} then 'maximum' else 'idle' end`,
      })
    }
  }
  rules.push({
    name: 'maximum',
    ended: sql<boolean>`(kind = 'web' and created_at <= ${now - maximum})`,
    endsAt: sql<number>`created_at + ${maximum}`,
    reason: sql<SessionEndReason>`'maximum'`,
  })
  rules.push(durationRule('token', limits.tokenSeconds, now))
  rules.push(durationRule('kubernetes', limits.kubernetesSeconds, now))
  return rules
}

/** True for a stored session that some rule has ended. Combine with `ended_at is null`. */
export function ended(limits: SessionLimits, now: number): RawBuilder<boolean> {
  // One look at the kind and two comparisons: this is asked of every session when a change is previewed.
  const { idleTimeout, idleAppliesToRemembered, rememberMe } = limits.policy
  const before = (seconds: number) => now - milliseconds(seconds)
  const idle = sql<boolean>`last_activity_at <= ${before(idleTimeout.seconds)}`
  const orIdle = !idleTimeout.enabled
    ? sql``
    : idleAppliesToRemembered || !rememberMe.enabled
      ? sql` or ${idle}`
      : sql` or (remembered = 0 and ${idle})`
  return sql<boolean>`(case kind
    when 'web' then created_at <= ${before(rememberMe.maximumSeconds)}${orIdle}
    when 'token' then created_at <= ${before(limits.tokenSeconds)}
    else created_at <= ${before(limits.kubernetesSeconds)} end)`
}

/** True for a stored session that nobody has ended. Combine with `ended_at is null`. */
export const notRevoked = sql<boolean>`not exists (select 1 from endings
  where endings.user_id = sessions.user_id and endings.session_id = sessions.id)`

/** True for a stored session that neither a rule nor anybody has ended. Combine with `ended_at is null`. */
export function notEnded(limits: SessionLimits, now: number): RawBuilder<boolean> {
  return sql<boolean>`(not ${ended(limits, now)} and ${notRevoked})`
}
