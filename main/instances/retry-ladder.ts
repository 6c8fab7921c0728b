import type { Problem } from '../../domain/problem.ts'

const stepsMs = [1_000, 2_000, 5_000, 10_000, 30_000] as const

/**
 * How long an instance that was lost is left alone, in milliseconds: ever longer while it stays lost, and longer still
 * where its server asks for that. A server's word never makes it shorter.
 *
 * @param failures how often in a row it was lost before
 */
export function waitAfter(problem: Problem, failures: number): number {
  const step = stepsMs[Math.min(failures, stepsMs.length - 1)] ?? 30_000
  return Math.max(step, askedForMs(problem))
}

/** Whether a screen that wants something has to wait as well: asking sooner is what the server asked not to do. */
export function wantsPause(problem: Problem): boolean {
  return problem.code === 'throttled' || askedForMs(problem) > 0
}

function askedForMs(problem: Problem): number {
  return 'retryAfterSeconds' in problem ? (problem.retryAfterSeconds ?? 0) * 1_000 : 0
}
