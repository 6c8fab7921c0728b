import type { FastifyReply, FastifyRequest } from 'fastify'
import type { News } from '../../domain/news.ts'
import { mayViewUsers } from '../../domain/user.ts'
import type { Journal, NumberedEvent } from '../store/journal.ts'
import type { Sessions } from '../store/sessions.ts'
import type { Caller } from './caller.ts'

/** How much a listener that does not read may leave unread before it is let go. */
const mostUnread = 1_000_000
const heartbeatMs = 15_000
const resumedAtOnce = 500

interface Listener {
  readonly caller: Caller
  /** Events wait here while earlier ones are read from the database. */
  waiting: NumberedEvent[] | undefined
  last: number
  write(text: string): void
  end(): void
}

export interface EventStream {
  /** Takes over a reply and sends events on it until the session ends or the client goes. */
  open(caller: Caller, request: FastifyRequest, reply: FastifyReply, after: number | undefined): Promise<void>
  readonly listeners: () => number
  close(): void
}

function format({ seq, event }: NumberedEvent): string {
  return `id: ${seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`
}

/** The part of an event that concerns one person: what those see who may not see others. */
function concerning(event: News, userId: string): News | undefined {
  switch (event.type) {
    case 'session-ended': {
      const sessions = event.data.sessions.filter((session) => session.userId === userId)
      return sessions.length === 0 ? undefined : { ...event, data: { ...event.data, sessions } }
    }
    case 'session-started':
      return event.data.session.userId === userId ? event : undefined
    case 'user-changed':
      return event.data.userId === userId ? event : undefined
    case 'policy-changed':
    case 'entry-changed':
      return undefined
    default:
      return event satisfies never
  }
}

/** Sends an event to a listener who has not had it, as far as it concerns them. */
function send(listener: Listener, numbered: NumberedEvent, text: string): void {
  if (numbered.seq <= listener.last) return
  listener.last = numbered.seq
  const { holder } = listener.caller
  if (mayViewUsers(holder)) {
    listener.write(text)
    return
  }
  const event = concerning(numbered.event, holder.id)
  if (event) listener.write(format({ ...numbered, event }))
}

/** Sends what a listener has missed since a number. */
async function resume(journal: Journal, listener: Listener, after: number): Promise<void> {
  let from = after
  for (;;) {
    const missed = await journal.since(from, resumedAtOnce)
    if (missed === undefined) {
      // Too long ago: whoever listens has to read everything anew.
      listener.write(`event: reset\ndata: {}\n\n`)
      break
    }
    for (const numbered of missed) send(listener, numbered, format(numbered))
    const last = missed.at(-1)
    if (missed.length < resumedAtOnce || !last) break
    from = last.seq
  }
}

/**
 * Server-sent events for any number of listeners. An event is written out once for all who may see everything.
 * Listening is nobody's activity.
 */
export function createEventStream({
  journal,
  sessions,
}: {
  readonly journal: Journal
  readonly sessions: Sessions
}): EventStream {
  const listeners = new Set<Listener>()

  /** Ends the streams whose session is over or whose holder has other rights now. */
  const recheck = async (those: Iterable<Listener>) => {
    for (const listener of those) {
      const validation = await sessions.recheck(listener.caller.session.id)
      if (
        validation.state !== 'running' ||
        mayViewUsers(validation.holder) !== mayViewUsers(listener.caller.holder)
      )
        listener.end()
    }
  }

  const deliver = (numbered: NumberedEvent) => {
    const text = format(numbered)
    for (const listener of listeners) {
      if (listener.waiting) listener.waiting.push(numbered)
      else send(listener, numbered, text)
    }
    const { event } = numbered
    if (event.type === 'session-ended') {
      const ended = new Set(event.data.sessions.map(({ id }) => id))
      for (const listener of listeners) if (ended.has(listener.caller.session.id)) listener.end()
    } else if (event.type === 'user-changed') {
      const theirs = [...listeners].filter(({ caller }) => caller.holder.id === event.data.userId)
      recheck(theirs).catch(() => {})
    } else if (event.type === 'policy-changed' || event.type === 'entry-changed') {
      recheck([...listeners]).catch(() => {})
    }
  }
  const unsubscribe = journal.subscribe(deliver)

  const heartbeat = setInterval(() => {
    for (const listener of listeners) listener.write(': still here\n\n')
    recheck([...listeners]).catch(() => {})
  }, heartbeatMs)
  heartbeat.unref()

  return {
    open: async (caller, _, reply, after) => {
      // Taking over keeps the headers set so far.
      const headers = reply.getHeaders()
      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, {
        ...(headers as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
        connection: 'close',
      })
      const listener: Listener = {
        caller,
        waiting: [],
        last: 0,
        write: (text) => {
          raw.write(text)
          if (raw.writableLength > mostUnread) listener.end()
        },
        end: () => {
          listeners.delete(listener)
          raw.end()
        },
      }
      raw.once('close', () => listeners.delete(listener))
      raw.on('error', () => listeners.delete(listener))
      listeners.add(listener)
      raw.write('retry: 2000\n\n')
      if (after !== undefined) await resume(journal, listener, after)
      const waited = listener.waiting ?? []
      listener.waiting = undefined
      for (const numbered of waited) send(listener, numbered, format(numbered))
    },
    listeners: () => listeners.size,
    close: () => {
      clearInterval(heartbeat)
      unsubscribe()
      for (const listener of listeners) listener.end()
    },
  }
}
