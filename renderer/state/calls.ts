import type { Outcome, Problem } from '../../domain/problem.ts'
import type { CurfewApi } from '../../preload/contract/index.ts'

/**
 * Main, as the page reaches it. No other file can name what the preload exposes: its type is known here alone.
 */
export function main(): CurfewApi {
  return (window as unknown as { readonly curfew: CurfewApi }).curfew
}

/** A problem on its way through TanStack Query, which knows failures only as rejections. */
class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** The value of a call to main; its problem is thrown, for `problemOf` to find. */
export async function answerOf<T>(answer: Promise<Outcome<T>>): Promise<T> {
  const outcome = await answer
  if (!outcome.ok) throw new ProblemError(outcome.problem)
  return outcome.value
}

/** The problem that a query failed with; anything that is not one is a fault of the app itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  return { code: 'internal', message: 'Something went wrong inside Curfew. Try again.' }
}
