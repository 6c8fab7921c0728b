import type { Outcome, Problem } from '../../../domain/problem.ts'
import type { RevocationReport } from '../../../domain/revocation.ts'

/**
 * What became of one id; `not-done` is one that was not reached, because the call failed or was stopped, and of
 * `not-known` ones the answer was lost.
 */
export interface RevocationResult {
  readonly id: string
  readonly outcome: RevocationReport['results'][number]['outcome'] | 'not-done' | 'not-known'
  readonly revoked: number
}

export interface RevocationRun {
  readonly results: readonly RevocationResult[]
  /** Why the run ended before its end. */
  readonly problem?: Problem
  readonly stopped: boolean
}

const atOnce = 100

/**
 * Revokes in parts, so that progress shows and it can be stopped. It ends at the first failure: what is left is
 * reported as not done and can be tried again.
 */
export async function revokeMany(
  ids: readonly string[],
  send: (part: string[]) => Promise<Outcome<RevocationReport>>,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<RevocationRun> {
  const results: RevocationResult[] = []
  const rest = (): RevocationResult[] =>
    ids.slice(results.length).map((id) => ({ id, outcome: 'not-done', revoked: 0 }))
  while (results.length < ids.length) {
    if (signal.aborted) return { results: [...results, ...rest()], stopped: true }
    const part = ids.slice(results.length, results.length + atOnce)
    const outcome = await send(part)
    if (!outcome.ok) {
      if (outcome.problem.code === 'not-known')
        results.push(...part.map((id) => ({ id, outcome: 'not-known' as const, revoked: 0 })))
      return { results: [...results, ...rest()], problem: outcome.problem, stopped: false }
    }
    const answered = new Map(outcome.value.results.map((result) => [result.id, result]))
    results.push(...part.map((id) => answered.get(id) ?? { id, outcome: 'not-done' as const, revoked: 0 }))
    onProgress(results.length)
  }
  return { results, stopped: false }
}

const finished: readonly RevocationResult['outcome'][] = ['revoked', 'gone']

/** The ids that may be tried again: refused, not reached or not known. Those that are gone need nothing more. */
export function failedIds(results: readonly RevocationResult[]): readonly string[] {
  return results.filter(({ outcome }) => !finished.includes(outcome)).map(({ id }) => id)
}
