import { EventEmitter } from 'node:events'

/** Electron's `Tray`, drawn nowhere. */
export class StandInTray extends EventEmitter {
  constructor(_image: unknown) {
    super()
  }

  setContextMenu(_menu: object | null): void {}

  setToolTip(_text: string): void {}
}
