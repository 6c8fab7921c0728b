import { type BrowserWindow, powerMonitor } from 'electron'
import type { After } from '../clock.ts'
import type { LockEvent } from '../vault/idle-lock.ts'
import { type ScreenLockPorts, watchLinuxScreenLock } from './linux-screen-lock.ts'

/** Hands the computer's events to the lock; which of them lock is decided there. Once the app is ready. */
export function watchSystem(happened: (event: LockEvent) => void, report: ScreenLockPorts['report']): void {
  if (process.platform === 'linux')
    watchLinuxScreenLock({ happened, report }).catch((error: unknown) =>
      report('The desktop can’t be listened to', error),
    )
  powerMonitor.on('suspend', () => happened('suspend'))
  powerMonitor.on('resume', () => happened('resume'))
  powerMonitor.on('lock-screen', () => happened('screen-lock'))
  powerMonitor.on('user-did-resign-active', () => happened('user-switch'))
}

/** The same for a window's events. */
export function watchWindow(window: BrowserWindow, happened: (event: LockEvent) => void): void {
  window.on('minimize', () => happened('minimise'))
  window.on('focus', () => happened('focus'))
  window.on('restore', () => happened('focus'))
}

/** How often the computer is asked how long it has had no input. */
const askEveryMs = 10_000

/** Tells, now and then, how long the whole computer has had no input, in milliseconds. Once the app is ready. */
export function watchSystemIdle(after: After, idle: (milliseconds: number) => void): void {
  try {
    idle(powerMonitor.getSystemIdleTime() * 1000)
  } catch {
    // Some desktops can't say. The lock's own deadline holds without it.
  }
  after(askEveryMs, () => watchSystemIdle(after, idle))
}
