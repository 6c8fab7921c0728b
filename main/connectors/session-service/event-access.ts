import { z } from 'zod'
import { News, Notice, type SessionMention } from '../../../domain/news.ts'
import { succeed } from '../../../domain/problem.ts'
import type { EventAccess, Heard, Listening } from '../connector.ts'
import type { StreamEvent } from '../http/event-stream.ts'
import { type Api, passive } from './api.ts'

const Name = z.string().transform((name) => name.slice(0, 200))

/** A notice as Curfew takes it from a server: what is too long is cut. */
const ToldNotice = Notice.extend({
  by: Name,
  person: z.object({ id: z.string().min(1).max(200), username: Name }).optional(),
})
const Notices = z.object({ items: z.array(ToldNotice) })

const known: ReadonlySet<string> = new Set(News.options.map((option) => option.shape.type.value))

/** The service's stream of events, in what it makes stale. */
export function createEventAccess(api: Api): EventAccess {
  return {
    listen: ({ after, onOpen, onHeard, onId }: Listening) =>
      api.listen('/events', after, {
        onOpen,
        onEvent: (event) => heardIn(event).forEach(onHeard),
        onTooMany: () => onHeard({ stale: 'anything' }),
        onId,
      }),
    async notices(after) {
      const list = await api.read(`/notices?after=${after}`, Notices, { headers: passive })
      return list.ok ? succeed(list.value.items) : list
    },
  }
}

/** `reset` says that what was missed is no longer kept; a known event that can't be read has told something all the same. */
function heardIn({ type, data }: StreamEvent): readonly Heard[] {
  const news = News.safeParse({ type, data })
  if (news.success) return heardOf(news.data)
  return type === 'reset' || known.has(type) ? [{ stale: 'anything' }] : []
}

function heardOf(news: News): readonly Heard[] {
  switch (news.type) {
    // When sessions end follows from both, so that what is known of them is stale as well.
    case 'policy-changed':
      return [{ stale: 'policy' }, { stale: 'sessions' }]
    case 'entry-changed':
      return [{ stale: 'config' }, { stale: 'sessions' }]
    case 'session-started':
      return ofSessions([news.data.session])
    case 'session-ended':
      return ofSessions(news.data.sessions)
    case 'user-changed':
      return [{ stale: 'users', whose: [news.data.userId] }]
    case 'notice': {
      const notice = ToldNotice.safeParse(news.data)
      return notice.success ? [{ notice: notice.data }] : []
    }
  }
}

/** The list of people says how many sessions each has. */
function ofSessions(sessions: readonly SessionMention[]): readonly Heard[] {
  const whose = [...new Set(sessions.map(({ userId }) => userId))]
  return [
    { stale: 'users', whose },
    { stale: 'sessions', whose },
  ]
}
