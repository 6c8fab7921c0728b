import { z } from 'zod'
import {
  DurationUnit,
  durationUnits,
  formatAmount,
  formatDuration,
  naturalUnit,
  type Seconds,
  toUnit,
} from './duration.ts'
import type { FieldProblem } from './problem.ts'
import { readingStamp } from './reading.ts'
import { Instant } from './session.ts'

const day = durationUnits.days
const seconds = z.int().nonnegative()

/** The session rules of an instance, complete (product.md section 3). */
export const Policy = z.strictObject({
  /** K2, K3, O1: sign out people who are inactive this long. */
  idleTimeout: z.strictObject({ enabled: z.boolean(), seconds }),
  /** Whether the idle timeout also ends sessions with "remember me". */
  idleAppliesToRemembered: z.boolean(),
  /** O2: whether people may stay signed in, and the longest any web session may last. */
  rememberMe: z.strictObject({ enabled: z.boolean(), maximumSeconds: seconds }),
})
export type Policy = Readonly<z.infer<typeof Policy>>

/** The session service's policy as it is stored there. */
export const StoredPolicy = z.object({ ...Policy.shape, updatedAt: Instant, updatedBy: z.string() })
export type StoredPolicy = Readonly<z.infer<typeof StoredPolicy>>

/**
 * The rules of one instance as its server has them: a rule that is absent is one this server does not have
 * (Octopus knows no exception for remembered sessions, DuploCloud only the two durations).
 */
export const InstancePolicy = Policy.extend({
  /** D2, *Authorization token session duration*. */
  tokenSeconds: seconds,
  /** D3, *Maximum K8s Session Duration*. */
  kubernetesSeconds: seconds,
}).partial()
export type InstancePolicy = Readonly<z.infer<typeof InstancePolicy>>
export type PolicyField = keyof InstancePolicy

/** The rules that the caller wants changed; what is absent stays as it is. */
export const PolicyChange = InstancePolicy
export type PolicyChange = InstancePolicy

/** An instance's policy as it was at a moment. */
export const PolicyReading = z.object({
  value: InstancePolicy,
  /** The unit this server keeps each duration in; a value that is no whole number of it is refused. */
  units: z
    .object({
      'idleTimeout.seconds': DurationUnit,
      'rememberMe.maximumSeconds': DurationUnit,
      tokenSeconds: DurationUnit,
      kubernetesSeconds: DurationUnit,
    })
    .partial(),
  ...readingStamp,
})
export type PolicyReading = Readonly<z.infer<typeof PolicyReading>>

/** What a fresh instance starts with (product.md section 3). */
export const defaultPolicy: Policy = {
  idleTimeout: { enabled: true, seconds: 1_200 },
  idleAppliesToRemembered: false,
  rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
}

/** The smallest and largest value of a duration, in seconds, both allowed. */
export interface Bounds {
  readonly min: Seconds
  readonly max: Seconds
}

/** Enforced by service and app alike (product.md section 3). */
export const policyBounds = {
  idleSeconds: { min: 60, max: 30 * day },
  maximumSeconds: { min: 300, max: 365 * day },
  tokenSeconds: { min: 60, max: 30 * day },
  kubernetesSeconds: { min: 60, max: 30 * day },
} as const satisfies Record<string, Bounds>

/** The *Timeout limit* list of K3, in its order. *Custom* is what none of these is. */
export const namedIdleLimits: readonly Seconds[] = [3_600, 10_800, 21_600, 43_200, 86_400]

/** One thing that is wrong with a policy, naming the field it stands next to. */
export interface PolicyFault extends FieldProblem {
  readonly field: 'idleTimeout.seconds' | 'rememberMe.maximumSeconds' | 'tokenSeconds' | 'kubernetesSeconds'
  readonly code: 'too-short' | 'too-long' | 'below-idle'
  readonly min: Seconds
  readonly max: Seconds
}

/**
 * A length of time in the unit it was typed in, with the human echo where the two differ:
 * `60 seconds (1 minute)`.
 */
export function inTypedUnit(value: Seconds, unit: DurationUnit): string {
  const amount = toUnit(value, unit)
  if (amount === undefined) return formatDuration(value)
  const typed = formatAmount(amount, unit)
  return naturalUnit(value) === unit ? typed : `${typed} (${formatDuration(value)})`
}

/**
 * Says which bound a duration breaks, in the unit typed.
 *
 * @returns `undefined` when the value is within the bounds.
 */
export function explainBounds(
  name: string,
  value: Seconds,
  bounds: Bounds,
  unit: DurationUnit = 'seconds',
): { readonly code: 'too-short' | 'too-long'; readonly message: string } | undefined {
  if (value < bounds.min)
    return { code: 'too-short', message: `${name} must be at least ${inTypedUnit(bounds.min, unit)}.` }
  if (value > bounds.max)
    return { code: 'too-long', message: `${name} can be at most ${inTypedUnit(bounds.max, unit)}.` }
  return undefined
}

/** The unit each duration of a policy was typed in, for the words of a message; seconds where not given. */
export type TypedUnits = Readonly<Partial<Record<PolicyFault['field'], DurationUnit>>>

/**
 * Holds a policy against the bounds of product.md section 3. Rules that are absent are not checked.
 *
 * The idle seconds are checked even while the rule is off, so that switching it on can't bring in a value
 * nobody checked. The maximum may not be below an idle timeout that is on.
 *
 * @returns every fault, in the order of the form; empty when the policy may be stored
 */
export function checkPolicy(policy: InstancePolicy, units: TypedUnits = {}): readonly PolicyFault[] {
  const { idleTimeout, rememberMe, tokenSeconds, kubernetesSeconds } = policy
  const faults: PolicyFault[] = []
  const check = (field: PolicyFault['field'], name: string, value: Seconds | undefined, bounds: Bounds) => {
    const broken = value === undefined ? undefined : explainBounds(name, value, bounds, units[field])
    if (broken) faults.push({ field, ...broken, ...bounds })
    return broken === undefined
  }
  const maximumName = 'The maximum session duration'
  const idleSound = check(
    'idleTimeout.seconds',
    'The timeout limit',
    idleTimeout?.seconds,
    policyBounds.idleSeconds,
  )
  const maximumSound = check(
    'rememberMe.maximumSeconds',
    maximumName,
    rememberMe?.maximumSeconds,
    policyBounds.maximumSeconds,
  )
  if (
    idleSound &&
    maximumSound &&
    idleTimeout?.enabled &&
    rememberMe &&
    rememberMe.maximumSeconds < idleTimeout.seconds
  ) {
    const limit = inTypedUnit(idleTimeout.seconds, units['rememberMe.maximumSeconds'] ?? 'seconds')
    faults.push({
      field: 'rememberMe.maximumSeconds',
      code: 'below-idle',
      message: `${maximumName} can't be shorter than the timeout limit, ${limit}.`,
      min: idleTimeout.seconds,
      max: policyBounds.maximumSeconds.max,
    })
  }
  check('tokenSeconds', 'The authorization token session duration', tokenSeconds, policyBounds.tokenSeconds)
  check(
    'kubernetesSeconds',
    'The maximum K8s session duration',
    kubernetesSeconds,
    policyBounds.kubernetesSeconds,
  )
  return faults
}

/** The smallest change that leads from one policy to another; empty when they are equal. */
export function policyDifference(from: InstancePolicy, to: InstancePolicy): PolicyChange {
  const fields = Object.keys(InstancePolicy.shape) as PolicyField[]
  return Object.fromEntries(
    fields
      .filter((field) => to[field] !== undefined && JSON.stringify(from[field]) !== JSON.stringify(to[field]))
      .map((field) => [field, to[field]]),
  )
}
