import { autoLockMinutes, type LockReason, lockWarningSeconds } from '../../domain/lock.ts'
import type { After, Clock } from '../clock.ts'

/** The settings that the lock goes by. */
export interface LockSettings {
  readonly autoLockMinutes: number
  readonly lockOnSuspend: boolean
  readonly lockOnScreenLock: boolean
  readonly lockOnMinimise: boolean
  /** Also when the whole computer has been idle that long; left out, it is. */
  readonly lockOnSystemIdle?: boolean
}

/** What the surroundings tell the lock. Every one of them can lock it sooner; none can keep it open longer. */
export type LockEvent =
  | 'suspend'
  | 'resume'
  | 'screen-lock'
  | 'user-switch'
  | 'minimise'
  | 'focus'
  | 'settings-changed'

export type IdleLockState =
  | { readonly status: 'locked'; readonly reason: LockReason }
  | { readonly status: 'unlocked'; readonly locksInMs: number; readonly warning: boolean }

export interface IdleLockPorts {
  readonly clock: Clock
  readonly after: After
  /** Asked at every check. */
  readonly settings: () => LockSettings
  /** Called once at each lock, at once, before anything else learns of it. What it throws is not looked at. */
  readonly onLock: (reason: LockReason) => void
  /** Called with the whole state whenever it is another: also when activity has moved the deadline. */
  readonly onChange: (state: IdleLockState) => void
}

/** An unlocking that has begun. */
export interface Opening {
  readonly wall: number
  readonly monotonic: number
  readonly triggers: number
}

export interface IdleLock {
  /**
   * Whether the app is unlocked right now. The deadline is compared here, so that no privileged call gets past it
   * however late the timers are. It costs a few hundred nanoseconds.
   */
  check(): boolean
  /** The state after such a check. */
  state(): IdleLockState
  /** Before the passphrase is tried: what happens until `open` counts as if the app had been unlocked already. */
  begin(): Opening
  /** Unlocks, unless anything since `begin` would have locked again. @returns whether it did */
  open(opening: Opening): boolean
  /** Input in Curfew's own window: the deadline moves, if it has not passed. */
  activity(): void
  happened(event: LockEvent): void
  /** How long the whole computer has had no input, in milliseconds. Can only lock sooner. */
  systemIdle(milliseconds: number): void
  /** Locks now; does nothing where it is locked already: the first reason stays. */
  lock(reason: LockReason): void
}

const longestTickMs = 1000
/** A clock that is corrected by the network may step back by this much without anyone having set it. */
const clockToleranceMs = 2000
/**
 * What the two clocks may differ by without either having been set: the time of day comes in whole milliseconds,
 * which a clock that runs faster for development makes larger.
 */
const jitterMs = 250
const warningMs = lockWarningSeconds * 1000

/**
 * The idle lock (ARCHITECTURE.md, "Secrets and the lock"). It begins locked, for the reason `restart`.
 *
 * The deadline is a comparison, never one long timer: elapsed is the larger of what the wall clock and the
 * monotonic clock say, and a wall clock that has been set back locks. Nothing vetoes a lock. Reaching a limit that
 * is then made longer still locks.
 *
 * Setting the clock back and putting the computer to sleep within the same second hides that much of the sleep:
 * nothing in the computer would tell.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one state machine: every part of it moves the same few variables.
export function createIdleLock(ports: IdleLockPorts): IdleLock {
  const { clock, after, settings, onLock, onChange } = ports
  let unlocked = false
  let reason: LockReason = 'restart'
  /** When the last activity was, by both clocks. */
  let activeWall = 0
  let activeMonotonic = 0
  /** How far the wall clock was ahead of the other at most, and how far it has stepped back since the activity. */
  let ahead = 0
  let steppedBack = 0
  /** The limit that was in force at the last check. */
  let limitMs = 0
  /** How often something happened that locks: tells whether any did while a passphrase was being tried. */
  let triggers = 0
  let warned = false
  let cancelTick = () => {}

  const limitNow = (): number => limitOf(settings().autoLockMinutes)

  /** The larger of what the clocks say, the wall clock's steps back made up for. */
  const elapsed = (wall: number, monotonic: number): number =>
    Math.max(wall - activeWall + steppedBack, monotonic - activeMonotonic)

  /** Sleep and setting the clock forward put the wall clock further ahead; falling behind, it was set back. */
  function look(wall: number, monotonic: number): void {
    const now = wall - monotonic
    if (now < ahead - jitterMs) steppedBack += ahead - now
    else if (now < ahead) return
    ahead = now
  }

  function startCounting(wall: number, monotonic: number): void {
    activeWall = wall
    activeMonotonic = monotonic
    ahead = wall - monotonic
    steppedBack = 0
  }

  function check(): boolean {
    if (!unlocked) return false
    const wall = clock.wall()
    const monotonic = clock.monotonic()
    look(wall, monotonic)
    if (steppedBack > clockToleranceMs) return lockNow('clock')
    const limit = limitNow()
    // The old limit counts for the time until now, the new one from now on: whichever is shorter has to hold.
    const idle = elapsed(wall, monotonic)
    if (!(idle < Math.min(limit, limitMs))) return lockNow('idle')
    limitMs = limit
    return true
  }

  function lockNow(because: LockReason): false {
    triggers += 1
    if (!unlocked) return false
    unlocked = false
    reason = because
    cancelTick()
    quietly(() => onLock(because))
    quietly(() => onChange({ status: 'locked', reason: because }))
    return false
  }

  function stateUnlocked(): Extract<IdleLockState, { status: 'unlocked' }> {
    const locksInMs = Math.max(0, limitMs - elapsed(clock.wall(), clock.monotonic()))
    return { status: 'unlocked', locksInMs, warning: locksInMs <= warningMs }
  }

  function tell(): void {
    const state = stateUnlocked()
    warned = state.warning
    quietly(() => onChange(state))
  }

  /** Once a second at most, and at the very moments when the warning or the lock is due. */
  function schedule(): void {
    cancelTick()
    const { locksInMs, warning } = stateUnlocked()
    const due = warning ? locksInMs : locksInMs - warningMs
    cancelTick = after(Math.max(1, Math.min(longestTickMs, Math.ceil(due))), tick)
  }

  function tick(): void {
    if (!check()) return
    if (stateUnlocked().warning !== warned) tell()
    schedule()
  }

  function checkAndTell(): void {
    if (!check()) return
    tell()
    schedule()
  }

  function happened(event: LockEvent): void {
    const { lockOnSuspend, lockOnScreenLock, lockOnMinimise } = settings()
    switch (event) {
      case 'suspend':
        if (lockOnSuspend) return void lockNow('suspend')
        break
      case 'screen-lock':
        if (lockOnScreenLock) return void lockNow('screen-lock')
        break
      case 'user-switch':
        return void lockNow('user-switch')
      case 'minimise':
        if (lockOnMinimise) return void lockNow('minimise')
        break
      case 'resume':
      case 'focus':
      case 'settings-changed':
        break
    }
    checkAndTell()
  }

  return {
    check,
    state: () => (check() ? stateUnlocked() : { status: 'locked', reason }),
    begin: () => ({ wall: clock.wall(), monotonic: clock.monotonic(), triggers }),
    open(opening) {
      if (opening.triggers !== triggers) return false
      unlocked = true
      startCounting(opening.wall, opening.monotonic)
      limitMs = limitNow()
      checkAndTell()
      return unlocked
    },
    activity() {
      if (!check()) return
      startCounting(clock.wall(), clock.monotonic())
      tell()
      schedule()
    },
    happened,
    systemIdle(milliseconds) {
      if (!check()) return
      if (settings().lockOnSystemIdle !== false && milliseconds >= limitMs) lockNow('idle')
    },
    lock: (because) => void lockNow(because),
  }
}

/** A setting out of bounds, or no number at all, never means "not at all". */
function limitOf(minutes: number): number {
  const { min, max } = autoLockMinutes
  return (Number.isFinite(minutes) ? Math.min(Math.max(minutes, min), max) : min) * 60_000
}

/** Nothing that listens may keep the lock from happening. */
function quietly(action: () => void): void {
  try {
    action()
  } catch {
    // The vault's own listeners report to its log; there is nobody else to tell.
  }
}
