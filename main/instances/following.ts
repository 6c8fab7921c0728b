import type { InstanceId } from '../../domain/instance.ts'
import type { Following } from '../../domain/news.ts'
import type { Connections } from './connections.ts'
import { createFollower, type Follower, type FollowerPorts } from './follower.ts'

export interface FollowPorts extends Omit<FollowerPorts, 'takePlace' | 'freePlace'> {
  readonly connections: Pick<Connections, 'states' | 'onStates' | 'use'>
}

/** Follows every instance that is connected, in an unlocked period. */
export interface Follow {
  /** How each connected instance is followed; those of which nobody knows yet are left out. */
  states(): Readonly<Record<InstanceId, Following>>
  /** @param period aborted when the unlocked period ends */
  open(period: AbortSignal): void
  close(): void
}

/**
 * A browser's network has six connections to a host that speaks HTTP/1.1. Streams keep theirs, and the requests of all
 * instances on that host must get through beside them.
 */
const mostOnOneHost = 3

/** The places for streams, by host. */
function createPlaces(baseUrlOf: (instance: InstanceId) => string | undefined) {
  const taken = new Map<InstanceId, string>()
  return {
    takePlace(instance: InstanceId): boolean {
      const host = URL.parse(baseUrlOf(instance) ?? '')?.host ?? ''
      const others = [...taken].filter(([id, at]) => at === host && id !== instance)
      if (others.length >= mostOnOneHost) return false
      taken.set(instance, host)
      return true
    },
    freePlace: (instance: InstanceId) => void taken.delete(instance),
  }
}

export function createFollow(ports: FollowPorts): Follow {
  const { connections } = ports
  const followers = new Map<InstanceId, Follower>()
  const baseUrlOf = (id: InstanceId) =>
    connections.states().find(({ instance }) => instance.id === id)?.instance.baseUrl
  const followerPorts = { ...ports, ...createPlaces(baseUrlOf) }
  let period = AbortSignal.abort()

  function letGo(id: InstanceId): void {
    followers.get(id)?.end()
    followers.delete(id)
  }

  function look(): void {
    if (period.aborted) return
    const states = connections.states()
    const listed = new Set(states.map(({ instance }) => instance.id))
    for (const id of [...followers.keys()]) if (!listed.has(id)) letGo(id)
    for (const { instance, connection } of states) {
      const follower = followers.get(instance.id) ?? createFollower(instance.id, followerPorts)
      followers.set(instance.id, follower)
      if (connection.status === 'connected') follower.connected(connection.since)
      else follower.disconnected()
    }
  }
  connections.onStates(look)

  return {
    states: () =>
      Object.fromEntries([...followers].flatMap(([id, { how }]) => (how ? [[id, how] as const] : []))),
    open(begun) {
      period = begun
      look()
    },
    close() {
      period = AbortSignal.abort()
      for (const id of [...followers.keys()]) letGo(id)
    },
  }
}
