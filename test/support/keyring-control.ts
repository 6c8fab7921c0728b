import { connect } from 'node:net'
import { join } from 'node:path'
import { createClient } from 'dbus-native'

/** What a person does to the keyring in their desktop's own app, and what signing in to the desktop does. */
export interface KeyringControl {
  lock(): Promise<void>
  /** Without asking anybody. */
  unlock(): Promise<void>
  /** With everything in it. */
  deleteKeyring(): Promise<void>
  /** Has new entries go to another keyring, which is open and empty. */
  changeDefault(): Promise<void>
  /** Has another program store something under a service's name, in a form that is not Curfew's. */
  addForeignEntry(service: string): Promise<void>
}

const root = '/org/freedesktop/secrets'
const login = `${root}/collection/login`
const session = `${root}/collection/session`

/**
 * Controls the gnome-keyring on a bus of one's own.
 *
 * @param controlFolder its `--control-directory`
 */
export function createKeyringControl(
  busAddress: string,
  controlFolder: string,
  password: string,
): KeyringControl {
  type Call = <T>(path: string, of: string, member: string, signature: string, body: unknown[]) => Promise<T>

  async function connected(work: (call: Call) => Promise<unknown>): Promise<void> {
    const bus = createClient({ busAddress })
    try {
      await work(async (path, of, member, signature, body) => {
        const message = { destination: 'org.freedesktop.secrets', path, member, signature, body }
        return bus.invoke({ ...message, interface: `org.freedesktop.Secret.${of}` })
      })
    } finally {
      bus.connection.end()
    }
  }

  const call = (...words: Parameters<Call>) => connected((each) => each(...words))

  return {
    lock: () => call(root, 'Service', 'Lock', 'ao', [[login]]),
    unlock: () => unlockLogin(join(controlFolder, 'control'), password),
    deleteKeyring: () => call(login, 'Collection', 'Delete', '', []),
    changeDefault: () => call(root, 'Service', 'SetAlias', 'so', ['default', session]),
    addForeignEntry: (service) =>
      connected(async (each) => {
        const [, plain] = await each<[unknown, string]>(root, 'Service', 'OpenSession', 'sv', [
          'plain',
          ['s', ''],
        ])
        const properties = [
          ['org.freedesktop.Secret.Item.Label', ['s', 'of another program']],
          ['org.freedesktop.Secret.Item.Attributes', ['a{ss}', [['service', service]]]],
        ]
        const secret = [plain, Buffer.alloc(0), Buffer.from([0xff, 0xfe]), 'application/octet-stream']
        await each(login, 'Collection', 'CreateItem', 'a{sv}(oayays)b', [properties, secret, false])
      }),
  }
}

/** gnome-keyring's control protocol, as its PAM module speaks it: one byte, then a length, `unlock` and the password. */
function unlockLogin(socket: string, password: string): Promise<void> {
  const unlock = 1
  const body = Buffer.from(password)
  const head = Buffer.alloc(12)
  head.writeUInt32BE(head.length + body.length, 0)
  head.writeUInt32BE(unlock, 4)
  head.writeUInt32BE(body.length, 8)
  return new Promise((resolve, reject) => {
    const stream = connect(socket)
    stream.on('error', reject)
    stream.once('data', (answer) => {
      stream.end()
      const result = answer.readUInt32BE(4)
      if (result === 0) resolve()
      else reject(new Error(`gnome-keyring did not unlock: ${result}.`))
    })
    stream.write(Buffer.concat([Buffer.from([0]), head, body]))
  })
}
