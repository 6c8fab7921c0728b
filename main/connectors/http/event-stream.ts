import { setTimeout as wait } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'
import type { Fetch } from '../connector.ts'
import {
  type Answered,
  explainFailure,
  type HttpAnswer,
  type HttpRequest,
  hostOf,
  readWhole,
  send,
  timeoutMs,
} from './exchange.ts'
import { endedBy, isTooDeep, TooMuch } from './read-answer.ts'

/** One event of a stream: its data as JSON, or `undefined` where it is none that Curfew reads. */
export interface StreamEvent {
  readonly type: string
  readonly data: unknown
}

/** Who listens to a stream of server-sent events. */
export interface StreamEar {
  /** The stream has begun: its first bytes are there, so that nothing on the way holds them back. */
  onOpen(): void
  onEvent(event: StreamEvent): void
  /** More came within a second than is looked at one by one. Told once a second. */
  onTooMany(): void
  /** The number of the newest event, whether or not it was looked at: what a later stream may resume after. */
  onId(id: string): void
}

/** The bounds of a stream. What a server sends beyond them costs no more memory and hardly more work. */
export const streamBounds = {
  /** An event that is larger, in characters, ends the stream. */
  eventLength: 256 * 1024,
  /** So many events are looked at in one second. */
  eventsASecond: 100,
  /** So many bytes are read in one second; the rest waits with the server. */
  bytesASecond: 2_000_000,
  /** A stream on which nothing comes for so long is cut: servers say now and then that they are still there. */
  silenceMs: 45_000,
} as const

/** An id is sent back in a header: nothing else than this is taken for one. */
const plainId = /^[\x21-\x7e]{1,100}$/

/** What the bounds are measured by; left out where it is no test's matter. */
export interface StreamClock {
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
}

const systemStreamClock: StreamClock = {
  now: () => performance.now(),
  wait: (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
}

/**
 * Asks for a stream of server-sent events and listens until it ends.
 *
 * @param request its signal ends the stream
 * @returns `undefined` where a stream began and ended; any other answer as it is, for its product to explain
 */
export async function listenToStream(
  fetch: Fetch,
  url: string,
  request: HttpRequest & { readonly signal: AbortSignal },
  ear: StreamEar,
  clock: StreamClock = systemStreamClock,
): Promise<Answered<HttpAnswer | undefined>> {
  const silence = new AbortController()
  const cut = () => silence.abort(new DOMException('Nothing came.', 'TimeoutError'))
  let timer = setTimeout(cut, timeoutMs)
  const signal = AbortSignal.any([request.signal, silence.signal])
  let isOpen = false
  /** Something came: the first time the stream is open, and from then on it may be silent for longer. */
  const onBytes = () => {
    if (isOpen) {
      timer.refresh()
      return
    }
    isOpen = true
    clearTimeout(timer)
    timer = setTimeout(cut, streamBounds.silenceMs)
    ear.onOpen()
  }
  try {
    const headers = { ...request.headers, accept: 'text/event-stream' }
    const response = await send(fetch, url, { ...request, headers }, signal)
    const { body } = response
    const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')
    if (response.status !== 200 || !isStream || !body)
      return { ok: true, value: await readWhole(response, url, signal) }
    await readStream(body, signal, { ear, clock, onBytes })
    return { ok: true, value: undefined }
  } catch (error) {
    return explainFailure(error, hostOf(url), false)
  } finally {
    clearTimeout(timer)
  }
}

interface Reading {
  readonly ear: StreamEar
  readonly clock: StreamClock
  readonly onBytes: () => void
}

/** @throws TooMuch, or what the stream or the signal failed with */
async function readStream(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  { ear, clock, onBytes }: Reading,
): Promise<void> {
  let second = clock.now()
  let events = 0
  let bytes = 0
  let fault: Error | undefined
  const parser = createParser({
    maxBufferSize: streamBounds.eventLength,
    onId(id) {
      if (plainId.test(id)) ear.onId(id)
    },
    onEvent({ event = 'message', data }) {
      events += 1
      if (events <= streamBounds.eventsASecond) ear.onEvent({ type: event, data: parsed(data) })
      else if (events === streamBounds.eventsASecond + 1) ear.onTooMany()
    },
    onError({ type }) {
      if (type === 'max-buffer-size-exceeded') fault = new TooMuch()
    },
  })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await endedBy(signal, reader.read())
      if (done) return
      onBytes()
      const now = clock.now()
      if (now - second >= 1_000) {
        second = now
        events = 0
        bytes = 0
      }
      parser.feed(decoder.decode(value, { stream: true }))
      if (fault) throw fault
      bytes += value.byteLength
      if (bytes > streamBounds.bytesASecond) await clock.wait(second + 1_000 - now, signal)
    }
  } finally {
    // Nobody waits for the other side to hear of it.
    reader.cancel().catch(() => {})
  }
}

function parsed(data: string): unknown {
  if (isTooDeep(data)) return undefined
  try {
    return JSON.parse(data) as unknown
  } catch {
    return undefined
  }
}
