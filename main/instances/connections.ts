import type { Credential, SignIn } from '../../domain/credential.ts'
import type {
  ConnectionState,
  Instance,
  InstanceId,
  InstanceState,
  SignInReason,
} from '../../domain/instance.ts'
import { fail, type Outcome, type Problem } from '../../domain/problem.ts'
import { learnt, type Right, type Rights } from '../../domain/rights.ts'
import { type Connection, type Connector, capabilitiesOf, type Fetch } from '../connectors/connector.ts'
import type { Registry } from './registry.ts'
import { waitAfter, wantsPause } from './retry-ladder.ts'

export interface ConnectionsPorts {
  readonly registry: Registry
  readonly connectorOf: (instance: Instance) => Connector
  readonly fetch: Fetch
  readonly adminIsHere?: () => boolean
  /** The stored credential of an instance. */
  readonly credentialOf: (instance: Instance) => Promise<Outcome<Credential>>
  /** Where an instance answers now; starts the built-in service if need be. */
  readonly addressOf: (instance: Instance) => Promise<Outcome<string>>
  /** Calls back once, later; answers the function that calls it off. */
  readonly after: (milliseconds: number, work: () => void) => () => void
  readonly now: () => Date
}

/** How often a live connection is asked whether it still is. */
const checkEveryMs = 15_000
const keychainAgainMs = 2_000

/**
 * The connections to all instances while the app is unlocked. Each instance stands alone: one that is offline or
 * needs signing in leaves the others as they are.
 */
export interface Connections {
  states(): readonly InstanceState[]
  /** Calls the listener with all states after every change; answers the function that ends that. */
  onStates(listener: (states: readonly InstanceState[]) => void): () => void
  /**
   * Runs `work` on an instance's connection, connecting first if need be, and draws from its outcome how the
   * instance is: unreachable makes it offline, a refused session makes it "sign-in needed".
   */
  use<T>(
    id: InstanceId,
    work: (connection: Connection) => Promise<Outcome<T>>,
    /** What the account must be allowed for it, if anything: what is only assumed is learnt from the outcome. */
    right?: Right,
  ): Promise<Outcome<T>>
  /** Drops what there is and connects with the stored credential. */
  reconnect(id: InstanceId): Promise<Outcome<undefined>>
  /** Drops what there is and connects with what was just typed; the instance may be one that is not in the list yet. */
  signIn(instance: Instance, signIn: SignIn): Promise<Outcome<undefined>>
  /** Ends an instance's connection and forgets its state. */
  drop(id: InstanceId): void
  /** Tells the listeners all states, after the registry changed. */
  announce(): void
  /** Begins an unlocked period: connects to every instance. */
  open(): void
  /** Ends it: aborts what runs, drops every connection and says farewell to the servers. */
  close(): void
}

interface Entry {
  state: ConnectionState
  connection: Connection | undefined
  /** What the account may do, as far as is known by now. */
  rights: Rights
  connecting: Promise<Outcome<Connection>> | undefined
  readonly abort: AbortController
  cancelTimer: () => void
  failures: number
  /** The server has asked to be left alone until then. */
  pause: { readonly until: number; readonly problem: Problem } | undefined
}

export function createConnections(ports: ConnectionsPorts): Connections {
  const entries = new Map<InstanceId, Entry>()
  const listeners = new Set<(states: readonly InstanceState[]) => void>()
  let opened = false

  const states = () =>
    ports.registry.list().map((instance) => ({
      instance,
      connection: entries.get(instance.id)?.state ?? ({ status: 'connecting' } as const),
    }))

  const changed = () => {
    const now = states()
    for (const listener of listeners) listener(now)
  }

  const since = () => ports.now().toISOString()

  function entryOf(id: InstanceId): Entry {
    const known = entries.get(id)
    if (known) return known
    const entry: Entry = {
      state: { status: 'connecting' },
      connection: undefined,
      rights: {},
      connecting: undefined,
      abort: new AbortController(),
      cancelTimer: () => {},
      failures: 0,
      pause: undefined,
    }
    entries.set(id, entry)
    return entry
  }

  /** An entry that was dropped must not change anything any more: its late answers are nobody's. */
  const isCurrent = (id: InstanceId, entry: Entry) => entries.get(id) === entry

  function become(id: InstanceId, entry: Entry, state: ConnectionState): void {
    if (!isCurrent(id, entry)) return
    entry.state = state
    changed()
  }

  function live(id: InstanceId, entry: Entry, connection: Connection): void {
    entry.failures = 0
    entry.pause = undefined
    schedule(id, entry, checkEveryMs)
    if (entry.state.status === 'live' && entry.connection === connection) return
    if (entry.connection !== connection) entry.rights = connection.me.rights
    entry.connection = connection
    become(id, entry, {
      status: 'live',
      since: since(),
      serverName: connection.server.name,
      serverVersion: connection.server.version,
      me: { ...connection.me, rights: entry.rights },
      capabilities: [...capabilitiesOf(connection)],
      userRoles: [...(connection.users?.roles ?? [])],
    })
  }

  function lost(id: InstanceId, entry: Entry, problem: Problem): void {
    if (!isCurrent(id, entry)) return
    const why = whySignIn[problem.code]
    if (why) {
      entry.connection = undefined
      entry.cancelTimer()
      // The keychain may be unlocked at any time, and looking at it asks nobody for anything.
      if (why.startsWith('keychain-')) schedule(id, entry, keychainAgainMs)
      if (entry.state.status === 'sign-in-needed' && entry.state.detail === problem.message) return
      become(id, entry, { status: 'sign-in-needed', since: since(), why, detail: problem.message })
      return
    }
    const wait = waitAfter(problem, entry.failures)
    schedule(id, entry, wait)
    entry.failures += 1
    entry.pause = wantsPause(problem) ? { until: ports.now().getTime() + wait, problem } : undefined
    if (entry.state.status === 'offline' && entry.state.detail === problem.message) return
    become(id, entry, {
      status: 'offline',
      since: entry.state.status === 'offline' ? entry.state.since : since(),
      detail: problem.message,
    })
  }

  function schedule(id: InstanceId, entry: Entry, milliseconds: number): void {
    entry.cancelTimer()
    if (isCurrent(id, entry)) entry.cancelTimer = ports.after(milliseconds, () => void check(id, entry))
  }

  async function check(id: InstanceId, entry: Entry): Promise<void> {
    const { connection } = entry
    if (connection === undefined) {
      await connect(id, entry)
      return
    }
    const outcome = await connection.check()
    if (entry.connection !== connection) return
    // Whoever asks only whether the server is there has no other use for an answer that is not its own.
    if (outcome.ok) settle(id, entry, connection, outcome)
    else lost(id, entry, outcome.problem)
  }

  /** Draws from an outcome whether the server is there and the session good. */
  function settle(id: InstanceId, entry: Entry, connection: Connection, outcome: Outcome<unknown>): void {
    if (!isCurrent(id, entry) || entry.connection !== connection) return
    const silent = !outcome.ok && isLoss(outcome.problem)
    if (silent) lost(id, entry, outcome.problem)
    else live(id, entry, connection)
  }

  /** Draws from an outcome whether the account has a right that the server could not tell of. */
  function learn(id: InstanceId, entry: Entry, right: Right, outcome: Outcome<unknown>): void {
    if (!isCurrent(id, entry) || (!outcome.ok && outcome.problem.code !== 'refused')) return
    const rights = learnt(entry.rights, right, outcome.ok ? 'done' : 'refused')
    if (rights === entry.rights) return
    entry.rights = rights
    if (entry.state.status === 'live')
      become(id, entry, { ...entry.state, me: { ...entry.state.me, rights } })
  }

  /** Single flight: everybody who needs the connection waits for the same attempt. */
  function connect(
    id: InstanceId,
    entry: Entry,
    make: () => Promise<Outcome<Connection>> = () => connectStored(id, entry),
  ): Promise<Outcome<Connection>> {
    entry.connecting ??= make()
      .then((outcome) => {
        if (!isCurrent(id, entry)) {
          if (outcome.ok) farewell(outcome.value)
          return fail({ code: 'no-such-instance', message: 'This connection was ended.' })
        }
        if (outcome.ok) live(id, entry, outcome.value)
        else lost(id, entry, outcome.problem)
        return outcome
      })
      .finally(() => {
        entry.connecting = undefined
      })
    return entry.connecting
  }

  async function connectStored(id: InstanceId, entry: Entry): Promise<Outcome<Connection>> {
    const instance = ports.registry.get(id)
    if (!instance) return fail(unknownInstance)
    const credential = await ports.credentialOf(instance)
    if (!credential.ok) return credential
    return connectWith(instance, entry, { credential: credential.value })
  }

  async function connectWith(instance: Instance, entry: Entry, signIn: SignIn): Promise<Outcome<Connection>> {
    const address = await ports.addressOf(instance)
    if (!address.ok) return address
    const { fetch, adminIsHere } = ports
    const target = {
      baseUrl: address.value,
      fetch,
      signal: entry.abort.signal,
      ...(adminIsHere && { adminIsHere }),
    }
    return ports.connectorOf(instance).connect(target, signIn)
  }

  function drop(id: InstanceId): void {
    const entry = entries.get(id)
    if (!entry) return
    entries.delete(id)
    entry.cancelTimer()
    entry.abort.abort()
    if (entry.connection) farewell(entry.connection)
    entry.connection = undefined
  }

  return {
    states,
    onStates(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async use(id, work, right) {
      if (!opened || !ports.registry.get(id)) return fail(unknownInstance)
      const entry = entryOf(id)
      if (entry.state.status === 'sign-in-needed')
        return fail({ code: 'sign-in-needed', message: entry.state.detail })
      let { connection } = entry
      if (connection === undefined) {
        const { pause } = entry
        if (pause && ports.now().getTime() < pause.until) return fail(pause.problem)
        const made = await connect(id, entry)
        if (!made.ok) return made
        connection = made.value
      }
      const outcome = await work(connection)
      settle(id, entry, connection, outcome)
      if (right) learn(id, entry, right, outcome)
      return outcome
    },
    async reconnect(id) {
      drop(id)
      const attempt = connect(id, entryOf(id))
      changed()
      const outcome = await attempt
      return outcome.ok ? { ok: true, value: undefined } : outcome
    },
    async signIn(instance, signIn) {
      const { id } = instance
      drop(id)
      const entry = entryOf(id)
      const outcome = await connect(id, entry, () => connectWith(instance, entry, signIn))
      return outcome.ok ? { ok: true, value: undefined } : outcome
    },
    drop(id) {
      drop(id)
      changed()
    },
    announce: changed,
    open() {
      opened = true
      for (const { id } of ports.registry.list()) void connect(id, entryOf(id))
    },
    close() {
      opened = false
      for (const id of [...entries.keys()]) drop(id)
    },
  }
}

const unknownInstance = {
  code: 'no-such-instance',
  message: 'This instance is no longer in the list.',
} as const satisfies Problem

/** The problems that call for signing in, and why. */
const whySignIn: Readonly<Partial<Record<Problem['code'], SignInReason>>> = {
  'sign-in-needed': 'session-ended',
  'invalid-credentials': 'credentials-refused',
  'password-needed': 'password-needed',
  'keychain-locked': 'keychain-locked',
  'keychain-unavailable': 'keychain-unavailable',
  'another-server': 'another-server',
}

const lossCodes: readonly Problem['code'][] = [
  'unreachable',
  'untrusted-certificate',
  'gateway',
  'not-known',
  'not-this-product',
  'sign-in-needed',
]

/** Problems that say something of the connection, not of the request. */
function isLoss(problem: Problem): boolean {
  return lossCodes.includes(problem.code)
}

/** Signs out without waiting: whether the server hears it must not hold up anything. */
function farewell(connection: Connection): void {
  connection.close().catch(() => {})
}
