import { describe, expect, test, vi } from 'vitest'
import {
  listenToStream,
  type StreamEvent,
  streamBounds,
} from '../../../../main/connectors/http/event-stream.ts'

const url = 'https://sessions.example.com/api/v1/events'
const eventStream = { 'content-type': 'text/event-stream; charset=utf-8' }

/** A stream that the test feeds, and what its ear has heard. */
function listen(answer?: () => Response) {
  const heard: StreamEvent[] = []
  const ids: string[] = []
  let tooMany = 0
  let opened = 0
  let time = 0
  let waited = 0
  const abort = new AbortController()
  let feed: ReadableStreamDefaultController<Uint8Array> | undefined
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      feed = controller
    },
    cancel: () => {
      cancelled = true
    },
  })
  let sent: RequestInit | undefined
  const ended = listenToStream(
    async (_, init) => {
      sent = init
      return answer?.() ?? new Response(body, { headers: eventStream })
    },
    url,
    { signal: abort.signal, headers: { 'last-event-id': '7' } },
    {
      onOpen: () => {
        opened += 1
      },
      onEvent: (event) => heard.push(event),
      onTooMany: () => {
        tooMany += 1
      },
      onId: (id) => ids.push(id),
    },
    {
      now: () => time,
      wait: async (milliseconds) => {
        waited += milliseconds
        time += milliseconds
      },
    },
  )
  const encoder = new TextEncoder()
  return {
    ended,
    heard,
    ids,
    abort,
    get state() {
      return { tooMany, opened, waited, cancelled }
    },
    sent: () => sent,
    say: (text: string) => feed?.enqueue(encoder.encode(text)),
    sayBytes: (bytes: Uint8Array) => feed?.enqueue(bytes),
    close: () => feed?.close(),
    breakOff: () => feed?.error(new TypeError('terminated')),
    pass: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

const event = (id: number | string, data = '{}', type = 'policy-changed') =>
  `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`

describe('a stream of events', () => {
  test('B7: hears each event with its number, however it was cut on its way', async () => {
    const stream = listen()
    const bytes = new TextEncoder().encode(
      `retry: 2000\n\n${event(1, '{"by":"Zoë"}')}: still here\n\n${event(2)}`,
    )
    for (const byte of bytes) stream.sayBytes(Uint8Array.of(byte))
    stream.close()
    expect(await stream.ended).toEqual({ ok: true, value: undefined })
    expect(stream.heard).toEqual([
      { type: 'policy-changed', data: { by: 'Zoë' } },
      { type: 'policy-changed', data: {} },
    ])
    expect(stream.ids).toEqual(['1', '2'])
    expect(stream.state).toMatchObject({ opened: 1, tooMany: 0 })
    expect(new Headers(stream.sent()?.headers).get('last-event-id')).toBe('7')
  })

  test('B7: an event that was cut in the middle is not heard, and its number is not one to resume after', async () => {
    const stream = listen()
    stream.say(`${event(1)}id: 2\nevent: policy-changed\ndata: {"half`)
    await vi.waitFor(() => expect(stream.heard).toHaveLength(1))
    stream.breakOff()
    expect(await stream.ended).toMatchObject({ ok: false, problem: { code: 'unreachable' } })
    expect(stream.ids).toEqual(['1'])
  })

  test('B7: ten thousand events in a second are heard as a hundred, and as too many once', async () => {
    const stream = listen()
    for (let at = 1; at <= 10_000; at += 1) stream.say(event(at))
    stream.close()
    await stream.ended
    expect(stream.heard).toHaveLength(streamBounds.eventsASecond)
    expect(stream.state.tooMany).toBe(1)
    // What was not looked at is not told again either.
    expect(stream.ids.at(-1)).toBe('10000')
  })

  test('B7: a second later each event counts again', async () => {
    const stream = listen()
    for (let at = 1; at <= 200; at += 1) stream.say(event(at))
    await vi.waitFor(() => expect(stream.ids).toHaveLength(200))
    stream.pass(1_000)
    stream.say(event(201))
    await vi.waitFor(() => expect(stream.heard).toHaveLength(streamBounds.eventsASecond + 1))
    stream.close()
    await stream.ended
  })

  test.each([
    ['a line without end', 'data: '],
    ['an event of lines without end', 'data: line\n'],
    ['a name without end', 'event: '],
    ['a number without end', 'id: '],
  ])('B7: %s ends the stream before it fills the memory', async (_, begin) => {
    const stream = listen()
    const piece = begin.endsWith('\n') ? begin.repeat(2_000) : 'x'.repeat(16_384)
    stream.say(begin)
    let said = 0
    for (; said < 200 && !stream.state.cancelled; said += 1) {
      stream.say(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await stream.ended).toMatchObject({ ok: false, problem: { code: 'server-error' } })
    expect(said * piece.length).toBeLessThan(streamBounds.eventLength * 4)
    expect(stream.heard).toEqual([])
  })

  test.each([
    ['a comment', ': '],
    ['something that is no field', 'nonsense '],
  ])('B7: %s without end costs no memory, and no more reading than its share', async (_, begin) => {
    const stream = listen()
    stream.say(begin)
    for (let said = 0; said < 100; said += 1) stream.say('x'.repeat(100_000))
    stream.say(`\n${event(1)}`)
    stream.close()
    expect(await stream.ended).toMatchObject({ ok: true })
    expect(stream.heard).toHaveLength(1)
    expect(stream.state.waited).toBeGreaterThanOrEqual((10_000_000 / streamBounds.bytesASecond - 1) * 1_000)
  })

  test('B7: what is no JSON, or nested without end, is heard as nothing that can be read', async () => {
    const stream = listen()
    stream.say(event(1, '{"half'))
    stream.say(event(2, '['.repeat(1_000)))
    stream.sayBytes(Uint8Array.of(0xff, 0xfe, 0x0a, 0x00, 0x0a, 0x0a))
    stream.say(event('x y'))
    stream.say(event('9'.repeat(500)))
    stream.close()
    await stream.ended
    expect(stream.heard.slice(0, 2).map(({ data }) => data)).toEqual([undefined, undefined])
    expect(stream.ids).toEqual(['1', '2'])
  })

  test('B7: any other answer is one for its product to explain', async () => {
    const stream = listen(() =>
      Response.json({ code: 'throttled' }, { status: 429, headers: { 'retry-after': '30' } }),
    )
    expect(await stream.ended).toMatchObject({
      ok: true,
      value: { status: 429, body: { code: 'throttled' }, retryAfterSeconds: 30 },
    })
    const page = listen(() => new Response('<html>', { headers: { 'content-type': 'text/html' } }))
    expect(await page.ended).toMatchObject({ ok: true, value: { content: 'other' } })
    expect(stream.state.opened + page.state.opened).toBe(0)
  })

  test('B7: it ends at once with what it belongs to, and lets go of the connection', async () => {
    const stream = listen()
    stream.say(event(1))
    await vi.waitFor(() => expect(stream.heard).toHaveLength(1))
    stream.abort.abort()
    expect(await stream.ended).toMatchObject({ ok: false })
    await vi.waitFor(() => expect(stream.state.cancelled).toBe(true))
    expect(stream.heard).toHaveLength(1)
  })

  test('B7: a stream that never begins, and one that falls silent, are cut', async () => {
    vi.useFakeTimers()
    try {
      const never = listen()
      await vi.advanceTimersByTimeAsync(15_000)
      expect(await never.ended).toMatchObject({ ok: false, problem: { code: 'unreachable' } })
      expect(never.state.opened).toBe(0)

      const silent = listen()
      silent.say(': still here\n\n')
      await vi.advanceTimersByTimeAsync(streamBounds.silenceMs - 1_000)
      silent.say(': still here\n\n')
      await vi.advanceTimersByTimeAsync(streamBounds.silenceMs - 1_000)
      expect(silent.state).toMatchObject({ opened: 1, cancelled: false })
      await vi.advanceTimersByTimeAsync(2_000)
      expect(await silent.ended).toMatchObject({ ok: false, problem: { code: 'unreachable' } })
    } finally {
      vi.useRealTimers()
    }
  })
})
