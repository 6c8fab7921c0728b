import { once as onceOf } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Journal, NumberedEvent } from '../store/journal.ts'
import { nextTurn } from '../store/next-turn.ts'
import type { Sessions } from '../store/sessions.ts'
import type { Caller } from './caller.ts'
import { heardBy, hearing } from './event-readers.ts'
import { Problem } from './problem.ts'

/** How much may wait for a listener to be read, in bytes, before the rest is left in the database for them. */
const mostUnread = 64_000
/** How long a listener may read nothing of what waits for them. */
const stalledMs = 60_000
const heartbeatMs = 15_000
/** How many events are read for one listener before others have their turn. */
const atOnce = 25
/** How many of these are kept for the next who asks for the same. */
const keptPieces = 8
/** How long everybody else has between two of them, in milliseconds. */
const pauseMs = 1
/** Open streams: of one person, and of all. */
const mostStreams = { ofOne: 20, ofAll: 2_000 } as const

interface Listener {
  readonly caller: Caller
  /** The last event they had, or that does not concern them. */
  last: number
  /** The newest event that there was for them while they were behind; `undefined` while they hear of each at once. */
  newest: number | undefined
  write(text: string): void
  /** Resolves once what was written is on its way, or the listener is gone. */
  drained(): Promise<void>
  isFull(): boolean
  isGone(): boolean
  end(): void
}

export interface EventStream {
  /**
   * Takes over a reply and sends events on it until the session ends or the client goes. Whoever reads slowly is sent
   * what they missed from the database, as fast as they read.
   *
   * @throws Problem `throttled` where too many are open
   */
  open(caller: Caller, request: FastifyRequest, reply: FastifyReply, after: number | undefined): Promise<void>
  readonly listeners: () => number
  close(): void
}

/** What an event is written as, once for all who hear the whole of it. */
const texts = new WeakMap<NumberedEvent, string>()

function format(numbered: NumberedEvent): string {
  const known = texts.get(numbered)
  if (known !== undefined) return known
  const { seq, event } = numbered
  const text = `id: ${seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`
  texts.set(numbered, text)
  return text
}

/** Sends an event to a listener who has not had it, as far as they may hear of it. */
function send(listener: Listener, numbered: NumberedEvent, text: string): void {
  if (numbered.seq <= listener.last) return
  listener.last = numbered.seq
  const event = heardBy(numbered.event, listener.caller.holder)
  if (event) listener.write(event === numbered.event ? text : format({ ...numbered, event }))
}

/** Takes a reply over for a stream of events; taking over keeps the headers set so far. */
function takeOver(reply: FastifyReply): ServerResponse {
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
  return raw
}

/** @param onGone called once the client is gone or the stream has been ended */
function listenerOn(caller: Caller, raw: ServerResponse, onGone: () => void): Listener {
  let gone = false
  const leave = () => {
    gone = true
    onGone()
  }
  raw.once('close', leave)
  raw.on('error', leave)
  const listener: Listener = {
    caller,
    last: 0,
    newest: undefined,
    write: (text) => {
      if (!gone) raw.write(text)
    },
    drained: async () => {
      if (gone || !raw.writableNeedDrain) return
      const stalled = setTimeout(() => raw.destroy(), stalledMs)
      stalled.unref()
      const over = new AbortController()
      const once = { signal: over.signal }
      await Promise.race([onceOf(raw, 'drain', once), onceOf(raw, 'close', once)]).catch(() => {})
      over.abort()
      clearTimeout(stalled)
    },
    isFull: () => raw.writableLength > mostUnread,
    isGone: () => gone,
    end: () => {
      leave()
      raw.end()
    },
  }
  return listener
}

/**
 * Reads whole pieces of what was missed, and keeps the newest few: of many who resume together, each asks for the piece that
 * the one before has just had. What is numbered never changes.
 */
function createPieces(journal: Journal) {
  const kept = new Map<number, readonly NumberedEvent[]>()
  return async (after: number): Promise<readonly NumberedEvent[] | undefined> => {
    const known = kept.get(after)
    if (known) return known
    const read = await journal.since(after, atOnce)
    if (read?.length === atOnce) kept.set(after, read)
    const [oldest] = kept.keys()
    if (kept.size > keptPieces && oldest !== undefined) kept.delete(oldest)
    return read
  }
}

/** Brings listeners who are behind up to now, as fast as each reads. @returns what leaves one to it */
function createCatchUp(journal: Journal): (listener: Listener, newest: number) => void {
  const pieceAfter = createPieces(journal)
  /** Reads for one listener after the other, so that however many have missed something, nobody else waits for them. */
  let reading = Promise.resolve<unknown>(undefined)
  const readNext = (listener: Listener) => {
    const read = reading.then(async () => {
      if (listener.isGone()) return []
      const missed = await pieceAfter(listener.last)
      // Whoever has missed little does not hold up the queue: many streams may begin at once.
      if (missed?.length === atOnce) await wait(pauseMs)
      else await nextTurn()
      return missed
    })
    reading = read.catch(() => {})
    return read
  }

  /** Brings a listener who is behind up to now, as fast as they read. */
  const catchUp = async (listener: Listener): Promise<void> => {
    for (;;) {
      const missed = await readNext(listener)
      if (missed === undefined) {
        // Too long ago: whoever listens has to read everything anew.
        listener.write('event: reset\ndata: {}\n\n')
        listener.last = await journal.lastSeq()
      }
      // One event may be large: what waits for a listener is never more than the bound and one of them.
      for (const numbered of missed ?? []) {
        send(listener, numbered, format(numbered))
        if (listener.isFull()) await listener.drained()
      }
      await listener.drained()
      if (listener.isGone()) return
      if (missed?.length === atOnce || listener.last < (listener.newest ?? 0)) continue
      listener.newest = undefined
      return
    }
  }
  return (listener, newest) => {
    listener.newest = newest
    catchUp(listener).catch(() => listener.end())
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
      if (validation.state !== 'running' || hearing(validation.holder) !== hearing(listener.caller.holder))
        listener.end()
    }
  }

  const fallBehind = createCatchUp(journal)

  const deliver = (numbered: NumberedEvent) => {
    const text = format(numbered)
    for (const listener of listeners) {
      if (listener.newest !== undefined) listener.newest = numbered.seq
      else if (listener.isFull()) fallBehind(listener, numbered.seq)
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
    for (const listener of listeners) if (!listener.isFull()) listener.write(': still here\n\n')
    recheck([...listeners]).catch(() => {})
  }, heartbeatMs)
  heartbeat.unref()

  return {
    open: async (caller, _, reply, after) => {
      const last = after ?? (await journal.lastSeq())
      const theirs = [...listeners].filter(
        (listener) => listener.caller.holder.id === caller.holder.id,
      ).length
      if (theirs >= mostStreams.ofOne || listeners.size >= mostStreams.ofAll)
        throw new Problem(
          'throttled',
          'Too many event streams are open. Close one of yours, or try again later.',
          {
            headers: { 'retry-after': '30' },
          },
        )
      const listener = listenerOn(caller, takeOver(reply), () => listeners.delete(listener))
      listeners.add(listener)
      listener.write('retry: 2000\n\n')
      listener.last = last
      fallBehind(listener, 0)
    },
    listeners: () => listeners.size,
    close: () => {
      clearInterval(heartbeat)
      unsubscribe()
      for (const listener of listeners) listener.end()
    },
  }
}
