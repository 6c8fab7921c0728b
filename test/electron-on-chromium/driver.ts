import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import type * as StandIn from './electron.ts'
import type { FromHost, ToHost } from './serve-driver.ts'

/** What a function given to `evaluate` gets; `standIn` is only there on the stand-in. */
export type ElectronModule = typeof StandIn & { readonly standIn: typeof import('./controls.ts').controls }

export interface LaunchOptions {
  /** The app's folder or main module, then the app's own arguments. */
  readonly args: readonly string[]
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** The Chromium to use; found by itself otherwise. */
  readonly executablePath?: string
  /** No window on the screen; by default there is none. */
  readonly headless?: boolean
  /** How long `firstWindow` waits, in milliseconds. */
  readonly timeout?: number
}

const runner = fileURLToPath(new URL('run.ts', import.meta.url))

/** Starts an app on the stand-in. The counterpart of Playwright's `_electron.launch`. */
export async function launch(options: LaunchOptions): Promise<StandInApplication> {
  const { args, env = {}, cwd, executablePath, headless = true, timeout = 30_000 } = options
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', runner, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      ...env,
      CURFEW_STAND_IN_DRIVER: '1',
      ...(headless && { CURFEW_HEADLESS: '1' }),
      ...(executablePath !== undefined && { CURFEW_CHROMIUM: executablePath }),
    },
    ...(cwd !== undefined && { cwd }),
  })
  const application = new StandInApplication(child, timeout)
  await application.connected
  return application
}

interface Events {
  window: [Page]
  close: []
}

/** A running app. The counterpart of Playwright's `ElectronApplication`, its pages being Playwright's own. */
export class StandInApplication extends EventEmitter<Events> {
  /** Resolves once the host answers and Playwright sees its pages. */
  readonly connected: Promise<void>
  readonly #child: ChildProcess
  readonly #timeout: number
  readonly #pages: Page[] = []
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  readonly #ended: Promise<void>
  #browser: Browser | undefined
  #printed = ''
  #lastId = 0

  constructor(child: ChildProcess, timeout: number) {
    super()
    this.#child = child
    this.#timeout = timeout
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => {
        this.#printed = (this.#printed + text).slice(-100_000)
      })
    }
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => {
        for (const { reject } of this.#waiting.values()) reject(new Error('The app has ended.'))
        this.#waiting.clear()
        void this.#browser?.close().catch(() => undefined)
        this.emit('close')
        resolve()
      })
    })
    this.connected = new Promise((resolve, reject) => {
      const onEnd = () => reject(new Error(`The app ended while starting:\n${this.#printed}`))
      child.once('exit', onEnd)
      child.on('message', (message: FromHost) => {
        if (message.kind === 'endpoint') {
          this.#connect(message.endpoint).then(() => {
            child.off('exit', onEnd)
            resolve()
          }, reject)
        } else if (message.kind === 'window') {
          void this.connected.then(() => this.#onWindow(message.targetId)).catch(() => undefined)
        } else {
          const waiting = this.#waiting.get(message.id)
          this.#waiting.delete(message.id)
          if (message.kind === 'result') waiting?.resolve(message.value as never)
          else waiting?.reject(Object.assign(new Error(message.message), { stack: message.stack }))
        }
      })
    })
    this.connected.catch(() => undefined)
  }

  /** The first window's page, once it has loaded. */
  firstWindow(options: { readonly timeout?: number } = {}): Promise<Page> {
    const [first] = this.#pages
    if (first) return Promise.resolve(first)
    const { timeout = this.#timeout } = options
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why}\n${this.#printed}`))
      const timer = setTimeout(() => fail(`No window within ${timeout} ms.`), timeout)
      const onClose = () => {
        clearTimeout(timer)
        fail('The app ended without a window.')
      }
      this.once('close', onClose)
      this.once('window', (page) => {
        clearTimeout(timer)
        this.off('close', onClose)
        resolve(page)
      })
    })
  }

  /** The pages of all windows that have loaded and are open. */
  windows(): Page[] {
    return this.#pages.filter((page) => !page.isClosed())
  }

  /** The context all windows share. */
  context(): BrowserContext {
    const context = this.#browser?.contexts()[0]
    if (!context) throw new Error('The app is not running.')
    return context
  }

  process(): ChildProcess {
    return this.#child
  }

  get stdout(): Readable | null {
    return this.#child.stdout
  }

  get stderr(): Readable | null {
    return this.#child.stderr
  }

  /** All that the app has printed. */
  printed(): string {
    return this.#printed
  }

  /** Runs a function in the app's main process. It may use nothing from outside itself but its arguments. */
  evaluate<R, A = undefined>(
    pageFunction: (electron: ElectronModule, argument: A) => R | Promise<R>,
    argument?: A,
  ): Promise<R> {
    this.#lastId += 1
    const request: ToHost = { id: this.#lastId, source: String(pageFunction), argument }
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject })
      this.#child.send(request, (error) => {
        if (error) reject(new Error('The app has ended.'))
      })
    })
  }

  /** Quits the app as its menu does; ends it where it will not. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    this.evaluate(({ app }) => app.quit()).catch(() => undefined)
    await this.#ended
    clearTimeout(timer)
  }

  async #connect(endpoint: string): Promise<void> {
    // The app's own theme and focus are what is to be seen, not Playwright's.
    this.#browser = await chromium.connectOverCDP(endpoint, { noDefaults: true, isLocal: true })
  }

  /** Playwright may hear of a page later than the host does: its list is asked until the page is in it. */
  async #onWindow(targetId: string): Promise<void> {
    const deadline = performance.now() + this.#timeout
    while (performance.now() < deadline) {
      for (const page of this.context().pages()) {
        if (this.#pages.includes(page) || (await targetOf(page)) !== targetId) continue
        await page.waitForLoadState()
        this.#pages.push(page)
        this.emit('window', page)
        return
      }
      await delay(20)
    }
  }
}

async function targetOf(page: Page): Promise<string | undefined> {
  try {
    const session = await page.context().newCDPSession(page)
    const { targetInfo } = await session.send('Target.getTargetInfo')
    await session.detach()
    return targetInfo.targetId
  } catch {
    return undefined
  }
}
