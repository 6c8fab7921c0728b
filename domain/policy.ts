import { z } from 'zod'
import { DurationUnit, type Seconds } from './duration.ts'
import { FieldId, type PolicyField } from './policy-fields.ts'
import { readingStamp } from './reading.ts'

const seconds = z.int().nonnegative()

/**
 * What one rule is set to: on or off, and for a limit its length, which is kept while the limit is off. A limit that is
 * on without a length of its own has that of another (`inheritsFrom`).
 */
export const FieldValue = z.strictObject({ on: z.boolean(), seconds: seconds.optional() })
export type FieldValue = Readonly<z.infer<typeof FieldValue>>

/** The rules of an instance, or some of them. A rule that is absent is one the server does not have. */
export const Policy = z.partialRecord(FieldId, FieldValue)
export type Policy = Readonly<z.infer<typeof Policy>>

/** What a server says of one of its rules, beside its value. */
export const FieldTerms = z.object({
  /** Of a limit: the unit the server keeps it in. A value that is no whole number of it is refused. */
  unit: DurationUnit.optional(),
  /** Of a limit: what the server accepts, in seconds; left out where it does not say. */
  bounds: z
    .object({
      min: seconds.optional(),
      max: seconds.optional(),
      /** It may not be shorter than that limit, while both are on. */
      notBelow: FieldId.optional(),
      /** It may not be longer than that limit, while both are on. */
      notAbove: FieldId.optional(),
    })
    .optional(),
  /** A limit that can be switched off. */
  canBeOff: z.boolean().optional(),
  /** The server's own name for it. */
  name: z.string().optional(),
  /** A limit that may do without a length of its own: it then has that of this one. */
  inheritsFrom: FieldId.optional(),
  /** Something to know about it on this server. */
  note: z.string().optional(),
})
export type FieldTerms = Readonly<z.infer<typeof FieldTerms>>

export const FieldReading = FieldTerms.extend({ value: FieldValue })
export type FieldReading = Readonly<z.infer<typeof FieldReading>>

/** The rules that a server has. */
export type ServedFields = Readonly<Partial<Record<FieldId, FieldReading>>>

/** An instance's policy as it was at a moment, with what its server says of each rule. */
export const PolicyReading = z.object({ fields: z.partialRecord(FieldId, FieldReading), ...readingStamp })
export type PolicyReading = Readonly<z.infer<typeof PolicyReading>>

const entriesOf = <Value>(record: Readonly<Partial<Record<FieldId, Value>>>) =>
  Object.entries(record) as [FieldId, Value][]

/** The values of a reading, without what the server says of them. */
export function policyOf(fields: ServedFields): Policy {
  return Object.fromEntries(entriesOf(fields).map(([id, { value }]) => [id, value]))
}

function isSame(one: FieldValue | undefined, other: FieldValue | undefined): boolean {
  return one?.on === other?.on && one?.seconds === other?.seconds
}

/** The smallest change that leads from one policy to another; empty when they are equal. */
export function policyDifference(from: Policy, to: Policy): Policy {
  return Object.fromEntries(entriesOf(to).filter(([id, value]) => !isSame(from[id], value)))
}

/** B9, *Keep mine*: what was changed here wins, everything else stays as the other person left it. */
export function keepMine(was: Policy, yours: Policy, theirs: Policy): Policy {
  return Object.fromEntries(
    entriesOf(theirs).map(([id, value]) => [id, isSame(was[id], yours[id]) ? value : (yours[id] ?? value)]),
  )
}

/** Whether a rule counts: the one it depends on is on, or is no rule of this server. */
export function counts({ dependsOn }: PolicyField, policy: Policy, fields: readonly PolicyField[]): boolean {
  const value = dependsOn && policy[dependsOn]
  if (!value) return true
  const other = fields.find(({ id }) => id === dependsOn)
  return value.on && (!other || counts(other, policy, fields))
}

/** The length that a limit comes to, its own or the one it inherits; `undefined` where it is off or has none. */
export function lengthOf(id: FieldId, policy: Policy, served: ServedFields): Seconds | undefined {
  const value = policy[id]
  if (!value?.on) return undefined
  const from = served[id]?.inheritsFrom
  return value.seconds ?? (from && from !== id ? lengthOf(from, policy, served) : undefined)
}
