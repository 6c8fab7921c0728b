import { afterEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { Fetch } from '../../../../main/connectors/connector.ts'
import { exchange, type HttpRequest, readBody } from '../../../../main/connectors/http/exchange.ts'

const host = 'sessions.example.com:8443'
const url = `https://${host}/api/v1/server`
const ok: Fetch = async () => Response.json({ name: 'Test' })

/** One exchange, with what `fetch` was given for it. */
async function asked(request?: HttpRequest) {
  const fetch = vi.fn(ok)
  const answer = await exchange(fetch, url, request)
  const [call] = fetch.mock.calls
  if (!call) throw new Error('Nothing was sent.')
  const { signal, ...init } = call[1] ?? {}
  if (!signal) throw new Error('Nothing ends the request.')
  return { answer, url: call[0], init, signal }
}

const failing = (error: unknown, request?: HttpRequest, at = url) =>
  exchange(() => Promise.reject(error), at, request)

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('a request', () => {
  const never = { redirect: 'error', credentials: 'omit', cache: 'no-store' }

  test('asks for JSON, follows nobody, keeps nothing, and has no cookies', async () => {
    const { answer, init, url: to } = await asked()
    expect(to).toBe(url)
    expect(init).toEqual({ method: 'GET', headers: { accept: 'application/json' }, ...never })
    expect(answer).toMatchObject({
      ok: true,
      value: { host, status: 200, content: 'json', body: { name: 'Test' }, retryAfterSeconds: undefined },
    })
  })

  test('carries its body as JSON, and the headers it was given before Curfew’s own', async () => {
    const { init } = await asked({
      method: 'PUT',
      body: { on: true },
      headers: { 'if-match': '"7"', accept: 'text/plain' },
    })
    expect(init).toEqual({
      method: 'PUT',
      headers: { accept: 'text/plain', 'content-type': 'application/json', 'if-match': '"7"' },
      body: '{"on":true}',
      ...never,
    })
  })

  test('does not leave where whoever asks has ended', async () => {
    const fetch = vi.fn(ok)
    const answer = await exchange(fetch, url, { signal: AbortSignal.abort() })
    expect(answer).toMatchObject({ ok: false, problem: { code: 'unreachable' } })
    expect(fetch).not.toHaveBeenCalled()
  })

  test('ends with whoever asks, and after 15 seconds whoever asks', async () => {
    const controller = new AbortController()
    const { signal } = await asked({ signal: controller.signal })
    expect(signal.aborted).toBe(false)
    controller.abort()
    expect(signal.aborted).toBe(true)

    const time = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(time.signal)
    const hanging: Fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
      })
    const waiting = exchange(hanging, url)
    expect(timeout.mock.calls).toEqual([[15_000]])
    time.abort(new DOMException('Timed out.', 'TimeoutError'))
    expect(await waiting).toEqual({
      ok: false,
      problem: { code: 'unreachable', message: `${host} did not answer within 15 seconds.` },
      mayHaveActed: true,
    })
  })
})

describe('a request without an answer', () => {
  const caused = (cause: string, code?: string) =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(cause), code && { code }) })

  test.each([
    ['self-signed certificate', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['a root that nobody knows', 'SELF_SIGNED'],
    ['no issuer', 'UNABLE_TO_GET_ISSUER'],
    ['no first signature', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['another name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['too old', 'CERT_HAS_EXPIRED'],
    ['Chromium’s word', 'net::ERR_CERT_DATE_INVALID'],
    ['a pinned key that is another', 'net::ERR_SSL_PINNED_KEY_NOT_IN_CERT_CHAIN'],
    ['an old cipher', 'net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH'],
  ])('for its certificate says that nothing was sent: %s', async (cause, code) => {
    for (const error of [caused(cause, code), new Error(code)])
      expect(await failing(error)).toEqual({
        ok: false,
        problem: {
          code: 'untrusted-certificate',
          message: `This computer does not trust the certificate of ${host}. Curfew sent nothing. Ask whoever runs the server for a certificate from an authority this computer trusts.`,
        },
        mayHaveActed: false,
      })
  })

  test('for a TLS that is none is no fault of a certificate', async () => {
    expect(await failing(new Error('net::ERR_SSL_PROTOCOL_ERROR'))).toMatchObject({
      problem: { code: 'unreachable' },
    })
  })

  test.each(['unexpected redirect', 'net::ERR_UNEXPECTED_REDIRECT', 'Redirect was cancelled'])(
    'for being sent elsewhere is told apart by whether anybody has answered before: %s',
    async (words) => {
      expect(await failing(caused(words), { firstContact: true })).toEqual({
        ok: false,
        problem: {
          code: 'not-this-product',
          message: `${host} points to another address, and Curfew does not follow it with a password. Type the address it leads to.`,
        },
        mayHaveActed: true,
      })
      expect(await failing(new Error(words))).toEqual({
        ok: false,
        problem: {
          code: 'gateway',
          message: `A gateway in front of ${host} sends Curfew to another address, as networks do that want a sign-in of their own first. Curfew did not follow it.`,
        },
        mayHaveActed: true,
      })
    },
  )

  test.each([
    'ECONNRESET',
    'write EPIPE',
    'UND_ERR_SOCKET',
    'HPE_INVALID_CONSTANT',
    'other side closed',
    'terminated',
    'net::ERR_EMPTY_RESPONSE',
    'net::ERR_INCOMPLETE_CHUNKED_ENCODING',
    'net::ERR_CONTENT_LENGTH_MISMATCH',
    'net::ERR_CONNECTION_CLOSED',
    'net::ERR_CONNECTION_RESET',
  ])('that broke off may have been heard: %s', async (words) => {
    expect(await failing(caused(words))).toEqual({
      ok: false,
      problem: {
        code: 'unreachable',
        message: `The connection to ${host} broke off before it had answered.`,
      },
      mayHaveActed: true,
    })
  })

  test.each([
    'bad port',
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'net::ERR_UNSAFE_PORT',
    'net::ERR_CONNECTION_REFUSED',
    'net::ERR_CONNECTION_TIMED_OUT',
    'net::ERR_NAME_NOT_RESOLVED',
    'net::ERR_ADDRESS_UNREACHABLE',
    'net::ERR_INTERNET_DISCONNECTED',
    'net::ERR_PROXY_CONNECTION_FAILED',
    'net::ERR_TUNNEL_CONNECTION_FAILED',
  ])('that nobody took was not heard by anybody: %s', async (words) => {
    for (const error of [caused('connect', words), caused(words), new Error(words), words])
      expect(await failing(error)).toEqual({
        ok: false,
        problem: {
          code: 'unreachable',
          message: `${host} can’t be reached. Check the network and that the server is running.`,
        },
        mayHaveActed: false,
      })
  })

  test('has the address to check where nobody has answered yet, as it was typed where it is none', async () => {
    expect(await failing(new Error('ENOTFOUND'), { firstContact: true }, 'nowhere')).toMatchObject({
      problem: {
        message: 'nowhere can’t be reached. Check the address, the network and that the server is running.',
      },
    })
    expect(await failing(new Error('something unheard of'), {}, 'nowhere')).toMatchObject({
      problem: { message: 'nowhere can’t be reached. Check the network and that the server is running.' },
      mayHaveActed: true,
    })
  })
})

test('A pause until a moment is counted on the clock of whoever asks for it, else on this computer’s', async () => {
  const now = Date.UTC(2026, 0, 1, 12)
  vi.useFakeTimers({ now })
  const at = (milliseconds: number) => new Date(milliseconds).toUTCString()
  const pause = async (headers: Record<string, string>) => {
    const answer = await exchange(async () => new Response('Busy', { status: 503, headers }), url)
    return answer.ok && answer.value.retryAfterSeconds
  }
  expect(await pause({ 'retry-after': at(now + 40_000) })).toBe(40)
  expect(await pause({ 'retry-after': at(now + 40_000), date: 'soon' })).toBe(40)
  expect(await pause({ 'retry-after': at(now + 40_000), date: at(now + 30_000) })).toBe(10)
})

test('An answer that is more than Curfew reads is the server’s fault, and what it did is not known', async () => {
  const headers = { 'content-length': String(2 ** 30) }
  expect(await exchange(async () => new Response('1', { headers }), url)).toEqual({
    ok: false,
    problem: { code: 'server-error', message: `${host} answered with more than Curfew reads at once.` },
    mayHaveActed: true,
  })
})

test('An answer that does not fit is the server’s fault, and said as such', async () => {
  const answer = await exchange(ok, url)
  if (!answer.ok) throw new Error(answer.problem.message)
  expect(readBody(answer.value, z.object({ name: z.string() }))).toEqual({
    ok: true,
    value: { name: 'Test' },
  })
  expect(readBody(answer.value, z.object({ name: z.number() }))).toEqual({
    ok: false,
    problem: {
      code: 'server-error',
      message: `The answer of ${host} was not what its version promises. It may be newer or older than Curfew knows.`,
    },
  })
})
