import { randomBytes, randomUUID } from 'node:crypto'
import { parseBaseUrl } from '../../domain/address.ts'
import { credentialText, destinationOf } from '../../domain/credential.ts'
import type { Instance, InstanceId } from '../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { NewInstance } from '../../preload/contract/instances.ts'
import { type Step, whileUnlocked } from '../while-unlocked.ts'
import type { Connections } from './connections.ts'
import type { Hosts } from './hosts.ts'
import { asSealed, createKeeper, type KeeperPorts, unknownPort } from './keeper.ts'
import { findServer, findTwin } from './known-servers.ts'
import { createPins, type Pins, type PinsPorts } from './pins.ts'

export interface InstancesPorts extends KeeperPorts, Pick<PinsPorts, 'certificates' | 'confirm'> {
  readonly connections: Pick<Connections, 'signIn' | 'reconnect' | 'drop' | 'announce'>
  readonly hosts: Pick<Hosts, 'confirm'>
  /** The unlocked period that now is: aborted when it ends, and with it whatever was begun in it. */
  readonly period: () => AbortSignal
}

/** Adding, removing and signing in to instances: the registry, the keyring and the connections in step. */
export interface Instances {
  /** Has the person confirm a new host, signs in, and keeps only what worked. */
  add(instance: NewInstance): Promise<Outcome<InstanceId>>
  /**
   * The newcomer's way: an instance of our own, its passwords made up and put into the keyring. Where it does not come up
   * it stays in the list, and is tried again as others are.
   */
  startBuiltIn(): Promise<Outcome<InstanceId>>
  /** What the sample people of the built-in service sign in with. */
  demoPassword(id: InstanceId): Promise<Outcome<string>>
  remove(id: InstanceId): Promise<Outcome<undefined>>
  /**
   * Signs in again: with the stored password, or with one just typed, which is kept if it works.
   *
   * @param acceptServer whether the typed password may go to whichever server answers, which is then the instance's;
   *   the person is asked outside the window
   */
  signIn(id: InstanceId, password: string | undefined, acceptServer?: boolean): Promise<Outcome<undefined>>
  readonly pin: Pins['change']
  /** Puts back what was changed outside Curfew, as it was sealed with the password, and signs in. */
  putBack(id: InstanceId): Promise<Outcome<undefined>>
}

export function createInstances(ports: InstancesPorts): Instances {
  const { registry, credentials, connections, hosts, period } = ports
  const { connectAndKeep, asAnswering, demoPasswordOf } = createKeeper(ports)
  const pins = createPins({ ...ports, connectAndKeep })

  return {
    add({ password, pinCertificate, ...typed }) {
      const begun = period()
      return whileUnlocked(begun, async (step) => {
        const address = parseBaseUrl(typed.baseUrl)
        if ('fault' in address) return invalid('baseUrl', address.fault)
        const near = findTwin(registry.list(), { ...typed, baseUrl: address.url })
        if (near) return alreadyThere(near)
        const confirmed = await step(hosts.confirm(address.url, begun))
        if (!confirmed.ok) return confirmed
        const pinned = pinCertificate ? await pins.choose(address.url, begun, step) : succeed({})
        if (!pinned.ok) return pinned
        const probe = (baseUrl: string) => ports.probe({ baseUrl, ...pinned.value }, begun)
        const found = await step(findServer(address.url, probe))
        if (!found.ok) return found
        const { baseUrl, server } = found.value
        const twin = findTwin(registry.list(), { ...typed, baseUrl, serverId: server.id })
        if (twin) return alreadyThere(twin)
        const instance = newInstance({ ...typed, baseUrl, ...pinned.value }, server.id)
        return connectAndKeep(instance, password, begun, step)
      })
    },

    startBuiltIn() {
      const begun = period()
      return whileUnlocked(begun, async (step) => {
        const existing = registry.list().find(({ builtIn }) => builtIn)
        if (existing) return succeed(existing.id)
        const made = await makeBuiltIn(ports, step)
        if (!made.ok) return made
        const connected = await step(connections.reconnect(made.value))
        return connected.ok ? made : connected
      })
    },

    demoPassword: (id) =>
      whileUnlocked(period(), async (step) => {
        const instance = registry.get(id)
        const password = instance && (await step(demoPasswordOf(instance)))
        return password === undefined ? fail(noDemoPassword) : succeed(password)
      }),

    async remove(id) {
      // First, so that no connection that is being made writes to the keyring what is then deleted.
      connections.drop(id)
      const forgotten = await credentials.delete(id)
      if (!forgotten.ok) {
        void connections.reconnect(id)
        return forgotten
      }
      await registry.remove(id)
      connections.announce()
      return succeed(undefined)
    },

    signIn(id, password, acceptServer = false) {
      const begun = period()
      return whileUnlocked(begun, async (step) => {
        const instance = registry.get(id)
        if (!instance) return fail(noSuchInstance)
        if (password === undefined) return connections.reconnect(id)
        if (!instance.builtIn) {
          const why = acceptServer ? anotherServer(instance) : undefined
          const confirmed = await step(hosts.confirm(instance.baseUrl, begun, why))
          if (!confirmed.ok) return confirmed
        }
        const meant = acceptServer ? await asAnswering(instance, begun, step) : succeed(instance)
        if (!meant.ok) return meant
        const kept = await connectAndKeep(meant.value, password, begun, step)
        return kept.ok ? succeed(undefined) : kept
      })
    },

    pin: pins.change,

    putBack: (id) =>
      whileUnlocked(period(), async (step) => {
        const instance = registry.get(id)
        if (!instance) return fail(noSuchInstance)
        const text = await step(credentials.read(id))
        if (!text.ok) return text
        const before = asSealed(instance, text.value)
        if (!before) return fail(nothingToPutBack)
        await step(registry.put(before))
        return connections.reconnect(id)
      }),
  }
}

/** Seals the passwords of a built-in service before it is started with them: whatever ends Curfew then, the next one knows them. */
async function makeBuiltIn(
  { registry, credentials }: Pick<InstancesPorts, 'registry' | 'credentials'>,
  step: Step,
): Promise<Outcome<InstanceId>> {
  const instance: Instance = { ...builtInInstance, id: randomUUID(), baseUrl: unknownPort }
  const passwords = { kind: 'password', secret: randomPassword(), demoPassword: randomPassword() } as const
  const sealed = credentialText(passwords, destinationOf(instance))
  const written = await step(credentials.write(instance.id, sealed))
  if (!written.ok) return written
  await step(registry.put(instance))
  return succeed(instance.id)
}

function newInstance(
  described: Omit<Instance, 'id' | 'connector' | 'builtIn' | 'serverId'>,
  serverId: string | undefined,
): Instance {
  return {
    ...described,
    id: randomUUID(),
    connector: 'session-service',
    builtIn: false,
    ...(serverId !== undefined && { serverId }),
  }
}

const anotherServer = ({ name }: Instance) =>
  `Another server than the one added as “${name}” may answer there.`

const noSuchInstance = {
  code: 'no-such-instance',
  message: 'This instance is no longer in the list.',
} as const
const nothingToPutBack = {
  code: 'password-needed',
  message: 'It is not known how this instance was before. Remove it and add it again.',
} as const

const noDemoPassword = {
  code: 'not-found',
  message:
    'Curfew does not know a password of sample people here. Set one for them on the service’s own pages.',
} as const

const randomPassword = () => randomBytes(18).toString('base64url')

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
