import type { Clock } from './clock.ts'
import { Problem } from './http/problem.ts'
import { createBuckets, mostCounters } from './throttle.ts'

/** What holds where nobody chose otherwise. */
export const defaultCredentialsPerMinute = 30

/** Counts that somebody makes a credential for a program. @throws Problem `throttled` when they made many lately */
export type CountMinting = (userId: string) => void

/**
 * Slows whoever makes credentials faster than a person has use for. Each replica counts its own.
 *
 * @param clock real milliseconds that only go forward
 * @param perMinute so many may be made at once, and so many each minute from then on
 */
export function createCountMinting({
  clock,
  perMinute,
}: {
  readonly clock: Clock
  readonly perMinute: number
}): CountMinting {
  const buckets = createBuckets(
    { burst: perMinute, refillMs: 60_000 / perMinute },
    () => Math.floor(clock()),
    mostCounters,
  )
  return (userId) => {
    const waitMs = buckets.waitMs(userId)
    if (waitMs > 0) {
      const waitSeconds = Math.ceil(waitMs / 1000)
      throw new Problem(
        'throttled',
        `You are making many tokens and credentials at once. Try again in ${waitSeconds} seconds.`,
        { headers: { 'retry-after': String(waitSeconds) } },
      )
    }
    buckets.take(userId)
  }
}
