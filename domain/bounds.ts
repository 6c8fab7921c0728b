import {
  type DurationUnit,
  formatAmount,
  formatDuration,
  naturalUnit,
  type Seconds,
  toUnit,
} from './duration.ts'

/** The smallest and largest value of a duration, in seconds, both allowed; absent where a server does not say. */
export interface Bounds {
  readonly min?: Seconds | undefined
  readonly max?: Seconds | undefined
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
  { min, max }: Bounds,
  unit: DurationUnit = 'seconds',
): { readonly code: 'too-short' | 'too-long'; readonly message: string } | undefined {
  if (min !== undefined && value < min)
    return { code: 'too-short', message: `${name} must be at least ${inTypedUnit(min, unit)}.` }
  if (max !== undefined && value > max)
    return { code: 'too-long', message: `${name} can be at most ${inTypedUnit(max, unit)}.` }
  return undefined
}
