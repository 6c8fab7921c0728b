import {
  type DurationFault,
  type DurationUnit,
  durationUnits,
  formatCount,
  formatDuration,
  naturalUnit,
  parseDuration,
  type Seconds,
  toUnit,
} from '../../domain/duration.ts'
import type { PolicyReading } from '../../domain/policy.ts'
import {
  checkPolicy,
  defaultPolicy,
  type InstancePolicy,
  namedIdleLimits,
  type PolicyChange,
  policyDifference,
  type TypedUnits,
} from '../../domain/policy.ts'
import type { Preview } from '../../domain/preview.ts'
import type { FieldProblem } from '../../domain/problem.ts'

/** The entry of *Timeout limit* for what none of the named limits is. */
export const customLimit = 'custom'

/** The Security form exactly as it stands on the screen; amounts are what was typed. */
export interface PolicyForm {
  readonly idleEnabled: boolean
  /** A named limit in seconds, or `customLimit`. */
  readonly limit: string
  readonly customAmount: string
  readonly customUnit: DurationUnit
  readonly idleAppliesToRemembered: boolean
  readonly rememberEnabled: boolean
  /** In the server's unit. */
  readonly maximum: string
}

/** What stands wrong next to a field, in the unit typed. */
export type FormFaults = Readonly<Partial<Record<'idle' | 'maximum' | 'form', string>>>

/** A form held against the reading it was begun on. */
export interface Evaluation {
  /** The whole policy the form describes; `undefined` while a field can't be read. */
  readonly policy: InstancePolicy | undefined
  /** What *Update* would send. */
  readonly change: PolicyChange
  readonly faults: FormFaults
  /** Whether *Update* has something to save and may save it. */
  readonly ready: boolean
  /** The seconds of each duration, where they could be read, for the echo. */
  readonly idleSeconds: Seconds | undefined
  readonly maximumSeconds: Seconds | undefined
}

export function maximumUnit(reading: PolicyReading): DurationUnit {
  return reading.units['rememberMe.maximumSeconds'] ?? 'seconds'
}

function idleUnit(reading: PolicyReading): DurationUnit {
  return reading.units['idleTimeout.seconds'] ?? 'seconds'
}

/** K3: the units that a custom limit may be typed in: minutes, and seconds where the server keeps them. */
export function customUnits(reading: PolicyReading): readonly DurationUnit[] {
  const unit = idleUnit(reading)
  return unit === 'seconds' ? ['minutes', 'seconds'] : [unit]
}

/** K3: the named limits that the server can keep exactly. */
export function offeredLimits(reading: PolicyReading): readonly Seconds[] {
  return namedIdleLimits.filter((limit) => toUnit(limit, idleUnit(reading)) !== undefined)
}

/** The form that shows a reading. */
export function formOf(reading: PolicyReading): PolicyForm {
  const { idleTimeout, idleAppliesToRemembered, rememberMe } = reading.value
  const idle = idleTimeout?.seconds ?? defaultPolicy.idleTimeout.seconds
  const units = customUnits(reading)
  const customUnit = units.find((unit) => toUnit(idle, unit) !== undefined) ?? 'seconds'
  const maximum = rememberMe?.maximumSeconds ?? defaultPolicy.rememberMe.maximumSeconds
  return {
    idleEnabled: idleTimeout?.enabled ?? false,
    limit: offeredLimits(reading).includes(idle) ? String(idle) : customLimit,
    customAmount: String(idle / durationUnits[customUnit]),
    customUnit,
    idleAppliesToRemembered: idleAppliesToRemembered ?? false,
    rememberEnabled: rememberMe?.enabled ?? false,
    maximum: String(maximum / durationUnits[maximumUnit(reading)]),
  }
}

/** Chooses from *Timeout limit*; *Custom* starts from the limit chosen before. */
export function withLimit(form: PolicyForm, limit: string): PolicyForm {
  if (limit !== customLimit || form.limit === customLimit) return { ...form, limit }
  const amount = toUnit(Number(form.limit), form.customUnit)
  return { ...form, limit, ...(amount === undefined ? {} : { customAmount: String(amount) }) }
}

function explainTyped(fault: DurationFault, unit: DurationUnit): string {
  if (fault === 'empty') return `Type how many ${unit}.`
  if (fault === 'not-whole') return `Only whole ${unit} can be kept.`
  return `Type a whole number of ${unit}, for example ${unit === 'seconds' ? '1200' : '20'}.`
}

function readIdle(form: PolicyForm) {
  return form.limit === customLimit
    ? parseDuration(form.customAmount, form.customUnit)
    : { seconds: Number(form.limit) }
}

/**
 * Reads the form against the reading it was begun on.
 *
 * While the rule is off its limit is out of sight, so what stands there can't be wrong: the stored one is kept.
 */
export function evaluateForm(form: PolicyForm, basis: PolicyReading): Evaluation {
  const stored = basis.value
  const idle = readIdle(form)
  const maximum = parseDuration(form.maximum, maximumUnit(basis))
  const idleSeconds = 'seconds' in idle ? idle.seconds : undefined
  const maximumSeconds = 'seconds' in maximum ? maximum.seconds : undefined
  const keepsIdle = stored.idleTimeout !== undefined && !form.idleEnabled
  const faults: { idle?: string; maximum?: string; form?: string } = {}

  if (stored.idleTimeout && form.idleEnabled && 'fault' in idle)
    faults.idle = explainTyped(idle.fault, form.customUnit)
  if (stored.rememberMe && 'fault' in maximum)
    faults.maximum = explainTyped(maximum.fault, maximumUnit(basis))
  if (Object.keys(faults).length > 0)
    return { policy: undefined, change: {}, faults, ready: false, idleSeconds, maximumSeconds }

  const policy: InstancePolicy = {
    ...stored,
    ...(stored.idleTimeout && {
      idleTimeout: {
        enabled: form.idleEnabled,
        seconds: keepsIdle ? stored.idleTimeout.seconds : (idleSeconds ?? stored.idleTimeout.seconds),
      },
    }),
    ...(stored.idleAppliesToRemembered !== undefined && {
      idleAppliesToRemembered: form.idleAppliesToRemembered,
    }),
    ...(stored.rememberMe && {
      rememberMe: {
        enabled: form.rememberEnabled,
        maximumSeconds: maximumSeconds ?? stored.rememberMe.maximumSeconds,
      },
    }),
  }
  const change = policyDifference(stored, policy)
  const typed: TypedUnits = {
    'idleTimeout.seconds': form.limit === customLimit ? form.customUnit : naturalUnit(idleSeconds ?? 0),
    'rememberMe.maximumSeconds': maximumUnit(basis),
  }
  for (const fault of checkPolicy(policy, typed)) {
    if (fault.field === 'idleTimeout.seconds') faults.idle ??= fault.message
    if (fault.field === 'rememberMe.maximumSeconds') faults.maximum ??= fault.message
  }
  const ready = Object.keys(change).length > 0 && Object.keys(faults).length === 0
  return { policy, change, faults, ready, idleSeconds, maximumSeconds }
}

/** What a server found wrong, put next to the fields of the form. */
export function faultsOfServer(errors: readonly FieldProblem[]): FormFaults {
  const faults: { idle?: string; maximum?: string; form?: string } = {}
  for (const { field, message } of errors) {
    const place = /maximum/i.test(field) ? 'maximum' : /idle/i.test(field) ? 'idle' : 'form'
    faults[place] = faults[place] ? `${faults[place]} ${message}` : message
  }
  return faults
}

/** The stored seconds and what they mean: `1 200 s = 20 minutes`. */
export function echoOf(seconds: Seconds): string {
  return `${formatCount(seconds)}\u00a0s = ${formatDuration(seconds)}`
}

function counted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** B1: what a change would do now, in words. */
export function previewWords({ endsSessions, endsUsers, endsYours }: Preview): string {
  if (endsSessions === 0) return 'Ends no session now.'
  const ends = `Ends ${counted(endsSessions, 'session', 'sessions')} of ${counted(endsUsers, 'person', 'people')} now.`
  return endsYours ? `${ends} Yours is one of them.` : `${ends} Yours is not among them.`
}

/** One line of the comparison when two people changed the same policy. */
export interface Comparison {
  readonly label: string
  readonly was: string
  readonly yours: string
  readonly theirs: string
  readonly differs: boolean
}

const onOff = (on: boolean) => (on ? 'On' : 'Off')

const compared: readonly {
  readonly label: string
  readonly say: (policy: InstancePolicy) => string | undefined
}[] = [
  {
    label: 'Automatically sign out inactive users',
    say: ({ idleTimeout }) =>
      idleTimeout && (idleTimeout.enabled ? `After ${formatDuration(idleTimeout.seconds)}` : 'Off'),
  },
  {
    label: 'Also sign out remembered sessions that are inactive',
    say: ({ idleAppliesToRemembered: on }) => (on === undefined ? undefined : onOff(on)),
  },
  { label: 'Remember me', say: ({ rememberMe }) => rememberMe && onOff(rememberMe.enabled) },
  {
    label: 'Maximum Session Duration',
    say: ({ rememberMe }) => rememberMe && formatDuration(rememberMe.maximumSeconds),
  },
]

/** B9: what was there, what was typed and what is there now, for every rule that either side changed. */
export function compare(
  was: InstancePolicy,
  yours: InstancePolicy,
  theirs: InstancePolicy,
): readonly Comparison[] {
  return compared.flatMap(({ label, say }) => {
    const line = { was: say(was), yours: say(yours), theirs: say(theirs) }
    if (line.was === undefined || line.yours === undefined || line.theirs === undefined) return []
    if (line.was === line.yours && line.was === line.theirs) return []
    return [
      { label, was: line.was, yours: line.yours, theirs: line.theirs, differs: line.yours !== line.theirs },
    ]
  })
}

function pick<T>(was: T, yours: T, theirs: T): T {
  return JSON.stringify(yours) === JSON.stringify(was) ? theirs : yours
}

/** B9, *Keep mine*: what was changed here wins, everything else stays as the other person left it. */
export function keepMine(was: InstancePolicy, yours: InstancePolicy, theirs: InstancePolicy): InstancePolicy {
  const { idleTimeout, rememberMe } = theirs
  return {
    ...theirs,
    ...(idleTimeout &&
      was.idleTimeout &&
      yours.idleTimeout && { idleTimeout: pick(was.idleTimeout, yours.idleTimeout, idleTimeout) }),
    ...(theirs.idleAppliesToRemembered !== undefined &&
      yours.idleAppliesToRemembered !== undefined && {
        idleAppliesToRemembered: pick(
          was.idleAppliesToRemembered,
          yours.idleAppliesToRemembered,
          theirs.idleAppliesToRemembered,
        ) as boolean,
      }),
    ...(rememberMe &&
      was.rememberMe &&
      yours.rememberMe && {
        rememberMe: {
          enabled: pick(was.rememberMe.enabled, yours.rememberMe.enabled, rememberMe.enabled),
          maximumSeconds: pick(
            was.rememberMe.maximumSeconds,
            yours.rememberMe.maximumSeconds,
            rememberMe.maximumSeconds,
          ),
        },
      }),
  }
}
