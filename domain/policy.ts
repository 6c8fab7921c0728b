import { z } from 'zod'
import {
  type DurationUnit,
  durationUnits,
  formatAmount,
  formatDuration,
  naturalUnit,
  type Seconds,
  toUnit,
} from './duration.ts'

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

/** The fields of a policy that the caller wants changed; what is absent stays as it is. */
export const PolicyChange = Policy.partial()
export type PolicyChange = Readonly<z.infer<typeof PolicyChange>>

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
export interface PolicyFault {
  readonly field: 'idleTimeout.seconds' | 'rememberMe.maximumSeconds'
  readonly code: 'too-short' | 'too-long' | 'below-idle'
  readonly message: string
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

/**
 * Holds a policy against the bounds of product.md section 3.
 *
 * The idle seconds are checked even while the rule is off, so that switching it on can't bring in a value
 * nobody checked. The maximum may not be below an idle timeout that is on.
 *
 * @param units the units the fields were typed in, for the words of the messages
 * @returns every fault; empty when the policy may be stored
 */
export function checkPolicy(
  policy: Policy,
  units: { readonly idle?: DurationUnit; readonly maximum?: DurationUnit } = {},
): readonly PolicyFault[] {
  const faults: PolicyFault[] = []
  const { idleTimeout, rememberMe } = policy
  const maximumUnit = units.maximum ?? 'seconds'

  const idle = explainBounds('The timeout limit', idleTimeout.seconds, policyBounds.idleSeconds, units.idle)
  if (idle) faults.push({ field: 'idleTimeout.seconds', ...idle, ...policyBounds.idleSeconds })

  const name = 'The maximum session duration'
  const maximum = explainBounds(name, rememberMe.maximumSeconds, policyBounds.maximumSeconds, maximumUnit)
  if (maximum) {
    faults.push({ field: 'rememberMe.maximumSeconds', ...maximum, ...policyBounds.maximumSeconds })
  } else if (idleTimeout.enabled && !idle && rememberMe.maximumSeconds < idleTimeout.seconds) {
    faults.push({
      field: 'rememberMe.maximumSeconds',
      code: 'below-idle',
      message: `${name} can't be shorter than the timeout limit, ${inTypedUnit(idleTimeout.seconds, maximumUnit)}.`,
      min: idleTimeout.seconds,
      max: policyBounds.maximumSeconds.max,
    })
  }
  return faults
}

/** A policy with a change laid over it. */
export function applyPolicyChange(policy: Policy, change: PolicyChange): Policy {
  return {
    idleTimeout: change.idleTimeout ?? policy.idleTimeout,
    idleAppliesToRemembered: change.idleAppliesToRemembered ?? policy.idleAppliesToRemembered,
    rememberMe: change.rememberMe ?? policy.rememberMe,
  }
}

/** The smallest change that leads from one policy to another; empty when they are equal. */
export function policyDifference(from: Policy, to: Policy): PolicyChange {
  return {
    ...((from.idleTimeout.enabled !== to.idleTimeout.enabled ||
      from.idleTimeout.seconds !== to.idleTimeout.seconds) && { idleTimeout: to.idleTimeout }),
    ...(from.idleAppliesToRemembered !== to.idleAppliesToRemembered && {
      idleAppliesToRemembered: to.idleAppliesToRemembered,
    }),
    ...((from.rememberMe.enabled !== to.rememberMe.enabled ||
      from.rememberMe.maximumSeconds !== to.rememberMe.maximumSeconds) && { rememberMe: to.rememberMe }),
  }
}
