import { randomBytes, randomUUID } from 'node:crypto'
import { type Credential, credentialText } from '../../domain/credential.ts'
import { type Instance, type InstanceId, parseBaseUrl } from '../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { NewInstance } from '../../preload/contract/instances.ts'
import type { Vault } from '../vault/vault.ts'
import type { StartBuiltIn } from './access.ts'
import type { Connections } from './connections.ts'
import type { Registry } from './registry.ts'

export interface InstancesPorts {
  readonly registry: Registry
  readonly credentials: Vault['credentials']
  readonly connections: Connections
  readonly startBuiltIn: StartBuiltIn
}

/** Adding, removing and signing in to instances: the registry, the keyring and the connections in step. */
export interface Instances {
  /** Signs in first; only what worked is kept. */
  add(instance: NewInstance): Promise<Outcome<InstanceId>>
  /** The newcomer's way: an instance of our own, its Owner's password made up and put into the keyring. */
  startBuiltIn(): Promise<Outcome<InstanceId>>
  remove(id: InstanceId): Promise<Outcome<undefined>>
  /** Signs in again: with the stored password, or with one just typed, which is kept if it works. */
  signIn(id: InstanceId, password: string | undefined): Promise<Outcome<undefined>>
}

export function createInstances(ports: InstancesPorts): Instances {
  const { registry, credentials, connections } = ports

  /** Keeps an instance that is connected: first its secret, then its entry, so that no entry lacks its secret. */
  async function keep(instance: Instance, credential: Credential): Promise<Outcome<InstanceId>> {
    const stored = await credentials.write(instance.id, credentialText(credential))
    if (!stored.ok) return stored
    await registry.put(instance)
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

  return {
    async add({ password, ...typed }) {
      const address = parseBaseUrl(typed.baseUrl)
      if ('fault' in address) return invalid('baseUrl', address.fault)
      const twin = registry
        .list()
        .find(({ baseUrl, username }) => baseUrl === address.url && username === typed.username)
      if (twin) return invalid('baseUrl', `This server is already in the list, as “${twin.name}”.`)
      const instance: Instance = {
        ...typed,
        baseUrl: address.url,
        id: randomUUID(),
        connector: 'session-service',
        builtIn: false,
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
      const instance: Instance = {
        id,
        name: 'Built-in service',
        colour: 'teal',
        environment: 'On this computer',
        baseUrl: address.value,
        connector: 'session-service',
        builtIn: true,
        username: 'owner',
      }
      return connectAndKeep(instance, password)
    },

    async remove(id) {
      const forgotten = await credentials.delete(id)
      if (!forgotten.ok) return forgotten
      connections.drop(id)
      await registry.remove(id)
      connections.announce()
      return succeed(undefined)
    },

    async signIn(id, password) {
      const instance = registry.get(id)
      if (!instance)
        return fail({ code: 'no-such-instance', message: 'This instance is no longer in the list.' })
      if (password === undefined) return connections.reconnect(id)
      const kept = await connectAndKeep(instance, password)
      return kept.ok ? succeed(undefined) : kept
    },
  }
}

function invalid(field: string, message: string): Outcome<never> {
  return fail({ code: 'invalid', message, errors: [{ field, code: 'invalid', message }] })
}
