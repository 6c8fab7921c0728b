import { type Credential, readCredential, type SignIn } from '../../domain/credential.ts'
import type { Instance, InstanceId } from '../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { Connection, Connector, Fetch } from '../connectors/connector.ts'
import type { Vault } from '../vault/vault.ts'
import type { Registry } from './registry.ts'

/** Starts the built-in service over the data of one instance; answers where it listens. */
export type StartBuiltIn = (options: {
  readonly id: InstanceId
  /** The port it had; 0 at first. */
  readonly port: number
  readonly ownerPassword?: string
}) => Promise<Outcome<string>>

export interface AccessPorts {
  readonly registry: Registry
  readonly credentials: Pick<Vault['credentials'], 'read'>
  readonly startBuiltIn: StartBuiltIn
  readonly connectorOf: (instance: Instance) => Connector
  readonly fetch: Fetch
  readonly adminIsHere?: () => boolean
}

/** How to get to an instance: its address now, and what signs in there. */
export interface Access {
  /** Where it answers now; starts the built-in service if need be. */
  addressOf(instance: Instance): Promise<Outcome<string>>
  /**
   * Connects, starting the built-in service if need be, with the stored credential or with what was just typed.
   *
   * @param signal ends what reads when the connection is no longer wanted
   */
  connect(instance: Instance, signal: AbortSignal, signIn?: SignIn): Promise<Outcome<Connection>>
}

export function createAccess(ports: AccessPorts): Access {
  const { registry, credentials, connectorOf, fetch, adminIsHere } = ports

  async function addressOf(instance: Instance): Promise<Outcome<string>> {
    if (!instance.builtIn) return succeed(instance.baseUrl)
    const port = Number(new URL(instance.baseUrl).port)
    const address = await ports.startBuiltIn({ id: instance.id, port })
    const known = registry.get(instance.id)
    if (address.ok && known && address.value !== known.baseUrl)
      await registry.put({ ...known, baseUrl: address.value })
    return address
  }

  async function credentialOf({ id, username }: Instance): Promise<Outcome<Credential>> {
    const stored = await credentials.read(id)
    if (!stored.ok) return stored
    const credential = readCredential(stored.value, username)
    return credential
      ? succeed(credential)
      : fail({
          code: 'password-needed',
          message: 'A newer version of Curfew stored how to sign in here. Update Curfew, or type it again.',
        })
  }

  return {
    addressOf,
    async connect(instance, signal, signIn) {
      const credential = signIn ? succeed(signIn.credential) : await credentialOf(instance)
      if (!credential.ok) return credential
      const address = await addressOf(instance)
      if (!address.ok) return address
      const target = { baseUrl: address.value, fetch, signal, ...(adminIsHere && { adminIsHere }) }
      return connectorOf(instance).connect(target, signIn ?? { credential: credential.value })
    },
  }
}
