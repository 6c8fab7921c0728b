import { createConnection, type Socket } from 'node:net'
import { createClient, type MessageBus } from '@homebridge/dbus-native'
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

/** `a{sv}` as the library hands it over: names, each with its type and its value. */
const Properties = z.array(z.tuple([z.string(), z.tuple([z.unknown(), z.tuple([z.unknown()])])]))

/**
 * Hears on D-Bus that the screen is locked, which Electron's `powerMonitor` tells on macOS and Windows only: from the
 * session's screen saver, whichever desktop's it is (their interfaces all end in `.ScreenSaver`), and from logind.
 * A computer without a bus, or without logind, is no fault.
 */
export function watchLinuxScreenLock({ happened, report, env = process.env }: ScreenLockPorts): void {
  const { DBUS_SESSION_BUS_ADDRESS: sessionBus, DBUS_SYSTEM_BUS_ADDRESS = systemBus, XDG_SESSION_ID } = env
  listen(sessionBus, "type='signal',member='ActiveChanged'", ({ interface: of, body }) => {
    if (of.endsWith('.ScreenSaver') && body[0] === true) happened('screen-lock')
  })

  let ownSession: string | undefined
  const logindBus = listen(DBUS_SYSTEM_BUS_ADDRESS, `type='signal',sender='${logind}'`, (signal) => {
    const event = signal.path === ownSession ? readLogind(signal) : undefined
    if (event) happened(event)
  })
  const askForSession = (member: string, signature: string, argument: string | number) =>
    logindBus?.invoke(
      {
        destination: logind,
        path: '/org/freedesktop/login1',
        interface: `${logind}.Manager`,
        member,
        signature,
        body: [argument],
      },
      (error, path) => {
        if (!error && typeof path === 'string') ownSession ??= path
      },
    )
  askForSession('GetSessionByPID', 'u', process.pid)
  // What the desktop starts as a service of the user's belongs to no session; its environment names one.
  if (XDG_SESSION_ID) askForSession('GetSession', 's', XDG_SESSION_ID)

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
    bus.connection.once('connect', () => {
      bus.connection.on('error', (error: unknown) => report('Listening to the desktop ended', error))
    })
    bus.connection.on('error', () => stream.destroy())
    bus.connection.on('message', (message: unknown) => {
      const signal = Signal.safeParse(message)
      if (signal.success) heard(signal.data)
    })
    bus.addMatch(rule, (error) => {
      if (error) report('The desktop can’t be listened to', error)
    })
    return bus
  }
}

/** logind tells by a signal that a session is to be locked, by properties that it is, or is not in front. */
function readLogind({ interface: of, member, body }: Signal): ScreenLockEvent | undefined {
  if (of === `${logind}.Session` && member === 'Lock') return 'screen-lock'
  if (of !== 'org.freedesktop.DBus.Properties' || member !== 'PropertiesChanged') return undefined
  const properties = Properties.safeParse(body[1])
  const changed = new Map(properties.data?.map(([name, [, [value]]]) => [name, value]))
  if (changed.get('LockedHint') === true) return 'screen-lock'
  return changed.get('Active') === false ? 'user-switch' : undefined
}

/** Connects to the first socket that a D-Bus address names, a file or an abstract one. */
function connect(address: string): Socket | undefined {
  const [, kind, name = ''] = /(?:^|;)unix:(?:[^;]*,)?(path|abstract)=([^,;]+)/.exec(address) ?? []
  if (kind === undefined) return undefined
  const path = decodeURIComponent(name)
  return createConnection(kind === 'path' ? path : `\0${path}`)
}
