import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from 'vitest'
import {
  captivePortal,
  type FaultProxy,
  gatewayFailure,
  htmlPage,
  redirect,
  startFaultProxy,
} from '../../support/fault-proxy.ts'

/** A server that counts what it is asked, between a proxy and nothing else. */
async function startPair(): Promise<AsyncDisposable & { proxy: FaultProxy; acted: () => number }> {
  let acted = 0
  const server = createServer((request, response) => {
    acted += 1
    if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: first\n\n')
      return
    }
    response.writeHead(200, { 'content-type': 'application/json', etag: '"7"' })
    response.end(JSON.stringify({ time: '2026-05-04T09:00:00.000Z', method: request.method }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startFaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return {
    proxy,
    acted: () => acted,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      server.close()
      server.closeAllConnections()
    },
  }
}

test('Without a fault an answer comes through as it was', async () => {
  await using pair = await startPair()
  const response = await fetch(`${pair.proxy.url}/a?b=c`, { method: 'PUT', body: 'what was sent' })
  expect(response.headers.get('etag')).toBe('"7"')
  expect(await response.json()).toEqual({ time: '2026-05-04T09:00:00.000Z', method: 'PUT' })
  expect(pair.proxy.seen).toMatchObject([
    { method: 'PUT', path: '/a?b=c', body: 'what was sent', reachedServer: true },
  ])
})

test.each([
  ['before-the-server', 0],
  ['before-the-answer', 1],
  ['in-the-head', 1],
  ['in-the-body', 1],
  ['after-the-body', 1],
] as const)('A connection cut %s fails, and the server has acted %i times', async (cut, times) => {
  await using pair = await startPair()
  pair.proxy.add({ fault: { cut } })
  await expect(fetch(pair.proxy.url).then((response) => response.text())).rejects.toThrow()
  expect(pair.acted()).toBe(times)
})

test('A cut in the head sends half a head, one in the body half a body, one after it the body without its end', async () => {
  await using pair = await startPair()
  const raw = async () => {
    const { port } = new URL(pair.proxy.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nhost: proxy\r\n\r\n')
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    return text
  }
  pair.proxy.add({ fault: { cut: 'in-the-head' } })
  expect(await raw()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\ncontent-le$/)
  pair.proxy.add({ fault: { cut: 'in-the-body' } })
  expect(await raw()).toMatch(/content-length: 50\r\n[\s\S]*\r\n\r\n.{25}$/)
  pair.proxy.add({ fault: { cut: 'after-the-body' } })
  expect(await raw()).toMatch(/\{"time":.*\}\r\n$/)
})

test('A gateway answers in the server’s place, with any Retry-After, and the server has acted or not', async () => {
  await using pair = await startPair()
  for (const retryAfter of [undefined, '-5', '1e99', 'Wed, 21 Oct 2065 07:28:00 GMT']) {
    pair.proxy.add({ fault: gatewayFailure(503, retryAfter === undefined ? {} : { retryAfter }) })
    const response = await fetch(pair.proxy.url)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, retryAfter ?? null])
    expect(response.headers.get('content-type')).toMatch('text/html')
  }
  expect(pair.acted()).toBe(0)
  pair.proxy.add({ fault: gatewayFailure(504, { serverActs: true }) })
  expect((await fetch(pair.proxy.url, { method: 'PUT', body: '{}' })).status).toBe(504)
  expect(pair.acted()).toBe(1)
})

test('Pages, captive portals and redirects answer what they are told', async () => {
  await using pair = await startPair()
  const ask = () => fetch(pair.proxy.url, { redirect: 'manual' })
  pair.proxy.add({ fault: htmlPage(401) })
  expect((await ask()).status).toBe(401)
  pair.proxy.add({ fault: captivePortal('page') })
  expect(await (await ask()).text()).toMatch('hotel')
  pair.proxy.add({ fault: captivePortal('redirect') })
  expect((await ask()).headers.get('location')).toMatch('portal.invalid')
  pair.proxy.add({ fault: redirect('https://elsewhere.example/', 308) })
  const moved = await ask()
  expect([moved.status, moved.headers.get('location')]).toEqual([308, 'https://elsewhere.example/'])
})

test('The tag is made weak, removed or replaced; the answer is compressed; headers are laid over it', async () => {
  await using pair = await startPair()
  const tag = async () => (await fetch(pair.proxy.url)).headers.get('etag')
  pair.proxy.add({ fault: { etag: 'weak', gzip: true } })
  const response = await fetch(pair.proxy.url)
  expect([response.headers.get('etag'), response.headers.get('content-encoding')]).toEqual(['W/"7"', 'gzip'])
  expect(await response.json()).toMatchObject({ method: 'GET' })
  pair.proxy.add({ fault: { etag: 'removed' } })
  expect(await tag()).toBeNull()
  pair.proxy.add({ fault: { etag: { tag: '"other"' } } })
  expect(await tag()).toBe('"other"')
  pair.proxy.add({ fault: { headers: { ETag: undefined, 'X-Proxy': 'yes' } } })
  const laid = await fetch(pair.proxy.url)
  expect([laid.headers.get('etag'), laid.headers.get('x-proxy')]).toEqual([null, 'yes'])
})

test('A wrong clock shows in the header and in the body', async () => {
  await using pair = await startPair()
  pair.proxy.add({ fault: { clockShiftSeconds: -86_400 } })
  const response = await fetch(pair.proxy.url)
  expect(Date.now() - Date.parse(response.headers.get('date') ?? '')).toBeGreaterThan(86_000_000)
  expect(await response.json()).toMatchObject({ time: '2026-05-03T09:00:00.000Z' })
})

test.each(['chunked', 'gzip'] as const)(
  'A body without end (%s) goes on until the client hangs up',
  async (endless) => {
    await using pair = await startPair()
    pair.proxy.add({ fault: { endless } })
    const response = await fetch(pair.proxy.url)
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > 20_000_000) break
    }
    expect(bytes).toBeGreaterThan(20_000_000)
    expect(pair.acted()).toBe(0)
  },
)

test('A rule is for the requests it names, as often as it says, and the newest goes first', async () => {
  await using pair = await startPair()
  const status = async (method: string) => (await fetch(pair.proxy.url, { method })).status
  pair.proxy.add({ when: ({ method }) => method === 'PUT', times: 2, fault: gatewayFailure(502) })
  expect([await status('GET'), await status('PUT'), await status('PUT'), await status('PUT')]).toEqual([
    200, 502, 502, 200,
  ])
  const takeAway = pair.proxy.add({ fault: gatewayFailure(500) })
  pair.proxy.add({ times: 1, fault: gatewayFailure(429) })
  expect([await status('GET'), await status('GET')]).toEqual([429, 500])
  takeAway()
  expect(await status('GET')).toBe(200)
  pair.proxy.add({ fault: gatewayFailure(500) })
  pair.proxy.heal()
  expect(await status('GET')).toBe(200)
})

test('Latency delays, and a stream comes through as it flows until it is broken', async () => {
  await using pair = await startPair()
  pair.proxy.add({ fault: { latencyMs: 80 }, times: 1 })
  const started = performance.now()
  await (await fetch(pair.proxy.url)).text()
  expect(performance.now() - started).toBeGreaterThan(75)
  const stream = (await fetch(`${pair.proxy.url}/events`)).body?.getReader()
  expect(new TextDecoder().decode((await stream?.read())?.value)).toBe('data: first\n\n')
  pair.proxy.breakConnections()
  await expect(stream?.read()).rejects.toThrow()
})
