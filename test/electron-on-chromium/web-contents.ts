import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import type { PageTarget } from './browser.ts'
import type { CdpSession, Protocol } from './cdp.ts'
import { answerRequest } from './fetch-interception.ts'
import { browser } from './host.ts'
import type { FromPage, ToPage } from './injected/messages.ts'
import { isolatedWorldScript, mainWorldScript } from './injected/scripts.ts'
import { ipcMain } from './ipc-main.ts'
import { pressAccelerator } from './menu.ts'
import { nativeTheme } from './native-theme.ts'
import { originMap } from './origin-map.ts'
import { PreventableEvent } from './preventable-event.ts'
import { session as sessions } from './session.ts'
import { createValueCodec } from './value-codec.ts'

const worldName = 'Electron Isolated Context'
const bindingName = '__toHost'
const codec = createValueCodec()

type WindowOpenHandler = (details: Electron.HandlerDetails) => { readonly action: 'deny' }
type Paused = Protocol.Fetch.requestPausedPayload

/** What the window around the page hears of it. */
export interface WebContentsOwner {
  readonly onGone: () => void
  readonly onFocus: (isFocused: boolean) => void
}

/** Electron's `WebFrameMain`, of a page's main frame only. The object stays the same across navigations. */
class StandInFrame extends EventEmitter {
  readonly parent = null
  url = ''
  /** Counts the documents it has shown. */
  document = 0

  get origin(): string {
    const { protocol, host } = URL.parse(this.url) ?? {}
    return host && protocol ? `${protocol}//${host}` : 'null'
  }
}

/** Electron's `WebContents`: one page of Chromium, and its preload's door. */
export class StandInWebContents extends EventEmitter {
  readonly session = sessions.defaultSession
  readonly mainFrame = new StandInFrame()
  readonly navigationHistory = { clear: (): void => this.#post('Page.resetNavigationHistory') }
  /** The page's id in the DevTools protocol. */
  readonly targetId: Promise<string>
  readonly #owner: WebContentsOwner
  readonly #page: Promise<CdpSession>
  /** The context that the preload's world has in the document shown now. */
  #world: number | undefined
  /** Where the app itself sends the page. */
  #ownNavigation: string | undefined
  #load = Promise.withResolvers<void>()
  #openHandler: WindowOpenHandler | undefined
  #isLoaded = false
  #isFocused = false
  #isDevToolsOpen = false

  constructor(
    { preload }: Electron.WebPreferences,
    size: { readonly width: number; readonly height: number },
    owner: WebContentsOwner,
  ) {
    super()
    this.#owner = owner
    const target = browser().takePage(size)
    this.targetId = target.then(({ targetId }) => targetId)
    this.#page = target.then(async ({ targetId, session }) => {
      this.#listen(session, targetId)
      await this.#prepare(session, preload)
      return session
    })
    nativeTheme.on('updated', this.#applyTheme)
  }

  async loadURL(url: string): Promise<void> {
    this.#load = Promise.withResolvers()
    const session = await this.#page
    this.#ownNavigation = originMap.toChromium(url)
    const { errorText } = await session.send('Page.navigate', { url: this.#ownNavigation })
    if (errorText) this.#load.reject(new Error(`${errorText} loading '${url}'`))
    return this.#load.promise
  }

  reload(): void {
    this.#ownNavigation = originMap.toChromium(this.mainFrame.url)
    this.#post('Page.reload', { ignoreCache: true })
  }

  reloadIgnoringCache(): void {
    this.reload()
  }

  isLoaded(): boolean {
    return this.#isLoaded
  }

  getURL(): string {
    return this.mainFrame.url
  }

  focus(): void {
    this.#post('Page.bringToFront')
  }

  forcefullyCrashRenderer(): void {
    this.#post('Page.crash')
  }

  async executeJavaScript(code: string): Promise<unknown> {
    const page = await this.#page
    const { result } = await page.send('Runtime.evaluate', {
      expression: code,
      awaitPromise: true,
      returnByValue: true,
    })
    return result.value
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.#openHandler = handler
  }

  /** Has no say over the stand-in’s Chromium. */
  setWebRTCIPHandlingPolicy(_policy: unknown): void {}

  openDevTools(): void {
    this.#isDevToolsOpen = true
  }

  closeDevTools(): void {
    this.#isDevToolsOpen = false
  }

  isDevToolsOpened(): boolean {
    return this.#isDevToolsOpen
  }

  /** Sends to the page's listeners. */
  send(channel: string, ...values: unknown[]): void {
    this.#tell({ kind: 'event', channel, values: codec.encode(values) })
  }

  /** Closes the page at once. */
  destroy(): void {
    nativeTheme.off('updated', this.#applyTheme)
    this.mainFrame.document += 1
    void this.targetId.then((targetId) => browser().root.post('Target.closeTarget', { targetId }), ignore)
  }

  /** Notes that the window got or lost the keyboard. */
  noteFocus(isFocused: boolean): void {
    if (this.#isFocused === isFocused) return
    this.#isFocused = isFocused
    this.#owner.onFocus(isFocused)
  }

  #tell(message: ToPage): void {
    const executionContextId = this.#world
    if (executionContextId === undefined) return
    this.#post('Runtime.callFunctionOn', {
      functionDeclaration: '(message) => __receive(message)',
      arguments: [{ value: message }],
      executionContextId,
    })
  }

  #onMessage(message: FromPage): void {
    if (message.kind === 'invoke') void this.#answer(message)
    else if (message.kind === 'key') pressAccelerator(message)
    else if (message.kind === 'focus') this.noteFocus(message.isFocused)
    else console.error('Unable to load the preload script:', message.stack)
  }

  async #answer({ id, channel, values }: FromPage & { readonly kind: 'invoke' }): Promise<void> {
    const { mainFrame } = this
    const { document } = mainFrame
    const event = {
      sender: this,
      /** Gone when the page has navigated since the call. */
      get senderFrame(): StandInFrame | null {
        return mainFrame.document === document ? mainFrame : null
      },
    }
    const reply = (answer: ToPage) => {
      // The calls of the next document have the same numbers.
      if (mainFrame.document === document) this.#tell(answer)
    }
    try {
      const value = await ipcMain.answer(event, channel, codec.decode(values) as unknown[])
      reply({ kind: 'answer', id, value: codec.encode(value) })
    } catch (error) {
      console.error(`Error occurred in handler for '${channel}':`, error)
      reply({ kind: 'failure', id, message: `Error invoking remote method '${channel}': ${error}` })
    }
  }

  #post<C extends keyof Protocol.CommandParameters & keyof Protocol.CommandReturnValues>(
    method: C,
    params?: Protocol.CommandParameters[C],
  ): void {
    void this.#page.then((session) => session.post(method, params), ignore)
  }

  #applyTheme = (): void => this.#post('Emulation.setEmulatedMedia', themeMedia())

  /**
   * What the page needs before its first document, in the order in which it must be.
   *
   * To be awaited before the page goes anywhere: a command still on its way when the page moves to another process may
   * arrive too late there.
   */
  #prepare(session: CdpSession, preload: string | undefined): Promise<unknown> {
    const token = randomBytes(16).toString('hex')
    const source = preload === undefined ? '' : readFileSync(preload, 'utf8')
    const process_ = { type: 'renderer', platform: process.platform, sandboxed: true, contextIsolated: true }
    return Promise.all([
      session.send('Page.enable'),
      session.send('Runtime.enable'),
      session.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] }),
      session.send('Target.setAutoAttach', {
        autoAttach: true,
        waitForDebuggerOnStart: true,
        flatten: true,
        filter: [{ type: 'iframe' }, { type: 'worker' }, { type: 'shared_worker' }, { exclude: true }],
      }),
      browser().headless && session.send('Emulation.setFocusEmulationEnabled', { enabled: true }),
      session.send('Emulation.setEmulatedMedia', themeMedia()),
      session.send('Runtime.addBinding', { name: bindingName, executionContextName: worldName }),
      session.send('Page.addScriptToEvaluateOnNewDocument', { source: mainWorldScript(token) }),
      session.send('Page.addScriptToEvaluateOnNewDocument', {
        worldName,
        source: isolatedWorldScript({ token, binding: bindingName, process: process_ }, source),
      }),
      session.send('Runtime.runIfWaitingForDebugger'),
    ])
  }

  #listen(session: CdpSession, targetId: string): void {
    const { mainFrame } = this
    browser().root.on('Target.detachedFromTarget', ({ sessionId }) => {
      if (sessionId === session.id) this.#owner.onGone()
    })
    session.on('Page.frameNavigated', ({ frame }) => {
      if (frame.id !== targetId) return
      mainFrame.document += 1
      mainFrame.url = originMap.toApp(frame.url + (frame.urlFragment ?? ''))
    })
    session.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      if (frameId === targetId) mainFrame.url = originMap.toApp(url)
    })
    session.on('Runtime.executionContextCreated', ({ context }) => {
      const { frameId } = (context.auxData ?? {}) as { readonly frameId?: string }
      if (frameId === targetId && context.name === worldName) this.#world = context.id
    })
    session.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      // No frame in the page, and no document before this one, has a door.
      if (name === bindingName && executionContextId === this.#world) this.#onMessage(JSON.parse(payload))
    })
    session.on('Page.loadEventFired', () => {
      if (isBlank(mainFrame.url)) return
      this.#isLoaded = true
      this.emit('did-finish-load')
      this.#load.resolve()
    })
    session.on('Page.windowOpen', ({ url }) => this.#onWindowOpen(url))
    session.on('Page.frameRequestedNavigation', ({ url, disposition }) => {
      // A link opened with a modifier key.
      if (disposition === 'newTab' || disposition === 'newWindow') this.#onWindowOpen(url)
    })
    session.on('Page.javascriptDialogOpening', ({ type }) => {
      session.post('Page.handleJavaScriptDialog', { accept: type === 'beforeunload' })
    })
    session.on('Inspector.targetCrashed', () => {
      this.emit('render-process-gone', new PreventableEvent(), { reason: 'crashed', exitCode: 5 })
    })
    session.on(
      'Fetch.requestPaused',
      (paused) => void this.#onRequest(session, paused, targetId).catch(ignore),
    )
    // A worker, or a frame in another process: no preload, and the same guard before its requests.
    session.on('Target.attachedToTarget', ({ sessionId }) => {
      const inner = browser().session(sessionId)
      inner.on('Fetch.requestPaused', (paused) => void this.#onRequest(inner, paused, targetId).catch(ignore))
      inner.post('Fetch.enable', { patterns: [{ urlPattern: '*' }] })
      inner.post('Runtime.runIfWaitingForDebugger')
    })
  }

  #onWindowOpen(url: string): void {
    this.#openHandler?.({ url: originMap.toApp(url) } as Electron.HandlerDetails)
  }

  async #onRequest(session: CdpSession, paused: Paused, targetId: string): Promise<void> {
    if (paused.resourceType === 'Document' && !this.#mayNavigate(paused, paused.frameId === targetId))
      await session.send('Fetch.failRequest', { requestId: paused.requestId, errorReason: 'Aborted' })
    else await answerRequest(session, paused, this.session.webRequest)
  }

  #mayNavigate({ request }: Paused, isMainFrame: boolean): boolean {
    if (isMainFrame && stripHash(this.#ownNavigation ?? '') === request.url) {
      this.#ownNavigation = undefined
      return true
    }
    const event = Object.assign(new PreventableEvent(), { url: originMap.toApp(request.url), isMainFrame })
    this.emit('will-frame-navigate', event)
    if (isMainFrame) this.emit('will-navigate', event)
    return !event.defaultPrevented
  }
}

/** A page that opened a page: whatever `setWindowOpenHandler` says, it is closed unseen. */
export function refusePopup({ targetId, session }: PageTarget): void {
  // A page that is closed while it still waits to begin would keep its opener waiting for good.
  session.post('Runtime.runIfWaitingForDebugger')
  browser().root.post('Target.closeTarget', { targetId })
}

function themeMedia(): Protocol.Emulation.setEmulatedMediaParameters {
  const value = nativeTheme.shouldUseDarkColors ? 'dark' : 'light'
  return { features: [{ name: 'prefers-color-scheme', value }] }
}

/** The document that a page of Chromium starts with (`browser.ts`). */
function isBlank(url: string): boolean {
  return url === '' || url.startsWith('about:blank') || url.startsWith('data:text/html,#')
}

function stripHash(url: string): string {
  return url.replace(/#.*$/s, '')
}

function ignore(): void {}
