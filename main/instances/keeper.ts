import { type Credential, credentialText, destinationOf, readCredential } from '../../domain/credential.ts'
import { Instance, type InstanceId } from '../../domain/instance.ts'
import { type Outcome, succeed } from '../../domain/problem.ts'
import type { Connection, ServerInfo } from '../connectors/connector.ts'
import type { Vault } from '../vault/vault.ts'
import type { Step } from '../while-unlocked.ts'
import type { Access } from './access.ts'
import type { Connections } from './connections.ts'
import type { Registry } from './registry.ts'

export interface KeeperPorts {
  readonly registry: Registry
  readonly credentials: Vault['credentials']
  readonly connections: Pick<Connections, 'signIn' | 'drop' | 'announce'>
  /** Asks, without any credential, which server answers at an address. */
  readonly probe: (at: Pick<Instance, 'baseUrl' | 'pin'>, signal: AbortSignal) => Promise<Outcome<ServerInfo>>
  readonly addressOf: Access['addressOf']
}

/** Signs in to instances with what was typed, and keeps what worked. */
export function createKeeper(ports: KeeperPorts) {
  const { registry, credentials, connections } = ports

  /** Signs in with what was typed, and keeps what worked: first the secret, so that no entry lacks its own. */
  async function connectAndKeep(
    instance: Instance,
    secret: string,
    begun: AbortSignal,
    step: Step,
  ): Promise<Outcome<InstanceId>> {
    const credential: Credential = { kind: 'password', account: instance.username, secret }
    const connected = await step(connections.signIn(instance, { credential }, begun))
    const kept = connected.ok ? await keep(instance, credential, connected.value) : connected
    if (!kept.ok && !registry.get(instance.id)) connections.drop(instance.id)
    else connections.announce()
    return kept
  }

  /** Both or neither, whatever happens to the lock meanwhile. */
  async function keep(
    instance: Instance,
    credential: Credential,
    { server, device }: Pick<Connection, 'server' | 'device'>,
  ): Promise<Outcome<InstanceId>> {
    const known: Instance = {
      ...instance,
      // The built-in service may have got another port while it was connected to.
      ...(instance.builtIn && { baseUrl: registry.get(instance.id)?.baseUrl ?? instance.baseUrl }),
      ...(server.id !== undefined && { serverId: server.id }),
    }
    const kept = { ...credential, device, demoPassword: await demoPasswordOf(known) }
    const stored = await credentials.write(known.id, credentialText(kept, destinationOf(known)))
    if (!stored.ok) return stored
    await registry.put(known)
    return succeed(known.id)
  }

  /** What the sample people of the built-in service sign in with; `undefined` where there are none, or nobody knows it. */
  async function demoPasswordOf({ id, builtIn }: Instance): Promise<string | undefined> {
    const text = builtIn ? await credentials.read(id) : undefined
    return text?.ok ? readCredential(text.value)?.demoPassword : undefined
  }

  /** The instance as one of the server that answers at its address now. */
  async function asAnswering(instance: Instance, begun: AbortSignal, step: Step): Promise<Outcome<Instance>> {
    const address = await step(ports.addressOf(instance, begun))
    if (!address.ok) return address
    const server = await step(ports.probe({ ...instance, baseUrl: address.value }, begun))
    if (!server.ok) return server
    const { serverId: _, ...rest } = registry.get(instance.id) ?? instance
    return succeed({ ...rest, ...(server.value.id !== undefined && { serverId: server.value.id }) })
  }

  return { connectAndKeep, asAnswering, demoPasswordOf }
}

/**
 * An instance with what its credential was sealed for in the place of what the list says; `undefined` where that is not
 * known, or names a product that this Curfew does not know.
 */
export function asSealed(instance: Instance, credential: string): Instance | undefined {
  const sealed = readCredential(credential)?.destination
  if (!sealed) return undefined
  const { serverId: _, pin: __, ...rest } = instance
  const { serverId, pin } = sealed
  return Instance.safeParse({
    ...rest,
    baseUrl: sealed.builtIn ? unknownPort : sealed.address,
    username: sealed.account,
    connector: sealed.connector,
    builtIn: sealed.builtIn,
    ...(serverId !== undefined && { serverId }),
    ...(pin !== undefined && { pin }),
  }).data
}

/** The built-in service says itself where it listens. */
export const unknownPort = 'http://127.0.0.1:0'
