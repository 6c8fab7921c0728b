import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { fail, succeed } from '../../../../domain/problem.ts'
import type { ConnectTarget } from '../../../../main/connectors/connector.ts'
import { apiUrl, createApi } from '../../../../main/connectors/session-service/api.ts'
import { refuse, say } from '../../../support/fake-session-service.ts'

const lose = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNRESET') }))
const stranger = fail({ code: 'another-server', message: 'Somebody else.' })

function build({ baseUrl = 'https://sessions.example.com', answer = async () => say({ a: 1 }) } = {}) {
  const abort = new AbortController()
  const fetch = vi.fn<ConnectTarget['fetch']>(
    (_, init) =>
      new Promise((resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
        answer().then(resolve, reject)
      }),
  )
  const whoAnswers = vi.fn<Parameters<typeof createApi>[2]>(async () => succeed(undefined))
  const target: ConnectTarget = { baseUrl, fetch, signal: abort.signal }
  return {
    api: createApi(target, 'token-1', whoAnswers),
    fetch,
    whoAnswers,
    abort,
    answers(next: typeof answer) {
      answer = next
    },
    sent: () => fetch.mock.calls.map(([url, init]) => `${init?.method} ${new URL(url).pathname}`),
  }
}

describe('a call with the session’s token', () => {
  test('goes to the API of the address, with the token and what was given', async () => {
    const { api, fetch, abort } = build({ baseUrl: 'https://sessions.example.com/base' })
    expect(await api.call('/me', { method: 'POST', body: 1, headers: { x: 'y' } })).toMatchObject({
      ok: true,
      value: { body: { a: 1 } },
    })
    const [url, init] = fetch.mock.calls[0] ?? []
    expect(url).toBe('https://sessions.example.com/base/api/v1/me')
    expect(init).toMatchObject({
      method: 'POST',
      body: '1',
      headers: { authorization: 'Bearer token-1', x: 'y' },
    })
    abort.abort()
    expect(init?.signal?.aborted).toBe(true)
    const { signal } = abort
    expect(apiUrl({ baseUrl: 'http://localhost:1', fetch: async () => say(1), signal }, '/a')).toBe(
      'http://localhost:1/api/v1/a',
    )
  })

  test.each([
    ['the expected status', say({ a: 1 }), undefined, true],
    ['another that was expected', say({ a: 1 }, 412), [200, 412], true],
    ['one that was not', say({ a: 1 }, 201), undefined, false],
    ['200 where it was not', say({ a: 1 }), [201], false],
    ['a page', new Response('<h1>Hello</h1>'), undefined, false],
  ])('is answered by %s: %#', async (_, response, expected, ok) => {
    const { api } = build({ answer: async () => response.clone() })
    expect((await api.call('/me', expected && { expect: expected })).ok).toBe(ok)
  })

  test.each([
    ['a refusal of the service’s own', refuse('forbidden', 403), false],
    ['the last status of a refusal', refuse('forbidden', 499), false],
    ['a fault within it', refuse('internal', 500), true],
    ['a gateway’s', new Response('Busy', { status: 403 }), true],
  ])('may have acted where it was answered with %s: %#', async (_, response, mayHaveActed) => {
    const { api } = build({ answer: async () => response.clone() })
    expect(await api.call('/me')).toMatchObject({ ok: false, mayHaveActed })
  })

  test('is read against what was promised', async () => {
    const { api, answers } = build()
    expect(await api.read('/me', z.object({ a: z.number() }))).toEqual({ ok: true, value: { a: 1 } })
    expect(await api.read('/me', z.object({ b: z.number() }))).toMatchObject({
      problem: { code: 'server-error' },
    })
    answers(async () => refuse('forbidden', 403))
    expect(await api.read('/me', z.object({ a: z.number() }))).toMatchObject({ problem: { code: 'refused' } })
  })

  test('C4: is not sent after the lock, but for the farewell', async () => {
    const { api, abort, sent } = build()
    expect(api.hasEnded).toBe(false)
    abort.abort()
    expect(api.hasEnded).toBe(true)
    expect(await api.call('/me')).toEqual({
      ok: false,
      problem: { code: 'locked', message: 'Curfew is locked. Unlock it and try again.' },
      mayHaveActed: false,
    })
    expect(sent()).toEqual([])
    await api.signOut()
    expect(sent()).toEqual(['POST /api/v1/sign-out'])
  })

  test('that outlasts the lock keeps the farewell waiting, and no other call does', async () => {
    const { api, answers, abort, sent } = build()
    const [first, second] = [Promise.withResolvers<Response>(), Promise.withResolvers<Response>()]
    answers(() => first.promise)
    const lasting = api.call('/a', { outlastsLock: true })
    answers(() => second.promise)
    const other = api.call('/b')
    abort.abort()
    expect(await other).toMatchObject({ ok: false })
    answers(async () => say({}))
    const leaving = api.signOut()
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent()).toEqual(['GET /api/v1/a', 'GET /api/v1/b'])
    first.resolve(say({}))
    expect(await lasting).toMatchObject({ ok: true })
    await leaving
    expect(sent()).toHaveLength(3)
    // Nothing is waited for any more.
    await api.signOut()
    expect(sent()).toHaveLength(4)
  })

  test('says whether the admin is there, and takes them to be where nobody can tell', () => {
    const { signal } = new AbortController()
    const looking = (adminIsHere?: () => boolean) =>
      createApi(
        {
          baseUrl: 'https://a.example',
          fetch: async () => say(1),
          signal,
          ...(adminIsHere && { adminIsHere }),
        },
        'token',
        async () => succeed(undefined),
      ).looking()
    expect(looking()).toEqual({})
    expect(looking(() => true)).toEqual({})
    expect(looking(() => false)).toEqual({ 'Session-Activity': 'passive' })
  })
})

describe('C1: who answers at the address', () => {
  test('is asked before every request over http, which any program on this computer may answer', async () => {
    const { api, whoAnswers, abort, sent } = build({ baseUrl: 'http://127.0.0.1:4180' })
    await api.call('/me')
    await api.call('/me')
    expect(whoAnswers).toHaveBeenCalledTimes(2)
    const [ends] = whoAnswers.mock.calls[0] ?? []
    expect(ends?.aborted).toBe(false)
    abort.abort()
    expect(ends?.aborted).toBe(true)
    expect(sent()).toHaveLength(2)
    const other = build({ baseUrl: 'http://127.0.0.1:4180' })
    other.whoAnswers.mockResolvedValue(stranger)
    expect(await other.api.call('/me')).toEqual({ ...stranger, mayHaveActed: false })
    expect(other.sent()).toEqual([])
  })

  test('is asked over https only after something broke off, until the right one has answered', async () => {
    const { api, whoAnswers, answers, sent } = build()
    await api.call('/me')
    answers(async () => refuse('internal', 500))
    await api.call('/me')
    expect(whoAnswers).not.toHaveBeenCalled()
    answers(lose)
    await api.call('/me')
    expect(whoAnswers).not.toHaveBeenCalled()
    answers(async () => say({}))
    whoAnswers.mockResolvedValueOnce(stranger).mockResolvedValueOnce(stranger)
    for (const times of [1, 2]) {
      expect(await api.call('/me')).toMatchObject({ ok: false, problem: { code: 'another-server' } })
      expect(whoAnswers).toHaveBeenCalledTimes(times)
    }
    expect(sent()).toHaveLength(3)
    expect(await api.call('/me')).toMatchObject({ ok: true })
    await api.call('/me')
    expect(whoAnswers).toHaveBeenCalledTimes(3)
    expect(sent()).toHaveLength(5)
  })
})
