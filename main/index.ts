import { rm } from 'node:fs/promises'
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
import { type EventName, type EventPayload, events } from '../preload/contract/index.ts'
import { scaledAfter, scaledClock, systemAfter, systemClock } from './clock.ts'
import { sessionService } from './connectors/session-service/session-service.ts'
import { createBuiltInService } from './instances/built-in-service.ts'
import { createConnections } from './instances/connections.ts'
import { createInstances } from './instances/instances.ts'
import { instancesLayout } from './instances/instances-file.ts'
import { heldToItsServer } from './instances/known-servers.ts'
import { createPresence } from './instances/presence.ts'
import { createRegistry } from './instances/registry.ts'
import { startServiceProcess } from './instances/service-process.electron.ts'
import { openDoor } from './ipc/door.ts'
import { createHandlers } from './ipc/handlers/index.ts'
import { createKeytarKeychain } from './keychain/keytar-keychain.ts'
import { createLog } from './log.ts'
import { createNotices } from './notices.ts'
import { createAppSettings } from './settings/app-settings.ts'
import { managedSettingsPaths, readManagedSettings } from './settings/managed-settings.ts'
import { settingsLayout } from './settings/settings-file.ts'
import { registerAppScheme, serveApp } from './shell/app-protocol.ts'
import { readDevelopment } from './shell/development.ts'
import { watchSystem, watchSystemIdle, watchWindow } from './shell/lock-triggers.ts'
import { setMenu } from './shell/menu.ts'
import { fetchFromServers } from './shell/network.ts'
import { guardSession } from './shell/permissions.ts'
import { refusedSwitch, refusedVariables } from './shell/switches.ts'
import { type AppTray, createTray } from './shell/tray.ts'
import { createWindow, isFromWindow, replacePage, workAreas } from './shell/window.ts'
import { keepPlace, placeWindow, windowLayout } from './shell/window-state.ts'
import { type Layout, openKeptFile } from './storage/kept-file.ts'
import { openElectronStore } from './storage/store.electron.ts'
import { attemptsInFile, triesLayout } from './vault/tries-file.ts'
import { createVault } from './vault/vault.ts'

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

function start(): void {
  if (app.isPackaged) for (const name of refusedVariables) delete process.env[name]
  app.setAppUserModelId('app.curfew.desktop')
  const development = readDevelopment(app.isPackaged, process.env)
  const log = createLog((line) => console.error(line))
  const inData = (...names: string[]) => join(app.getPath('userData'), ...names)
  const inApp = (...names: string[]) => join(app.getAppPath(), 'dist', ...names)
  let window: BrowserWindow | undefined

  // What is kept in files: nothing secret.
  const notices = createNotices()
  const openFile = <T>(layout: Layout<T>) => openKeptFile(openElectronStore, inData(), layout, notices.add)
  const settingsFile = openFile(settingsLayout)
  const instancesFile = openFile(instancesLayout)
  const triesFile = openFile(triesLayout)
  const windowFile = openFile(windowLayout)
  const settings = createAppSettings(settingsFile)
  nativeTheme.themeSource = settings.value.theme

  // The lock and what it guards.
  const lockAfter = scaledAfter(systemAfter, development.lockTimeScale)
  const vault = createVault({
    keychain: createKeytarKeychain({ service: development.keychainService }),
    clock: scaledClock(systemClock, development.lockTimeScale),
    after: lockAfter,
    attemptsStore: attemptsInFile(triesFile),
    settings: () => settings.value,
    clipboard,
    log,
  })
  const presence = createPresence(systemClock.monotonic)

  /** What an administrator has laid down is read anew at every start and every unlocking. */
  async function readManaged(): Promise<void> {
    const { policyFile } = development
    const managed = await readManagedSettings(
      policyFile ? [policyFile] : managedSettingsPaths(process.platform),
    )
    settings.manage(managed)
    for (const fault of managed.faults)
      notices.add({ title: 'Your organisation’s policy has a mistake', detail: fault })
    onSettings()
  }
  function onSettings(): void {
    nativeTheme.themeSource = settings.value.theme
    vault.happened('settings-changed')
  }

  // The instances and the connections to them.
  const registry = createRegistry(instancesFile)
  const builtInService = createBuiltInService({
    start: (options) =>
      startServiceProcess(inApp('service', 'index.js'), development.serviceTimeScale, options),
    onRestarted: () => {
      const builtIn = registry.list().find((instance) => instance.builtIn)
      if (builtIn && vault.isUnlocked()) void connections.reconnect(builtIn.id)
    },
    report: (error) => log('The built-in service did not start', error),
  })
  const instances = createInstances({
    registry,
    credentials: vault.credentials,
    connections: () => connections,
    probe: (baseUrl) =>
      sessionService.probe({ baseUrl, fetch: fetchFromServers, signal: new AbortController().signal }),
    startBuiltIn: ({ id, ...options }) =>
      builtInService.address({ dataFolder: inData('service', id), ...options }),
  })
  const connections = createConnections({
    registry,
    connectorOf: (instance) => heldToItsServer(sessionService, instance, registry),
    fetch: fetchFromServers,
    adminIsHere: presence.isHere,
    credentialOf: instances.credentialOf,
    addressOf: instances.addressOf,
    after: systemAfter,
    now: () => new Date(),
  })

  // The door, and what main tells the window.
  openDoor<IpcMainInvokeEvent>(
    {
      listen: (channel, listener) => ipcMain.handle(channel, listener),
      isTrusted: (event) => isFromWindow(window, event),
      unlockedPeriod: vault.unlockedPeriod,
      report: (channel, fault, error) => log(`${channel}: ${fault}`, error),
    },
    createHandlers({
      vault,
      instances,
      connections,
      settings,
      notices,
      info: {
        version: app.getVersion(),
        platform: z.enum(['darwin', 'win32', 'linux']).parse(process.platform),
      },
      onSettings,
      onActivity() {
        presence.seen()
        vault.activity()
      },
    }),
  )
  function tell<E extends EventName>(event: E, state: EventPayload<E>): void {
    if (window && !window.isDestroyed()) window.webContents.send(event, events[event].parse(state))
  }
  let tray: AppTray | undefined
  let recoveredAt = Number.NEGATIVE_INFINITY
  const lock = () => vault.lock('manual')
  function refreshMenus(): void {
    const isUnlocked = vault.isUnlocked()
    setMenu({ lock, isUnlocked, developerTools: !app.isPackaged })
    tray?.show(isUnlocked)
  }
  vault.onState((state) => tell('lock.state', state))
  connections.onStates((states) => {
    if (vault.isUnlocked()) tell('instances.list', [...states])
  })
  vault.onUnlocked(async () => {
    presence.seen()
    connections.open()
    refreshMenus()
    await readManaged()
  })
  // By now the keys are zeroed; the clipboard is cleared after this.
  vault.onLocked(() => {
    connections.close()
    if (window) replacePage(window)
    refreshMenus()
  })
  vault.onForget(async () => {
    await builtInService.stop()
    await registry.clear()
    await rm(inData('service'), { recursive: true, force: true, maxRetries: 3 })
  })

  function openWindow(): void {
    const opened = createWindow({
      preload: inApp('preload', 'index.cjs'),
      developerTools: !app.isPackaged,
      place: placeWindow(windowFile.value, workAreas(), { width: 1180, height: 780 }),
      onGone: () => recover(opened),
    })
    keepPlace(opened, windowFile, (error) => log('Keeping the window’s place failed', error))
    watchWindow(opened, vault.happened)
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
    vault.lock('restart')
    const late = new Promise<void>((resolve) => setTimeout(resolve, farewellMs))
    const farewell = Promise.allSettled([vault.clipboardCleared(), builtInService.stop()])
    void Promise.race([farewell, late]).finally(() => app.exit(0))
  })

  void app.whenReady().then(async () => {
    guardSession(session.defaultSession, development.server)
    serveApp(inApp('renderer'), development.server)
    watchSystem(vault.happened, log)
    watchSystemIdle(lockAfter, vault.systemIdle)
    await readManaged()
    tray = createTray({ lock, open: raiseWindow, quit: () => app.quit() })
    refreshMenus()
    openWindow()
    // Not before: what asks for the window while it is being opened would open a second one.
    app.on('second-instance', raiseWindow)
    app.on('activate', () => {
      if (BrowserWindow.getAllWindows().length === 0) openWindow()
    })
  })
}
