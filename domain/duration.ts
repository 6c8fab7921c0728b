import { z } from 'zod'

/** Durations are whole seconds everywhere inside Curfew. */
export type Seconds = number

/** The units a server may use for a duration, smallest first, each with its length in seconds. */
export const durationUnits = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const

export const DurationUnit = z.enum(['seconds', 'minutes', 'hours', 'days'])
export type DurationUnit = z.infer<typeof DurationUnit>

const unitsLargestFirst = ['days', 'hours', 'minutes', 'seconds'] as const satisfies readonly DurationUnit[]

/**
 * A duration in the unit a server uses.
 *
 * @returns the amount, or `undefined` where the seconds are no whole number of that unit: such a value is
 *   refused, never rounded.
 */
export function toUnit(seconds: Seconds, unit: DurationUnit): number | undefined {
  const amount = seconds / durationUnits[unit]
  return Number.isSafeInteger(amount) ? amount : undefined
}

/** `amount` of a unit, in seconds. */
export function fromUnit(amount: number, unit: DurationUnit): Seconds {
  return amount * durationUnits[unit]
}

/** The largest unit that expresses these seconds exactly: 7 200 is hours, 5 400 is minutes. */
export function naturalUnit(seconds: Seconds): DurationUnit {
  return unitsLargestFirst.find((unit) => seconds !== 0 && seconds % durationUnits[unit] === 0) ?? 'seconds'
}

/** Why a typed amount is not a duration. */
export type DurationFault = 'empty' | 'not-a-number' | 'not-whole'

/**
 * Reads what a person typed into a duration field.
 *
 * Digits may be grouped with spaces. Signs, fractions and exponents are refused with the reason, so that the
 * field can say what to type instead.
 */
export function parseDuration(
  typed: string,
  unit: DurationUnit,
): { readonly seconds: Seconds } | { readonly fault: DurationFault } {
  const digits = typed.replace(/[\s\u00a0\u202f]/g, '')
  if (digits === '') return { fault: 'empty' }
  if (/^\d+[.,]\d+$/.test(digits)) return { fault: 'not-whole' }
  if (!/^\d{1,12}$/.test(digits)) return { fault: 'not-a-number' }
  return { seconds: fromUnit(Number(digits), unit) }
}

/** A count with its digits grouped by narrow no-break spaces: `1 728 000`. */
export function formatCount(count: number): string {
  return count.toString().replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f')
}

const unitNames: Record<DurationUnit, readonly [one: string, many: string]> = {
  days: ['day', 'days'],
  hours: ['hour', 'hours'],
  minutes: ['minute', 'minutes'],
  seconds: ['second', 'seconds'],
}

/** An amount with its unit's name: `1 hour`, `1 200 seconds`. */
export function formatAmount(amount: number, unit: DurationUnit): string {
  const [one, many] = unitNames[unit]
  return `${formatCount(amount)} ${amount === 1 ? one : many}`
}

/** A duration in words, exact: `1 hour 30 minutes`, `20 days`, `0 seconds`. */
export function formatDuration(seconds: Seconds): string {
  let rest = Math.max(0, Math.round(seconds))
  const parts: string[] = []
  for (const unit of unitsLargestFirst) {
    const amount = Math.floor(rest / durationUnits[unit])
    rest -= amount * durationUnits[unit]
    if (amount > 0) parts.push(formatAmount(amount, unit))
  }
  return parts.length === 0 ? formatAmount(0, 'seconds') : parts.join(' ')
}

/**
 * Time left as a countdown shows it, its two largest units: `19 m 59 s`, `2 d 3 h`, `45 s`.
 * Anything at or below zero is `0 s`.
 */
export function formatCountdown(seconds: Seconds): string {
  let rest = Math.max(0, Math.ceil(seconds))
  const first = unitsLargestFirst.findIndex((unit) => rest >= durationUnits[unit])
  if (first === -1) return '0 s'
  const shown = unitsLargestFirst.slice(first, first + 2).map((unit) => {
    const amount = Math.floor(rest / durationUnits[unit])
    rest -= amount * durationUnits[unit]
    return `${amount} ${unit.charAt(0)}`
  })
  return shown.join(' ')
}
