import { create } from 'zustand'
import type { LockState } from '../../domain/lock.ts'
import { answerOf, main } from './calls.ts'

interface LockStore {
  /** `undefined` until main has said it for the first time. */
  readonly state: LockState | undefined
  /** When main said it, on this page's monotonic clock: the milliseconds in the state count from here. */
  readonly saidAt: number
}

/** How the lock stands, as main last said, and when it said so; `undefined` until it has. */
export const useLock = create<LockStore>(() => ({ state: undefined, saidAt: 0 }))

/** Takes over a state that main has sent. */
export function acceptLockState(state: LockState): void {
  useLock.setState({ state, saidAt: performance.now() })
}

/** Asks main how the lock stands. */
export async function readLockState(): Promise<void> {
  acceptLockState(await answerOf(main().lock.state()))
}

/** How many milliseconds are left of a length that main gave at `saidAt`. */
export function leftOf(milliseconds: number, saidAt: number, now: number): number {
  return Math.max(0, milliseconds - Math.max(0, now - saidAt))
}
