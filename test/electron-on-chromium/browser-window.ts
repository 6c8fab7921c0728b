import { EventEmitter } from 'node:events'
import type { CdpSession, Protocol } from './cdp.ts'
import { browser } from './host.ts'
import { PreventableEvent } from './preventable-event.ts'
import { StandInWebContents } from './web-contents.ts'

type Options = Electron.BrowserWindowConstructorOptions
type Rectangle = Electron.Rectangle

const windows = new Map<number, StandInBrowserWindow>()
const everyWindow = new EventEmitter()
let lastId = 0

/** Tells of every window: `created`, `closed` and, when none is left, `none-left`. */
export const windowEvents: EventEmitter = everyWindow

/** Electron's `BrowserWindow`: a window of Chromium without its bars, or, without a screen, a page of the same size. */
export class StandInBrowserWindow extends EventEmitter {
  static getAllWindows(): StandInBrowserWindow[] {
    return [...windows.values()]
  }

  static getFocusedWindow(): StandInBrowserWindow | null {
    return [...windows.values()].find((window) => window.isFocused()) ?? null
  }

  static fromWebContents(contents: unknown): StandInBrowserWindow | null {
    return [...windows.values()].find((window) => window.webContents === contents) ?? null
  }

  static fromId(id: number): StandInBrowserWindow | null {
    return windows.get(id) ?? null
  }

  /** The window that a menu item is clicked in. */
  static forMenu(): StandInBrowserWindow | undefined {
    return StandInBrowserWindow.getFocusedWindow() ?? [...windows.values()].at(-1)
  }

  readonly id: number
  readonly webContents: StandInWebContents
  #bounds: Rectangle
  #minimumSize: [number, number]
  #windowId: Promise<number | undefined>
  #setWindowId: (id: number | undefined) => void = () => undefined
  #title: string
  #isVisible = false
  #isMinimized = false
  #isMaximized = false
  #isFullScreen = false
  #isMenuBarVisible = true
  #isDestroyed = false
  #isClosing = false

  constructor(options: Options = {}) {
    super()
    lastId += 1
    this.id = lastId
    windows.set(this.id, this)
    const { width = 800, height = 600, x = 60, y = 60 } = options
    this.#minimumSize = [options.minWidth ?? 0, options.minHeight ?? 0]
    this.#bounds = { x, y, width, height }
    this.#title = options.title ?? ''
    this.#windowId = new Promise((resolve) => {
      this.#setWindowId = resolve
    })
    this.webContents = new StandInWebContents(
      options.webPreferences ?? {},
      {
        onPage: (targetId, session) => void this.#onPage(targetId, session, options),
        onGone: () => this.#onGone(),
        onTitle: (title) => this.#onPageTitle(title),
        onFocus: (isFocused) => this.emit(isFocused ? 'focus' : 'blur', new PreventableEvent()),
        open: (url, overrides) =>
          void new StandInBrowserWindow(overrides).loadURL(url).catch(() => undefined),
      },
      { width, height },
    )
    this.webContents.on('ready-to-show', () => this.emit('ready-to-show'))
    everyWindow.emit('created', this)
    if (options.show ?? true) this.show()
    else if (browser().headless) this.#isVisible = false
  }

  get title(): string {
    return this.#title
  }

  set title(title: string) {
    this.setTitle(title)
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url)
  }

  reload(): void {
    this.webContents.reload()
  }

  close(): void {
    if (this.#isDestroyed || this.#isClosing) return
    const event = new PreventableEvent()
    this.emit('close', event)
    if (event.defaultPrevented) {
      everyWindow.emit('close-prevented', this)
      return
    }
    this.#isClosing = true
    setImmediate(() => this.destroy())
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    windows.delete(this.id)
    this.webContents.destroy()
    this.emit('closed')
    everyWindow.emit('closed', this)
    if (windows.size === 0) everyWindow.emit('none-left')
  }

  isDestroyed(): boolean {
    return this.#isDestroyed
  }

  show(): void {
    this.showInactive()
    this.focus()
  }

  showInactive(): void {
    if (this.#isVisible) return
    this.#isVisible = true
    this.#place()
    this.emit('show')
  }

  hide(): void {
    if (!this.#isVisible) return
    this.#isVisible = false
    this.#place()
    this.emit('hide')
    this.webContents.noteFocus(false)
  }

  focus(): void {
    if (!this.#isVisible) return
    for (const window of windows.values()) if (window !== this) window.blur()
    this.webContents.focus()
    this.webContents.noteFocus(true)
  }

  blur(): void {
    this.webContents.noteFocus(false)
  }

  isFocused(): boolean {
    return this.webContents.isFocused()
  }

  isVisible(): boolean {
    return this.#isVisible && !this.#isMinimized
  }

  minimize(): void {
    if (this.#isMinimized) return
    this.#isMinimized = true
    this.#setState('minimized')
    this.emit('minimize')
    this.webContents.noteFocus(false)
  }

  restore(): void {
    if (!this.#isMinimized) return
    this.#isMinimized = false
    this.#setState('normal')
    this.emit('restore')
    this.focus()
  }

  isMinimized(): boolean {
    return this.#isMinimized
  }

  maximize(): void {
    if (this.#isMaximized) return
    this.#isMaximized = true
    this.#setState('maximized')
    this.emit('maximize')
  }

  unmaximize(): void {
    if (!this.#isMaximized) return
    this.#isMaximized = false
    this.#setState('normal')
    this.emit('unmaximize')
  }

  isMaximized(): boolean {
    return this.#isMaximized
  }

  isNormal(): boolean {
    return !this.#isMinimized && !this.#isMaximized && !this.#isFullScreen
  }

  setFullScreen(isFullScreen: boolean): void {
    if (this.#isFullScreen === isFullScreen) return
    this.#isFullScreen = isFullScreen
    this.#setState(isFullScreen ? 'fullscreen' : 'normal')
    this.emit(isFullScreen ? 'enter-full-screen' : 'leave-full-screen')
  }

  isFullScreen(): boolean {
    return this.#isFullScreen
  }

  getTitle(): string {
    return this.#title
  }

  setTitle(title: string): void {
    this.#title = title
  }

  getBounds(): Rectangle {
    return { ...this.#bounds }
  }

  getNormalBounds(): Rectangle {
    return this.getBounds()
  }

  getContentBounds(): Rectangle {
    return this.getBounds()
  }

  setBounds(bounds: Partial<Rectangle>): void {
    const [minimumWidth, minimumHeight] = this.#minimumSize
    const { x, y, width, height } = { ...this.#bounds, ...bounds }
    const before = this.#bounds
    this.#bounds = { x, y, width: Math.max(width, minimumWidth), height: Math.max(height, minimumHeight) }
    this.#place()
    if (before.width !== this.#bounds.width || before.height !== this.#bounds.height) {
      this.webContents.applyZoom()
      this.emit('resize')
      this.emit('resized')
    }
    if (before.x !== x || before.y !== y) {
      this.emit('move')
      this.emit('moved')
    }
  }

  getSize(): number[] {
    return [this.#bounds.width, this.#bounds.height]
  }

  getContentSize(): number[] {
    return this.getSize()
  }

  setSize(width: number, height: number): void {
    this.setBounds({ width, height })
  }

  setContentSize(width: number, height: number): void {
    this.setBounds({ width, height })
  }

  getPosition(): number[] {
    return [this.#bounds.x, this.#bounds.y]
  }

  setPosition(x: number, y: number): void {
    this.setBounds({ x, y })
  }

  center(): void {}

  setMinimumSize(width: number, height: number): void {
    this.#minimumSize = [width, height]
    this.setBounds({})
  }

  getMinimumSize(): number[] {
    return [...this.#minimumSize]
  }

  setContentProtection(_isEnabled: boolean): void {}

  setMenuBarVisibility(isVisible: boolean): void {
    this.#isMenuBarVisible = isVisible
  }

  isMenuBarVisible(): boolean {
    return this.#isMenuBarVisible
  }

  setAutoHideMenuBar(_isHidden: boolean): void {}

  removeMenu(): void {}

  setMenu(_menu: unknown): void {}

  setIcon(_icon: unknown): void {}

  setBackgroundColor(color: string): void {
    const rgba = parseColor(color)
    if (rgba) this.webContents.setDefaultBackground(rgba)
  }

  setProgressBar(_progress: number): void {}

  setSkipTaskbar(_isSkipped: boolean): void {}

  setAlwaysOnTop(_isOnTop: boolean): void {}

  flashFrame(_isFlashing: boolean): void {}

  moveTop(): void {}

  capturePage(): Promise<Electron.NativeImage> {
    return this.webContents.capturePage()
  }

  async #onPage(targetId: string, session: CdpSession, options: Options): Promise<void> {
    const color = options.backgroundColor && parseColor(options.backgroundColor)
    if (color) session.post('Emulation.setDefaultBackgroundColorOverride', { color })
    try {
      const { windowId } = await browser().root.send('Browser.getWindowForTarget', { targetId })
      this.#setWindowId(windowId)
    } catch {
      this.#setWindowId(undefined)
    }
    this.#place()
    everyWindow.emit('page', this, targetId)
  }

  /** Puts Chromium's window where this one is; a hidden one waits outside the screen. */
  #place(): void {
    void this.#windowId.then((windowId) => {
      if (windowId === undefined || this.#isDestroyed) return
      const { root, headless } = browser()
      const { x, y, width, height } = this.#bounds
      root.post('Browser.setContentsSize', { windowId, width, height })
      if (headless) return
      const left = this.#isVisible ? x : -20_000
      root.post('Browser.setWindowBounds', { windowId, bounds: { left, top: y } })
    })
  }

  #setState(windowState: Protocol.Browser.WindowState): void {
    if (browser().headless) return
    void this.#windowId.then((windowId) => {
      if (windowId !== undefined)
        browser().root.post('Browser.setWindowBounds', { windowId, bounds: { windowState } })
    })
  }

  /** The person closed Chromium's window, which can't be prevented here. */
  #onGone(): void {
    if (this.#isDestroyed) return
    this.emit('close', new PreventableEvent())
    this.destroy()
  }

  #onPageTitle(title: string): void {
    const event = new PreventableEvent()
    this.webContents.emit('page-title-updated', event, title, true)
    this.emit('page-title-updated', event, title, true)
    if (!event.defaultPrevented) this.#title = title
  }
}

function parseColor(text: string): Protocol.DOM.RGBA | undefined {
  const digits = /^#([0-9a-f]{6})(?:[0-9a-f]{2})?$/i.exec(text)?.[1]
  if (!digits) return undefined
  const value = Number.parseInt(digits, 16)
  return { r: value >> 16, g: (value >> 8) & 255, b: value & 255 }
}
