import { notifyManager, useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import type { ConnectionState, InstanceId, InstanceState } from '../../domain/instance.ts'
import { answerOf, main } from './calls.ts'
import { keys } from './keys.ts'
import { queryClient } from './query-client.ts'

const none: readonly InstanceState[] = []

/** Every instance and how it stands, kept current by main. */
export function useInstances() {
  const query = useQuery({
    queryKey: keys.instances,
    queryFn: () => answerOf(main().instances.list()),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return { ...query, instances: query.data ?? none }
}

/**
 * Takes over the list that main has sent. An instance that has just come back is asked again for what it could
 * not answer.
 */
export function acceptInstances(next: InstanceState[]): void {
  const before = queryClient.getQueryData<InstanceState[]>(keys.instances) ?? []
  queryClient.setQueryData(keys.instances, next)
  for (const { instance, connection } of next) {
    const was = before.find((state) => state.instance.id === instance.id)?.connection.status
    if (connection.status === 'connected' && was !== undefined && was !== 'connected')
      refreshInstance(instance.id)
  }
}

/** Asks an instance again for everything that is on show. */
export function refreshInstance(instance: InstanceId): void {
  void queryClient.resetQueries({ queryKey: keys.users(instance) })
  void queryClient.invalidateQueries({
    queryKey: keys.of(instance),
    predicate: ({ queryKey }) => queryKey[1] !== 'users',
  })
}

const shownKeys: readonly unknown[] = ['policy', 'config', 'users', 'sessions']

/** Whether something that was read of an instance is on show now. */
export function useIsSomethingShown(instance: InstanceId): boolean {
  const cache = queryClient.getQueryCache()
  return useSyncExternalStore(
    (onChange) => cache.subscribe(onChange),
    () =>
      cache
        .findAll({ queryKey: keys.of(instance), type: 'active' })
        .some(({ queryKey, state }) => shownKeys.includes(queryKey[1]) && state.data !== undefined),
  )
}

/** Asks main for the list again, after adding or removing an instance; resolves once the screens have it. */
export async function reloadInstances(): Promise<void> {
  acceptInstances(await answerOf(main().instances.list()))
  // The query client tells its observers in a later turn; whoever then goes to the new instance must find it.
  await new Promise<void>((resolve) => notifyManager.schedule(() => resolve()))
}

/**
 * Tries to reach an instance, with the stored password or the one given.
 *
 * @param acceptServer whether the given one may go to another server than before
 */
export async function connectAgain(instance: InstanceId, password?: string, acceptServer = false) {
  return main().instances.signIn(password === undefined ? { instance } : { instance, password, acceptServer })
}

/** Who Curfew is on an instance, while it is connected. */
export function meOn(connection: ConnectionState) {
  return connection.status === 'connected' ? connection.me : undefined
}
