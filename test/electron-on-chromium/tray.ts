import { EventEmitter } from 'node:events'
import type { StandInMenu } from './menu.ts'

const trays = new Set<StandInTray>()

/** Electron's `Tray`, drawn nowhere. */
export class StandInTray extends EventEmitter {
  #menu: StandInMenu | null = null
  #toolTip = ''
  #title = ''
  #image: unknown
  #isDestroyed = false

  constructor(image: unknown) {
    super()
    this.#image = image
    trays.add(this)
  }

  /** Every tray icon the app has now. */
  static all(): StandInTray[] {
    return [...trays]
  }

  get contextMenu(): StandInMenu | null {
    return this.#menu
  }

  get toolTip(): string {
    return this.#toolTip
  }

  get image(): unknown {
    return this.#image
  }

  setContextMenu(menu: StandInMenu | null): void {
    this.#menu = menu
  }

  setToolTip(text: string): void {
    this.#toolTip = text
  }

  setImage(image: unknown): void {
    this.#image = image
  }

  setTitle(title: string): void {
    this.#title = title
  }

  getTitle(): string {
    return this.#title
  }

  popUpContextMenu(): void {}

  closeContextMenu(): void {}

  getBounds(): Electron.Rectangle {
    return { x: 0, y: 0, width: 16, height: 16 }
  }

  destroy(): void {
    this.#isDestroyed = true
    trays.delete(this)
  }

  isDestroyed(): boolean {
    return this.#isDestroyed
  }
}
