import { EventEmitter } from 'node:events'

/** Electron's `powerMonitor`. Nothing happens by itself: a test emits the events. */
class StandInPowerMonitor extends EventEmitter {
  getSystemIdleTime(): number {
    return 0
  }
}

export const powerMonitor = new StandInPowerMonitor()
