import { useQuery } from '@tanstack/react-query'
import type { UpdateState } from '../../domain/update.ts'
import { answerOf, main } from './calls.ts'
import { keys } from './keys.ts'
import { queryClient } from './query-client.ts'

/** How far Curfew is with updating itself, kept current by main. */
export function useUpdates(): UpdateState | undefined {
  const { data } = useQuery({
    queryKey: keys.updates,
    queryFn: () => answerOf(main().updates.state()),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return data
}

/** Takes over the state that main has sent. */
export function acceptUpdates(state: UpdateState): void {
  queryClient.setQueryData(keys.updates, state)
}

/** Has the feed asked now; what comes of it is told as a state. */
export function checkForUpdates(): void {
  void main().updates.check()
}
