import { type BrowserWindow, powerMonitor } from 'electron'
import type { LockEvent } from '../vault/idle-lock.ts'

/** Hands the computer's events to the lock; which of them lock is decided there. Once the app is ready. */
export function watchSystem(happened: (event: LockEvent) => void): void {
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
