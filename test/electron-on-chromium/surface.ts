/** What the stand-in has of one of Electron's types: its members, and the events it emits. */
export interface TypeSurface {
  readonly members: string
  readonly events?: string
}

/** What the stand-in exports, by the names of Electron's own. Everything not named here is absent. */
export const exportedValues =
  'app BrowserWindow clipboard contextBridge dialog ipcMain ipcRenderer Menu nativeImage nativeTheme net ' +
  'powerMonitor protocol screen session Tray utilityProcess'

const windowMembers =
  'close destroy flashFrame focus getNormalBounds getTitle hide isDestroyed isMaximized isMinimized maximize minimize ' +
  'moveTop restore setAlwaysOnTop show'
// No window is moved, resized or restored from being maximised here.
const windowEvents = 'blur close closed focus hide maximize minimize moved resized restore show unmaximize'

/**
 * Electron's types cut down to what the stand-in has. A type that is not named is whole: those are options and details,
 * which are only data.
 */
export const surface: Readonly<Record<string, TypeSurface>> = {
  App: {
    members:
      'enableSandbox exit getAppPath getPath getVersion isPackaged name quit requestSingleInstanceLock ' +
      'setAppUserModelId whenReady',
    // Never emitted, being macOS's.
    events: 'activate second-instance will-quit window-all-closed',
  },
  BaseWindow: { members: windowMembers, events: windowEvents },
  BrowserWindow: {
    members: `constructor getAllWindows loadURL webContents ${windowMembers}`,
    events: `ready-to-show ${windowEvents}`,
  },
  WebContents: {
    members:
      'closeDevTools executeJavaScript focus forcefullyCrashRenderer getURL isDevToolsOpened loadURL mainFrame ' +
      'navigationHistory openDevTools reload reloadIgnoringCache send session setWebRTCIPHandlingPolicy ' +
      'setWindowOpenHandler',
    // No page here can hold a webview, so nothing is ever attached.
    events: 'did-finish-load render-process-gone will-attach-webview will-frame-navigate will-navigate',
  },
  NavigationHistory: { members: 'clear' },
  WebFrameMain: { members: 'origin parent url' },
  IpcMain: { members: 'handle removeAllListeners' },
  IpcRenderer: { members: 'invoke off on' },
  ContextBridge: { members: 'exposeInMainWorld' },
  Session: {
    members:
      'clearCache defaultSession fetch fromPartition setCertificateVerifyProc setPermissionCheckHandler ' +
      'setPermissionRequestHandler setProxy webRequest',
    // Never emitted: what the page would have saved is asked for, if at all, by Chromium itself.
    events: 'will-download',
  },
  WebRequest: { members: 'onBeforeRequest' },
  Protocol: { members: 'handle registerSchemesAsPrivileged' },
  Net: { members: 'fetch' },
  PowerMonitor: {
    members: 'getSystemIdleTime',
    events: 'lock-screen resume suspend user-did-resign-active',
  },
  NativeTheme: { members: 'shouldUseDarkColors themeSource', events: 'updated' },
  Menu: { members: 'buildFromTemplate getApplicationMenu getMenuItemById items setApplicationMenu' },
  MenuItem: { members: 'accelerator click enabled id label submenu' },
  Tray: { members: 'constructor setContextMenu setToolTip', events: 'click' },
  NativeImage: { members: 'createFromDataURL resize setTemplateImage' },
  Dialog: { members: 'showErrorBox showMessageBox' },
  Clipboard: { members: 'readText writeText' },
  Screen: { members: 'getAllDisplays getPrimaryDisplay' },
  UtilityProcess: { members: 'fork kill postMessage stderr stdout', events: 'error exit' },
}
