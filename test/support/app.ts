import { fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Outcome } from '../../domain/problem.ts'
import { systemAfter, systemClock } from '../../main/clock.ts'
import type { Confirm } from '../../main/confirm.ts'
import type { Fetch } from '../../main/connectors/connector.ts'
import type { OpenWay } from '../../main/connectors/http/certificates.ts'
import { type Curfew, createCurfew } from '../../main/curfew.ts'
import type { ServiceProcess, ServiceStart } from '../../main/instances/built-in-service.ts'
import type { Keychain } from '../../main/keychain/keychain.ts'
import { noManagedSettings } from '../../main/settings/managed-settings.ts'
import type { UpdateSource } from '../../main/settings/update-source.ts'
import { openConfStore } from '../../main/storage/conf-store.ts'
import type { UpdatesPorts } from '../../main/updates/updates.ts'
import type {
  ChannelArgument,
  ChannelName,
  ChannelOutput,
  EventName,
  EventPayload,
} from '../../preload/contract/index.ts'
import { cheapScrypt } from './cheap-scrypt.ts'

/** The whole of main in plain Node, with the window's end of the door in the test's hands. */
export interface TestApp {
  readonly curfew: Curfew
  /** Calls a channel as the window does. */
  call<C extends ChannelName>(
    channel: C,
    ...argument: undefined extends ChannelArgument<C> ? [] : [ChannelArgument<C>]
  ): Promise<Outcome<ChannelOutput<C>>>
  /** {@link call} with anything at all. */
  send(channel: ChannelName, ...args: readonly unknown[]): Promise<Outcome<unknown>>
  /** The value that a call must answer. */
  value<C extends ChannelName>(
    channel: C,
    ...argument: undefined extends ChannelArgument<C> ? [] : [ChannelArgument<C>]
  ): Promise<ChannelOutput<C>>
  /** What main has told the window of this event, in its order. */
  told<E extends EventName>(event: E): readonly EventPayload<E>[]
  /** What the log was told. */
  readonly faults: readonly string[]
  readonly clipboard: { text: string }
}

export interface TestAppOptions {
  readonly dataFolder: string
  readonly keychain: Keychain
  readonly fetch?: Fetch
  readonly openWay?: OpenWay
  /** What the person answers outside the window; yes to everything where left out. */
  readonly confirm?: Confirm
  /** Starts what stands for the built-in service; the real one where left out. */
  readonly startService?: (options: ServiceStart) => Promise<ServiceProcess>
  /** Where updates come from; from nowhere where left out. */
  readonly updates?: Pick<UpdatesPorts, 'fetch' | 'install'> & { readonly published: UpdateSource }
}

/** Starts the app over a folder and a keychain; over the same ones again it is a restart. */
export async function startApp({
  dataFolder,
  keychain,
  fetch = globalThis.fetch,
  openWay = () => () => Promise.reject(new Error('No certificate is looked at in this test.')),
  confirm = async () => true,
  startService = startRealService,
  updates = { fetch, install: async () => {}, published: { feed: '', keys: [] } },
}: TestAppOptions) {
  const listeners = new Map<ChannelName, (event: 'window', ...args: unknown[]) => Promise<unknown>>()
  const told: { readonly event: EventName; readonly state: unknown }[] = []
  const faults: string[] = []
  const clipboard = { text: '' }
  const curfew = createCurfew<'window'>({
    info: { version: '0.0.0', platform: 'linux' },
    dataFolder,
    openStore: openConfStore,
    keychain,
    clipboard: {
      readText: async () => clipboard.text,
      writeText: async (text) => {
        clipboard.text = text
      },
    },
    lockClock: systemClock,
    lockAfter: systemAfter,
    clock: systemClock,
    after: systemAfter,
    managedSettings: async () => noManagedSettings,
    fetch,
    openWay,
    confirm,
    startService,
    updates: { kind: 'deb', arch: 'x64', ...updates },
    door: {
      listen: (channel, listener) => listeners.set(channel, listener),
      isTrusted: () => true,
    },
    tell: (event, state) => told.push({ event, state: structuredClone(state) }),
    onSettings: () => {},
    onLock: () => {},
    log: (what) => faults.push(what),
    scryptCost: cheapScrypt,
  })
  await curfew.start()
  const app: TestApp = {
    curfew,
    call: (channel, ...argument) => app.send(channel, ...argument) as never,
    async send(channel, ...args) {
      const listener = listeners.get(channel)
      if (!listener) throw new Error(`Nobody listens on ${channel}`)
      return structuredClone(await listener('window', ...structuredClone(args))) as Outcome<unknown>
    },
    async value(channel, ...argument) {
      const outcome = await app.call(channel, ...argument)
      if (!outcome.ok) throw new Error(`${channel}: ${outcome.problem.code}: ${outcome.problem.message}`)
      return outcome.value
    },
    told: (event) => told.flatMap((each) => (each.event === event ? [each.state as never] : [])),
    faults,
    clipboard,
  }
  return app
}

/** The built-in service as a plain child process. */
export async function startRealService({
  dataFolder,
  port,
  ...secrets
}: ServiceStart): Promise<ServiceProcess> {
  const args = [
    '--port',
    String(port),
    '--data',
    dataFolder,
    '--owner',
    'owner',
    '--demo',
    '--secrets-from-parent',
  ]
  const child = fork('service/index.ts', args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  child.send(secrets)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The service ended with ${code} while starting.`)))
    if (child.stdout)
      createInterface(child.stdout).on('line', (line) => {
        const listening = /"listening":"([^"]+)"/.exec(line)?.[1]
        if (listening) resolve(listening)
      })
  })
  return {
    address,
    ended,
    async stop() {
      child.kill()
      await ended
    },
  }
}
