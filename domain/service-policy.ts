import { z } from 'zod'
import { durationUnits } from './duration.ts'
import { type FieldTerms, type Policy, policyOf, type ServedFields } from './policy.ts'
import { checkPolicy } from './policy-check.ts'
import type { FieldId } from './policy-fields.ts'
import type { FieldProblem } from './problem.ts'
import { Revision } from './reading.ts'
import { Instant } from './session.ts'

const day = durationUnits.days
const seconds = z.int().nonnegative()

/** The session rules that the session service keeps, in the shape of its API. */
export const ServicePolicy = z.strictObject({
  /** K2, K3, O1: sign out people who are inactive this long. */
  idleTimeout: z.strictObject({ enabled: z.boolean(), seconds }),
  /** Whether the idle timeout also ends sessions with "remember me". */
  idleAppliesToRemembered: z.boolean(),
  /** O2: whether people may stay signed in, and the longest any web session may last. */
  rememberMe: z.strictObject({ enabled: z.boolean(), maximumSeconds: seconds }),
})
export type ServicePolicy = Readonly<z.infer<typeof ServicePolicy>>

/** The session service's policy as it is stored there. */
export const StoredPolicy = z.object({
  ...ServicePolicy.shape,
  /** The ETag says it too, but proxies change and drop that. */
  revision: Revision,
  updatedAt: Instant,
  updatedBy: z.string(),
})
export type StoredPolicy = Readonly<z.infer<typeof StoredPolicy>>

/** What a fresh instance starts with. */
export const defaultPolicy: ServicePolicy = {
  idleTimeout: { enabled: true, seconds: 1_200 },
  idleAppliesToRemembered: false,
  rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
}

/** What the session service accepts, in seconds. */
export const serviceBounds = {
  idle: { min: 60, max: 30 * day },
  maximum: { min: 300, max: 365 * day },
  token: { min: 60, max: 30 * day },
  kubernetes: { min: 60, max: 30 * day },
} as const

/** Where the service keeps each of its rules, and what it says of them. */
const kept = {
  inactivity: {
    on: 'idleTimeout.enabled',
    seconds: 'idleTimeout.seconds',
    terms: { unit: 'seconds', bounds: serviceBounds.idle, canBeOff: true },
  },
  'inactivity-binds-remembered': { on: 'idleAppliesToRemembered', terms: {} },
  'remember-me': { on: 'rememberMe.enabled', terms: {} },
  maximum: {
    seconds: 'rememberMe.maximumSeconds',
    terms: { unit: 'seconds', bounds: { ...serviceBounds.maximum, notBelow: 'inactivity' } },
  },
} as const satisfies Partial<Record<FieldId, KeptField>>

interface KeptField {
  /** Where the switch is; a rule without one is always on. */
  readonly on?: string
  readonly seconds?: string
  readonly terms: FieldTerms
}

const rows = Object.entries(kept) as [FieldId, KeptField][]

type Json = Readonly<Record<string, unknown>>

function valueAt(document: Json, path: string): unknown {
  return path.split('.').reduce<unknown>((part, key) => (part as Json)[key], document)
}

function withValueAt(document: Json, [key = '', ...rest]: readonly string[], value: unknown): Json {
  return {
    ...document,
    [key]: rest.length === 0 ? value : withValueAt(document[key] as Json, rest, value),
  }
}

/** The service's policy as rules of the catalogue, each with what the service says of it. */
export function servedFields(policy: ServicePolicy): ServedFields {
  return Object.fromEntries(
    rows.map(([id, { on, seconds: length, terms }]) => [
      id,
      {
        ...terms,
        value: {
          on: on === undefined || valueAt(policy, on) === true,
          ...(length !== undefined && { seconds: valueAt(policy, length) as number }),
        },
      },
    ]),
  )
}

/**
 * The service's policy with a change laid over it.
 *
 * @returns `undefined` where the change is of a rule that the service does not keep
 */
export function withChange(policy: ServicePolicy, change: Policy): ServicePolicy | undefined {
  let changed: Json = policy
  for (const [id, value] of Object.entries(change)) {
    const row = rows.find(([known]) => known === id)?.[1]
    if (!row) return undefined
    if (row.on !== undefined) changed = withValueAt(changed, row.on.split('.'), value.on)
    if (row.seconds !== undefined) changed = withValueAt(changed, row.seconds.split('.'), value.seconds)
  }
  return ServicePolicy.safeParse(changed).data
}

/** The rule that a field of the service's policy belongs to; the field itself where it belongs to none. */
export function fieldOfPath(path: string): string {
  return rows.find(([, { on, seconds: length }]) => path === on || path === length)?.[0] ?? path
}

/** Holds a policy against the service's bounds. @returns faults that name the fields as the service's API does */
export function checkServicePolicy(policy: ServicePolicy): readonly FieldProblem[] {
  const served = servedFields(policy)
  return checkPolicy(policyOf(served), served).map(({ field, code, ...fault }) => ({
    ...fault,
    field: rows.find(([id]) => id === field)?.[1].seconds ?? field,
    code: code === 'below-other' ? 'below-idle' : code,
  }))
}
