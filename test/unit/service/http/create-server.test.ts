import { Server as HttpServer } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import type { InjectOptions } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createServer, type Tls } from '../../../../service/http/create-server.ts'
import { createOwnOrigins } from '../../../../service/http/own-origins.ts'
import type { Services } from '../../../../service/http/services.ts'
import { openRoutes, password } from './routes/open-routes.ts'

const host = 'curfew.test'

/** The whole server without a port. `fail` is thrown from within an operation: `GET /api/v1/server?challenge=…`. */
async function serve({
  behindProxy,
  ...more
}: Partial<Parameters<typeof createServer>[1]> & {
  readonly fail?: () => Error
  readonly change?: Partial<Services>
} = {}) {
  const { fail, change, ...settings } = more
  const opened = await openRoutes(() => [])
  const logged: Error[] = []
  const services: Services = {
    ...opened.services,
    prove: () => {
      throw fail?.() ?? new Error('Nothing fails here.')
    },
    ...change,
  }
  const server = await createServer(services, {
    ownOrigins: createOwnOrigins({
      publicOrigins: [`http://${host}`, `https://${host}`],
      names: new Set(),
      behindProxy: behindProxy ?? false,
    }),
    logError: (error) => logged.push(error),
    ...(behindProxy !== undefined && { behindProxy }),
    ...settings,
  })
  onTestFinished(() => server.close())
  return {
    ...opened,
    server,
    logged,
    get: (url: string, headers: Readonly<Record<string, string>> = {}, more: InjectOptions = {}) =>
      server.inject({ url, headers: { host, ...headers }, remoteAddress: '192.0.2.7', ...more }),
  }
}

const failing = `/api/v1/server?challenge=${'A'.repeat(43)}`
const problem = 'application/problem+json; charset=utf-8'
const page = { accept: 'text/html' }

describe('Every answer', () => {
  test('of the API is kept by nobody', async () => {
    const { get } = await serve()
    const { headers, statusCode } = await get('/api/v1/server')
    expect(statusCode).toBe(200)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store, no-transform',
    })
    for (const name of ['content-security-policy', 'x-frame-options', 'strict-transport-security'])
      expect(headers[name]).toBeUndefined()
  })

  test('beside the API lets nothing in and is shown in no frame', async () => {
    const { get } = await serve()
    for (const url of ['/openapi.json', '/health/live', '/nothing'])
      expect((await get(url)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-transform',
        'content-security-policy':
          "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        'referrer-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'cross-origin-opener-policy': 'same-origin',
      })
  })

  test('over TLS asks for it from then on', async () => {
    const { get } = await serve({ behindProxy: true })
    const { headers } = await get('/api/v1/server', { 'x-forwarded-proto': 'https' })
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
    const plain = await serve()
    const { headers: without } = await plain.get('/api/v1/server', { 'x-forwarded-proto': 'https' })
    expect(without['strict-transport-security']).toBeUndefined()
  })
})

describe('What a proxy says of the client', () => {
  const signIn = async (behindProxy: boolean) => {
    const { server, addUser } = await serve({ behindProxy })
    await addUser('anna', { password: `hash of ${password}` })
    const answer = await server.inject({
      method: 'POST',
      url: '/api/v1/sign-in',
      remoteAddress: '192.0.2.7',
      headers: { host, 'x-forwarded-for': '198.51.100.1, 198.51.100.2' },
      payload: { username: 'anna', password },
    })
    expect(answer.statusCode).toBe(201)
    return answer.json().session.address
  }
  test('is believed of the one in front, and nothing that the client says itself', async () => {
    expect(await signIn(true)).toBe('198.51.100.2')
    expect(await signIn(false)).toBe('192.0.2.7')
  })
})

describe('A request', () => {
  test('for another server is refused before anything else', async () => {
    const { server } = await serve()
    const answer = await server.inject({ url: '/api/v1/server', headers: { host: 'evil.test' } })
    expect([answer.statusCode, answer.json().code]).toEqual([421, 'misdirected'])
    expect(answer.headers['content-type']).toBe(problem)
  })

  test('of a page of another site writes nothing, and may read what anybody may', async () => {
    const { get } = await serve()
    const foreign = { origin: 'https://evil.test' }
    expect((await get('/api/v1/server', foreign)).statusCode).toBe(200)
    const answer = await get('/api/v1/sign-in', foreign, { method: 'POST', payload: { username: 1 } })
    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toMatchObject({
      code: 'forbidden',
      detail: 'This request came from a page of another site.',
    })
    const own = { origin: `http://${host}` }
    expect((await get('/api/v1/sign-in', own, { method: 'POST', payload: {} })).statusCode).toBe(422)
  })

  test('for what is not there is told so, as a page to who reads pages', async () => {
    const { get } = await serve()
    const answer = await get('/api/v1/nothing')
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, problem])
    expect(answer.json()).toMatchObject({ code: 'not-found', detail: 'There is nothing here.' })
    const shown = await get('/nothing', page)
    expect([shown.statusCode, shown.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(shown.body).toContain('There is nothing here.')
    expect((await get('/api/v1/server', {}, { method: 'HEAD' })).statusCode).toBe(404)
  })

  test('that names too much, or can’t be read, is refused in this API’s words', async () => {
    const { get, join } = await serve()
    const { token } = await join('anna', { role: 'owner' })
    const authorization = `Bearer ${token}`
    const long = await get(`/api/v1/users/${'i'.repeat(1_000)}`, { authorization })
    expect(long.json()).toMatchObject({ code: 'invalid', errors: [{ field: 'id', code: 'too-long' }] })
    for (const url of ['/api/v1/users/%zz', `/api/v1/users/${'i'.repeat(16_385)}`]) {
      const answer = await get(url, { authorization })
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([422, problem])
      expect(answer.json()).toMatchObject({ code: 'invalid', detail: 'The request can’t be read.' })
    }
  })

  test.each([
    ['application/json', '{', 422, 'invalid', 'The body is not JSON.'],
    ['text/plain', 'x', 415, 'not-json', 'The body must be JSON, and must say so: application/json.'],
    [
      'application/x-www-form-urlencoded',
      'a=b',
      415,
      'not-json',
      'The body must be JSON, and must say so: application/json.',
    ],
    ['application/json', `"${'x'.repeat(999_999)}"`, 413, 'too-large', 'The body is larger than 1 MB.'],
    ['application/json', `"${'x'.repeat(999_998)}"`, 422, 'invalid', undefined],
  ])('with %s of another kind or size is refused', async (type, payload, status, code, detail) => {
    const { get } = await serve()
    const answer = await get('/api/v1/sign-in', { 'content-type': type }, { method: 'POST', payload })
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([status, problem])
    expect(answer.json()).toMatchObject({ code, ...(detail && { detail }) })
  })
})

describe('What fails inside', () => {
  const internal = ['internal', 500, 'Something went wrong in the service. Its log says what.'] as const
  test.each([
    [
      { errcode: 8 },
      'unavailable',
      503,
      'The data folder of the service can’t be written. Nothing was changed.',
    ],
    [{ errcode: 10 }, 'unavailable', 503, 'The disk of the service fails. Nothing was changed.'],
    [{ errcode: 13 }, 'unavailable', 503, 'The disk of the service is full. Nothing was changed.'],
    // The rest of a code says more of the same.
    [{ errcode: 10 + 3 * 256 }, 'unavailable', 503, 'The disk of the service fails. Nothing was changed.'],
    [{ errcode: 5 }, ...internal],
    [{ statusCode: 413 }, 'too-large', 413, 'The body is larger than 1 MB.'],
    [{ statusCode: 400 }, 'invalid', 422, 'The request can’t be read.'],
    [{ statusCode: 499 }, 'invalid', 422, 'The request can’t be read.'],
    [{ statusCode: 399 }, ...internal],
    [{ statusCode: 500 }, ...internal],
    [{}, ...internal],
  ] as const)('with %j says nothing of the inside', async (more, code, status, detail) => {
    const error = Object.assign(new Error('secret'), more)
    const { get, logged } = await serve({ fail: () => error })
    const answer = await get(failing)
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([status, problem])
    expect(answer.json()).toMatchObject({ code, detail })
    expect(answer.body).not.toContain('secret')
    expect(logged).toEqual(code === 'internal' ? [error] : [])
  })

  test('is a page to who reads pages', async () => {
    const { get } = await serve({
      change: {
        signIn: () => Promise.reject(Object.assign(new Error('secret'), { errcode: 13 })),
      },
    })
    const answer = await get(
      '/sign-in',
      { ...page, origin: `http://${host}`, 'content-type': 'application/x-www-form-urlencoded' },
      {
        method: 'POST',
        payload: 'username=anna&password=x',
      },
    )
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.body).toContain('is full')
  })

  test('A problem comes with its headers', async () => {
    const { get } = await serve()
    const answer = await get('/api/v1/me')
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    expect(answer.headers['content-type']).toBe(problem)
  })
})

describe('What never becomes a request', () => {
  test.each([
    [
      'HPE_HEADER_OVERFLOW',
      '431 Request Header Fields Too Large',
      'headers-too-large',
      'The headers are larger than 16 KB.',
    ],
    ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout', 'invalid', 'The request can’t be read.'],
    ['HPE_INVALID_METHOD', '400 Bad Request', 'invalid', 'The request can’t be read.'],
  ])('%s is answered in one piece, and the connection closed', async (code, status, problemCode, detail) => {
    const { server } = await serve()
    await server.ready()
    const ends: string[] = []
    const socket = { writable: true, end: (text: string) => ends.push(text) }
    server.server.emit('clientError', Object.assign(new Error('x'), { code }), socket)
    const [head = '', body = ''] = ends.join().split('\r\n\r\n')
    expect(head.split('\r\n')).toEqual([
      `HTTP/1.1 ${status}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ])
    expect(JSON.parse(body)).toMatchObject({ code: problemCode, detail })
    server.server.emit('clientError', Object.assign(new Error('x'), { code }), { ...socket, writable: false })
    expect(ends).toHaveLength(1)
  })
})

describe('The server', () => {
  test('waits for slow clients as long as it is told, and half a minute otherwise', async () => {
    const { server } = await serve()
    expect(server.server).toBeInstanceOf(HttpServer)
    expect(server.server).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 72_000,
      maxHeaderSize: 16_384,
    })
    const hasty = await serve({ patience: { headersMs: 500, requestMs: 700 } })
    expect(hasty.server.server).toMatchObject({ headersTimeout: 500, requestTimeout: 700 })
    expect(server.initialConfig).toMatchObject({
      bodyLimit: 1_000_000,
      requestTimeout: 30_000,
      exposeHeadRoutes: false,
      forceCloseConnections: 'idle',
    })
  })

  test('encrypts where it has a certificate', async () => {
    // None is needed before somebody connects.
    const { server } = await serve({ tls: {} as Tls })
    expect(server.server).toBeInstanceOf(HttpsServer)
    expect(server.server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000 })
  })

  test('counts connections itself, but not behind a proxy, from where all come', async () => {
    const [own, behind] = [await serve(), await serve({ behindProxy: true })]
    const count = ({ server }: typeof own) => server.server.listenerCount('connection')
    expect(count(own) - count(behind)).toBe(1)
  })

  test('names its cookies after the organisation', async () => {
    const { server } = await serve()
    expect(server.cookieNames).toEqual({
      session: 'curfew_session_abcdefghij',
      device: 'curfew_device_abcdefghij',
    })
  })

  test('has every operation that its document has', async () => {
    const { server, get } = await serve()
    const { paths } = (await get('/openapi.json')).json()
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => [method.toUpperCase(), path] as const),
    )
    expect(operations.length).toBeGreaterThan(40)
    for (const [method, path] of operations)
      expect(
        server.hasRoute({ method: method as 'GET', url: path.replace(/\{(\w+)\}/g, ':$1') }),
        `${method} ${path}`,
      ).toBe(true)
  })
})
