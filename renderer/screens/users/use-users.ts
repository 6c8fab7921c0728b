import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { InstanceId } from '../../../domain/instance.ts'
import { answerOf, main } from '../../state/calls.ts'
import { keys } from '../../state/keys.ts'
import { queryClient } from '../../state/query-client.ts'
import { replaceUser } from '../../state/stale.ts'

/** What the list of users is narrowed to. */
export interface UserFilter {
  readonly search: string
  readonly role: string | undefined
  readonly active: boolean
}

const pageSize = 200

/** The users of an instance, page after page as the list is scrolled. */
export function useUsers(instance: InstanceId, filter: UserFilter, enabled: boolean) {
  const query = useInfiniteQuery({
    queryKey: keys.filteredUsers(instance, filter),
    queryFn: ({ pageParam }) =>
      answerOf(
        main().users.list({
          instance,
          query: {
            search: filter.search,
            active: filter.active,
            limit: pageSize,
            ...(filter.role && { role: filter.role }),
            ...(pageParam && { cursor: pageParam }),
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    enabled,
  })
  const { data } = query
  const users = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data])
  return { ...query, users, total: data?.pages.at(-1)?.total ?? 0 }
}

/** Somebody's running sessions. */
export function useSessions(instance: InstanceId, user: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.sessionsOf(instance, user),
    queryFn: () => answerOf(main().users.sessions({ instance, user })),
    enabled,
    staleTime: 0,
    refetchInterval: 30_000,
  })
}

const fewEnough = 25

/** Brings lists up to date after sessions of these users ended: a few in place, many by asking again. */
export async function refreshUsers(instance: InstanceId, userIds: readonly string[]): Promise<void> {
  void queryClient.invalidateQueries({ queryKey: keys.sessions(instance) })
  if (userIds.length > fewEnough) return queryClient.resetQueries({ queryKey: keys.users(instance) })
  await Promise.all(
    userIds.map(async (user) => {
      const outcome = await main().users.read({ instance, user })
      if (outcome.ok) replaceUser(instance, outcome.value)
    }),
  )
}
