/** Where time comes from. Both in milliseconds. */
export interface Clock {
  /** The time of day, since 1970: goes on while the computer sleeps, and can be set by anyone. */
  wall(): number
  /** Since the computer started: nobody can set it, but it may stand still while the computer sleeps. */
  monotonic(): number
}

/** Calls `action` once after that many milliseconds, perhaps late; the answer cancels it. */
export type After = (milliseconds: number, action: () => void) => () => void

/** This computer's clocks. `performance.now()` would not do: it begins anew with every process. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint() / 1000n) / 1000,
}

/** The longest that a timer of Node can wait; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1

/**
 * This process's timers, which never keep it alive by themselves. A length that one timer can't wait is waited for in
 * parts; one that is no number is waited for without an end, since at once would be as often as the computer can.
 */
export const systemAfter: After = (milliseconds, action) => {
  const arm = (left: number): NodeJS.Timeout =>
    setTimeout(
      () => {
        if (left > longestTimerMs) timer = arm(left - longestTimerMs)
        else action()
      },
      Math.min(left, longestTimerMs),
    ).unref()
  let timer = arm(Number.isNaN(milliseconds) ? Number.POSITIVE_INFINITY : Math.max(0, milliseconds))
  return () => clearTimeout(timer)
}

/**
 * A clock that runs `factor` times faster, from now on: for development and tests only. Its time of day follows
 * the monotonic clock, or the factor would turn every small correction of the one into a big step.
 */
export function scaledClock(clock: Clock, factor: number): Clock {
  if (factor === 1) return clock
  const wall = clock.wall()
  const start = clock.monotonic()
  const elapsed = () => (clock.monotonic() - start) * factor
  return { wall: () => wall + elapsed(), monotonic: () => start + elapsed() }
}

/** Timers that go with such a clock. */
export function scaledAfter(after: After, factor: number): After {
  return (milliseconds, action) => after(milliseconds / factor, action)
}
