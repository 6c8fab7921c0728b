import type { PolicyReading, ServedFields } from '../../domain/policy.ts'

/** A reading of some rules, as a connector would answer it. */
export function readingOf(fields: ServedFields): PolicyReading {
  return { fields, revision: '"1"', asOf: '2026-01-01T00:00:00Z', updatedAt: null, updatedBy: null }
}
