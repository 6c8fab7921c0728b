import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import type * as StandIn from './electron.ts'
import type { FromHost, ToHost } from './serve-driver.ts'

/** What a function given to `evaluate` gets. */
export type ElectronModule = typeof StandIn

export interface LaunchOptions {
  /** The app's folder or main module, then the app's own arguments. */
  readonly args: readonly string[]
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

const runner = fileURLToPath(new URL('run.ts', import.meta.url))
const timeoutMs = 30_000

/** Starts an app on the stand-in. The counterpart of Playwright's `_electron.launch`. */
export async function launch({ args, env = {} }: LaunchOptions): Promise<StandInApplication> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', runner, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, NODE_OPTIONS: '', ...env, CURFEW_STAND_IN_DRIVER: '1', CURFEW_HEADLESS: '1' },
  })
  const application = new StandInApplication(child)
  await application.connected
  return application
}

/** A running app. The counterpart of Playwright's `ElectronApplication`, its pages being Playwright's own. */
export class StandInApplication {
  /** Resolves once the host answers and Playwright sees its pages. */
  readonly connected: Promise<void>
  readonly #child: ChildProcess
  readonly #first = Promise.withResolvers<Page>()
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #ended: Promise<unknown>
  #browser: Browser | undefined
  #printed = ''
  #lastId = 0

  constructor(child: ChildProcess) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => {
        this.#printed = (this.#printed + text).slice(-100_000)
      })
    }
    this.#ended = once(child, 'close').then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The app has ended.'))
      void this.#browser?.close().catch(() => undefined)
    })
    const connected = Promise.withResolvers<void>()
    this.connected = connected.promise
    this.connected.catch(() => undefined)
    void this.#ended.then(() =>
      connected.reject(new Error(`The app ended while starting:\n${this.#printed}`)),
    )
    child.on('message', (message: FromHost) => {
      if (message.kind === 'endpoint')
        this.#connect(message.endpoint).then(connected.resolve, connected.reject)
      else if (message.kind === 'window')
        void this.connected.then(() => this.#onWindow(message.targetId)).catch(() => undefined)
      else if (message.kind === 'result') this.#waiting.get(message.id)?.resolve(message.value)
      else this.#waiting.get(message.id)?.reject(new Error(message.stack))
    })
  }

  /** The first window's page, once it has loaded. */
  firstWindow(): Promise<Page> {
    const fail = (why: string) => () => Promise.reject(new Error(`${why}\n${this.#printed}`))
    return Promise.race([
      this.#first.promise,
      this.#ended.then(fail('The app ended without a window.')),
      delay(timeoutMs, undefined, { ref: false }).then(fail('No window in time.')),
    ])
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

  /** All that the app has printed. */
  printed(): string {
    return this.#printed
  }

  /** Runs a function in the app's main process. It may use nothing from outside itself but its arguments. */
  async evaluate<R, A = undefined>(
    pageFunction: (electron: ElectronModule, argument: A) => R | Promise<R>,
    argument?: A,
  ): Promise<R> {
    this.#lastId += 1
    const request: ToHost = { id: this.#lastId, source: String(pageFunction), argument }
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(request.id, answer)
    this.#child.send(request, (error) => {
      if (error) answer.reject(new Error('The app has ended.'))
    })
    return (await answer.promise.finally(() => this.#waiting.delete(request.id))) as R
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
    for (;;) {
      for (const page of this.context().pages()) {
        if ((await targetOf(page)) !== targetId) continue
        await page.waitForLoadState()
        this.#first.resolve(page)
        return
      }
      await delay(20, undefined, { ref: false })
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
