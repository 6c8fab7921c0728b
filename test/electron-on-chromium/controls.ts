import { nativeTheme } from './native-theme.ts'
import { StandInNotification } from './notification.ts'
import { powerMonitor } from './power-monitor.ts'
import { recordedCalls } from './records.ts'
import { StandInTray } from './tray.ts'

/** What only a test of the stand-in may do or see; `standIn` in the driver's `evaluate`. Electron has none of it. */
export const controls = {
  recordedCalls,
  notifications: StandInNotification.shown,
  trays: StandInTray.all,
  setSystemTheme: (theme: 'light' | 'dark'): void => nativeTheme.setSystemTheme(theme),
  setSystemIdleTime: (seconds: number): void => powerMonitor.setSystemIdleTime(seconds),
} as const
