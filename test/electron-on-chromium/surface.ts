/** What the stand-in has of one of Electron's types: its members, and the events it emits. */
export interface TypeSurface {
  readonly members: string
  readonly events?: string
}

/** What the stand-in exports, by the names of Electron's own. Everything not named here is absent. */
export const exportedValues =
  'app BrowserWindow clipboard contextBridge dialog globalShortcut ipcMain ipcRenderer Menu MenuItem nativeImage ' +
  'nativeTheme net Notification powerMonitor protocol screen session shell systemPreferences Tray utilityProcess ' +
  'webContents'

/**
 * Electron's types cut down to what the stand-in has. A type that is not named is whole: those are options and details,
 * which are only data.
 */
export const surface: Readonly<Record<string, TypeSurface>> = {
  App: {
    members:
      'commandLine disableHardwareAcceleration enableSandbox exit focus getAppPath getLocale ' +
      'getLocaleCountryCode getName getPath getPreferredSystemLanguages getSystemLocale getVersion ' +
      'hasSingleInstanceLock hide isAccessibilitySupportEnabled isPackaged isReady name quit ' +
      'releaseSingleInstanceLock requestSingleInstanceLock setAboutPanelOptions setAppLogsPath ' +
      'setAppUserModelId setBadgeCount setName setPath show whenReady',
    events:
      'activate before-quit browser-window-blur browser-window-created browser-window-focus quit ready ' +
      'second-instance web-contents-created will-finish-launching will-quit window-all-closed',
  },
  CommandLine: { members: 'appendArgument appendSwitch getSwitchValue hasSwitch removeSwitch' },
  BaseWindow: {
    members:
      'blur center close destroy flashFrame focus getBounds getContentBounds getContentSize getMinimumSize ' +
      'getNormalBounds getPosition getSize getTitle hide id isDestroyed isFocused isFullScreen isMaximized ' +
      'isMenuBarVisible isMinimized isNormal isVisible maximize minimize moveTop removeMenu restore ' +
      'setAlwaysOnTop setAutoHideMenuBar setBackgroundColor setBounds setContentProtection setContentSize ' +
      'setFullScreen setIcon setMenu setMenuBarVisibility setMinimumSize setPosition setProgressBar setSize ' +
      'setSkipTaskbar setTitle show showInactive title unmaximize',
    events:
      'blur close closed enter-full-screen focus hide leave-full-screen maximize minimize move moved resize ' +
      'resized restore show unmaximize',
  },
  BrowserWindow: {
    members:
      'constructor blur capturePage center close destroy flashFrame focus fromId fromWebContents getAllWindows ' +
      'getBounds getContentBounds getContentSize getFocusedWindow getMinimumSize getNormalBounds getPosition ' +
      'getSize getTitle hide id isDestroyed isFocused isFullScreen isMaximized isMenuBarVisible isMinimized ' +
      'isNormal isVisible loadURL maximize minimize moveTop reload removeMenu restore setAlwaysOnTop ' +
      'setAutoHideMenuBar setBackgroundColor setBounds setContentProtection setContentSize setFullScreen ' +
      'setIcon setMenu setMenuBarVisibility setMinimumSize setPosition setProgressBar setSize setSkipTaskbar ' +
      'setTitle show showInactive title unmaximize webContents',
    events:
      'blur close closed enter-full-screen focus hide leave-full-screen maximize minimize move moved ' +
      'page-title-updated ready-to-show resize resized restore show unmaximize',
  },
  WebContents: {
    members:
      'capturePage close closeDevTools executeJavaScript focus forcefullyCrashRenderer fromId ' +
      'getAllWebContents getFocusedWebContents getTitle getURL getZoomFactor getZoomLevel id insertCSS ' +
      'isCrashed isDestroyed isDevToolsOpened isFocused isLoading loadURL mainFrame navigationHistory ' +
      'openDevTools print reload reloadIgnoringCache send session setBackgroundThrottling setUserAgent ' +
      'setWindowOpenHandler setZoomFactor setZoomLevel stop toggleDevTools zoomFactor zoomLevel',
    events:
      'before-input-event blur console-message destroyed devtools-closed devtools-opened did-fail-load ' +
      'did-finish-load did-navigate did-navigate-in-page did-start-loading did-start-navigation ' +
      'did-stop-loading dom-ready focus page-title-updated preload-error render-process-gone ' +
      // No page here can hold a webview, so nothing is ever attached.
      'will-attach-webview will-frame-navigate will-navigate will-redirect',
  },
  NavigationHistory: { members: 'canGoBack canGoForward clear' },
  WebFrameMain: {
    members:
      'detached executeJavaScript frames framesInSubtree frameTreeNodeId isDestroyed name origin parent ' +
      'processId routingId send top url',
  },
  IpcMain: {
    members: 'addListener handle handleOnce off on once removeAllListeners removeHandler removeListener',
  },
  IpcRenderer: {
    members: 'addListener invoke off on once removeAllListeners removeListener send',
  },
  ContextBridge: { members: 'exposeInMainWorld' },
  Session: {
    members:
      'clearAuthCache clearCache clearStorageData closeAllConnections defaultSession fetch fromPartition ' +
      'isSpellCheckerEnabled protocol setCertificateVerifyProc setPermissionCheckHandler ' +
      'setPermissionRequestHandler setSpellCheckerEnabled spellCheckerEnabled webRequest',
  },
  WebRequest: { members: 'onBeforeRequest onBeforeSendHeaders onHeadersReceived' },
  Protocol: { members: 'handle isProtocolHandled registerSchemesAsPrivileged unhandle' },
  Net: { members: 'fetch isOnline online' },
  PowerMonitor: {
    members: 'getCurrentThermalState getSystemIdleState getSystemIdleTime isOnBatteryPower onBatteryPower',
    events:
      'lock-screen on-ac on-battery resume shutdown suspend unlock-screen user-did-become-active ' +
      'user-did-resign-active',
  },
  NativeTheme: {
    members:
      'inForcedColorsMode prefersReducedTransparency shouldUseDarkColors ' +
      'shouldUseDarkColorsForSystemIntegratedUI shouldUseHighContrastColors shouldUseInvertedColorScheme ' +
      'themeSource',
    events: 'updated',
  },
  Menu: {
    members:
      'constructor append buildFromTemplate closePopup getApplicationMenu getMenuItemById insert items popup ' +
      'setApplicationMenu',
    events: 'menu-will-close menu-will-show',
  },
  MenuItem: {
    members:
      'constructor accelerator checked click commandId enabled id label menu registerAccelerator role sublabel ' +
      'submenu toolTip type visible',
  },
  Tray: {
    members:
      'constructor closeContextMenu destroy getBounds getTitle isDestroyed popUpContextMenu setContextMenu ' +
      'setImage setTitle setToolTip',
    events: 'click double-click right-click',
  },
  NativeImage: {
    members:
      'createEmpty createFromBuffer createFromDataURL createFromPath getSize isEmpty resize setTemplateImage ' +
      'toDataURL toPNG',
  },
  Dialog: { members: 'showErrorBox showMessageBox showMessageBoxSync showOpenDialog showSaveDialog' },
  Clipboard: { members: 'clear readText writeText' },
  Shell: { members: 'beep openExternal openPath showItemInFolder' },
  Notification: {
    members: 'constructor body close isSupported show silent subtitle title',
    events: 'click close show',
  },
  Screen: {
    members:
      'getAllDisplays getCursorScreenPoint getDisplayMatching getDisplayNearestPoint getPrimaryDisplay',
  },
  SystemPreferences: {
    members: 'canPromptTouchID getAnimationSettings getMediaAccessStatus promptTouchID',
  },
  GlobalShortcut: { members: 'isRegistered register unregister unregisterAll' },
  UtilityProcess: {
    members: 'fork kill pid postMessage stderr stdout',
    events: 'error exit message spawn',
  },
  ParentPort: { members: 'postMessage', events: 'message' },
}
