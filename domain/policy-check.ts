import { explainBounds, inTypedUnit } from './bounds.ts'
import type { DurationUnit, Seconds } from './duration.ts'
import { counts, type FieldTerms, lengthOf, type Policy, type ServedFields } from './policy.ts'
import { type FieldId, type LimitField, type PolicyField, policyFields } from './policy-fields.ts'

/** One thing that is wrong with a policy, naming the field it stands next to. */
export interface PolicyFault {
  readonly field: FieldId
  readonly code: 'too-short' | 'too-long' | 'below-other' | 'above-other'
  readonly message: string
  readonly min?: Seconds | undefined
  readonly max?: Seconds | undefined
}

/** The unit each limit was typed in, for the words of a message; the server's where not given. */
export type TypedUnits = Readonly<Partial<Record<FieldId, DurationUnit>>>

function nameOf(field: LimitField, terms: FieldTerms | undefined): string {
  return terms?.name === undefined ? field.noun : `“${terms.name}”`
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/**
 * Holds a policy against the bounds of its server. Rules that the server does not have are not checked.
 *
 * A length is checked even while its limit is off, so that switching it on can't bring in a value nobody checked.
 * One limit is held against another only while both count.
 *
 * @returns every fault, in the order of the form; empty when the policy may be stored
 */
export function checkPolicy(
  policy: Policy,
  served: ServedFields,
  units: TypedUnits = {},
  fields: readonly PolicyField[] = policyFields,
): readonly PolicyFault[] {
  const limits = fields.filter((field) => field.kind === 'limit')
  const faults: PolicyFault[] = []
  const broken = new Set<FieldId>()
  for (const field of limits) {
    const { bounds = {}, unit } = served[field.id] ?? {}
    const length = policy[field.id]?.seconds
    if (length === undefined) continue
    const { min, max } = bounds
    const name = capitalised(nameOf(field, served[field.id]))
    const fault = explainBounds(name, length, bounds, units[field.id] ?? unit)
    if (!fault) continue
    broken.add(field.id)
    faults.push({ field: field.id, ...fault, min, max })
  }
  const inForce = (field: LimitField) =>
    counts(field, policy, fields) && !broken.has(field.id) ? lengthOf(field.id, policy, served) : undefined
  for (const field of limits) {
    const { bounds = {}, unit = 'seconds' } = served[field.id] ?? {}
    const length = inForce(field)
    const against = (id: FieldId | undefined) => {
      const other = limits.find((one) => one.id === id)
      const seconds = other && inForce(other)
      if (!other || seconds === undefined) return undefined
      const words = `${nameOf(other, served[other.id])}, ${inTypedUnit(seconds, units[field.id] ?? unit)}`
      return { seconds, words }
    }
    const below = against(bounds.notBelow)
    const above = against(bounds.notAbove)
    const name = capitalised(nameOf(field, served[field.id]))
    if (length === undefined) continue
    if (below && length < below.seconds)
      faults.push({
        field: field.id,
        code: 'below-other',
        message: `${name} can't be shorter than ${below.words}.`,
        min: below.seconds,
        max: bounds.max,
      })
    if (above && length > above.seconds)
      faults.push({
        field: field.id,
        code: 'above-other',
        message: `${name} can't be longer than ${above.words}.`,
        min: bounds.min,
        max: above.seconds,
      })
  }
  const place = (id: FieldId) => fields.findIndex((field) => field.id === id)
  return faults.toSorted((one, other) => place(one.field) - place(other.field))
}
