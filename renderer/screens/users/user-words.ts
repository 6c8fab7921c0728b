import { formatCount, formatCountdown } from '../../../domain/duration.ts'
import type { Session } from '../../../domain/session.ts'
import type { User } from '../../../domain/user.ts'

export const kindNames: Readonly<Record<Session['kind'], string>> = {
  web: 'Web',
  token: 'Token',
  kubernetes: 'Kubernetes',
}

type SessionCounts = NonNullable<User['sessions']>

export function sessionTotal(counts: SessionCounts | undefined): number {
  return counts ? counts.web + counts.token + counts.kubernetes : 0
}

/** Somebody's running sessions by kind: `2 web, 1 token`; `No` when there is none. */
export function sessionCountWords(counts: SessionCounts | undefined): string {
  if (!counts) return '—'
  const parts = (['web', 'token', 'kubernetes'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${formatCount(counts[kind])} ${kind}`)
  return parts.length === 0 ? 'No' : parts.join(', ')
}

/**
 * How much of a list is on show: `200 of 523 shown`.
 *
 * @param held how many Curfew has read
 */
export function shownWords(shown: number, total: number, held: number): string {
  const left = shown === held ? '. Curfew lists no more of one person; revoking all ends the others too.' : ''
  return `${formatCount(shown)} of ${formatCount(total)} shown${left}`
}

const because: Readonly<Record<NonNullable<Session['endsBecause']>, string>> = {
  idle: 'if nothing is done in it',
  maximum: 'at the maximum session duration',
  expired: 'when its duration is over',
  revoked: 'because it was revoked',
  'signed-out': 'because it was signed out',
  disabled: 'because the account is disabled',
  displaced: 'because the account signed in many times since',
}

/**
 * When a session will end and why, counted on the server's clock.
 *
 * @param serverNow the server's clock, milliseconds since 1970
 */
export function endWords({ endsAt, endsBecause }: Session, serverNow: number): string {
  if (endsAt === null) return 'No rule ends it'
  const left = (Date.parse(endsAt) - serverNow) / 1000
  const why = endsBecause ? ` ${because[endsBecause]}` : ''
  return left <= 0 ? 'Ending now' : `Ends in ${formatCountdown(left)}${why}`
}
