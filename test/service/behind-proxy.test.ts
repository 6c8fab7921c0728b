import { once } from 'node:events'
import { type ClientRequest, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { describe, expect, test } from 'vitest'
import { bareAddress } from '../../service/http/client.ts'
import { findChromium, openBrowser } from './browser.ts'
import { findNginx, freePort, type Nginx, startNginx } from './nginx.ts'
import { password, startService } from './support.ts'

test.each([
  ['192.0.2.7', '192.0.2.7'],
  [' 192.0.2.7 ', '192.0.2.7'],
  ['192.0.2.7:51234', '192.0.2.7'],
  ['192.0.2.7:', '192.0.2.7'],
  ['"192.0.2.7:51234"', '192.0.2.7'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['"[2001:db8::1]:4711"', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['[fe80::1%25eth0]:80', 'fe80::1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['[::ffff:c000:207]:80', '192.0.2.7'],
  ['::1', '::1'],
  ['unknown', undefined],
  ['_hidden', undefined],
  ['"_SEVKISEK"', undefined],
  ['', undefined],
  ['""', undefined],
  ['192.0.2', undefined],
  ['192.0.2.256', undefined],
  ['192.0.2.7:port', undefined],
  ['192.0.2.7, 10.0.0.1', undefined],
  ['[192.0.2.7', undefined],
  ['2001:db8::1::2', undefined],
  ['[2001:db8::1]x', undefined],
  ['example.com', undefined],
  ['<script>', undefined],
])('Of what a proxy says, %j is the address %j', (text, address) => {
  expect(bareAddress(text)).toBe(address)
})

/** Tries wrong passwords until the service wants a pause. @returns how many were let through, at most `most` */
async function guess(attempt: (index: number) => Promise<{ readonly status: number }>, most: number) {
  for (let index = 0; index < most; index++) if ((await attempt(index)).status === 429) return index
  return most
}

test('Behind a proxy guesses count for the real client, however the proxy writes its address', async () => {
  for (const write of [
    (port: number) => `198.51.100.9:${port}`,
    (port: number) => `"198.51.100.9:${port}"`,
    (port: number) => `[2001:db8:9:9::${port.toString(16)}]:${port}`,
    (port: number) => `203.0.113.${port % 250}, 198.51.100.9:${port}`,
    (port: number) => `unknown${port}`,
    (port: number) => `garbage ${port}`,
  ]) {
    await using service = await startService({ behindProxy: true })
    const from = (forwarded: string) =>
      service.call(
        'POST',
        'sign-in',
        { username: 'owner', password: 'wrong' },
        { 'x-forwarded-for': forwarded },
      )
    expect([write(1), await guess((index) => from(write(50_000 + index)), 40)]).toEqual([write(1), 10])
    const { status } = await service.call(
      'POST',
      'sign-in',
      { username: 'owner', password },
      { 'x-forwarded-for': '192.0.2.77:1234' },
    )
    expect(status).toBe(201)
    const owner = {
      authorization: `Bearer ${(await service.call('POST', 'sign-in', { username: 'owner', password }, { 'x-forwarded-for': '192.0.2.78' })).body.token}`,
    }
    const addresses = (await service.call('GET', 'audit?limit=500', undefined, owner)).body.items.map(
      ({ address }: { address: string }) => address,
    )
    for (const address of addresses) expect(address === '' || bareAddress(address) === address).toBe(true)
  }
})

test('Without --behind-proxy nobody chooses an address for themselves', async () => {
  await using service = await startService()
  const tried = await guess(
    (index) =>
      service.call(
        'POST',
        'sign-in',
        { username: 'owner', password: 'wrong' },
        { 'x-forwarded-for': `198.51.100.${index}` },
      ),
    40,
  )
  expect(tried).toBe(10)
})

test('A request comes from a page of this server when the origin is the same, however it is written', async () => {
  await using service = await startService({
    behindProxy: true,
    publicOrigins: [
      'https://site.example',
      'http://plain.example',
      'https://site.example:8443',
      'https://[2001:db8::1]:8443',
    ],
  })
  const form = new URLSearchParams({ username: 'owner', password }).toString()
  const status = async (origin: string, proto: string, host: string) =>
    (
      await service.call('POST', '/sign-in', form, {
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': '192.0.2.7',
        'x-forwarded-proto': proto,
        'x-forwarded-host': host,
        origin,
      })
    ).status
  for (const [origin, proto, host] of [
    ['https://site.example', 'https', 'site.example'],
    ['https://site.example', 'https', 'site.example:443'],
    ['https://site.example', 'HTTPS', 'Site.Example'],
    ['http://plain.example', 'http', 'plain.example:80'],
    // Another address of this same server.
    ['https://site.example:8443', 'https', 'site.example'],
    ['https://site.example:8443', 'https', 'site.example:8443'],
    ['https://[2001:db8::1]:8443', 'https', '[2001:DB8:0::1]:8443'],
  ] as const)
    expect([origin, proto, host, await status(origin, proto, host)]).toEqual([origin, proto, host, 303])
  for (const [origin, proto, host, refused] of [
    ['https://site.example:9443', 'https', 'site.example', 403],
    ['http://site.example', 'https', 'site.example', 403],
    ['https://site.example.evil.example', 'https', 'site.example', 403],
    ['null', 'https', 'site.example', 403],
    ['https://evil.example', 'https', 'site.example', 403],
    ['https://evil.example', 'https', 'evil.example', 421],
    ['https://site.example:9443', 'https', 'site.example:9443', 421],
    ['http://site.example', 'http', 'site.example', 421],
    ['https://evil.example', 'https', 'site.example, evil.example', 421],
    ['https://evil.example', 'https', 'site.example@evil.example', 400],
    ['https://site.example', 'https', 'evil.example/@site.example', 400],
    ['https://site.example/', 'javascript', 'site.example', 421],
  ] as const)
    expect([origin, proto, host, await status(origin, proto, host)]).toEqual([origin, proto, host, refused])
})

const nginx = findNginx()
if (nginx === undefined) console.log('Behind nginx: skipped, it is not installed on this machine.')
const chromium = findChromium()

interface Sent {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Asks through nginx from an address of this machine of one's own. */
async function send(
  { port, cert }: Nginx,
  method: string,
  path: string,
  {
    body,
    headers = {},
    from = '127.0.0.1',
  }: {
    readonly body?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly from?: string
  } = {},
): Promise<Sent> {
  const options = { host: '127.0.0.1', port, method, path, localAddress: from, headers, agent: false }
  const request: ClientRequest = cert
    ? overHttps({ ...options, ca: cert, servername: 'localhost' })
    : overHttp(options)
  request.end(body)
  const [response] = await once(request, 'response')
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += chunk
  return { status: response.statusCode, headers: response.headers, body: text }
}

describe.skipIf(nginx === undefined)('behind a real nginx with the lines of the README', () => {
  for (const tls of [false, true]) {
    const how = tls ? 'with TLS on another port' : 'on another port'
    const json = { 'content-type': 'application/json' }

    test(`The sign-in form works, and its cookie is for that site, ${how}`, async () => {
      const port = await freePort()
      const publicOrigins = [`${tls ? 'https' : 'http'}://localhost:${port}`]
      await using service = await startService({ behindProxy: true, publicOrigins })
      await using proxy = await startNginx(service.origin, { port, tls })
      const origin = `${tls ? 'https' : 'http'}://localhost:${proxy.port}`
      const form = new URLSearchParams({ username: 'owner', password }).toString()
      const ask = (from: string) =>
        send(proxy, 'POST', '/sign-in', {
          body: form,
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            host: `localhost:${proxy.port}`,
            origin: from,
          },
        })
      const done = await ask(origin)
      expect(done.status).toBe(303)
      const cookies = String(done.headers['set-cookie'])
      expect(cookies.includes('Secure')).toBe(tls)
      for (const other of [
        `http${tls ? '' : 's'}://localhost:${proxy.port}`,
        'http://localhost',
        'https://localhost',
        'https://evil.example',
        service.origin,
      ])
        expect([other, (await ask(other)).status]).toEqual([other, 403])
    })

    test.skipIf(chromium === undefined)(`A person signs in and out with a browser, ${how}`, async () => {
      const port = await freePort()
      const publicOrigins = [`${tls ? 'https' : 'http'}://localhost:${port}`]
      await using service = await startService({ behindProxy: true, publicOrigins })
      await using proxy = await startNginx(service.origin, { port, tls })
      const browser = await openBrowser()
      try {
        const context = await browser.newContext({
          baseURL: `${tls ? 'https' : 'http'}://localhost:${proxy.port}`,
          ignoreHTTPSErrors: true,
        })
        const page = await context.newPage()
        page.setDefaultTimeout(10_000)
        await page.goto('/')
        await page.getByLabel('Username').fill('owner')
        await page.getByLabel('Password').fill(password)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
        await page.getByText('127.0.0.1').first().waitFor()
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByText('You signed out.').waitFor()
      } finally {
        await browser.close()
      }
    })

    test(`40 wrong passwords from one client are throttled, and another client is not, ${how}`, async () => {
      const port = await freePort()
      const publicOrigins = [`${tls ? 'https' : 'http'}://localhost:${port}`]
      await using service = await startService({ behindProxy: true, publicOrigins })
      await using proxy = await startNginx(service.origin, { port, tls })
      const attempt = (from: string, secret: string, index = 0) =>
        send(proxy, 'POST', '/api/v1/sign-in', {
          body: JSON.stringify({ username: 'owner', password: secret }),
          from,
          // What a client says of itself, nginx overwrites.
          headers: {
            ...json,
            host: `localhost:${port}`,
            'x-forwarded-for': `198.51.100.${index}:${50_000 + index}`,
          },
        })
      expect(await guess((index) => attempt('127.0.0.2', 'wrong', index), 40)).toBe(10)
      const refused = await attempt('127.0.0.2', password)
      expect([refused.status, Number(refused.headers['retry-after'])]).toEqual([429, 30])
      expect((await attempt('127.0.0.3', password)).status).toBe(201)
    })

    test(`B9: a policy read through a compressing nginx is changed without a conflict, ${how}`, async () => {
      const port = await freePort()
      const publicOrigins = [`${tls ? 'https' : 'http'}://localhost:${port}`]
      await using service = await startService({ behindProxy: true, publicOrigins })
      const more = 'gzip on; gzip_types *; gzip_min_length 0; gzip_proxied any; gzip_http_version 1.0;'
      await using proxy = await startNginx(service.origin, { port, tls, more })
      const owner = await service.signIn('owner')
      const headers = { ...json, host: `localhost:${port}`, authorization: `Bearer ${owner.token}` }
      const path = '/api/v1/security/policy'
      const read = await send(proxy, 'GET', path, { headers: { ...headers, 'accept-encoding': 'gzip' } })
      expect([read.headers['etag'], read.headers['content-encoding']]).toEqual(['W/"1"', 'gzip'])
      const policy = {
        idleTimeout: { enabled: true, seconds: 3_600 },
        idleAppliesToRemembered: false,
        rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
      }
      const written = await send(proxy, 'PUT', path, {
        body: JSON.stringify(policy),
        headers: { ...headers, 'if-match': String(read.headers['etag']) },
      })
      expect([written.status, JSON.parse(written.body).revision]).toEqual([200, '2'])
    })
  }
})
