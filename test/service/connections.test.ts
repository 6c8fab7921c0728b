import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test, vi } from 'vitest'
import { limitConnections, mostConnections, networkOf } from '../../service/http/connection-limit.ts'
import { raw } from './raw.ts'
import { startService } from './support.ts'

test('Whoever opens connections and says nothing gets their share of them, others theirs, and a closed one is free again', async () => {
  const server = createServer(() => {})
  let network = 'attacker'
  limitConnections(server, 3, () => network)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const opened: Socket[] = []
  /** Opens a connection. @returns whether the server keeps it */
  const open = async (): Promise<boolean> => {
    const accepted = once(server, 'connection')
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    opened.push(socket)
    const [[there]] = (await Promise.all([accepted, once(socket, 'connect')])) as unknown as [[Socket]]
    return !there.destroyed
  }
  expect([await open(), await open(), await open(), await open(), await open()]).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
  network = 'somebody else'
  expect(await open()).toBe(true)
  network = 'attacker'
  opened[0]?.destroy()
  await vi.waitFor(async () => expect(await open()).toBe(true))
  expect(await open()).toBe(false)
  for (const socket of opened) socket.destroy()
  server.close()
})

test.each([
  ['127.0.0.1', undefined],
  ['::1', undefined],
  ['::ffff:127.0.0.1', undefined],
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2::7', '2001:db8:1:2/64'],
  ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2/64'],
  ['2001:db8:1:3::7', '2001:db8:1:3/64'],
  ['', undefined],
])('A connection from %j counts for %j', (remoteAddress, network) => {
  expect(networkOf({ remoteAddress })).toBe(network)
})

test('A client that sends its headers or its body drop by drop is cut off, however it spaces the drops', async () => {
  await using service = await startService({ patience: { headersMs: 200, requestMs: 400 } })
  const { host, port } = new URL(service.origin)
  const drip = async (start: string, drop: string): Promise<string> => {
    const socket = connect(Number(port), '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('error', () => {})
    socket.write(start)
    const timer = setInterval(() => socket.writable && socket.write(drop), 20)
    await once(socket, 'close')
    clearInterval(timer)
    return answer
  }
  const headers = await drip(`GET /api/v1/server HTTP/1.1\r\nhost: ${host}\r\n`, 'x-a: b\r\n')
  expect(headers).toMatch(/^HTTP\/1.1 408/)
  const body = `POST /api/v1/sign-in HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n{`
  expect(await drip(body, ' ')).toMatch(/^HTTP\/1.1 408/)
  const chunked = `POST /api/v1/sign-in HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`
  expect(await drip(chunked, '1\r\n \r\n')).toMatch(/^HTTP\/1.1 408/)
  // The others were served all the while.
  expect((await service.call('GET', 'server')).status).toBe(200)
})

test('Header lines without number are refused or cut, and never keep the others waiting', async () => {
  await using service = await startService()
  const { host } = new URL(service.origin)
  const many = Array.from({ length: 2_500 }, (_, at) => `a${at}: `).join('\r\n')
  const answer = await raw(
    service.origin,
    `GET /api/v1/server HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${many}\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1.1 431/)
})

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address
if (outside === undefined) console.log('The share of a network: skipped, this machine has none.')

test.skipIf(outside === undefined)(
  'A service keeps a thousand connections of one network, and this machine’s own beside them',
  async () => {
    await using service = await startService({ listenOn: '0.0.0.0' })
    const { port } = new URL(service.origin)
    const sockets: Socket[] = []
    let closed = 0
    for (let at = 0; at < mostConnections + 20; at++) {
      const socket = connect(Number(port), outside)
      socket.on('error', () => {}).once('close', () => closed++)
      sockets.push(socket)
      await once(socket, 'connect')
    }
    await vi.waitFor(() => expect(closed).toBe(20))
    expect((await service.call('GET', 'server')).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  },
)
