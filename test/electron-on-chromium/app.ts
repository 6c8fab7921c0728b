import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
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

function appData(): string {
  const { APPDATA, XDG_CONFIG_HOME } = process.env
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support')
  if (process.platform === 'win32') return APPDATA ?? join(homedir(), 'AppData', 'Roaming')
  return XDG_CONFIG_HOME ?? join(homedir(), '.config')
}

/** Electron's `app`. */
class StandInApp extends EventEmitter {
  readonly isPackaged = false
  readonly #ready = Promise.withResolvers<void>()
  #description: AppDescription = { path: process.cwd(), name: 'Electron', version: '0.0.0', args: [] }
  #instance: SingleInstance | undefined
  #isQuitting = false
  #isGone = false

  get name(): string {
    return this.#description.name
  }

  getVersion(): string {
    return this.#description.version
  }

  getAppPath(): string {
    return this.#description.path
  }

  /** `userData` is all there is. */
  getPath(name: string): string {
    if (name !== 'userData') throw new Error(`Failed to get '${name}' path`)
    const given = this.#description.args.findLast((argument) => argument.startsWith('--user-data-dir='))
    return given?.slice('--user-data-dir='.length) || join(appData(), this.name)
  }

  whenReady(): Promise<void> {
    return this.#ready.promise
  }

  enableSandbox(): void {}

  setAppUserModelId(_id: string): void {}

  requestSingleInstanceLock(): boolean {
    this.#instance ??= new SingleInstance(this.getPath('userData'))
    return this.#instance.request(() => {
      void this.#ready.promise.then(() => this.emit('second-instance', new PreventableEvent()))
    })
  }

  quit(): void {
    if (this.#isQuitting || this.#isGone) return
    this.#isQuitting = true
    const windows = StandInBrowserWindow.getAllWindows()
    if (windows.length === 0) setImmediate(() => this.#finish())
    for (const window of windows) window.close()
  }

  exit(code = 0): void {
    this.#isGone = true
    for (const window of StandInBrowserWindow.getAllWindows()) window.destroy()
    process.exit(code)
  }

  /** Takes what the runner knows; the app's code has not run yet. */
  describe(description: AppDescription): void {
    this.#description = description
    windowEvents.on('none-left', () => this.#onNoWindowLeft())
  }

  /** Lets the app begin: Electron is ready once the app's own module has run. */
  start(): void {
    browser().once('gone', () => {
      // Chromium has crashed or was killed, and the windows with it.
      for (const window of StandInBrowserWindow.getAllWindows()) window.destroy()
      this.quit()
    })
    mkdirSync(this.getPath('userData'), { recursive: true })
    this.#ready.resolve()
  }

  #onNoWindowLeft(): void {
    if (this.#isGone) return
    if (this.#isQuitting) this.#finish()
    else if (!this.emit('window-all-closed')) this.quit()
  }

  #finish(): void {
    const event = new PreventableEvent()
    this.emit('will-quit', event)
    if (!event.defaultPrevented) this.exit(0)
  }
}

export const app = new StandInApp()
