import { useQuery } from '@tanstack/react-query'
import type { InstanceId } from '../../domain/instance.ts'
import type { Following, InstanceNotice, NewsState } from '../../domain/news.ts'
import { answerOf, main } from './calls.ts'
import { keys } from './keys.ts'
import { queryClient } from './query-client.ts'

const none: readonly InstanceNotice[] = []

function useNews() {
  return useQuery({
    queryKey: keys.news,
    queryFn: () => answerOf(main().news.state()),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** What Owners are told and have not dismissed, newest first; kept current by main. */
export function useOwnerNotices(): readonly InstanceNotice[] {
  return useNews().data?.notices ?? none
}

/** How Curfew hears of what others change on an instance; `undefined` while it does not. */
export function useFollowing(instance: InstanceId): Following | undefined {
  return useNews().data?.following[instance]
}

/** Takes over what main has sent. */
export function acceptNews(state: NewsState): void {
  queryClient.setQueryData(keys.news, state)
}

/** What tells a notice from all others. */
export function noticeKey({ instance, id, what }: InstanceNotice): string {
  return `${instance} ${id} ${what}`
}

/** They have been seen: they go at once, and are not told again. */
export async function dismissNotices(notices: readonly InstanceNotice[]): Promise<void> {
  const dismissed = new Set(notices.map(noticeKey))
  queryClient.setQueryData<NewsState>(
    keys.news,
    (state) =>
      state && { ...state, notices: state.notices.filter((notice) => !dismissed.has(noticeKey(notice))) },
  )
  await main().news.dismiss({ notices: notices.map(({ instance, id, what }) => ({ instance, id, what })) })
}
