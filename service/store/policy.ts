import type { ServicePolicy } from '../../domain/service-policy.ts'
import type { Clock } from '../clock.ts'
import type { Database, Write } from '../database/database.ts'
import type { Activity } from './activity.ts'
import type { Author } from './author.ts'
import { type Journal, tagOf } from './journal.ts'
import { type LimitsCache, policyOf, readLimits } from './limits.ts'
import { makeAllOrdinary, markAllEnded, markEnded } from './sweep.ts'

/** The policy with its version and its last change. */
export interface StoredPolicy {
  readonly policy: ServicePolicy
  readonly revision: string
  readonly updatedAt: number
  readonly updatedBy: string
}

export interface Policies {
  read(): Promise<StoredPolicy>
  /**
   * Replaces the policy if it is still one of those that were read.
   *
   * Sessions that the old policy has ended are written down as ended first: a longer limit revives nothing.
   */
  replace(
    author: Author,
    revisions: readonly string[],
    policy: ServicePolicy,
  ): Promise<{ readonly stored: StoredPolicy } | { readonly conflict: StoredPolicy }>
}

/** Writes down what the limits, as they are within this transaction, have ended until now. */
export async function settleEnded(
  transaction: Write,
  record: Parameters<typeof markEnded>[1],
  now: number,
): Promise<void> {
  await markEnded(transaction, record, await readLimits(transaction), now, 1_000_000_000)
}

/** The policy of the organisation. */
export function createPolicies({
  database,
  journal,
  activity,
  limits,
  clock,
}: {
  readonly database: Database
  readonly journal: Journal
  readonly activity: Activity
  readonly limits: LimitsCache
  readonly clock: Clock
}): Policies {
  const read = async (source: Database['read'] | Write): Promise<StoredPolicy> => {
    const row = await source.selectFrom('settings').selectAll().executeTakeFirstOrThrow()
    return {
      policy: policyOf(row),
      revision: String(row.policy_revision),
      updatedAt: row.updated_at,
      updatedBy: row.updated_by,
    }
  }
  return {
    read: () => read(database.read),
    replace: async (author, revisions, policy) => {
      const before = await read(database.read)
      if (!revisions.includes(before.revision)) return { conflict: before }
      // Most of it in small steps; what ends meanwhile, within the change itself.
      await markAllEnded({ journal, activity }, limits.current(), clock())
      if (policy.rememberMe.enabled && !before.policy.rememberMe.enabled) await makeAllOrdinary(journal)
      await activity.flush()
      const { actor } = author
      const result = await author.write(async (transaction, record) => {
        const now = clock()
        const stored = await read(transaction)
        if (!revisions.includes(stored.revision)) return { conflict: stored }
        await settleEnded(transaction, record, now)
        if (policy.rememberMe.enabled && !stored.policy.rememberMe.enabled)
          await makeAllOrdinary(journal, transaction)
        const { idleTimeout, idleAppliesToRemembered, rememberMe } = policy
        await transaction
          .updateTable('settings')
          .set(({ eb }) => ({
            idle_enabled: idleTimeout.enabled ? 1 : 0,
            idle_seconds: idleTimeout.seconds,
            idle_remembered: idleAppliesToRemembered ? 1 : 0,
            remember_enabled: rememberMe.enabled ? 1 : 0,
            maximum_seconds: rememberMe.maximumSeconds,
            policy_revision: eb('policy_revision', '+', 1),
            limits_revision: eb('limits_revision', '+', 1),
            updated_at: now,
            updated_by: actor.name,
          }))
          .execute()
        const after = await read(transaction)
        record.audit({
          actor,
          action: 'policy.change',
          target: 'policy',
          before: stored.policy,
          after: after.policy,
        })
        record.event({ type: 'policy-changed', data: { etag: tagOf(after.revision), by: actor.name } })
        return { stored: after }
      })
      await limits.refresh()
      return result
    },
  }
}
