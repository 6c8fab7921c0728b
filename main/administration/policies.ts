import type { InstanceId } from '../../domain/instance.ts'
import type { Policy, PolicyReading } from '../../domain/policy.ts'
import type { Preview } from '../../domain/preview.ts'
import type { Outcome } from '../../domain/problem.ts'
import type { Revision, WriteResult } from '../../domain/reading.ts'
import type { Connections } from '../instances/connections.ts'
import { workOn } from './work-on.ts'

/** The session rules of the instances. Every reading and every change of a policy passes through here. */
export interface Policies {
  read(instance: InstanceId): Promise<Outcome<PolicyReading>>
  /** What a change of the policy that was read at `basis` would end now. */
  preview(instance: InstanceId, change: Policy, basis: Revision): Promise<Outcome<Preview>>
  /** Writes only if the policy still is at `basis`. */
  write(instance: InstanceId, change: Policy, basis: Revision): Promise<Outcome<WriteResult<PolicyReading>>>
}

export function createPolicies(connections: Pick<Connections, 'use'>): Policies {
  const on = workOn(connections)
  return {
    read: (instance) => on(instance, 'policy', 'policy.read', (policy) => policy.read()),
    preview: (instance, change, basis) =>
      on(instance, 'policy', 'policy.read', (policy) => policy.preview?.(change, basis)),
    write: (instance, change, basis) =>
      on(instance, 'policy', 'policy.write', (policy) => policy.write(change, basis)),
  }
}
