import type { After, Clock } from '../../main/clock.ts'

/** Two clocks and a timer queue that move only when told. */
export interface VirtualTime {
  readonly clock: Clock
  readonly after: After
  /** Time passes: both clocks go on, and timers fire when they are due. */
  pass(milliseconds: number): void
  /** Time passes and no timer fires, as in a hidden window or a busy process. */
  passThrottled(milliseconds: number): void
  /** The computer sleeps: the time of day goes on, the monotonic clock stands still, no timer fires. */
  sleep(milliseconds: number): void
  /** Somebody sets the clock: the time of day jumps, back where negative. */
  setClock(byMilliseconds: number): void
  /** Timers that are waiting. */
  readonly waiting: number
}

export function createVirtualTime(): VirtualTime {
  let wall = Date.UTC(2026, 0, 1)
  let monotonic = 1_000_000
  let timers: { readonly at: number; readonly action: () => void }[] = []

  return {
    clock: { wall: () => wall, monotonic: () => monotonic },
    after(milliseconds, action) {
      const timer = { at: monotonic + milliseconds, action }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    pass(milliseconds) {
      const end = monotonic + milliseconds
      for (;;) {
        const [next] = timers.toSorted((a, b) => a.at - b.at)
        if (!next || next.at > end) break
        timers = timers.filter((other) => other !== next)
        const step = Math.max(0, next.at - monotonic)
        wall += step
        monotonic += step
        next.action()
      }
      wall += end - monotonic
      monotonic = end
    },
    passThrottled(milliseconds) {
      wall += milliseconds
      monotonic += milliseconds
    },
    sleep(milliseconds) {
      wall += milliseconds
    },
    setClock(byMilliseconds) {
      wall += byMilliseconds
    },
    get waiting() {
      return timers.length
    },
  }
}
