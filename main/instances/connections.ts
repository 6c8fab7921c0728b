import type { SignIn } from '../../domain/credential.ts'
import type { Instance, InstanceId, InstanceState } from '../../domain/instance.ts'
import { fail, type Outcome, type Problem, succeed } from '../../domain/problem.ts'
import type { Right } from '../../domain/rights.ts'
import type { After } from '../clock.ts'
import type { Connection } from '../connectors/connector.ts'
import { oncePerTurn } from '../once-per-turn.ts'
import { lockedProblem } from '../while-unlocked.ts'
import type { Access } from './access.ts'
import { createLink, type Link } from './link.ts'
import type { Registry } from './registry.ts'

export interface ConnectionsPorts {
  readonly registry: Registry
  readonly access: Access
  /** Calls back once, later; answers the function that calls it off. */
  readonly after: After
  readonly now: () => Date
}

/**
 * The connections to all instances while the app is unlocked. Each instance stands alone: one that is offline or
 * needs signing in leaves the others as they are.
 */
export interface Connections {
  states(): readonly InstanceState[]
  /**
   * Calls the listener with all states after a change, once for everything that changed in the same turn of the
   * event loop; answers the function that ends that.
   */
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
  /**
   * Drops what there is and connects with what was just typed; the instance may be one that is not in the list yet.
   *
   * @param period the unlocked period in which that was typed: it is for no other
   */
  signIn(
    instance: Instance,
    signIn: SignIn,
    period: AbortSignal,
  ): Promise<Outcome<Pick<Connection, 'server' | 'device'>>>
  /** Ends an instance's connection and forgets its state. */
  drop(id: InstanceId): void
  /** Tells the listeners all states, after the registry changed. */
  announce(): void
  /**
   * Begins an unlocked period: connects to every instance.
   *
   * @param period aborted when it ends: whatever was begun in it ends then, whether or not {@link close} was called
   */
  open(period: AbortSignal): void
  /** Ends it: aborts what reads, drops every connection and says farewell to the servers. */
  close(): void
}

export function createConnections(ports: ConnectionsPorts): Connections {
  const { registry, access, after, now } = ports
  const links = new Map<InstanceId, Link>()
  const listeners = new Set<(states: readonly InstanceState[]) => void>()
  /** The unlocked period that now is; one that has ended while locked. */
  let period = AbortSignal.abort()

  const states = () =>
    registry.list().map((instance) => ({
      instance,
      connection: links.get(instance.id)?.state ?? ({ status: 'connecting' } as const),
    }))

  // Together, so that a hundred instances that connect are not a hundred lists for the window.
  const announce = oncePerTurn(() => {
    const all = states()
    for (const listener of listeners) listener(all)
  })

  function link(id: InstanceId, unlisted?: Instance): Link {
    const known = links.get(id)
    if (known) return known
    const made = createLink({
      async connect(options) {
        // Only what was typed for it: the stored credential goes by the list.
        const instance = (options.signIn && unlisted) ?? registry.get(id)
        return instance ? access.connect(instance, options) : fail(unknownInstance)
      },
      period,
      changed: announce,
      after,
      now,
    })
    links.set(id, made)
    return made
  }

  function drop(id: InstanceId): void {
    links.get(id)?.end()
    links.delete(id)
  }

  return {
    states,
    onStates(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    use: async (id, work, right) =>
      !period.aborted && registry.get(id) ? link(id).use(work, right) : fail(unknownInstance),
    async reconnect(id) {
      if (period.aborted) return fail(lockedProblem)
      drop(id)
      const attempt = link(id).connect()
      announce()
      const connected = await attempt
      return connected.ok ? succeed(undefined) : connected
    },
    async signIn(instance, signIn, begun) {
      if (period.aborted || begun !== period) return fail(lockedProblem)
      drop(instance.id)
      return link(instance.id, instance).connect(signIn)
    },
    drop(id) {
      drop(id)
      announce()
    },
    announce,
    open(begun) {
      period = begun
      for (const { id } of registry.list()) void link(id).connect()
    },
    close() {
      period = AbortSignal.abort()
      for (const id of [...links.keys()]) drop(id)
    },
  }
}

const unknownInstance = {
  code: 'no-such-instance',
  message: 'This instance is no longer in the list.',
} as const satisfies Problem
