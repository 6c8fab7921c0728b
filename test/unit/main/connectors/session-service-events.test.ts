import { describe, expect, test, vi } from 'vitest'
import type { Heard } from '../../../../main/connectors/connector.ts'
import { fakeSessionService, refuse, say, server } from '../../../support/fake-session-service.ts'

const withEvents = { 'GET /server': () => say({ ...server, capabilities: ['events'] }) }
const mention = (id: string, userId: string) => ({ id, userId, kind: 'web' })
const notice = { id: 4, at: '2026-01-01T12:00:00.000Z', what: 'admin-made', by: 'mila' } as const

const streamOf = (...events: readonly (readonly [string, unknown])[]) =>
  new Response(
    events
      .map(([type, data], at) => `id: ${at + 1}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
      .join(''),
    { headers: { 'content-type': 'text/event-stream' } },
  )

/** What was heard of a stream, and what was sent for it. */
async function hear(answer: () => Response, after?: string) {
  const fake = fakeSessionService({ ...withEvents, 'GET /events': answer })
  const { events } = await fake.connect()
  const heard: Heard[] = []
  const ids: string[] = []
  const outcome = await events?.listen({
    after,
    onOpen: () => {},
    onHeard: (what) => heard.push(what),
    onId: (id) => ids.push(id),
  })
  return { ...fake, heard, ids, outcome }
}

describe('the events of the session service', () => {
  test('B7: a server that does not offer them has none', async () => {
    expect((await fakeSessionService().connect()).events).toBeUndefined()
  })

  test.each<[string, unknown, readonly Heard[]]>([
    ['policy-changed', { etag: '"2"', by: 'mila' }, [{ stale: 'policy' }, { stale: 'sessions' }]],
    [
      'entry-changed',
      { id: 'e', type: 'AppConfig', key: 'k', change: 'added', by: 'mila' },
      [{ stale: 'config' }, { stale: 'sessions' }],
    ],
    [
      'session-started',
      { session: mention('s1', 'u1') },
      [
        { stale: 'users', whose: ['u1'] },
        { stale: 'sessions', whose: ['u1'] },
      ],
    ],
    [
      'session-ended',
      { reason: 'idle', sessions: [mention('s1', 'u1'), mention('s2', 'u2'), mention('s3', 'u1')] },
      [
        { stale: 'users', whose: ['u1', 'u2'] },
        { stale: 'sessions', whose: ['u1', 'u2'] },
      ],
    ],
    ['user-changed', { userId: 'u1', change: 'changed' }, [{ stale: 'users', whose: ['u1'] }]],
    ['notice', notice, [{ notice }]],
    ['notice', { ...notice, by: 'x'.repeat(900) }, [{ notice: { ...notice, by: 'x'.repeat(200) } }]],
    ['notice', { ...notice, person: { id: '', username: 'x' } }, []],
    ['reset', {}, [{ stale: 'anything' }]],
    ['policy-changed', { surprise: 1 }, [{ stale: 'anything' }]],
    ['session-ended', 'nonsense', [{ stale: 'anything' }]],
    ['of-a-newer-version', { a: 1 }, []],
  ])('B7: %s with %j makes stale what it is about', async (type, data, expected) => {
    const { heard, outcome } = await hear(() => streamOf([type, data]))
    expect(heard).toEqual(expected)
    expect(outcome).toEqual({ ok: true, value: undefined })
  })

  test('B7: more than a hundred in a second are anything', async () => {
    const { heard, ids } = await hear(() =>
      streamOf(
        ...Array.from(
          { length: 10_000 },
          () => ['user-changed', { userId: 'u', change: 'changed' }] as const,
        ),
      ),
    )
    expect(heard).toHaveLength(101)
    expect(heard.at(-1)).toEqual({ stale: 'anything' })
    expect(ids.at(-1)).toBe('10000')
  })

  test('B7: are asked for passively, with the token, and resumed after the last one heard', async () => {
    const { requests } = await hear(() => streamOf(), '17')
    expect(requests.map(({ what, headers }) => ({ what, headers }))).toEqual([
      {
        what: 'GET /events',
        headers: {
          accept: 'text/event-stream',
          authorization: 'Bearer token-1',
          'Session-Activity': 'passive',
          'last-event-id': '17',
        },
      },
    ])
  })

  test.each([
    ['a pause', () => refuse('throttled', 429, {}), { code: 'throttled' }],
    [
      'an end of the session',
      () => refuse('session-ended', 401, { reason: 'revoked' }),
      { code: 'sign-in-needed' },
    ],
    ['a fault', () => refuse('internal', 500), { code: 'server-error' }],
    ['a page of a gateway', () => new Response('<p>Hello</p>'), { code: 'gateway' }],
  ])('B7: %s instead of a stream is said as what it is', async (_, answer, problem) => {
    const { outcome, heard } = await hear(answer)
    expect(outcome).toMatchObject({ ok: false, problem })
    expect(heard).toEqual([])
  })

  test('B7: nothing is asked for once the app is locked, and a stream ends with it', async () => {
    const { abort, connect, requests } = fakeSessionService({
      ...withEvents,
      'GET /events': () =>
        new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } }),
    })
    const { events } = await connect()
    const listening = { after: undefined, onOpen: () => {}, onHeard: () => {}, onId: () => {} }
    const open = events?.listen(listening)
    await vi.waitFor(() => expect(requests).toHaveLength(1))
    abort.abort()
    expect(await open).toMatchObject({ ok: false })
    expect(await events?.listen(listening)).toMatchObject({ ok: false, problem: { code: 'locked' } })
    expect(requests).toHaveLength(1)
  })

  test('B7: what Owners were told since a notice is asked for passively; what does not fit is the server’s fault', async () => {
    const fake = fakeSessionService({
      ...withEvents,
      'GET /notices?after=3': () => say({ items: [notice] }),
      'GET /notices?after=4': () => say({ items: [{ ...notice, what: 'something' }] }),
      'GET /notices?after=5': () => refuse('forbidden', 403),
    })
    const { events } = await fake.connect()
    expect(await events?.notices?.(3)).toEqual({ ok: true, value: [notice] })
    expect(fake.requests[0]?.headers).toMatchObject({ 'Session-Activity': 'passive' })
    expect(await events?.notices?.(4)).toMatchObject({ ok: false, problem: { code: 'server-error' } })
    expect(await events?.notices?.(5)).toMatchObject({ ok: false, problem: { code: 'refused' } })
  })
})
