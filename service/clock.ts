/** Where instants come from: milliseconds since 1970, UTC. */
export type Clock = () => number

/**
 * The service's clock. It follows the system's clock forward, but never back: a clock set back would revive
 * sessions that have already ended, so from there on the time that really passes is counted instead.
 *
 * @param scale how many times faster than the system's clock it runs; only a demo is not 1
 * @param notBefore the latest instant this organisation has already seen, for a restart
 */
export function createClock({
  scale = 1,
  notBefore = 0,
  wall = Date.now,
  elapsed = () => performance.now(),
}: {
  readonly scale?: number
  readonly notBefore?: number
  readonly wall?: Clock
  readonly elapsed?: () => number
} = {}): Clock {
  const wallAtStart = wall()
  let shown = scale === 1 ? wallAtStart : Math.max(wallAtStart, notBefore)
  const origin = shown
  let elapsedThen = elapsed()
  return () => {
    const elapsedNow = elapsed()
    const passed = (elapsedNow - elapsedThen) * scale
    elapsedThen = elapsedNow
    const told = origin + (wall() - wallAtStart) * scale
    // Half a second of disagreement is the two clocks' resolution and drift; more is a clock that was set.
    shown = told >= shown + passed - 500 * scale ? Math.max(told, shown) : shown + passed
    return Math.floor(shown)
  }
}
