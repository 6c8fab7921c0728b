import { randomBytes, randomUUID } from 'node:crypto'
import { parseBaseUrl } from '../../domain/address.ts'
import { type Credential, credentialText } from '../../domain/credential.ts'
import type { Instance, InstanceId } from '../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { NewInstance } from '../../preload/contract/instances.ts'
import type { ServerInfo } from '../connectors/connector.ts'
import type { Vault } from '../vault/vault.ts'
import type { Access, StartBuiltIn } from './access.ts'
import type { Connections } from './connections.ts'
import { findServer, findTwin } from './known-servers.ts'
import type { Registry } from './registry.ts'

export interface InstancesPorts {
  readonly registry: Registry
  readonly credentials: Vault['credentials']
  readonly connections: Connections
  /** Asks, without any credential, which server answers at an address. */
  readonly probe: (baseUrl: string) => Promise<Outcome<ServerInfo>>
  readonly addressOf: Access['addressOf']
  readonly startBuiltIn: StartBuiltIn
}

/** Adding, removing and signing in to instances: the registry, the keyring and the connections in step. */
export interface Instances {
  /** Signs in first; only what worked is kept. */
  add(instance: NewInstance): Promise<Outcome<InstanceId>>
  /** The newcomer's way: an instance of our own, its Owner's password made up and put into the keyring. */
  startBuiltIn(): Promise<Outcome<InstanceId>>
  remove(id: InstanceId): Promise<Outcome<undefined>>
  /**
   * Signs in again: with the stored password, or with one just typed, which is kept if it works.
   *
   * @param acceptServer whether the typed password may go to whichever server answers, which is then the instance's
   */
  signIn(id: InstanceId, password: string | undefined, acceptServer?: boolean): Promise<Outcome<undefined>>
}

export function createInstances(ports: InstancesPorts): Instances {
  const { registry, credentials, connections } = ports

  /** Keeps an instance that is connected: first its secret, then its entry, so that no entry lacks its secret. */
  async function keep(instance: Instance, credential: Credential): Promise<Outcome<InstanceId>> {
    const stored = await credentials.write(instance.id, credentialText(credential))
    if (!stored.ok) return stored
    // What has been learnt of its server while it connected stays.
    await registry.put({ ...registry.get(instance.id), ...instance })
    return succeed(instance.id)
  }

  async function connectAndKeep(instance: Instance, password: string): Promise<Outcome<InstanceId>> {
    const credential: Credential = { kind: 'password', account: instance.username, secret: password }
    const signedIn = await connections.signIn(instance, { credential })
    const kept = signedIn.ok ? await keep(instance, credential) : signedIn
    if (!kept.ok && !registry.get(instance.id)) connections.drop(instance.id)
    else connections.announce()
    return kept
  }

  /** The instance as one of the server that answers at its address now. */
  async function asAnswering(instance: Instance): Promise<Outcome<Instance>> {
    const address = await ports.addressOf(instance)
    if (!address.ok) return address
    const server = await ports.probe(address.value)
    if (!server.ok) return server
    const { serverId: _, ...rest } = registry.get(instance.id) ?? instance
    return succeed({ ...rest, ...(server.value.id !== undefined && { serverId: server.value.id }) })
  }

  return {
    async add({ password, ...typed }) {
      const address = parseBaseUrl(typed.baseUrl)
      if ('fault' in address) return invalid('baseUrl', address.fault)
      const near = findTwin(registry.list(), { ...typed, baseUrl: address.url })
      if (near) return alreadyThere(near)
      const found = await findServer(address.url, ports.probe)
      if (!found.ok) return found
      const { baseUrl, server } = found.value
      const twin = findTwin(registry.list(), { ...typed, baseUrl, serverId: server.id })
      if (twin) return alreadyThere(twin)
      const instance: Instance = {
        ...typed,
        baseUrl,
        id: randomUUID(),
        connector: 'session-service',
        builtIn: false,
        ...(server.id !== undefined && { serverId: server.id }),
      }
      return connectAndKeep(instance, password)
    },

    async startBuiltIn() {
      const existing = registry.list().find(({ builtIn }) => builtIn)
      if (existing) return succeed(existing.id)
      const id = randomUUID()
      const password = randomBytes(24).toString('base64url')
      const address = await ports.startBuiltIn({ id, port: 0, ownerPassword: password })
      if (!address.ok) return address
      return connectAndKeep({ ...builtInInstance, id, baseUrl: address.value }, password)
    },

    async remove(id) {
      const forgotten = await credentials.delete(id)
      if (!forgotten.ok) return forgotten
      connections.drop(id)
      await registry.remove(id)
      connections.announce()
      return succeed(undefined)
    },

    async signIn(id, password, acceptServer = false) {
      const instance = registry.get(id)
      if (!instance)
        return fail({ code: 'no-such-instance', message: 'This instance is no longer in the list.' })
      if (password === undefined) return connections.reconnect(id)
      const meant = acceptServer ? await asAnswering(instance) : succeed(instance)
      if (!meant.ok) return meant
      const kept = await connectAndKeep(meant.value, password)
      return kept.ok ? succeed(undefined) : kept
    },
  }
}

const builtInInstance = {
  name: 'Built-in service',
  colour: 'teal',
  environment: 'On this computer',
  connector: 'session-service',
  builtIn: true,
  username: 'owner',
} as const satisfies Omit<Instance, 'id' | 'baseUrl'>

const alreadyThere = ({ name }: Instance) =>
  invalid('baseUrl', `This server is already in the list, as “${name}”.`)

function invalid(field: string, message: string): Outcome<never> {
  return fail({ code: 'invalid', message, errors: [{ field, code: 'invalid', message }] })
}
