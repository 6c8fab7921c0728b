import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { openDatabases } from './databases.ts'
import { raw } from './raw.ts'
import { contractOf, password, startService, type TestService } from './support.ts'

/** The status line's number of a request whose every byte is the test's own. */
async function statusOf({ origin }: { readonly origin: string }, head: string, body = ''): Promise<number> {
  const length = body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
  const answer = await raw(origin, `${head}\r\n${length}connection: close\r\n\r\n${body}`)
  return Number(/^HTTP\/1.1 (\d{3})/.exec(answer)?.[1])
}

const portOf = (service: TestService) => new URL(service.origin).port

describe.each(openDatabases())('on the $name database', ({ open }) => {
  test('DNS rebinding: a page whose name was made to point here gets no cookie, no answer and no event, from any route', async () => {
    await using service = await startService({ open })
    const owner = await service.signIn('owner')
    const evil = `evil.example:${portOf(service)}`
    const { operations } = await contractOf(service.origin)
    const pages = [
      '/',
      '/sign-in',
      '/profile',
      '/assets/style.css',
      '/assets/page.js',
      '/favicon.ico',
      '/no-such',
    ]
    const routes = [
      ...operations.map(({ method, path }) => [method, path.replace('{id}', owner.user.id)] as const),
      ...pages.map((path) => ['GET', path] as const),
      ...['/sign-in', '/sign-out', '/profile/revoke'].map((path) => ['POST', path] as const),
    ]
    expect(routes.length).toBeGreaterThan(40)
    for (const [method, path] of routes) {
      const answer = await raw(
        service.origin,
        `${method} ${path} HTTP/1.1\r\nhost: ${evil}\r\norigin: http://${evil}\r\nauthorization: Bearer ${owner.token}\r\ncookie: ${service.cookieName}=${owner.token}\r\nconnection: close\r\n\r\n`,
      )
      expect([method, path, answer.slice(0, 12)]).toEqual([method, path, 'HTTP/1.1 421'])
      expect(answer).not.toMatch(/set-cookie|"keys"|owner/i)
    }
    const form = new URLSearchParams({ username: 'owner', password }).toString()
    const head = `POST /sign-in HTTP/1.1\r\nhost: ${evil}\r\norigin: http://${evil}\r\ncontent-type: application/x-www-form-urlencoded`
    expect(await statusOf(service, head, form)).toBe(421)
    // Nothing was done on the way to the refusal: nobody's session is gone.
    expect((await owner.call('GET', 'me')).status).toBe(200)
  })
})

test('Only hosts that are this server’s own are answered, however they are written', async () => {
  await using service = await startService({
    publicOrigins: ['http://sessions.example', 'http://other.example:81'],
  })
  const port = portOf(service)
  const status = (host: string) => statusOf(service, `GET /api/v1/server HTTP/1.1\r\nhost: ${host}`)
  for (const host of [
    `127.0.0.1:${port}`,
    `localhost:${port}`,
    `LOCALHOST:${port}`,
    'sessions.example',
    'Sessions.Example',
    'sessions.example:80',
    'other.example:81',
  ])
    expect([host, await status(host)]).toEqual([host, 200])
  for (const host of [
    '127.0.0.1',
    'localhost',
    'localhost:80',
    `localhost.:${port}`,
    `127.0.0.1.:${port}`,
    `127.0.0.2:${port}`,
    `127.1:${port}`,
    `2130706433:${port}`,
    `0x7f.0.0.1:${port}`,
    `0177.0.0.1:${port}`,
    `0.0.0.0:${port}`,
    `[::1]:${port}`,
    `evil.localhost:${port}`,
    `localhost.evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    'sessions.example.',
    'sessions.example:443',
    `sessions.example:${port}`,
    'other.example',
    'evil.example',
  ])
    expect([host, await status(host)]).toEqual([host, 421])
  for (const host of [
    '',
    ' ',
    ':',
    `:${port}`,
    `localhost:0${port}`,
    `localhost:${port}x`,
    `localhost:+${port}`,
    `localhost: ${port}`,
    `localhost:${port}:${port}`,
    'localhost:99999',
    `a@localhost:${port}`,
    `localhost:${port}@evil.example`,
    `localhost:${port}/`,
    `localhost:${port}, evil.example`,
    `http://localhost:${port}`,
    `::1:${port}`,
    `[::1:${port}`,
    `[fe80::1%25lo]:${port}`,
    `l\u00f6calhost:${port}`,
  ])
    expect([host, await status(host)]).toEqual([host, 400])
})

test('A request that names two servers, or none, is refused', async () => {
  await using service = await startService()
  const own = new URL(service.origin).host
  const status = (lines: string) => statusOf(service, lines)
  const get = 'GET /api/v1/server HTTP/1.1'
  for (const lines of [
    `${get}\r\nhost: ${own}\r\nhost: evil.example`,
    `${get}\r\nhost: evil.example\r\nhost: ${own}`,
    `${get}\r\nhost: ${own}\r\nHOST: ${own}`,
    `${get}\r\naccept: */*`,
    'GET /api/v1/server HTTP/1.0\r\naccept: */*',
    `GET http://evil.example/api/v1/server HTTP/1.1\r\nhost: ${own}`,
    `GET http://${own}@evil.example/api/v1/server HTTP/1.1\r\nhost: ${own}`,
    `GET https://evil.example HTTP/1.1\r\nhost: ${own}`,
    `GET http:///api/v1/server HTTP/1.1\r\nhost: ${own}`,
  ])
    expect([lines, await status(lines)]).toEqual([lines, 400])
  expect(await status(`GET http://evil.example/api/v1/server HTTP/1.1\r\nhost: evil.example`)).toBe(421)
  expect(await status(`GET http://${own}/api/v1/server HTTP/1.1\r\nhost: ${own}`)).toBe(200)
  expect(
    await status(`GET HTTP://LOCALHOST:${portOf(service)} HTTP/1.1\r\nhost: localhost:${portOf(service)}`),
  ).toBe(303)
  expect(await status(`${get}\r\nhost: ${own}\r\nx-forwarded-host: evil.example`)).toBe(200)
  expect(await status(`${get}\r\nhost: evil.example\r\nx-forwarded-host: ${own}`)).toBe(421)
  expect(await status(`${get}\r\nhost: evil.example\r\nforwarded: host=${own}`)).toBe(421)
})

test('A path in the long form is the same path: it keeps the headers and the checks of the short one', async () => {
  await using service = await startService()
  const own = new URL(service.origin).host
  const answer = await raw(
    service.origin,
    `GET http://${own}/api/v1/me HTTP/1.1\r\nhost: ${own}\r\naccept: text/html\r\nconnection: close\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1.1 401/)
  expect(answer).toContain('cache-control: no-store, no-transform')
  expect(answer).toContain('application/problem+json')
})

test('On IPv6 the address in brackets is this server’s, in every spelling, and no other one', async () => {
  await using service = await startService({ listenOn: '::1' })
  const port = portOf(service)
  const status = (host: string) => statusOf(service, `GET /api/v1/server HTTP/1.1\r\nhost: ${host}`)
  for (const host of [
    `[::1]:${port}`,
    `[0:0:0:0:0:0:0:1]:${port}`,
    `[0000::0001]:${port}`,
    `localhost:${port}`,
  ])
    expect([host, await status(host)]).toEqual([host, 200])
  for (const host of ['[::1]', `[::2]:${port}`, `127.0.0.1:${port}`, `[::ffff:127.0.0.1]:${port}`])
    expect([host, await status(host)]).toEqual([host, 421])
})

test('On all addresses the one that was really reached is answered, and no other', async () => {
  await using service = await startService({ listenOn: '0.0.0.0' })
  const port = portOf(service)
  const status = (host: string) => statusOf(service, `GET /api/v1/server HTTP/1.1\r\nhost: ${host}`)
  expect(await status(`127.0.0.1:${port}`)).toBe(200)
  for (const host of [`0.0.0.0:${port}`, `192.0.2.1:${port}`, `127.0.0.9:${port}`])
    expect(await status(host)).toBe(421)
})

test('Behind a proxy what it was asked for counts, and it is believed for one hop', async () => {
  await using service = await startService({ behindProxy: true, publicOrigins: ['https://sessions.example'] })
  const own = new URL(service.origin).host
  const status = (lines: string) => statusOf(service, `GET /api/v1/server HTTP/1.1\r\n${lines}`)
  const https = 'x-forwarded-proto: https'
  for (const lines of [
    `host: ${own}\r\n${https}\r\nx-forwarded-host: sessions.example`,
    `host: sessions.example\r\n${https}`,
    `host: backend\r\n${https}\r\nx-forwarded-host: sessions.example:443`,
    // A probe that asks the service itself.
    `host: ${own}`,
  ])
    expect([lines, await status(lines)]).toEqual([lines, 200])
  for (const lines of [
    `host: ${own}\r\n${https}\r\nx-forwarded-host: evil.example`,
    `host: ${own}\r\n${https}\r\nx-forwarded-host: sessions.example, evil.example`,
    `host: ${own}\r\n${https}\r\nx-forwarded-host: ${own}`,
    `host: ${own}\r\nx-forwarded-host: sessions.example`,
    `host: backend\r\n${https}`,
  ])
    expect([lines, await status(lines)]).toEqual([lines, 421])
})

test('The Origin of a form is held against the list of this server’s own, not against what the request says it came to', async () => {
  await using service = await startService({ publicOrigins: ['http://sessions.example'] })
  const port = portOf(service)
  const form = new URLSearchParams({ username: 'owner', password }).toString()
  const status = (host: string, origin: string) =>
    statusOf(
      service,
      `POST /sign-in HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\ncontent-type: application/x-www-form-urlencoded`,
      form,
    )
  for (const [host, origin] of [
    [`127.0.0.1:${port}`, `http://127.0.0.1:${port}`],
    [`127.0.0.1:${port}`, `http://localhost:${port}`],
    [`127.0.0.1:${port}`, 'http://sessions.example'],
    ['sessions.example', 'http://sessions.example'],
  ] as const)
    expect([host, origin, await status(host, origin)]).toEqual([host, origin, 303])
  for (const [host, origin] of [
    [`127.0.0.1:${port}`, `http://evil.example:${port}`],
    [`127.0.0.1:${port}`, 'http://127.0.0.1'],
    [`127.0.0.1:${port}`, `https://127.0.0.1:${port}`],
    [`127.0.0.1:${port}`, `http://127.0.0.1:${port}/`],
    [`127.0.0.1:${port}`, `http://localhost.:${port}`],
    ['sessions.example', 'https://sessions.example'],
    ['sessions.example', 'http://sessions.example.'],
    ['sessions.example', 'http://sessions.example:8080'],
    ['sessions.example', 'null'],
  ] as const)
    expect([host, origin, await status(host, origin)]).toEqual([host, origin, 403])
})

test('No request decides who issued a Kubernetes credential: the service was told, or is for this machine alone', async () => {
  const issuerOf = async (service: TestService, headers: Readonly<Record<string, string>> = {}) => {
    const owner = await service.signIn('owner')
    const reply = await owner.call('POST', 'kubernetes/credential', {}, headers)
    const discovery = await service.call('GET', '/.well-known/openid-configuration', undefined, headers)
    const { capabilities } = (await service.call('GET', 'server')).body
    return {
      statuses: [reply.status, discovery.status],
      issuer: reply.status === 201 ? decodeJwt(reply.body.status.token).iss : reply.body.detail,
      offers: capabilities.includes('kubernetes'),
    }
  }
  const asked = { 'x-forwarded-host': 'sessions.example', 'x-forwarded-proto': 'https' }
  {
    await using service = await startService({ publicOrigins: ['https://sessions.example'] })
    expect(await issuerOf(service, asked)).toEqual({
      statuses: [201, 200],
      issuer: service.origin,
      offers: true,
    })
  }
  for (const options of [
    { behindProxy: true, publicOrigins: ['https://sessions.example'] },
    { listenOn: '0.0.0.0' },
  ]) {
    await using service = await startService(options)
    expect(await issuerOf(service, asked)).toEqual({
      statuses: [404, 404],
      issuer: expect.stringContaining('--issuer'),
      offers: false,
    })
  }
  await using service = await startService({ behindProxy: true, issuer: 'https://clusters.example' })
  expect(await issuerOf(service)).toEqual({
    statuses: [201, 200],
    issuer: 'https://clusters.example',
    offers: true,
  })
})
