import { createConnection, type Socket } from 'node:net'
import type { MessageBus } from 'dbus-native'
import { z } from 'zod'

const systemBus = 'unix:path=/run/dbus/system_bus_socket'
const logind = 'org.freedesktop.login1'

/** What the desktop tells: the screen was locked, or another person's session came to the front. */
export type ScreenLockEvent = 'screen-lock' | 'user-switch'

export interface ScreenLockPorts {
  readonly happened: (event: ScreenLockEvent) => void
  /** Takes what was tried and could not be done. */
  readonly report: (what: string, error: unknown) => void
  readonly env?: NodeJS.ProcessEnv
}

/** A signal, as far as it is read. Anything on the bus may have sent it, so it can only lock sooner. */
const Signal = z.object({
  path: z.string(),
  interface: z.string(),
  member: z.string(),
  body: z.array(z.unknown()).default([]),
})
type Signal = z.infer<typeof Signal>

const ChangedProperties = z.object({ LockedHint: z.unknown(), Active: z.unknown() }).partial()

/**
 * Hears on D-Bus that the screen is locked, which Electron's `powerMonitor` tells on macOS and Windows only: from the
 * session's screen saver, whichever desktop's it is (their interfaces all end in `.ScreenSaver`), and from logind.
 * A computer without a bus, or without logind, is no fault.
 */
export async function watchLinuxScreenLock({
  happened,
  report,
  env = process.env,
}: ScreenLockPorts): Promise<void> {
  // Loaded when it is first needed: only Linux does, and the window need not wait for it.
  const { createClient, toPlain } = await import('dbus-native')
  const { DBUS_SESSION_BUS_ADDRESS: sessionBus, DBUS_SYSTEM_BUS_ADDRESS = systemBus, XDG_SESSION_ID } = env
  listen(sessionBus, "type='signal',member='ActiveChanged'", ({ interface: of, body }) => {
    if (of.endsWith('.ScreenSaver') && body[0] === true) happened('screen-lock')
  })

  let ownSession: string | undefined
  const logindBus = listen(DBUS_SYSTEM_BUS_ADDRESS, `type='signal',sender='${logind}'`, (signal) => {
    const event = signal.path === ownSession ? readLogind(signal) : undefined
    if (event) happened(event)
  })
  /** Which session is ours, as far as logind knows one; without one nothing of logind's is about us. */
  async function askForSession(member: string, signature: string, argument: string | number): Promise<void> {
    const call = { destination: logind, path: '/org/freedesktop/login1', interface: `${logind}.Manager` }
    const path = await logindBus
      ?.invoke({ ...call, member, signature, body: [argument] })
      .catch(() => undefined)
    if (typeof path === 'string') ownSession ??= path
  }
  void askForSession('GetSessionByPID', 'u', process.pid)
  // What the desktop starts as a service of the user's belongs to no session; its environment names one.
  if (XDG_SESSION_ID) void askForSession('GetSession', 's', XDG_SESSION_ID)

  /** logind tells by a signal that a session is to be locked, by properties that it is, or is not in front. */
  function readLogind({ interface: of, member, body }: Signal): ScreenLockEvent | undefined {
    if (of === `${logind}.Session` && member === 'Lock') return 'screen-lock'
    if (of !== 'org.freedesktop.DBus.Properties' || member !== 'PropertiesChanged') return undefined
    const { data: changed = {} } = ChangedProperties.safeParse(toPlain(body[1]))
    if (changed.LockedHint === true) return 'screen-lock'
    return changed.Active === false ? 'user-switch' : undefined
  }

  function listen(
    address: string | undefined,
    rule: string,
    heard: (signal: Signal) => void,
  ): MessageBus | undefined {
    const stream = address === undefined ? undefined : connect(address)
    if (stream === undefined) return undefined
    // The desktop is listened to as long as Curfew runs, and doesn't keep it running.
    stream.unref()
    const bus = createClient({ stream })
    let isConnected = false
    const failed = (error: unknown) => {
      if (isConnected) report('Listening to the desktop ended', error)
    }
    bus.connection.once('connect', () => {
      isConnected = true
    })
    bus.connection.on('error', failed)
    bus.connection.on('message', (message: unknown) => {
      const signal = Signal.safeParse(message)
      if (signal.success) heard(signal.data)
    })
    bus.addMatch(rule).catch(failed)
    return bus
  }
}

/** Connects to the first socket that a D-Bus address names, a file or an abstract one. */
function connect(address: string): Socket | undefined {
  const [, kind, name = ''] = /(?:^|;)unix:(?:[^;]*,)?(path|abstract)=([^,;]+)/.exec(address) ?? []
  if (kind === undefined) return undefined
  const path = decodeURIComponent(name)
  return createConnection(kind === 'path' ? path : `\0${path}`)
}
