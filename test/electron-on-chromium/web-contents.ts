import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'
import type { Popup } from './browser.ts'
import type { CdpSession, Protocol } from './cdp.ts'
import { answerRequest } from './fetch-interception.ts'
import { browser } from './host.ts'
import type { FromPage, ToPage } from './injected/messages.ts'
import { isolatedWorldScript, mainWorldScript } from './injected/scripts.ts'
import { ipcMain } from './ipc-main.ts'
import { type KeyEvent, pressAccelerator } from './menu.ts'
import { nativeImage } from './native-image.ts'
import { nativeTheme } from './native-theme.ts'
import { originMap } from './origin-map.ts'
import { PreventableEvent } from './preventable-event.ts'
import { defaultSession } from './session.ts'
import { createValueCodec } from './value-codec.ts'
import { type FrameHost, StandInFrame } from './web-frame.ts'

const worldName = 'Electron Isolated Context'
const bindingName = '__toHost'
const wishEvent = Symbol('wish')
const lateWishMs = 150
const codec = createValueCodec()
const all = new Map<number, StandInWebContents>()
const prepared = new WeakMap<CdpSession, Promise<unknown>>()
let lastId = 0

interface World {
  readonly session: CdpSession
  readonly contextId: number
}

type WindowOpenHandler = (details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse

/** What the window around the page does for it. */
export interface WebContentsOwner {
  readonly onPage: (targetId: string, session: CdpSession) => void
  readonly onGone: () => void
  readonly onTitle: (title: string) => void
  readonly onFocus: (isFocused: boolean) => void
  readonly open: (url: string, options: Electron.BrowserWindowConstructorOptions | undefined) => void
}

/**
 * What every page needs, sent ahead for the spare one.
 *
 * To be awaited before the page goes anywhere: a command still on its way when the page moves to another process may
 * arrive too late there.
 */
export function preparePage(session: CdpSession): Promise<unknown> {
  const known = prepared.get(session)
  if (known) return known
  const done = Promise.all([
    session.send('Page.enable'),
    session.send('Runtime.enable'),
    session.send('Page.setLifecycleEventsEnabled', { enabled: true }),
    session.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] }),
    session.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: true,
      flatten: true,
      filter: [{ type: 'iframe' }, { type: 'worker' }, { type: 'shared_worker' }, { exclude: true }],
    }),
    browser().headless && session.send('Emulation.setFocusEmulationEnabled', { enabled: true }),
    session.send('Runtime.runIfWaitingForDebugger'),
  ])
  prepared.set(session, done)
  return done
}

/** Electron's `WebContents`: one page of Chromium, its frames, and its preload's door. */
export class StandInWebContents extends EventEmitter implements FrameHost {
  static fromId(id: number): StandInWebContents | undefined {
    return all.get(id)
  }

  static getAllWebContents(): StandInWebContents[] {
    return [...all.values()]
  }

  static getFocusedWebContents(): StandInWebContents | null {
    return [...all.values()].find((contents) => contents.isFocused()) ?? null
  }

  readonly id: number
  readonly session = defaultSession
  readonly mainFrame: StandInFrame
  readonly navigationHistory = {
    clear: (): void => this.#post('Page.resetNavigationHistory'),
    canGoBack: (): boolean => false,
    canGoForward: (): boolean => false,
  }
  readonly #owner: WebContentsOwner
  readonly #preferences: Electron.WebPreferences
  readonly #frames = new Map<string, StandInFrame>()
  readonly #documents = new WeakMap<StandInFrame, number>()
  readonly #worlds = new Map<StandInFrame, World>()
  readonly #token = randomBytes(16).toString('hex')
  readonly #checkedOrigins = new Set<string>()
  /** Where the page itself asked to go since its last navigation. */
  readonly #wishes: string[] = []
  readonly #page: Promise<CdpSession>
  #targetId = ''
  #openHandler: WindowOpenHandler | undefined
  #ownNavigation: string | undefined
  #load: { resolve: () => void; reject: (error: Error) => void } | undefined
  #isFirstNavigation = true
  #isDestroyed = false
  #isCrashed = false
  #isLoading = false
  #isFocused = false
  #isDevToolsOpen = false
  #isPainted = false
  #title = ''
  #zoomFactor = 1

  constructor(
    preferences: Electron.WebPreferences,
    owner: WebContentsOwner,
    size: { readonly width: number; readonly height: number },
  ) {
    super()
    lastId += 1
    this.id = lastId
    this.#owner = owner
    this.#preferences = preferences
    this.mainFrame = new StandInFrame(this, '', null)
    all.set(this.id, this)
    this.#page = browser()
      .takePage(size)
      .then(async ({ targetId, session }) => {
        this.#targetId = targetId
        this.mainFrame.protocolId = targetId
        this.#frames.set(targetId, this.mainFrame)
        this.#listen(session)
        owner.onPage(targetId, session)
        await Promise.all([preparePage(session), this.#prepare(session)])
        return session
      })
    nativeTheme.on('updated', this.#applyTheme)
  }

  // The page

  async loadURL(url: string): Promise<void> {
    this.#load?.reject(new Error(`ERR_ABORTED (-3) loading '${url}'`))
    const loaded = new Promise<void>((resolve, reject) => {
      this.#load = { resolve, reject }
    })
    loaded.catch(() => undefined)
    const session = await this.#page
    const chromiumUrl = originMap.toChromium(url)
    this.#ownNavigation = chromiumUrl
    this.#checkPermissions(url)
    const { errorText } = await session.send('Page.navigate', { url: chromiumUrl })
    if (errorText) {
      const error = new Error(`${errorText.replace('net::', '')} (-2) loading '${url}'`)
      this.#load?.reject(error)
      this.#load = undefined
      this.emit('did-fail-load', new PreventableEvent(), -2, errorText.replace('net::', ''), url, true)
    }
    return loaded
  }

  reload(): void {
    this.#ownNavigation = originMap.toChromium(this.getURL())
    this.#post('Page.reload')
  }

  reloadIgnoringCache(): void {
    this.#ownNavigation = originMap.toChromium(this.getURL())
    this.#post('Page.reload', { ignoreCache: true })
  }

  stop(): void {
    this.#post('Page.stopLoading')
  }

  getURL(): string {
    return this.mainFrame.url
  }

  getTitle(): string {
    return this.#title
  }

  isLoading(): boolean {
    return this.#isLoading
  }

  isCrashed(): boolean {
    return this.#isCrashed
  }

  isDestroyed(): boolean {
    return this.#isDestroyed
  }

  isFocused(): boolean {
    return this.#isFocused
  }

  focus(): void {
    this.#post('Page.bringToFront')
  }

  forcefullyCrashRenderer(): void {
    this.#post('Page.crash')
  }

  executeJavaScript(code: string): Promise<unknown> {
    return this.execute(this.mainFrame, code)
  }

  async insertCSS(css: string): Promise<string> {
    await this.execute(
      this.mainFrame,
      `{ const sheet = new CSSStyleSheet(); sheet.replaceSync(${JSON.stringify(css)}); document.adoptedStyleSheets.push(sheet) }`,
    )
    return ''
  }

  async capturePage(): Promise<Electron.NativeImage> {
    const session = await this.#page
    const { data } = await session.send('Page.captureScreenshot', { format: 'png' })
    return nativeImage.createFromDataURL(`data:image/png;base64,${data}`)
  }

  print(_options?: object, callback?: (isSuccess: boolean, failureReason: string) => void): void {
    callback?.(false, 'The stand-in does not print')
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.#openHandler = handler
  }

  setDefaultBackground(color: Protocol.DOM.RGBA): void {
    this.#post('Emulation.setDefaultBackgroundColorOverride', { color })
  }

  setBackgroundThrottling(_isAllowed: boolean): void {}

  setUserAgent(userAgent: string): void {
    this.#post('Emulation.setUserAgentOverride', { userAgent })
  }

  get zoomFactor(): number {
    return this.#zoomFactor
  }

  set zoomFactor(factor: number) {
    this.setZoomFactor(factor)
  }

  getZoomFactor(): number {
    return this.#zoomFactor
  }

  get zoomLevel(): number {
    return Math.log(this.#zoomFactor) / Math.log(1.2)
  }

  set zoomLevel(level: number) {
    this.setZoomLevel(level)
  }

  getZoomLevel(): number {
    return this.zoomLevel
  }

  setZoomLevel(level: number): void {
    this.setZoomFactor(1.2 ** level)
  }

  setZoomFactor(factor: number): void {
    this.#zoomFactor = factor
    this.applyZoom()
  }

  /** Zooms as a browser does: fewer and larger CSS pixels in the same window. Call again when its size changes. */
  applyZoom(): void {
    void this.#page.then(async (session) => {
      await session.send('Emulation.clearDeviceMetricsOverride')
      const factor = this.#zoomFactor
      if (factor === 1) return
      const { cssVisualViewport } = await session.send('Page.getLayoutMetrics')
      session.post('Emulation.setDeviceMetricsOverride', {
        width: Math.round(cssVisualViewport.clientWidth / factor),
        height: Math.round(cssVisualViewport.clientHeight / factor),
        deviceScaleFactor: factor,
        mobile: false,
      })
    }, ignore)
  }

  openDevTools(): void {
    if (this.#isDevToolsOpen) return
    this.#isDevToolsOpen = true
    if (!browser().headless) browser().root.post('Target.openDevTools', { targetId: this.#targetId })
    queueMicrotask(() => this.emit('devtools-opened'))
  }

  closeDevTools(): void {
    if (!this.#isDevToolsOpen) return
    this.#isDevToolsOpen = false
    queueMicrotask(() => this.emit('devtools-closed'))
  }

  isDevToolsOpened(): boolean {
    return this.#isDevToolsOpen
  }

  toggleDevTools(): void {
    if (this.#isDevToolsOpen) this.closeDevTools()
    else this.openDevTools()
  }

  close(): void {
    this.destroy()
  }

  /** Closes the page at once. */
  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    all.delete(this.id)
    nativeTheme.off('updated', this.#applyTheme)
    this.mainFrame.detach()
    this.#load?.reject(new Error('ERR_ABORTED (-3)'))
    if (this.#targetId) browser().root.post('Target.closeTarget', { targetId: this.#targetId })
    else
      void this.#page.then(
        () => browser().root.post('Target.closeTarget', { targetId: this.#targetId }),
        ignore,
      )
    this.emit('destroyed')
  }

  // Messages

  send(channel: string, ...values: unknown[]): void {
    this.sendTo(this.mainFrame, channel, values)
  }

  sendTo(frame: StandInFrame, channel: string, values: readonly unknown[]): void {
    this.#tell(frame, { kind: 'event', channel, values: codec.encode(values) })
  }

  async execute(frame: StandInFrame, code: string): Promise<unknown> {
    const session = await this.#page
    const world = this.#worlds.get(frame)
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression: code,
      awaitPromise: true,
      returnByValue: true,
      ...(frame === this.mainFrame || !world ? {} : { contextId: world.contextId }),
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  #tell(frame: StandInFrame, message: ToPage): void {
    const world = this.#worlds.get(frame)
    world?.session.post('Runtime.callFunctionOn', {
      functionDeclaration: '(message) => __receive(message)',
      arguments: [{ value: message }],
      executionContextId: world.contextId,
    })
  }

  #onMessage(frame: StandInFrame, message: FromPage): void {
    switch (message.kind) {
      case 'invoke':
        void this.#answer(frame, message)
        break
      case 'send':
        ipcMain.emit(message.channel, this.#ipcEvent(frame), ...(codec.decode(message.values) as unknown[]))
        break
      case 'permission': {
        const details = codec.decode(message.details) as object
        const origin = originMap.toChromium(`${frame.origin}/`).slice(0, -1)
        const isStill = this.#documentOf(frame)
        void defaultSession.decide(this, message.permission, frame, details, origin).then((isGranted) => {
          if (isStill()) this.#tell(frame, { kind: 'permission', id: message.id, isGranted })
        })
        break
      }
      case 'key':
        this.#onKey(message)
        break
      case 'title':
        if (frame === this.mainFrame) this.#onTitle(message.title)
        break
      case 'focus':
        this.noteFocus(message.isFocused)
        break
      case 'preload-error': {
        const error = Object.assign(new Error(message.message), { name: message.name, stack: message.stack })
        this.#onPreloadError(error)
        break
      }
    }
  }

  async #answer(frame: StandInFrame, message: FromPage & { readonly kind: 'invoke' }): Promise<void> {
    const { id, channel } = message
    const isStill = this.#documentOf(frame)
    const reply = (answer: ToPage) => {
      // The calls of the next document have the same numbers.
      if (isStill()) this.#tell(frame, answer)
    }
    try {
      const values = codec.decode(message.values) as unknown[]
      const value = await ipcMain.answer(this.#ipcEvent(frame), channel, values)
      reply({ kind: 'answer', id, value: codec.encode(value) })
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('No handler registered'))) {
        console.error(`Error occurred in handler for '${channel}':`, error)
      }
      reply({ kind: 'answer', id, error: `Error invoking remote method '${channel}': ${error}` })
    }
  }

  /** Tells, later, whether the frame still shows the document it shows now. */
  #documentOf(frame: StandInFrame): () => boolean {
    const document = this.#documents.get(frame)
    return () => !frame.detached && this.#documents.get(frame) === document
  }

  #ipcEvent(frame: StandInFrame): object {
    const isStill = this.#documentOf(frame)
    return PreventableEvent.create({
      type: 'frame' as const,
      sender: this,
      processId: frame.processId,
      frameId: frame.routingId,
      frameTreeNodeId: frame.frameTreeNodeId,
      ports: [],
      /** Gone when the frame has been removed or has navigated since the call. */
      get senderFrame(): StandInFrame | null {
        return isStill() ? frame : null
      },
      reply: (channel: string, ...values: unknown[]) => this.sendTo(frame, channel, values),
    })
  }

  #onKey(press: FromPage & { readonly kind: 'key' }): void {
    const event = PreventableEvent.create({})
    const input: KeyEvent = {
      type: 'keyDown',
      key: press.key,
      code: press.code,
      isAutoRepeat: press.repeat,
      shift: press.shiftKey,
      control: press.ctrlKey,
      alt: press.altKey,
      meta: press.metaKey,
    }
    this.emit('before-input-event', event, input)
    if (!event.defaultPrevented) pressAccelerator(input)
  }

  /** Notes that the window got or lost the keyboard. */
  noteFocus(isFocused: boolean): void {
    if (this.#isFocused === isFocused) return
    this.#isFocused = isFocused
    this.emit(isFocused ? 'focus' : 'blur')
    this.#owner.onFocus(isFocused)
  }

  // Chromium's side

  #post<C extends keyof Protocol.CommandParameters & keyof Protocol.CommandReturnValues>(
    method: C,
    params?: Protocol.CommandParameters[C],
  ): void {
    void this.#page.then((session) => session.post(method, params), ignore)
  }

  #applyTheme = (): void => {
    this.#post('Emulation.setEmulatedMedia', themeMedia())
  }

  /** The scripts before every document, in the order in which they must run. */
  #prepare(session: CdpSession): Promise<unknown> {
    const { preload: path, nodeIntegrationInSubFrames = false } = this.#preferences
    return Promise.all([
      session.send('Emulation.setEmulatedMedia', themeMedia()),
      session.send('Runtime.addBinding', { name: bindingName, executionContextName: worldName }),
      session.send('Page.addScriptToEvaluateOnNewDocument', { source: mainWorldScript(this.#token) }),
      session.send('Page.addScriptToEvaluateOnNewDocument', {
        worldName,
        source: isolatedWorldScript(
          {
            token: this.#token,
            binding: bindingName,
            hasPreload: path !== undefined,
            preloadInSubframes: nodeIntegrationInSubFrames,
            process: {
              type: 'renderer',
              platform: process.platform,
              arch: process.arch,
              versions: { ...process.versions },
              env: {},
              argv: [process.execPath, ...(this.#preferences.additionalArguments ?? [])],
              sandboxed: true,
              contextIsolated: true,
            },
          },
          this.#readPreload(path),
        ),
      }),
    ])
  }

  #readPreload(path: string | undefined): string {
    if (path === undefined) return ''
    try {
      const source = readFileSync(path, 'utf8')
      new Script(`(function () {${source}\n})`)
      return `${source}\n//# sourceURL=${path}`
    } catch (error) {
      this.once('did-start-navigation', () => this.#onPreloadError(error))
      return ''
    }
  }

  #onPreloadError(error: unknown): void {
    const path = this.#preferences.preload ?? ''
    console.error(`Unable to load preload script: ${path}`, error)
    this.emit('preload-error', new PreventableEvent(), path, error)
  }

  #listen(session: CdpSession): void {
    // First, so that the frames are where Chromium says before the app hears of it.
    this.#listenToFrames(session)
    const { root } = browser()
    root.on('Target.detachedFromTarget', ({ sessionId }) => {
      if (sessionId === session.id && !this.#isDestroyed) this.#owner.onGone()
    })
    session.on('Page.frameNavigated', ({ frame }) => {
      if (frame.parentId === undefined) this.#onNavigated(session)
    })
    session.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      const frame = this.#frames.get(frameId)
      if (!frame) return
      frame.moveTo(url, frame.name)
      const isMain = frame === this.mainFrame
      this.emit('did-navigate-in-page', new PreventableEvent(), frame.url, isMain, 1, frame.routingId)
    })
    session.on('Page.frameRequestedNavigation', ({ frameId, url, disposition }) => {
      // A link opened with a modifier key; `window.open` and targets are told of as `Page.windowOpen`.
      if (disposition === 'newTab' || disposition === 'newWindow') this.#onWindowOpen(url, '', [])
      else if (frameId === this.#targetId) {
        this.#wishes.push(stripHash(url))
        this.emit(wishEvent)
      }
    })
    session.on('Page.frameStartedNavigating', ({ frameId, url }) => {
      const frame = this.#frames.get(frameId)
      if (!frame) return
      const isMainFrame = frame === this.mainFrame
      const appUrl = originMap.toApp(url)
      const event = PreventableEvent.create({ url: appUrl, isSameDocument: false, isMainFrame, frame })
      this.emit('did-start-navigation', event, appUrl, false, isMainFrame, 1, frame.routingId)
    })
    session.on('Page.frameStartedLoading', ({ frameId }) => {
      if (frameId !== this.#targetId) return
      this.#isLoading = true
      this.emit('did-start-loading')
    })
    session.on('Page.frameStoppedLoading', ({ frameId }) => {
      if (frameId !== this.#targetId) return
      this.#isLoading = false
      this.emit('did-stop-loading')
    })
    session.on('Page.domContentEventFired', () => {
      if (this.mainFrame.url !== '') this.emit('dom-ready', new PreventableEvent())
    })
    session.on('Page.loadEventFired', () => {
      if (this.mainFrame.url === '') return
      this.emit('did-finish-load')
      this.#load?.resolve()
      this.#load = undefined
      // A page without content is never painted, and yet ready.
      setTimeout(() => this.#onPainted(), 250).unref()
    })
    session.on('Page.lifecycleEvent', ({ frameId, name }) => {
      if (frameId === this.#targetId && name === 'firstContentfulPaint') this.#onPainted()
    })
    session.on('Page.windowOpen', ({ url, windowName, windowFeatures }) => {
      this.#onWindowOpen(url, windowName, windowFeatures)
    })
    session.on('Page.javascriptDialogOpening', ({ type }) => {
      session.post('Page.handleJavaScriptDialog', { accept: type === 'beforeunload' })
    })
    session.on('Inspector.targetCrashed', () => {
      this.#isCrashed = true
      this.emit('render-process-gone', new PreventableEvent(), { reason: 'crashed', exitCode: 5 })
    })
  }

  /** What the page's own session and that of a frame in another process have in common. */
  #listenToFrames(session: CdpSession): void {
    const worlds = new Map<number, StandInFrame>()
    session.on('Page.frameAttached', ({ frameId, parentFrameId }) => {
      const parent = this.#frames.get(parentFrameId)
      if (parent && !this.#frames.has(frameId)) {
        this.#frames.set(frameId, new StandInFrame(this, frameId, parent))
      }
    })
    session.on('Page.frameDetached', ({ frameId, reason }) => {
      if (reason === 'swap') return
      this.#frames.get(frameId)?.detach()
      this.#frames.delete(frameId)
    })
    session.on('Page.frameNavigated', ({ frame }) => {
      const moved = this.#frames.get(frame.id)
      if (!moved) return
      this.#documents.set(moved, (this.#documents.get(moved) ?? 0) + 1)
      moved.moveTo(
        frame.url.startsWith('about:blank#window-') ? '' : frame.url + (frame.urlFragment ?? ''),
        frame.name ?? '',
      )
    })
    session.on('Runtime.executionContextCreated', ({ context }) => {
      const { frameId } = (context.auxData ?? {}) as { readonly frameId?: string }
      const frame = this.#frames.get(frameId ?? '')
      if (!frame || context.name !== worldName) return
      worlds.set(context.id, frame)
      this.#worlds.set(frame, { session, contextId: context.id })
    })
    session.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
      const frame = worlds.get(executionContextId)
      worlds.delete(executionContextId)
      if (frame && this.#worlds.get(frame)?.contextId === executionContextId) this.#worlds.delete(frame)
    })
    session.on('Runtime.executionContextsCleared', () => worlds.clear())
    session.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      const frame = worlds.get(executionContextId)
      if (frame && name === bindingName) this.#onMessage(frame, JSON.parse(payload))
    })
    session.on('Runtime.consoleAPICalled', ({ type, args, stackTrace }) => {
      this.#onConsole(type, args, stackTrace?.callFrames[0])
    })
    session.on('Fetch.requestPaused', (paused) => {
      this.#onRequest(session, paused).catch(ignore)
    })
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      const inner = browser().session(sessionId)
      if (targetInfo.type === 'iframe') {
        this.#listenToFrames(inner)
        inner.post('Page.enable')
        this.#prepare(inner).catch(ignore)
      }
      inner.post('Runtime.enable')
      inner.post('Fetch.enable', { patterns: [{ urlPattern: '*' }] })
      inner.post('Runtime.runIfWaitingForDebugger')
    })
  }

  #onNavigated(session: CdpSession): void {
    this.#wishes.length = 0
    this.#isCrashed = false
    const { url } = this.mainFrame
    if (url === '') return
    if (this.#isFirstNavigation) {
      this.#isFirstNavigation = false
      session.post('Page.resetNavigationHistory')
    }
    this.emit('did-navigate', new PreventableEvent(), url, 200, 'OK')
  }

  #onPainted(): void {
    if (this.#isPainted) return
    this.#isPainted = true
    this.emit('ready-to-show')
  }

  #onTitle(title: string): void {
    if (title === this.#title || title === '') return
    this.#title = title
    this.#owner.onTitle(title)
  }

  #onConsole(
    type: string,
    args: readonly Protocol.Runtime.RemoteObject[],
    at: Protocol.Runtime.CallFrame | undefined,
  ): void {
    const level =
      type === 'error' ? 'error' : type === 'warning' ? 'warning' : type === 'debug' ? 'debug' : 'info'
    const message = args.map(({ value, description }) => String(value ?? description ?? '')).join(' ')
    const event = PreventableEvent.create({
      level,
      message,
      lineNumber: (at?.lineNumber ?? 0) + 1,
      sourceId: originMap.toApp(at?.url ?? ''),
      frame: this.mainFrame,
    })
    this.emit('console-message', event, ['debug', 'info', 'warning', 'error'].indexOf(level), message)
  }

  #onWindowOpen(url: string, frameName: string, windowFeatures: readonly string[]): void {
    const isPlain = windowFeatures.length === 0 || windowFeatures.includes('toolbar')
    const details: Electron.HandlerDetails = {
      url: originMap.toApp(url),
      frameName: frameName === '_blank' ? '' : frameName,
      features: isPlain ? '' : windowFeatures.join(','),
      disposition: isPlain ? 'foreground-tab' : 'new-window',
      referrer: { url: '', policy: 'no-referrer' },
    }
    const answer = this.#openHandler?.(details) ?? { action: 'allow' }
    if (answer.action === 'allow') this.#owner.open(details.url, answer.overrideBrowserWindowOptions)
  }

  async #onRequest(session: CdpSession, paused: Protocol.Fetch.requestPausedPayload): Promise<void> {
    const frame = this.#frames.get(paused.frameId) ?? null
    const isNavigation = paused.resourceType === 'Document' && paused.responseStatusCode === undefined
    const isMainFrame = frame === this.mainFrame
    if (isNavigation && !(await this.#mayNavigate(paused, frame ?? this.mainFrame))) {
      await session.send('Fetch.failRequest', { requestId: paused.requestId, errorReason: 'Aborted' })
      return
    }
    await answerRequest(session, paused, defaultSession.webRequest, { webContents: this, frame, isMainFrame })
  }

  async #mayNavigate(paused: Protocol.Fetch.requestPausedPayload, frame: StandInFrame): Promise<boolean> {
    const isMainFrame = frame === this.mainFrame
    const { url } = paused.request
    const appUrl = originMap.toApp(url)
    const details = { url: appUrl, isSameDocument: false, isMainFrame, frame, initiator: frame }
    if (paused.redirectedRequestId !== undefined) {
      const event = PreventableEvent.create(details)
      if (isMainFrame) this.emit('will-redirect', event, appUrl, false, isMainFrame, 1, frame.routingId)
      return !event.defaultPrevented
    }
    if (isMainFrame) {
      if (this.#ownNavigation !== undefined && stripHash(this.#ownNavigation) === url) {
        this.#ownNavigation = undefined
        return true
      }
      if (!(await this.#isWishOfPage(url))) {
        this.#checkPermissions(appUrl)
        return true
      }
    }
    const event = PreventableEvent.create(details)
    this.emit('will-frame-navigate', event)
    if (isMainFrame) this.emit('will-navigate', event, appUrl, false, true, 1, frame.routingId)
    if (isMainFrame && !event.defaultPrevented) this.#checkPermissions(appUrl)
    return !event.defaultPrevented
  }

  /**
   * Whether the page asked to go there, rather than somebody outside it. Its wish and the request come by different
   * ways and in either order, so one that is late is waited for.
   */
  async #isWishOfPage(url: string): Promise<boolean> {
    const limit = performance.now() + lateWishMs
    while (!this.#wishes.includes(url)) {
      const left = limit - performance.now()
      if (left <= 0) return false
      await Promise.race([once(this, wishEvent), timeLimit(left)])
    }
    return true
  }

  #checkPermissions(url: string): void {
    const [origin = ''] = /^[^:]+:\/\/[^/]*/.exec(url) ?? []
    if (origin === '' || this.#checkedOrigins.has(origin)) return
    this.#checkedOrigins.add(origin)
    defaultSession.applyChecks(this, origin, originMap.toChromium(`${origin}/`).slice(0, -1))
  }
}

/** A page that opened a page: Electron's answer is `setWindowOpenHandler`'s, so Chromium's own is closed unseen. */
export function refusePopup({ targetId, session }: Popup): void {
  // A page that is closed while it still waits to begin would keep its opener waiting for good.
  session.post('Runtime.runIfWaitingForDebugger')
  browser().root.post('Target.closeTarget', { targetId })
}

function themeMedia(): Protocol.Emulation.setEmulatedMediaParameters {
  const value = nativeTheme.shouldUseDarkColors ? 'dark' : 'light'
  return { features: [{ name: 'prefers-color-scheme', value }] }
}

function stripHash(url: string): string {
  const at = url.indexOf('#')
  return at < 0 ? url : url.slice(0, at)
}

function timeLimit(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
}

function ignore(): void {}
