import { EventEmitter } from 'node:events'
import { record } from './records.ts'

const shown: StandInNotification[] = []

/** Electron's `Notification`: recorded, and clicked by a test with `emit('click')`. */
export class StandInNotification extends EventEmitter {
  static isSupported(): boolean {
    return true
  }

  /** Every notification shown so far. */
  static shown(): readonly StandInNotification[] {
    return shown
  }

  title: string
  subtitle: string
  body: string
  silent: boolean

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    super()
    this.title = options.title ?? ''
    this.subtitle = options.subtitle ?? ''
    this.body = options.body ?? ''
    this.silent = options.silent ?? false
  }

  show(): void {
    shown.push(this)
    record('notification.show', { title: this.title, body: this.body })
    this.emit('show', {})
  }

  close(): void {
    this.emit('close', {})
  }
}
