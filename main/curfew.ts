import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../domain/settings.ts'
import type { AppInfo } from '../preload/contract/app.ts'
import type { EventName, EventPayload } from '../preload/contract/index.ts'
import { createSystemConfig } from './administration/config.ts'
import { createConfirmMany } from './administration/confirm-many.ts'
import { createNews } from './administration/news.ts'
import { createPeople } from './administration/people.ts'
import { createPolicies } from './administration/policies.ts'
import { createRevokeUsers } from './administration/revoke-users.ts'
import { createSeenStore, seenNoticesLayout } from './administration/seen-notices.ts'
import type { After, Clock } from './clock.ts'
import type { Confirm } from './confirm.ts'
import type { Fetch } from './connectors/connector.ts'
import { createCertificates, type OpenWay } from './connectors/http/certificates.ts'
import { sessionService } from './connectors/session-service/session-service.ts'
import { createAccess, type StartBuiltIn } from './instances/access.ts'
import { createBuiltInService, type ServiceProcess, type ServiceStart } from './instances/built-in-service.ts'
import { createConnections } from './instances/connections.ts'
import { createHosts } from './instances/hosts.ts'
import { createInstances } from './instances/instances.ts'
import { instancesLayout } from './instances/instances-file.ts'
import { createPresence } from './instances/presence.ts'
import { createRegistry } from './instances/registry.ts'
import { type DoorPorts, openDoor } from './ipc/door.ts'
import { createHandlers } from './ipc/handlers/index.ts'
import { createJobs } from './jobs/jobs.ts'
import { createJobsStore, jobsLayout } from './jobs/jobs-file.ts'
import type { Keychain } from './keychain/keychain.ts'
import type { ScryptCost } from './keyring/passphrase.ts'
import { createNotices } from './notices.ts'
import { createAppSettings } from './settings/app-settings.ts'
import type { ReadManagedSettings } from './settings/managed-settings.ts'
import { settingsLayout } from './settings/settings-file.ts'
import { sourceInForce, type UpdateSource } from './settings/update-source.ts'
import { type KeptFile, type Layout, openKeptFile } from './storage/kept-file.ts'
import type { OpenStore } from './storage/store.ts'
import { createUpdates, type Updates, type UpdatesPorts } from './updates/updates.ts'
import { updatesLayout } from './updates/updates-file.ts'
import type { ClipboardPort } from './vault/clipboard-guard.ts'
import { attemptsInFile, triesLayout } from './vault/tries-file.ts'
import { createVault, type Vault } from './vault/vault.ts'

/** What the app needs of the computer and of its window. `Event` is Electron's `IpcMainInvokeEvent` in the app. */
export interface CurfewPorts<Event> {
  readonly info: Pick<AppInfo, 'version' | 'platform'>
  /** Where the small files and the built-in service's data are. */
  readonly dataFolder: string
  readonly openStore: OpenStore
  readonly keychain: Keychain
  readonly clipboard: ClipboardPort
  /** The clocks that the lock goes by; in development they may run faster than the computer's. */
  readonly lockClock: Clock
  readonly lockAfter: After
  /** The computer's own. */
  readonly clock: Clock
  readonly after: After
  /** What an administrator has laid down for this computer. */
  readonly managedSettings: ReadManagedSettings
  readonly fetch: Fetch
  /** The same network, each way apart from the others, with a word on the certificates. */
  readonly openWay: OpenWay
  /** Asks the person outside the window. */
  readonly confirm: Confirm
  readonly startService: (options: ServiceStart) => Promise<ServiceProcess>
  /** `published` is where updates come from unless the organisation says otherwise. */
  readonly updates: Omit<UpdatesPorts, 'version' | 'platform'> & { readonly published?: UpdateSource }
  readonly door: Pick<DoorPorts<Event>, 'listen' | 'isTrusted'>
  /** Tells the window a whole state. */
  readonly tell: <E extends EventName>(event: E, state: EventPayload<E>) => void
  /** The settings in force may be others now; told at the start too. */
  readonly onSettings: (settings: Settings) => void
  /** After an unlocking, and after a lock: by then the keys are zeroed and the connections dropped. */
  readonly onLock: (change: 'unlocked' | 'locked') => void
  /** Told what failed on the side. Never anything secret. */
  readonly log: (what: string, error?: unknown) => void
  /** Only tests have a reason to give another one. */
  readonly scryptCost?: ScryptCost
}

/** The running app, as far as its surroundings act on it; the window acts on it through the door. */
export interface Curfew extends Pick<Vault, 'isUnlocked' | 'happened' | 'systemIdle'> {
  /** Before the window opens: reads what an administrator has laid down. */
  start(): Promise<void>
  lockNow(): void
  /** Opens a small file of the surroundings' own; what is wrong with it is told with the rest. */
  openFile<T>(layout: Layout<T>): KeptFile<T>
  /** What installs the update that was downloaded, once Curfew has quit; nothing while it is locked. */
  updateToInstall: Updates['atQuit']
  /** Locks, and settles once the clipboard is cleared and the built-in service has ended. */
  quit(): Promise<void>
}

/** Builds the whole app in plain Node, from the ground up. One function, so that the order can be read from top to bottom. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the composition root: its order is to be read from top to bottom.
export function createCurfew<Event>(ports: CurfewPorts<Event>): Curfew {
  const { log, clock } = ports
  const inData = (...names: string[]) => join(ports.dataFolder, ...names)

  // What is kept in files: nothing that could be read without the passphrase and is secret.
  const notices = createNotices()
  const openFile = <T>(layout: Layout<T>) =>
    openKeptFile(ports.openStore, ports.dataFolder, layout, notices.add)
  const settings = createAppSettings(openFile(settingsLayout))

  // The lock and what it guards.
  const vault = createVault({
    keychain: ports.keychain,
    clock: ports.lockClock,
    after: ports.lockAfter,
    attemptsStore: attemptsInFile(openFile(triesLayout)),
    settings: () => settings.value,
    knownWords: () =>
      registry
        .list()
        .flatMap(({ name, environment, baseUrl, username }) => [name, environment, baseUrl, username]),
    clipboard: ports.clipboard,
    onClipboard: (ours) => {
      if (vault.isUnlocked()) ports.tell('clipboard.state', { ours })
    },
    log,
    ...(ports.scryptCost && { scryptCost: ports.scryptCost }),
  })
  const presence = createPresence(clock.monotonic)

  // The instances and the connections to them.
  const registry = createRegistry(openFile(instancesLayout))
  const builtInService = createBuiltInService({
    start: ports.startService,
    onRestarted: () => {
      const builtIn = registry.list().find((instance) => instance.builtIn)
      if (builtIn && vault.isUnlocked()) void connections.reconnect(builtIn.id)
    },
    report: (error) => log('The built-in service did not start', error),
  })
  const startBuiltIn: StartBuiltIn = ({ id, ...options }) =>
    builtInService.address({ dataFolder: inData('service', id), ...options })
  const hosts = createHosts(ports.confirm)
  const certificates = createCertificates(ports.openWay)
  const access = createAccess({
    registry,
    credentials: vault.credentials,
    hosts,
    startBuiltIn,
    builtInKey: builtInService.proofKey,
    connectorOf: () => sessionService,
    fetch: ports.fetch,
    certificates,
    adminIsHere: presence.isHere,
  })
  const connections = createConnections({
    registry,
    access,
    after: ports.after,
    now: () => new Date(clock.wall()),
  })
  const instances = createInstances({
    registry,
    credentials: vault.credentials,
    connections,
    hosts,
    period: () => vault.signal,
    probe: ({ baseUrl, pin }, signal) => {
      const fetch = pin === undefined ? ports.fetch : certificates.fetchPinned(pin)
      return sessionService.probe({ baseUrl, fetch, signal })
    },
    certificates,
    confirm: ports.confirm,
    addressOf: access.addressOf,
  })

  // What is done on them.
  const jobs = createJobs({
    work: createRevokeUsers(connections),
    store: createJobsStore(openFile(jobsLayout), vault.box, notices.add),
    isUnlocked: vault.isUnlocked,
    now: () => new Date(clock.wall()),
    log,
  })
  const policies = createPolicies(connections)
  const systemConfig = createSystemConfig(connections, () => new Date(clock.wall()))
  const people = createPeople({
    connections,
    jobs,
    confirmMany: createConfirmMany(ports.confirm, () => vault.signal),
  })

  // What the servers tell by themselves.
  const news = createNews({
    connections,
    seen: createSeenStore(openFile(seenNoticesLayout), vault.box, notices.add),
    after: ports.after,
    now: clock.monotonic,
    random: Math.random,
    onState(state) {
      if (vault.isUnlocked()) ports.tell('news.state', state)
    },
    onStale(stale) {
      if (vault.isUnlocked()) ports.tell('news.stale', [...stale])
    },
    log,
  })

  // Updates of Curfew itself.
  const { published, ...updatesPorts } = ports.updates
  const updates = createUpdates({
    ...updatesPorts,
    ...ports.info,
    folder: inData('updates'),
    memory: openFile(updatesLayout),
    checksDaily: () => settings.value.checkForUpdates,
    isUnlocked: vault.isUnlocked,
    now: clock.wall,
    after: ports.after,
    onState: (state) => vault.isUnlocked() && ports.tell('updates.state', state),
    log,
  })

  // The door, and what main tells the window.
  openDoor(
    {
      ...ports.door,
      unlockedPeriod: vault.unlockedPeriod,
      report: (channel, fault, error) => log(`${channel}: ${fault}`, error),
    },
    createHandlers({
      vault,
      instances,
      connections,
      policies,
      systemConfig,
      people,
      jobs,
      news,
      settings,
      notices,
      updates,
      info: ports.info,
      onSettings,
      onActivity() {
        presence.seen()
        vault.activity()
      },
    }),
  )
  vault.onState((state) => ports.tell('lock.state', state))
  connections.onStates((states) => {
    if (vault.isUnlocked()) ports.tell('instances.list', [...states])
  })
  jobs.onChange((list) => {
    if (vault.isUnlocked()) ports.tell('jobs.list', [...list])
  })

  // What a lock, an unlocking and “Forget everything” set off.
  vault.onUnlocked(async () => {
    presence.seen()
    connections.open(vault.signal)
    jobs.open()
    news.open(vault.signal)
    ports.onLock('unlocked')
    await readManaged()
    updates.unlocked()
  })
  vault.onLocked(() => {
    jobs.close()
    news.close()
    connections.close()
    hosts.forget()
    ports.onLock('locked')
  })
  vault.onForget(jobs.forget)
  vault.onForget(news.forget)
  vault.onForget(async () => {
    await builtInService.stop()
    await registry.clear()
    await rm(inData('service'), { recursive: true, force: true, maxRetries: 3 })
  })

  /** What an administrator has laid down is read anew at every start and every unlocking. */
  async function readManaged(): Promise<void> {
    const managed = await ports.managedSettings()
    settings.manage(managed)
    updates.follow(sourceInForce(managed.updates, published))
    for (const fault of managed.faults)
      notices.add({ title: 'Your organisation’s policy has a mistake', detail: fault })
    onSettings()
  }
  function onSettings(): void {
    ports.onSettings(settings.value)
    vault.happened('settings-changed')
  }

  ports.onSettings(settings.value)
  return {
    start: readManaged,
    openFile,
    isUnlocked: vault.isUnlocked,
    happened: vault.happened,
    systemIdle: vault.systemIdle,
    lockNow: () => vault.lock('manual'),
    updateToInstall: updates.atQuit,
    async quit() {
      vault.lock('restart')
      await Promise.allSettled([vault.clipboardCleared(), builtInService.stop()])
    },
  }
}
