import { join } from 'node:path'
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  type IpcMainInvokeEvent,
  ipcMain,
  nativeTheme,
  session,
} from 'electron'
import { z } from 'zod'
import { events } from '../preload/contract/index.ts'
import { scaledAfter, scaledClock, systemAfter, systemClock } from './clock.ts'
import { createCurfew } from './curfew.ts'
import { startServiceProcess } from './instances/service-process.electron.ts'
import { createKeytarKeychain } from './keychain/keytar-keychain.ts'
import { createLog } from './log.ts'
import { managedSettingsSource } from './settings/managed-settings-source.ts'
import { publisher } from './settings/update-source.ts'
import { registerAppScheme, serveApp } from './shell/app-protocol.ts'
import { confirmNatively } from './shell/confirm.ts'
import { readDevelopment } from './shell/development.ts'
import { watchSystem, watchSystemIdle, watchWindow } from './shell/lock-triggers.ts'
import { setMenu } from './shell/menu.ts'
import { fetchFromServers, fetchUpdates, openWay } from './shell/network.ts'
import { packageKind } from './shell/package-kind.ts'
import { guardSession } from './shell/permissions.ts'
import { refusedSwitch, refusedVariables } from './shell/switches.ts'
import { type AppTray, createTray } from './shell/tray.ts'
import { installUpdate } from './shell/update-installer.ts'
import { createWindow, isFromWindow, replacePage, workAreas } from './shell/window.ts'
import { keepPlace, placeWindow, windowLayout } from './shell/window-state.ts'
import { openElectronStore } from './storage/store.electron.ts'

/** How long quitting waits for servers to hear of it and for the built-in service to drain. */
const farewellMs = 3_000
/** A window whose process ends twice within this time is not opened a third time. */
const recoverEveryMs = 10_000

const refused = app.isPackaged ? refusedSwitch(process.argv.slice(1), process.platform) : undefined
if (refused !== undefined) {
  dialog.showErrorBox(
    'Curfew does not start like this',
    `Curfew was started with ${refused}, which can open it to other programs. Start it without.`,
  )
  app.exit(2)
} else {
  app.enableSandbox()
  registerAppScheme()
  if (app.requestSingleInstanceLock()) start()
  else app.quit()
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the composition root of the Electron side: all parts act on the one window.
function start(): void {
  if (app.isPackaged) for (const name of refusedVariables) delete process.env[name]
  app.setAppUserModelId('app.curfew.desktop')
  const development = readDevelopment(app.isPackaged, process.env)
  const log = createLog((line) => console.error(line))
  const inApp = (...names: string[]) => join(app.getAppPath(), 'dist', ...names)
  const lockAfter = scaledAfter(systemAfter, development.lockTimeScale)
  let window: BrowserWindow | undefined

  const curfew = createCurfew<IpcMainInvokeEvent>({
    info: {
      version: app.getVersion(),
      platform: z.enum(['darwin', 'win32', 'linux']).parse(process.platform),
    },
    dataFolder: app.getPath('userData'),
    openStore: openElectronStore,
    keychain: createKeytarKeychain({ service: development.keychainService }),
    clipboard,
    lockClock: scaledClock(systemClock, development.lockTimeScale),
    lockAfter,
    clock: systemClock,
    after: systemAfter,
    managedSettings: managedSettingsSource(process.platform, process.env, development.managedSettingsFile),
    fetch: fetchFromServers,
    openWay,
    confirm: confirmNatively(() => window),
    startService: (options) =>
      startServiceProcess(inApp('node', 'service.js'), development.serviceTimeScale, options),
    updates: {
      ...packageKind(app.isPackaged),
      arch: process.arch,
      fetch: fetchUpdates,
      install: installUpdate,
      // What is built from source is updated by building it again, unless somebody lays down a feed.
      ...(app.isPackaged && publisher && { published: publisher }),
    },
    door: {
      listen: (channel, listener) => ipcMain.handle(channel, listener),
      isTrusted: (event) => isFromWindow(window, event),
    },
    tell(event, state) {
      if (window && !window.isDestroyed()) window.webContents.send(event, events[event].parse(state))
    },
    onSettings: ({ theme }) => {
      nativeTheme.themeSource = theme
    },
    onLock(change) {
      if (change === 'locked' && window) replacePage(window)
      refreshMenus()
    },
    log,
  })

  const windowFile = curfew.openFile(windowLayout)
  let tray: AppTray | undefined
  let recoveredAt = Number.NEGATIVE_INFINITY
  function refreshMenus(): void {
    const isUnlocked = curfew.isUnlocked()
    setMenu({ lock: curfew.lockNow, isUnlocked, developerTools: !app.isPackaged })
    tray?.show(isUnlocked)
  }

  function openWindow(): void {
    const opened = createWindow({
      preload: inApp('preload', 'index.cjs'),
      developerTools: !app.isPackaged,
      place: placeWindow(windowFile.value, workAreas(), { width: 1180, height: 780 }),
      onGone: () => recover(opened),
    })
    keepPlace(opened, windowFile, (error) => log('Keeping the window’s place failed', error))
    watchWindow(opened, curfew.happened)
    opened.once('closed', () => {
      if (window === opened) window = undefined
    })
    window = opened
  }

  /** The window's process ended by itself: a new page takes its place, unless that one ends at once too. */
  function recover(gone: BrowserWindow): void {
    log('The window’s process ended')
    const now = systemClock.monotonic()
    if (now - recoveredAt < recoverEveryMs) {
      dialog.showErrorBox('Curfew’s window keeps ending', 'Quit Curfew and start it again.')
      return
    }
    recoveredAt = now
    // The dead page is still being put away while its end is told.
    setImmediate(() => {
      if (!gone.isDestroyed()) replacePage(gone)
    })
  }

  /** Only ever because the person asked for the window: the lock itself raises nothing. */
  function raiseWindow(): void {
    if (!window) {
      openWindow()
      return
    }
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  app.on('will-quit', (event) => {
    event.preventDefault()
    const late = new Promise<void>((resolve) => setTimeout(resolve, farewellMs))
    const install = curfew.updateToInstall()
    void Promise.race([curfew.quit(), late])
      .then(install)
      .catch((error: unknown) => log('The update was not installed', error))
      .finally(() => app.exit(0))
  })

  void app.whenReady().then(async () => {
    await guardSession(session.defaultSession, development.server)
    serveApp(inApp('renderer'), development.server)
    watchSystem(curfew.happened, log)
    watchSystemIdle(lockAfter, curfew.systemIdle)
    await curfew.start()
    tray = createTray({ lock: curfew.lockNow, open: raiseWindow, quit: () => app.quit() })
    refreshMenus()
    openWindow()
    // Not before: what asks for the window while it is being opened would open a second one.
    app.on('second-instance', raiseWindow)
    app.on('activate', () => {
      if (BrowserWindow.getAllWindows().length === 0) openWindow()
    })
  })
}
