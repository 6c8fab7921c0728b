import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { StandInBrowserWindow, windowEvents } from './browser-window.ts'
import { browser } from './host.ts'
import { PreventableEvent } from './preventable-event.ts'
import { SingleInstance } from './single-instance.ts'

/** What the runner found out about the app before starting it. */
export interface AppDescription {
  readonly path: string
  readonly name: string
  readonly version: string
  readonly args: readonly string[]
}

const home = homedir()
const { APPDATA, XDG_CONFIG_HOME } = process.env

function appData(): string {
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support')
  if (process.platform === 'win32') return APPDATA ?? join(home, 'AppData', 'Roaming')
  return XDG_CONFIG_HOME ?? join(home, '.config')
}

/** Electron's `app`. */
export class StandInApp extends EventEmitter {
  readonly isPackaged = false
  readonly commandLine = {
    appendSwitch: (name: string, value?: string): void => void this.#switches.set(name, value ?? ''),
    appendArgument: (_argument: string): void => undefined,
    hasSwitch: (name: string): boolean => this.#switches.has(name),
    getSwitchValue: (name: string): string => this.#switches.get(name) ?? '',
    removeSwitch: (name: string): void => void this.#switches.delete(name),
  }
  readonly #switches = new Map<string, string>()
  readonly #paths = new Map<string, string>()
  readonly #ready: Promise<void>
  #setReady: () => void = () => undefined
  #isReady = false
  #description: AppDescription = { path: process.cwd(), name: 'Electron', version: '0.0.0', args: [] }
  #name = 'Electron'
  #instance: SingleInstance | undefined
  #isQuitting = false
  #isGone = false

  constructor() {
    super()
    this.#ready = new Promise((resolve) => {
      this.#setReady = resolve
    })
    windowEvents.on('created', (window: StandInBrowserWindow) => {
      this.emit('web-contents-created', new PreventableEvent(), window.webContents)
      this.emit('browser-window-created', new PreventableEvent(), window)
      window.on('focus', () => this.emit('browser-window-focus', new PreventableEvent(), window))
      window.on('blur', () => this.emit('browser-window-blur', new PreventableEvent(), window))
    })
    windowEvents.on('none-left', () => this.#onNoWindowLeft())
    windowEvents.on('close-prevented', () => {
      this.#isQuitting = false
    })
  }

  get name(): string {
    return this.#name
  }

  set name(name: string) {
    this.#name = name
  }

  getName(): string {
    return this.#name
  }

  setName(name: string): void {
    this.#name = name
  }

  getVersion(): string {
    return this.#description.version
  }

  getAppPath(): string {
    return this.#description.path
  }

  getLocale(): string {
    return 'en-US'
  }

  getSystemLocale(): string {
    return 'en-US'
  }

  getLocaleCountryCode(): string {
    return 'US'
  }

  getPreferredSystemLanguages(): string[] {
    return ['en-US']
  }

  getPath(name: string): string {
    const set = this.#paths.get(name)
    if (set !== undefined) return set
    switch (name) {
      case 'home':
        return home
      case 'appData':
        return appData()
      case 'userData':
        return join(this.getPath('appData'), this.#name)
      case 'sessionData':
        return this.getPath('userData')
      case 'temp':
        return tmpdir()
      case 'exe':
        return process.execPath
      case 'logs':
        return join(this.getPath('userData'), 'logs')
      case 'crashDumps':
        return join(this.getPath('userData'), 'Crashpad')
      case 'desktop':
      case 'documents':
      case 'downloads':
      case 'music':
      case 'pictures':
      case 'videos':
        return join(home, `${name.charAt(0).toUpperCase()}${name.slice(1)}`)
      default:
        throw new Error(`Failed to get '${name}' path`)
    }
  }

  setPath(name: string, path: string): void {
    this.#paths.set(name, path)
  }

  setAppLogsPath(path?: string): void {
    if (path) this.setPath('logs', path)
  }

  isReady(): boolean {
    return this.#isReady
  }

  whenReady(): Promise<void> {
    return this.#ready
  }

  enableSandbox(): void {}

  disableHardwareAcceleration(): void {}

  setAppUserModelId(_id: string): void {}

  setAboutPanelOptions(_options: object): void {}

  showAboutPanel(): void {}

  setLoginItemSettings(_settings: object): void {}

  isAccessibilitySupportEnabled(): boolean {
    return false
  }

  setAccessibilitySupportEnabled(_isEnabled: boolean): void {}

  setBadgeCount(_count?: number): boolean {
    return false
  }

  focus(): void {
    StandInBrowserWindow.forMenu()?.focus()
  }

  hide(): void {
    for (const window of StandInBrowserWindow.getAllWindows()) window.hide()
  }

  show(): void {
    for (const window of StandInBrowserWindow.getAllWindows()) window.show()
  }

  requestSingleInstanceLock(additionalData?: Record<string, unknown>): boolean {
    this.#instance ??= new SingleInstance(this.getPath('userData'))
    return this.#instance.request({ argv: process.argv, cwd: process.cwd(), additionalData }, (other) => {
      void this.#ready.then(() =>
        this.emit('second-instance', new PreventableEvent(), other.argv, other.cwd, other.additionalData),
      )
    })
  }

  hasSingleInstanceLock(): boolean {
    return this.#instance?.isHeld ?? false
  }

  releaseSingleInstanceLock(): void {
    this.#instance?.release()
  }

  relaunch(): void {}

  quit(): void {
    if (this.#isQuitting || this.#isGone) return
    const event = new PreventableEvent()
    this.emit('before-quit', event)
    if (event.defaultPrevented) return
    this.#isQuitting = true
    const windows = StandInBrowserWindow.getAllWindows()
    if (windows.length === 0) setImmediate(() => this.#finish())
    for (const window of windows) window.close()
  }

  exit(code = 0): void {
    this.#isGone = true
    for (const window of StandInBrowserWindow.getAllWindows()) window.destroy()
    this.emit('quit', new PreventableEvent(), code)
    process.exit(code)
  }

  /** Takes what the runner knows; the app's code has not run yet. */
  describe(description: AppDescription): void {
    this.#description = description
    this.#name = description.name
    for (const argument of description.args) {
      const [, name, value = ''] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? []
      if (name) this.#switches.set(name, value)
    }
    const userData = this.#switches.get('user-data-dir')
    if (userData) this.setPath('userData', userData)
  }

  /** Lets the app begin: Electron is ready once the app's own module has run. */
  start(): void {
    browser().once('gone', () => this.#onChromiumGone())
    mkdirSync(this.getPath('userData'), { recursive: true })
    this.#isReady = true
    this.emit('will-finish-launching')
    this.emit('ready', new PreventableEvent(), {})
    this.#setReady()
  }

  #onNoWindowLeft(): void {
    if (this.#isGone) return
    if (this.#isQuitting) this.#finish()
    else if (!this.emit('window-all-closed')) this.quit()
  }

  /** Chromium has crashed or was killed, and the windows with it. */
  #onChromiumGone(): void {
    for (const window of StandInBrowserWindow.getAllWindows()) {
      window.webContents.emit('render-process-gone', new PreventableEvent(), {
        reason: 'killed',
        exitCode: 9,
      })
      window.destroy()
    }
    this.quit()
  }

  #finish(): void {
    const event = new PreventableEvent()
    this.emit('will-quit', event)
    if (event.defaultPrevented) {
      this.#isQuitting = false
      return
    }
    this.exit(0)
  }
}

export const app = new StandInApp()
