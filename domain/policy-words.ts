import { formatDuration } from './duration.ts'
import type { FieldTerms, FieldValue, Policy, ServedFields } from './policy.ts'
import { type PolicyField, policyFields } from './policy-fields.ts'

/** What a rule is called on a server. */
export function fieldName(field: PolicyField, terms: FieldTerms | undefined): string {
  return terms?.name ?? field.label
}

/** What a rule is set to: `After 20 minutes`, `20 days`, `Off`, `On`. */
function valueWords(field: PolicyField, { on, seconds }: FieldValue): string {
  if (!on) return 'Off'
  if (field.kind === 'switch') return 'On'
  if (seconds === undefined) return 'None of its own'
  return field.measures === 'inactivity' ? `After ${formatDuration(seconds)}` : formatDuration(seconds)
}

/** One line of the comparison when two people changed the same policy. */
export interface Comparison {
  readonly label: string
  readonly was: string
  readonly yours: string
  readonly theirs: string
  readonly differs: boolean
}

/** B9: what was there, what was typed and what is there now, for every rule that either side changed. */
export function comparePolicies(
  was: Policy,
  yours: Policy,
  theirs: ServedFields,
  fields: readonly PolicyField[] = policyFields,
): readonly Comparison[] {
  return fields.flatMap((field) => {
    const [before, mine, terms] = [was[field.id], yours[field.id], theirs[field.id]]
    if (!before || !mine || !terms) return []
    const line = {
      was: valueWords(field, before),
      yours: valueWords(field, mine),
      theirs: valueWords(field, terms.value),
    }
    if (line.was === line.yours && line.was === line.theirs) return []
    return [{ label: fieldName(field, terms), ...line, differs: line.yours !== line.theirs }]
  })
}
