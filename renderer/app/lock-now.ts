import { readLockState } from '../state/lock-store.ts'

async function lock(): Promise<void> {
  await window.curfew.lock.now()
  await readLockState()
}

/** Locks the app. */
export function lockNow(): void {
  void lock()
}
