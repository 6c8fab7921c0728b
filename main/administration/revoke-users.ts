import type { ItemOutcome, RevokeUsersOrder } from '../../domain/job.ts'
import { type Outcome, succeed } from '../../domain/problem.ts'
import type { RevocationResult } from '../../domain/revocation.ts'
import type { Connections } from '../instances/connections.ts'
import { workOn } from './work-on.ts'

/** Ends every session of some people: the work of a job, one request a call. Answers what became of each. */
export function createRevokeUsers(connections: Pick<Connections, 'use'>) {
  const on = workOn(connections)
  return async (
    { instance, reason, includeOwn }: RevokeUsersOrder,
    ids: readonly string[],
  ): Promise<Outcome<ReadonlyMap<string, ItemOutcome>>> => {
    const report = await on(instance, 'sessions', 'sessions.revoke', ({ revoke }) =>
      revoke.users?.(ids, { reason, includeOwn }),
    )
    if (!report.ok) return report
    return succeed(new Map(report.value.results.map((result) => [result.id, outcomeOf(result)])))
  }
}

function outcomeOf({ outcome, revoked }: RevocationResult): ItemOutcome {
  if (outcome !== 'revoked') return { what: outcome }
  return revoked > 0 ? { what: 'revoked', sessions: revoked } : { what: 'had-no-session' }
}
