import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { findChromium } from '../../scripts/chromium.ts'
import { CdpConnection, type CdpSession } from './cdp.ts'
import { isRunning } from './is-running.ts'

const profilePrefix = 'curfew-chromium-'
const spareSize = { width: 1180, height: 780 }

/** What Chromium would do by itself and no Electron window does. */
const quietFlags = [
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-sync',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-search-engine-choice-screen',
  '--disable-popup-blocking',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-features=Translate,LocalNetworkAccessChecks,OptimizationHints,MediaRouter,DialMediaRouteProvider,HttpsUpgrades,WebUIOmniboxPopup,WebUIOmniboxAimPopup,OmniboxAimPopup',
  '--password-store=basic',
  '--use-mock-keychain',
  '--noerrdialogs',
]

/** Chromium's sandbox does not work as root; `--test-type` keeps it from saying so in every window. */
const sandboxFlags = process.getuid?.() === 0 ? ['--no-sandbox', '--test-type'] : []

/** A page target that was attached to, still without a window that owns it. */
export interface PageTarget {
  readonly targetId: string
  readonly session: CdpSession
}

export interface BrowserOptions {
  /** No window on the screen. */
  readonly headless: boolean
  /** Listens for a second client, the test's. Off, nothing outside this process can reach Chromium. */
  readonly debuggingPort: boolean
}

/**
 * The Chromium that stands in for Electron's: started at once, with a first page ready for the first window.
 *
 * Events: `popup` for a page that a page opened, `gone` when Chromium has ended.
 */
export class Browser extends EventEmitter<{ popup: [PageTarget]; gone: [] }> {
  readonly headless: boolean
  readonly root: CdpSession
  /** The address for a second client, once Chromium listens. */
  readonly endpoint: Promise<string>
  readonly #executable = findChromium()
  readonly #profile: string
  readonly #process: ChildProcess
  readonly #connection: CdpConnection
  readonly #expected = new Map<string, (target: PageTarget) => void>()
  #spare: Promise<PageTarget> | undefined
  #lastMarker = 0
  #isGone = false

  constructor({ headless, debuggingPort }: BrowserOptions) {
    super()
    this.headless = headless
    removeProfilesOfTheDead()
    this.#profile = mkdtempSync(join(tmpdir(), `${profilePrefix}${process.pid}-`))
    const [marker, first] = this.#expect()
    this.#process = spawn(
      this.#executable,
      [
        ...quietFlags,
        ...sandboxFlags,
        `--user-data-dir=${this.#profile}`,
        '--remote-debugging-pipe',
        ...(debuggingPort ? ['--remote-debugging-port=0'] : []),
        ...(headless
          ? ['--headless', '--no-startup-window', '--hide-scrollbars', '--mute-audio']
          : // Away from the screen until the app shows it, as Electron's windows are.
            ['--keep-alive-for-test', `--app=${blankApp(marker)}`, ...offScreen(spareSize)]),
      ],
      { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'], detached: process.platform !== 'win32' },
    )
    this.#process.unref()
    const [, , stderr, output, input] = this.#process.stdio as [null, null, Readable, Writable, Readable]
    this.endpoint = readEndpoint(stderr)
    this.endpoint.catch(() => undefined)
    this.#connection = new CdpConnection(output, input)
    this.root = this.#connection.root
    this.root.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      const session = this.#connection.session(sessionId)
      const target = { targetId: targetInfo.targetId, session }
      const expected = this.#expected.get(targetInfo.url)
      if (expected) {
        this.#expected.delete(targetInfo.url)
        expected(target)
      } else {
        this.emit('popup', target)
      }
    })
    this.root.post('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: true,
      flatten: true,
      filter: [{ type: 'page' }, { exclude: true }],
    })
    // Refuses every permission to every page.
    this.root.post('Browser.grantPermissions', { permissions: [] })
    this.#spare = first
    if (headless) this.#createHeadless(marker, spareSize)
    this.#process.once('error', () => this.#onGone())
    this.#process.once('exit', () => this.#onGone())
    process.once('exit', () => this.kill())
  }

  /** The spare page if it is still free, otherwise a new one. */
  async takePage(size: { readonly width: number; readonly height: number }): Promise<PageTarget> {
    const spare = this.#spare
    this.#spare = undefined
    if (spare) return spare
    const [marker, target] = this.#expect()
    if (this.headless) {
      this.#createHeadless(marker, size)
    } else {
      // A second start with the same profile hands its window to the Chromium that runs.
      spawn(
        this.#executable,
        [
          ...sandboxFlags,
          `--user-data-dir=${this.#profile}`,
          `--app=${blankApp(marker)}`,
          ...offScreen(size),
        ],
        { stdio: 'ignore' },
      ).unref()
    }
    return target
  }

  session(id: string): CdpSession {
    return this.#connection.session(id)
  }

  /** Ends Chromium and its helpers at once, and removes the profile. */
  kill(): void {
    const { pid } = this.#process
    if (!this.#isGone && pid !== undefined) {
      try {
        process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
      } catch {
        // Gone by itself.
      }
    }
    this.#isGone = true
    removeProfile(this.#profile)
  }

  #expect(): [marker: string, target: Promise<PageTarget>] {
    this.#lastMarker += 1
    const marker = `window-${this.#lastMarker}`
    const url = this.headless ? blankTab(marker) : blankApp(marker)
    return [marker, new Promise((resolve) => this.#expected.set(url, resolve))]
  }

  #createHeadless(marker: string, { width, height }: { readonly width: number; readonly height: number }) {
    this.root.post('Target.createTarget', { url: blankTab(marker), newWindow: true, width, height })
  }

  #onGone(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#connection.close()
    this.emit('gone')
  }
}

const blankTab = (marker: string) => `about:blank#${marker}`
const blankApp = (marker: string) => `data:text/html,#${marker}`
const offScreen = ({ width, height }: { readonly width: number; readonly height: number }) => [
  '--window-position=-20000,0',
  `--window-size=${width},${height}`,
]

/** Where Chromium says that it listens; read to its end, so that its other words never block it. */
function readEndpoint(stderr: Readable): Promise<string> {
  const endpoint = Promise.withResolvers<string>()
  const lines = createInterface(stderr)
  lines.on('line', (line) => {
    const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1]
    if (address) endpoint.resolve(address)
  })
  lines.on('close', () => endpoint.reject(new Error('Chromium ended while starting')))
  return endpoint.promise
}

/** Chromium may still be writing while it dies: a folder that is not empty at once is tried again. */
function removeProfile(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
}

/** A host that was killed could not tidy up; the next one does. */
function removeProfilesOfTheDead(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${profilePrefix}(\\d+)-`).exec(name)?.[1]
    if (pid && !isRunning(Number(pid))) removeProfile(join(tmpdir(), name))
  }
}
