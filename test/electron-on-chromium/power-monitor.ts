import { EventEmitter } from 'node:events'

/** Electron's `powerMonitor`. Nothing happens by itself: a test emits the events and sets the idle time. */
export class StandInPowerMonitor extends EventEmitter {
  onBatteryPower = false
  #idleSeconds = 0
  #isLocked = false

  constructor() {
    super()
    this.on('lock-screen', () => {
      this.#isLocked = true
    })
    this.on('unlock-screen', () => {
      this.#isLocked = false
    })
  }

  getSystemIdleTime(): number {
    return this.#idleSeconds
  }

  getSystemIdleState(idleThreshold: number): 'active' | 'idle' | 'locked' | 'unknown' {
    if (this.#isLocked) return 'locked'
    return this.#idleSeconds >= idleThreshold ? 'idle' : 'active'
  }

  getCurrentThermalState(): 'unknown' {
    return 'unknown'
  }

  isOnBatteryPower(): boolean {
    return this.onBatteryPower
  }

  /** How long nobody has touched the computer, in seconds. */
  setSystemIdleTime(seconds: number): void {
    this.#idleSeconds = seconds
  }
}

export const powerMonitor = new StandInPowerMonitor()
