import { z } from 'zod'
import {
  type DurationFault,
  DurationUnit,
  formatCount,
  formatDuration,
  fromUnit,
  naturalUnit,
  parseDuration,
  type Seconds,
  toUnit,
} from '../../../domain/duration.ts'
import {
  type FieldReading,
  type FieldValue,
  lengthOf,
  type Policy,
  type PolicyReading,
  policyDifference,
  policyOf,
} from '../../../domain/policy.ts'
import { checkPolicy } from '../../../domain/policy-check.ts'
import { FieldId, type LimitField, type PolicyField, policyFields } from '../../../domain/policy-fields.ts'
import type { FieldProblem } from '../../../domain/problem.ts'

/** The entry of a list of lengths for what none of the named ones is. */
export const customLimit = 'custom'

/** One rule as it stands on the screen; the amount is what was typed. */
const FieldForm = z.object({
  on: z.boolean(),
  /** It has no length of its own, but that of another limit. */
  inherited: z.boolean(),
  /** A named length in seconds, or `customLimit`. */
  choice: z.string(),
  amount: z.string(),
  unit: DurationUnit,
})
export type FieldForm = Readonly<z.infer<typeof FieldForm>>

/** The Security form exactly as it stands on the screen: the rules that the server has. */
export const PolicyForm = z.partialRecord(FieldId, FieldForm)
export type PolicyForm = Readonly<z.infer<typeof PolicyForm>>

/** The error shown next to each field, in the unit typed; `form` for one that is about no single field. */
export type FormFaults = Readonly<Partial<Record<FieldId | 'form', string>>>

/** A form held against the reading it was begun on. */
export interface Evaluation {
  /** The whole policy the form describes; `undefined` while a field can't be read. */
  readonly policy: Policy | undefined
  /** What *Update* would send. */
  readonly change: Policy
  readonly faults: FormFaults
  /** Whether *Update* has something to save and may save it. */
  readonly ready: boolean
  /** The seconds that were typed, where they could be read, for the echo. */
  readonly seconds: Readonly<Partial<Record<FieldId, Seconds>>>
}

const unitOf = (served: FieldReading): DurationUnit => served.unit ?? 'seconds'

/** The units that a length may be typed in: the server's, and minutes too where a list offers lengths (K3). */
export function typedUnits(field: LimitField, served: FieldReading): readonly DurationUnit[] {
  const unit = unitOf(served)
  return field.offered && unit === 'seconds' ? ['minutes', 'seconds'] : [unit]
}

/** The named lengths that the server can keep exactly. */
export function offeredLengths({ offered = [] }: LimitField, served: FieldReading): readonly Seconds[] {
  return offered.filter((length) => toUnit(length, unitOf(served)) !== undefined)
}

function fieldForm(field: PolicyField, served: FieldReading, length: Seconds | undefined): FieldForm {
  const { on, seconds } = served.value
  if (field.kind === 'switch')
    return { on, inherited: false, choice: customLimit, amount: '', unit: 'seconds' }
  const unit =
    typedUnits(field, served).find((one) => length !== undefined && toUnit(length, one) !== undefined) ??
    unitOf(served)
  return {
    on,
    inherited: seconds === undefined && served.inheritsFrom !== undefined,
    choice:
      length !== undefined && offeredLengths(field, served).includes(length) ? String(length) : customLimit,
    amount: length === undefined ? '' : String(length / fromUnit(1, unit)),
    unit,
  }
}

/** The form that shows a reading. */
export function formOf({ fields: served }: PolicyReading, fields = policyFields): PolicyForm {
  const policy = policyOf(served)
  return Object.fromEntries(
    fields.flatMap((field) => {
      const reading = served[field.id]
      if (!reading) return []
      const length = reading.value.seconds ?? lengthOf(field.id, policy, served)
      return [[field.id, fieldForm(field, reading, length)]]
    }),
  )
}

/** Chooses from a list of lengths; *Custom* starts from the length chosen before. */
export function withChoice(form: FieldForm, choice: string): FieldForm {
  if (choice !== customLimit || form.choice === customLimit) return { ...form, choice }
  const amount = toUnit(Number(form.choice), form.unit)
  return { ...form, choice, ...(amount === undefined ? {} : { amount: String(amount) }) }
}

/** Whether a rule is in sight: the one it depends on is switched on, or is none of this server's. */
function isInSight(field: PolicyField, form: PolicyForm, fields = policyFields): boolean {
  const other = field.dependsOn && form[field.dependsOn]
  if (!other) return true
  const parent = fields.find(({ id }) => id === field.dependsOn)
  return other.on && (!parent || isInSight(parent, form, fields))
}

function explainTyped(fault: DurationFault, unit: DurationUnit): string {
  if (fault === 'empty') return `Type how many ${unit}.`
  if (fault === 'not-whole') return `Only whole ${unit} can be kept.`
  return `Type a whole number of ${unit}, for example ${unit === 'seconds' ? '1200' : '20'}.`
}

function readLength({ choice, amount, unit }: FieldForm) {
  return choice === customLimit ? parseDuration(amount, unit) : { seconds: Number(choice) }
}

/** What a rule is set to on the screen, or what can't be read of it. */
function readField(
  field: PolicyField,
  form: FieldForm,
  stored: FieldValue,
): { readonly value: FieldValue } | { readonly fault: string } {
  if (field.kind === 'switch') return { value: { on: form.on } }
  // While a limit is off its length is out of sight, so what stands there can't be wrong: the stored one is kept.
  if (!form.on) return { value: { ...stored, on: false } }
  if (form.inherited) return { value: { on: true } }
  const read = readLength(form)
  return 'fault' in read
    ? { fault: explainTyped(read.fault, form.unit) }
    : { value: { on: true, seconds: read.seconds } }
}

/** Reads the form against the reading it was begun on. A rule that is out of sight stays as it is stored. */
export function evaluateForm(
  form: PolicyForm,
  { fields: served }: PolicyReading,
  fields: readonly PolicyField[] = policyFields,
): Evaluation {
  const stored = policyOf(served)
  const values: Partial<Record<FieldId, FieldValue>> = { ...stored }
  const seconds: Partial<Record<FieldId, Seconds>> = {}
  const units: Partial<Record<FieldId, DurationUnit>> = {}
  const faults: Partial<Record<FieldId, string>> = {}
  for (const field of fields) {
    const [typed, reading] = [form[field.id], served[field.id]]
    if (!typed || !reading) continue
    const length = readLength(typed)
    if (field.kind === 'limit' && 'seconds' in length) {
      seconds[field.id] = length.seconds
      units[field.id] = typed.choice === customLimit ? typed.unit : naturalUnit(length.seconds)
    }
    if (!isInSight(field, form, fields)) continue
    const read = readField(field, typed, reading.value)
    if ('fault' in read) faults[field.id] = read.fault
    else values[field.id] = read.value
  }
  if (Object.keys(faults).length > 0) return { policy: undefined, change: {}, faults, ready: false, seconds }

  const change = policyDifference(stored, values)
  for (const { field, message } of checkPolicy(values, served, units, fields)) faults[field] ??= message
  const ready = Object.keys(change).length > 0 && Object.keys(faults).length === 0
  return { policy: values, change, faults, ready, seconds }
}

/** What a server found wrong, put next to the fields of the form. */
export function faultsOfServer(errors: readonly FieldProblem[], form: PolicyForm): FormFaults {
  const faults: Partial<Record<FieldId | 'form', string>> = {}
  for (const { field, message } of errors) {
    const place = field in form ? (field as FieldId) : 'form'
    faults[place] = faults[place] ? `${faults[place]} ${message}` : message
  }
  return faults
}

/** The stored seconds and what they mean: `1 200 s = 20 minutes`. */
export function echoOf(seconds: Seconds): string {
  return `${formatCount(seconds)}\u00a0s = ${formatDuration(seconds)}`
}
