import { BrowserWindow, type IpcMainInvokeEvent, nativeTheme, type Rectangle, screen } from 'electron'
import { appPage, isAppUrl } from './origin.ts'
import type { placeWindow } from './window-state.ts'

export interface WindowOptions {
  readonly preload: string
  readonly developerTools: boolean
  readonly place: ReturnType<typeof placeWindow>
  /** Told when the window's process has ended by itself. */
  readonly onGone: () => void
}

/** The lock screen's background (`--bg-side` in renderer/styles/base.css): no white shows before it is drawn. */
const backgrounds = { light: '#f6f6f8', dark: '#141518' } as const

/**
 * Curfew's window: sandboxed, isolated, without Node, and unable to go anywhere but Curfew's own pages.
 */
export function createWindow(options: WindowOptions): BrowserWindow {
  const { maximised, ...place } = options.place
  const window = new BrowserWindow({
    title: 'Curfew',
    ...place,
    minWidth: 640,
    minHeight: 480,
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? backgrounds.dark : backgrounds.light,
    webPreferences: {
      preload: options.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      devTools: options.developerTools,
      // The page hears of the lock and of events even while its window is covered.
      backgroundThrottling: false,
    },
  })
  const { webContents } = window
  // Through the proxy alone, of which the window’s session has one that leads nowhere (`guardSession`).
  webContents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp')
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  // Of frames too: `will-navigate` alone tells only of the page itself.
  webContents.on('will-navigate', stayHere)
  webContents.on('will-frame-navigate', stayHere)
  webContents.on('render-process-gone', options.onGone)
  webContents.on('will-attach-webview', (event) => event.preventDefault())
  window.once('ready-to-show', () => {
    if (maximised) window.maximize()
    window.show()
  })
  void window.loadURL(appPage)
  return window
}

/** Where windows can be on each display, the primary one first. Once the app is ready. */
export function workAreas(): readonly Rectangle[] {
  const primary = screen.getPrimaryDisplay()
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id)
  return [primary, ...others].map(({ workArea }) => workArea)
}

function stayHere(event: { readonly url: string; preventDefault(): void }): void {
  if (event.url !== appPage) event.preventDefault()
}

/**
 * Replaces the page, which had data, by one that never had: nothing to go back to, nothing cached, no developer
 * tools holding on to it. The window is neither shown, raised nor focused.
 */
export function replacePage({ webContents }: BrowserWindow): void {
  webContents.closeDevTools()
  webContents.once('did-finish-load', () => webContents.navigationHistory.clear())
  webContents.reload()
  void webContents.session.clearCache()
}

/** Whether a call comes from the main frame of this window, showing Curfew's own page. */
export function isFromWindow(window: BrowserWindow | undefined, event: IpcMainInvokeEvent): boolean {
  const { senderFrame } = event
  return (
    window !== undefined &&
    !window.isDestroyed() &&
    senderFrame !== null &&
    event.sender === window.webContents &&
    senderFrame === window.webContents.mainFrame &&
    isAppUrl(senderFrame.url)
  )
}
