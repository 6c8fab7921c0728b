import {
  credentialText,
  destinationOf,
  differenceOf,
  readCredential,
  type SignIn,
  type StoredCredential,
} from '../../domain/credential.ts'
import type { Instance, InstanceId } from '../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { Connection, Connector, Fetch } from '../connectors/connector.ts'
import type { Certificates } from '../connectors/http/certificates.ts'
import type { Vault } from '../vault/vault.ts'
import { whileUnlocked } from '../while-unlocked.ts'
import type { Hosts } from './hosts.ts'
import type { Registry } from './registry.ts'

/** Starts the built-in service over the data of one instance; answers where it listens. */
export type StartBuiltIn = (options: {
  readonly id: InstanceId
  /** The port it had; 0 at first. */
  readonly port: number
  /** Of its Owner and of its sample people, on the first start. */
  readonly ownerPassword?: string
  readonly demoPassword?: string
}) => Promise<Outcome<string>>

export interface AccessPorts {
  readonly registry: Registry
  readonly credentials: Pick<Vault['credentials'], 'read' | 'write'>
  readonly hosts: Pick<Hosts, 'vouch'>
  readonly startBuiltIn: StartBuiltIn
  /** What only the built-in service that now runs can prove to have. */
  readonly builtInKey: () => string | undefined
  readonly connectorOf: (instance: Instance) => Connector
  readonly fetch: Fetch
  readonly certificates: Pick<Certificates, 'fetchPinned'>
  readonly adminIsHere?: () => boolean
}

export interface AccessOptions {
  /** Ends what reads when the connection is no longer wanted, and with the unlocked period at the latest. */
  readonly signal: AbortSignal
  /** What was just typed; the stored credential where left out. */
  readonly signIn?: SignIn | undefined
  /** Called just before the credential leaves. */
  readonly onSecretSent?: () => void
}

/** How to get to an instance: its address now, and what signs in there. */
export interface Access {
  /** Where it answers now; starts the built-in service if need be. */
  addressOf(instance: Instance, signal: AbortSignal): Promise<Outcome<string>>
  /**
   * Connects, starting the built-in service if need be, with the stored credential or with what was just typed. The
   * stored one goes only where it was sealed for: where the instance's record differs, nobody is contacted.
   */
  connect(instance: Instance, options: AccessOptions): Promise<Outcome<Connection>>
}

/** What to sign in with, and the stored credential behind it where it was not typed. */
interface Given {
  readonly signIn: SignIn
  readonly stored?: StoredCredential
}

export function createAccess(ports: AccessPorts): Access {
  const { registry, credentials, connectorOf, adminIsHere } = ports

  const addressOf: Access['addressOf'] = (instance, signal) =>
    whileUnlocked(signal, async (step) => {
      if (!instance.builtIn) return succeed(instance.baseUrl)
      const port = Number(new URL(instance.baseUrl).port)
      const passwords = instance.serverId === undefined ? await step(firstPasswords(instance.id)) : {}
      const address = await step(ports.startBuiltIn({ id: instance.id, port, ...passwords }))
      const known = registry.get(instance.id)
      if (address.ok && known && address.value !== known.baseUrl)
        await step(registry.put({ ...known, baseUrl: address.value }))
      return address
    })

  /** What the built-in service begins with, until it has been signed in to: they are sealed before it is started. */
  async function firstPasswords(id: InstanceId) {
    const text = await credentials.read(id)
    const stored = text.ok ? readCredential(text.value) : undefined
    // Not another server's, which an edited list of instances may call the built-in service.
    if (!stored?.destination?.builtIn || stored.demoPassword === undefined) return {}
    return { ownerPassword: stored.secret, demoPassword: stored.demoPassword }
  }

  /** Signing in with the stored credential, if it is for this instance as it now is in the list. */
  async function storedSignIn(instance: Instance): Promise<Outcome<Given>> {
    const text = await credentials.read(instance.id)
    if (!text.ok) return text
    const stored = readCredential(text.value)
    if (!stored) return fail(ofNewer)
    const { kind, secret, device } = stored
    const signIn = {
      credential: { kind, account: instance.username, secret, ...(device !== undefined && { device }) },
    } as const
    if (stored.destination) {
      const difference = differenceOf(stored.destination, destinationOf(instance))
      if (difference !== '')
        return fail({
          code: 'changed-outside',
          message: `This instance was changed outside Curfew: ${difference}. Curfew sent nothing.`,
        })
      if (!instance.builtIn) ports.hosts.vouch(instance.baseUrl)
      return succeed({ signIn, stored })
    }
    // What it goes to is the process that main itself starts, whatever the list says.
    return instance.builtIn ? succeed({ signIn, stored }) : fail(unbound)
  }

  /**
   * Notes what signing in with the stored credential has taught: the device's newest proof, and of the built-in service
   * what the credential is for, where that is not known yet.
   */
  async function note(id: InstanceId, stored: StoredCredential, { server, device }: Connection) {
    const instance = registry.get(id)
    // Taken off the list meanwhile.
    if (!instance) return
    const learns = instance.builtIn && instance.serverId === undefined && server.id !== undefined
    const known = learns ? { ...instance, serverId: server.id } : instance
    if (!learns && stored.destination && (device === undefined || device === stored.device)) return
    const next = { ...stored, ...(device !== undefined && { device }) }
    const written = await credentials.write(id, credentialText(next, destinationOf(known)))
    if (written.ok && learns) await registry.put(known)
  }

  return {
    addressOf,
    connect: (instance, { signal, signIn, onSecretSent }) =>
      whileUnlocked(signal, async (step) => {
        const given: Outcome<Given> = signIn ? succeed({ signIn }) : await step(storedSignIn(instance))
        if (!given.ok) return given
        const address = await step(addressOf(instance, signal))
        if (!address.ok) return address
        const { serverId, pin } = instance
        const target = {
          baseUrl: address.value,
          fetch: pin === undefined ? ports.fetch : ports.certificates.fetchPinned(pin),
          signal,
          ...(serverId !== undefined && { serverId }),
          ...(instance.builtIn && { proofKey: ports.builtInKey }),
          ...(adminIsHere && { adminIsHere }),
          ...(onSecretSent && { onSecretSent }),
        }
        const connected = await connectorOf(instance).connect(target, given.value.signIn)
        if (connected.ok && given.value.stored && !signal.aborted)
          await note(instance.id, given.value.stored, connected.value)
        return connected
      }),
  }
}

const ofNewer = {
  code: 'password-needed',
  message: 'A newer version of Curfew stored how to sign in here. Update Curfew, or type it again.',
} as const

const unbound = {
  code: 'password-needed',
  message:
    'An earlier version of Curfew stored this password without noting which server it is for. Look at the address and type it once more.',
} as const
