import type { lockReasons } from '../../domain/lock.ts'

type Reason = (typeof lockReasons)[number]

const because: Readonly<Record<Reason, string>> = {
  restart: 'Curfew starts locked.',
  idle: 'Locked because nothing was done in Curfew for a while.',
  manual: 'Locked by hand.',
  suspend: 'Locked because the computer went to sleep.',
  'screen-lock': 'Locked because the screen was locked.',
  'user-switch': 'Locked because another user signed in to this computer.',
  clock: 'Locked because the computer’s clock was set back.',
  minimise: 'Locked because the window was minimised.',
  'passphrase-change':
    'Locked because changing the passphrase failed half-way. Use the new passphrase, or if it is refused, the one before.',
}

/** Why the app is locked, in words. */
export function lockReasonWords(reason: Reason): string {
  return because[reason]
}

/** The time left to the automatic lock: whole minutes, and seconds in the last one. */
export function autoLockWords(leftMs: number): string {
  const seconds = Math.ceil(leftMs / 1000)
  return seconds > 60 ? `Locks in ${Math.ceil(seconds / 60)} min` : `Locks in ${seconds} s`
}
