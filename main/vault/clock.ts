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

/** This process's timers, which never keep it alive by themselves. */
export const systemAfter: After = (milliseconds, action) => {
  const timer = setTimeout(action, milliseconds)
  timer.unref()
  return () => clearTimeout(timer)
}

/** A clock that runs `factor` times faster, from now on: for development and tests only. */
export function scaledClock(clock: Clock, factor: number): Clock {
  const faster = (read: () => number) => {
    const start = read()
    return () => start + (read() - start) * factor
  }
  return factor === 1 ? clock : { wall: faster(clock.wall), monotonic: faster(clock.monotonic) }
}

/** Timers that go with such a clock. */
export function scaledAfter(after: After, factor: number): After {
  return (milliseconds, action) => after(milliseconds / factor, action)
}
