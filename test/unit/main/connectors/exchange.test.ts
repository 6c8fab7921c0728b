import { describe, expect, test } from 'vitest'
import { exchange, type HttpRequest } from '../../../../main/connectors/http/exchange.ts'
import { explainForeign } from '../../../../main/connectors/http/foreign-answer.ts'
import { deepestAnswer, largestAnswer } from '../../../../main/connectors/http/read-answer.ts'

const url = 'https://sessions.example.com/api/v1/server'
const json = { 'content-type': 'application/json' }

const ask = (response: () => Response | Promise<Response>, request: HttpRequest = {}) =>
  exchange(async () => response(), url, request)

/** A body that comes in pieces; what is left of it when nobody reads any more is never made. */
function pieces(count: number, size: number, made: { count: number }): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      if (made.count === count) return controller.close()
      made.count += 1
      controller.enqueue(new Uint8Array(size).fill(0x20))
    },
  })
}

const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`

describe('one exchange with a server', () => {
  test('C2: reads no more of an answer than its bound, whatever length was told', async () => {
    const made = { count: 0 }
    const answer = await ask(() => new Response(pieces(1_000, 1024 * 1024, made), { headers: json }))
    expect(answer).toMatchObject({ problem: { code: 'server-error' }, mayHaveActed: true })
    expect(made.count).toBeLessThan(largestAnswer / (1024 * 1024) + 3)
  })

  test('C2: reads nothing of an answer that says it is too long', async () => {
    const made = { count: 0 }
    const headers = { ...json, 'content-length': String(largestAnswer + 1) }
    const answer = await ask(() => new Response(pieces(1_000, 1024, made), { headers }))
    expect(answer).toMatchObject({ problem: { code: 'server-error' } })
    expect(made.count).toBeLessThan(3)
  })

  test('C2: takes an answer nested as deep as its bound, and none deeper; brackets in text do not count', async () => {
    const of = (body: string) => ask(() => new Response(body, { headers: json }))
    expect(await of(nested(deepestAnswer))).toMatchObject({ ok: true })
    expect(await of(nested(deepestAnswer + 2))).toMatchObject({ problem: { code: 'server-error' } })
    const text = JSON.stringify({ a: `\\"${'['.repeat(500)}` })
    expect(await of(text)).toMatchObject({ value: { body: JSON.parse(text) } })
  })

  test.each([
    ['half an object', '{"name":"Cur', json],
    ['fewer bytes than were told', '{"name":"Curfew"}', { ...json, 'content-length': '900' }],
    ['half a page that says it is JSON', '[1, 2', { 'content-type': 'application/problem+json' }],
  ])('%s is no answer', async (_, body, headers) => {
    expect(await ask(() => new Response(body, { headers }))).toMatchObject({
      problem: { code: 'unreachable', message: expect.stringMatching(/broke off/) },
      mayHaveActed: true,
    })
  })

  test('a body that never comes ends with whoever asked', async () => {
    const controller = new AbortController()
    const never = new ReadableStream<Uint8Array>({})
    const asked = ask(() => new Response(never), { signal: controller.signal })
    controller.abort()
    expect(await asked).toMatchObject({ problem: { code: 'unreachable' } })
  })

  test.each([
    ['ECONNREFUSED', false],
    ['ENOTFOUND', false],
    ['bad port', false],
    ['net::ERR_UNSAFE_PORT', false],
    ['net::ERR_NAME_NOT_RESOLVED', false],
    ['net::ERR_INTERNET_DISCONNECTED', false],
    ['net::ERR_CERT_AUTHORITY_INVALID', false],
    ['ECONNRESET', true],
    ['other side closed', true],
    ['net::ERR_CONNECTION_RESET', true],
    ['net::ERR_INCOMPLETE_CHUNKED_ENCODING', true],
    ['something unheard of', true],
  ])('after %s the server may have heard of the request: %s', async (fault, mayHaveActed) => {
    const answer = await ask(() => Promise.reject(new TypeError('fetch failed', { cause: new Error(fault) })))
    expect(answer).toMatchObject({ ok: false, mayHaveActed })
  })

  test('the address is doubted only where nobody has answered yet', async () => {
    const refuse = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }))
    expect(await ask(refuse, { firstContact: true })).toMatchObject({
      problem: { message: expect.stringMatching(/Check the address/) },
    })
    expect(await ask(refuse)).toMatchObject({ problem: { message: expect.not.stringMatching(/address/) } })
  })
})

describe('an answer that is not the product’s own', () => {
  const explained = async (status: number, body: string | null, firstContact: boolean, headers = {}) => {
    const answer = await ask(() => new Response(body, { status, headers }))
    if (!answer.ok) throw new Error(answer.problem.message)
    return explainForeign(answer.value, 'a session service', firstContact)
  }

  test.each([200, 204, 400, 404, 405, 410])(
    'with %d may mean a wrong address at first, and not later',
    async (status) => {
      const body = status === 204 ? null : '<h1>Hello</h1>'
      expect(await explained(status, body, true)).toMatchObject({
        code: 'not-this-product',
        message: expect.stringMatching(/Check the address/),
      })
      const later = await explained(status, body, false)
      expect(later.code).toBe('gateway')
      expect(later.message).not.toMatch(/Check the address/)
    },
  )

  test.each([401, 403, 407, 408, 429, 500, 502, 503, 504, 520, 599])(
    'with %d never means a wrong address',
    async (status) => {
      for (const first of [true, false]) {
        const { code, message } = await explained(status, '<h1>Hello</h1>', first)
        expect(code).toBe(status === 429 ? 'throttled' : 'gateway')
        expect(message).toMatch(
          new RegExp(`A gateway in front of sessions\\.example\\.com answered ${status}`),
        )
        expect(message).not.toMatch(/Check the address/)
      }
    },
  )

  test.each([429, 502, 503])('with %d tells for how long a pause is wanted', async (status) => {
    expect(await explained(status, 'Busy', false, { 'retry-after': '40' })).toMatchObject({
      retryAfterSeconds: 40,
    })
    const date = { date: 'Thu, 01 Jan 2026 12:00:00 GMT', 'retry-after': 'Thu, 01 Jan 2026 12:00:40 GMT' }
    expect(await explained(status, 'Busy', false, date)).toMatchObject({ retryAfterSeconds: 40 })
    expect(await explained(status, 'Busy', false, { 'retry-after': '-5' })).not.toHaveProperty(
      'retryAfterSeconds',
    )
  })
})
