/** Whether the admin is at work in Curfew's window right now. */
export interface Presence {
  /** Input in the window, or an unlocking, has just happened. */
  seen(): void
  isHere(): boolean
}

/** A read this long after the last click or key is no longer an answer to it. */
const hereForMs = 5_000

/**
 * Tells what the admin does from what the window does by itself. Only trusted input, which the preload reports,
 * counts: what is read without it is background refresh, and must not keep a session on a server alive.
 *
 * @param monotonic milliseconds that nobody can set
 */
export function createPresence(monotonic: () => number): Presence {
  let seenAt = Number.NEGATIVE_INFINITY
  return {
    seen() {
      seenAt = monotonic()
    },
    isHere: () => monotonic() - seenAt < hereForMs,
  }
}
