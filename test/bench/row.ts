/** One figure of a benchmark: what was measured, held against what it must be. */
export interface Row {
  readonly name: string
  /** What was measured, in words with its unit: "1.12 ×". */
  readonly value: string
  readonly target: string
  readonly ok: boolean
}

/** A figure that may be at most so much. */
export function atMost(name: string, value: number, limit: number, unit: string): Row {
  return { name, value: inUnit(value, unit), target: `≤ ${inUnit(limit, unit)}`, ok: value <= limit }
}

function inUnit(value: number, unit: string): string {
  return `${Number(value.toPrecision(3))} ${unit}`
}

/** The middle one of several measurements. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
