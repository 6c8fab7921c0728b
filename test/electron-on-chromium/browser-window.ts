import { EventEmitter } from 'node:events'
import { browser } from './host.ts'
import { PreventableEvent } from './preventable-event.ts'
import { StandInWebContents } from './web-contents.ts'

type Options = Electron.BrowserWindowConstructorOptions
type Rectangle = Electron.Rectangle
type State = 'normal' | 'minimized' | 'maximized'

const windows = new Set<StandInBrowserWindow>()

/** Tells of every window: `page` once it has its page, `closed` and, when none is left, `none-left`. */
export const windowEvents = new EventEmitter()

/** Electron's `BrowserWindow`: a window of Chromium without its bars, or, without a screen, a page of the same size. */
export class StandInBrowserWindow extends EventEmitter {
  static getAllWindows(): StandInBrowserWindow[] {
    return [...windows]
  }

  readonly webContents: StandInWebContents
  readonly #bounds: Rectangle
  readonly #title: string
  readonly #windowId: Promise<number>
  #state: State = 'normal'
  /** What a minimised window goes back to. */
  #before: State = 'normal'
  #isVisible = false
  #isDestroyed = false

  constructor(options: Options = {}) {
    super()
    windows.add(this)
    const { width = 800, height = 600, x = 60, y = 60 } = options
    this.#bounds = { x, y, width, height }
    this.#title = options.title ?? ''
    this.webContents = new StandInWebContents(options.webPreferences ?? {}, this.#bounds, {
      onGone: () => this.close(),
      onFocus: (isFocused) => this.emit(isFocused ? 'focus' : 'blur'),
    })
    this.#windowId = this.webContents.targetId.then(async (targetId) => {
      const { windowId } = await browser().root.send('Browser.getWindowForTarget', { targetId })
      windowEvents.emit('page', this, targetId)
      return windowId
    })
    this.#windowId.catch(() => undefined)
    this.webContents.once('did-finish-load', () => this.emit('ready-to-show'))
    this.#place()
    if (options.show ?? true) this.show()
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url)
  }

  close(): void {
    if (this.#isDestroyed) return
    this.emit('close', new PreventableEvent())
    this.destroy()
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    windows.delete(this)
    this.webContents.destroy()
    this.emit('closed')
    if (windows.size === 0) windowEvents.emit('none-left')
  }

  isDestroyed(): boolean {
    return this.#isDestroyed
  }

  show(): void {
    if (!this.#isVisible) {
      this.#isVisible = true
      this.#place()
      this.emit('show')
    }
    this.focus()
  }

  hide(): void {
    this.#isVisible = false
    this.#place()
    this.emit('hide')
    this.webContents.noteFocus(false)
  }

  focus(): void {
    if (!this.#isVisible) return
    for (const window of windows) window.webContents.noteFocus(window === this)
    this.webContents.focus()
  }

  moveTop(): void {}

  setAlwaysOnTop(_isOnTop: boolean): void {}

  flashFrame(_isFlashing: boolean): void {}

  minimize(): void {
    if (this.#state !== 'minimized') this.#before = this.#state
    this.#change('minimized', 'minimize')
    this.webContents.noteFocus(false)
  }

  restore(): void {
    if (this.#state !== 'minimized') return
    this.#change(this.#before, 'restore')
    this.focus()
  }

  isMinimized(): boolean {
    return this.#state === 'minimized'
  }

  maximize(): void {
    this.#change('maximized', 'maximize')
  }

  isMaximized(): boolean {
    return this.#state === 'maximized'
  }

  getTitle(): string {
    return this.#title
  }

  getNormalBounds(): Rectangle {
    return { ...this.#bounds }
  }

  /** Puts Chromium's window where this one is; a hidden one waits outside the screen. */
  #place(): void {
    void this.#windowId.then((windowId) => {
      const { root, headless } = browser()
      const { x, y, width, height } = this.#bounds
      root.post('Browser.setContentsSize', { windowId, width, height })
      const left = this.#isVisible ? x : -20_000
      if (!headless) root.post('Browser.setWindowBounds', { windowId, bounds: { left, top: y } })
    }, ignore)
  }

  #change(windowState: State, event: string): void {
    if (this.#state === windowState) return
    this.#state = windowState
    if (!browser().headless)
      void this.#windowId.then((windowId) => {
        browser().root.post('Browser.setWindowBounds', { windowId, bounds: { windowState } })
      }, ignore)
    this.emit(event)
  }
}

function ignore(): void {}
