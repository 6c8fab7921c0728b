import { Socket } from 'node:net'
import type { MessageBus } from 'dbus-native'

/** How entries stand: where the open ones are, and whether others are locked away. */
export interface Standing {
  readonly open: readonly string[]
  readonly isLocked: boolean
}

/**
 * What can be seen of a Linux keychain (the Secret Service API) without anybody being asked for a password. keytar
 * answers *not there* for what is locked, and `findCredentials` ends the process; this tells the three apart.
 *
 * Every function rejects with what the D-Bus said.
 */
export interface SecretService {
  /** How the entries of a service stand, or those of one account of it. */
  stand(service: string, account?: string): Promise<Standing>
  /** The account names of open entries; an entry without one is nobody's. */
  accounts(open: readonly string[]): Promise<readonly string[]>
  /** Whether the collection that new entries go to is locked. `false` where there is none yet. */
  isDefaultLocked(): Promise<boolean>
}

const root = '/org/freedesktop/secrets'
const none = '/'

/** @param timeoutMs how long one answer may take */
export function createSecretService(timeoutMs: number): SecretService {
  let connection: Promise<MessageBus> | undefined

  /** One connection, made anew after it has ended. It does not keep the process alive by itself. */
  function connect(): Promise<MessageBus> {
    const opening = connection ?? open(ended)
    function ended(): void {
      if (connection === opening) connection = undefined
    }
    connection = opening
    return opening
  }

  /** Asks once more over a new connection where the one at hand has ended meanwhile. */
  async function call<T>(
    path: string,
    of: string,
    member: string,
    signature: string,
    body: unknown[],
  ): Promise<T> {
    const message = { destination: 'org.freedesktop.secrets', path, interface: of, member, signature, body }
    const before = connection
    try {
      return await (await connect()).invoke<T>(message, { timeout: timeoutMs })
    } catch (error) {
      if (before === undefined || connection === before) throw error
      return await (await connect()).invoke<T>(message, { timeout: timeoutMs })
    }
  }

  const service = <T>(member: string, signature: string, body: unknown[]) =>
    call<T>(root, 'org.freedesktop.Secret.Service', member, signature, body)
  const property = (path: string, of: string, name: string) =>
    call<unknown>(path, 'org.freedesktop.DBus.Properties', 'Get', 'ss', [
      `org.freedesktop.Secret.${of}`,
      name,
    ])

  return {
    async stand(name, account) {
      const attributes = [['service', name], ...(account === undefined ? [] : [['account', account]])]
      const found = await service<[string[], string[]]>('SearchItems', 'a{ss}', [attributes])
      const [open, locked] = found
      return { open, isLocked: locked.length > 0 }
    },
    async accounts(open) {
      const attributes = await Promise.all(open.map((path) => property(path, 'Item', 'Attributes')))
      return attributes.flatMap((each) => accountOf(each) ?? [])
    },
    async isDefaultLocked() {
      const collection = await service<string>('ReadAlias', 's', ['default'])
      return collection !== none && (await property(collection, 'Collection', 'Locked')) === true
    },
  }
}

/** @param onEnded called once the connection has ended or could not be made */
async function open(onEnded: () => void): Promise<MessageBus> {
  try {
    // Loaded when it is first needed: only Linux does, and the window need not wait for it.
    const { createClient } = await import('dbus-native')
    const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = process.env
    const address = DBUS_SESSION_BUS_ADDRESS || (XDG_RUNTIME_DIR && `unix:path=${XDG_RUNTIME_DIR}/bus`)
    if (!address) throw new Error('Could not connect: this session has no D-Bus address')
    const bus = createClient({ busAddress: address })
    const { connection } = bus
    for (const event of ['error', 'close', 'end']) connection.on(event, onEnded)
    if (connection.stream instanceof Socket) connection.stream.unref()
    return bus
  } catch (error) {
    onEnded()
    throw error
  }
}

function accountOf(attributes: unknown): string | undefined {
  if (typeof attributes !== 'object' || attributes === null || !('account' in attributes)) return undefined
  return String(attributes.account)
}
