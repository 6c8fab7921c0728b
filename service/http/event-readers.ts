import type { News } from '../../domain/news.ts'
import type { Holder } from '../store/stored-session.ts'
import { type Right, rights } from './rights.ts'

type NewsOf<Type extends News['type']> = Extract<News, { readonly type: Type }>

/** Who may hear of a kind of event, and the part of it that concerns a person who may not. */
interface Reader<Event extends News> {
  /** The same right that reading the thing itself takes. */
  readonly right: Right
  readonly concerning?: (event: Event, userId: string) => Event | undefined
}

/** Every kind of event with the right it takes: a new kind does not compile without one. */
export const readers: { readonly [Type in News['type']]: Reader<NewsOf<Type>> } = {
  'policy-changed': { right: rights.policy },
  'entry-changed': { right: rights.config },
  notice: { right: rights.owner },
  'session-started': {
    right: rights.viewUsers,
    concerning: (event, userId) => (event.data.session.userId === userId ? event : undefined),
  },
  'session-ended': {
    right: rights.viewUsers,
    concerning: (event, userId) => {
      const sessions = event.data.sessions.filter((session) => session.userId === userId)
      return sessions.length === 0 ? undefined : { ...event, data: { ...event.data, sessions } }
    },
  },
  'user-changed': {
    right: rights.viewUsers,
    concerning: (event, userId) => (event.data.userId === userId ? event : undefined),
  },
}

/** What somebody hears of an event: all of it, the part that concerns themselves, or nothing. */
export function heardBy(event: News, holder: Holder): News | undefined {
  const reader = readers[event.type] as Reader<News>
  return reader.right.allows(holder) ? event : reader.concerning?.(event, holder.id)
}

/** The kinds of events that somebody hears all of, as one text to compare. */
export function hearing(holder: Holder): string {
  return Object.entries(readers)
    .filter(([, { right }]) => right.allows(holder))
    .map(([type]) => type)
    .join(' ')
}
