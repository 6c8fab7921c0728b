import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import {
  bareAddress,
  clientAddress,
  isFromForeignPage,
  isFromOwnPage,
  isSecure,
} from '../../../../service/http/client.ts'
import { limitConnections, mostConnections, networkOf } from '../../../../service/http/connection-limit.ts'
import {
  createOwnOrigins,
  isLoopback,
  pathOfTarget,
  readOrigin,
} from '../../../../service/http/own-origins.ts'
import { Problem } from '../../../../service/http/problem.ts'
import { requestOf, type Sent } from './request.ts'

describe('An address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    [' 192.0.2.7 ', '192.0.2.7'],
    ['"192.0.2.7"', '192.0.2.7'],
    ['" 192.0.2.7 "', '192.0.2.7'],
    ['192.0.2.7:80', '192.0.2.7'],
    ['192.0.2.7:', '192.0.2.7'],
    ['198.51.100.77:80', '198.51.100.77'],
    [' "192.0.2.7" ', '192.0.2.7'],
    ['1"92.0.2.7"', undefined],
    ['"192.0.2."7', undefined],
    ['192.0.2.7:80x', undefined],
    ['x192.0.2.7:80', undefined],
    ['192.0.2.777:80', undefined],
    ['192.0.22.17:8080', '192.0.22.17'],
    ['[2001:DB8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]:', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['[2001:db8::1]x', undefined],
    ['[2001:db8::1]:4x', undefined],
    ['x[2001:db8::1]', undefined],
    ['2001:db8:0:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['[::ffff:c000:207]:80', '192.0.2.7'],
    ['unknown', undefined],
    ['_hidden', undefined],
    ['"192.0.2.7', undefined],
    ['192.0.2.7"', undefined],
    ['', undefined],
  ])('written %j is %j', (text, address) => {
    expect(bareAddress(text)).toBe(address)
  })

  test('of whoever asks is what the proxy says, else the proxy’s own', () => {
    const of = (sent: Sent) => clientAddress(requestOf(sent))
    expect(of({ from: '::ffff:192.0.2.7' })).toBe('192.0.2.7')
    expect(of({ from: '10.0.0.1', proxied: { ip: '"[2001:db8::1]:5"' } })).toBe('2001:db8::1')
    expect(of({ from: '::ffff:10.0.0.1', proxied: { ip: 'unknown' } })).toBe('10.0.0.1')
    expect(clientAddress(requestOf({ proxied: { ip: 'unknown' }, socket: {} }))).toBe('')
  })
})

test('Whether a connection is encrypted is what the proxy says where that is a word for it, else what it is', () => {
  for (const [protocol, encrypted, secure] of [
    ['https', false, true],
    ['HTTPS', false, true],
    ['http', true, false],
    ['HTTP', true, false],
    ['wss', true, true],
    ['wss', false, false],
    ['', true, true],
  ] as const)
    expect([protocol, encrypted, isSecure(requestOf({ encrypted, proxied: { protocol } }))]).toEqual([
      protocol,
      encrypted,
      secure,
    ])
})

test('What browsers say of a page tells this server’s own from another’s, and either from a program', () => {
  const host = ['Host', '127.0.0.1:8080'] as const
  const own = ['Origin', 'http://127.0.0.1:8080'] as const
  const site = (value: string) => ['Sec-Fetch-Site', value] as const
  for (const [headers, sender] of [
    [[], 'program'],
    [[site('none')], 'program'],
    [[site('same-origin')], 'program'],
    [[own], 'own'],
    [[own, site('same-origin')], 'own'],
    [[own, site('none')], 'own'],
    [[site('cross-site')], 'foreign'],
    [[site('same-site')], 'foreign'],
    [[own, site('cross-site')], 'foreign'],
    [[['Origin', 'null']], 'foreign'],
    [[['Origin', 'http://evil.example']], 'foreign'],
    [[['Origin', 'http://evil.example'], site('same-origin')], 'foreign'],
  ] as const) {
    const request = requestOf({ headers: [host, ...headers] })
    expect([headers, isFromOwnPage(request), isFromForeignPage(request)]).toEqual([
      headers,
      sender === 'own',
      sender === 'foreign',
    ])
  }
})

test.each([
  ['http://Example.org', 'http://example.org'],
  ['HTTP://example.org:80', 'http://example.org'],
  ['https://example.org:443', 'https://example.org'],
  ['https://example.org:80', 'https://example.org:80'],
  ['http://example.org:443', 'http://example.org:443'],
  ['http://127.0.0.1:65535', 'http://127.0.0.1:65535'],
  ['http://127.0.0.1:65536', undefined],
  ['http://example.org:0', undefined],
  ['http://example.org:080', undefined],
  ['http://example.org:123456', undefined],
  ['http://example.org:', undefined],
  ['http://[2001:DB8:0::1]', 'http://[2001:db8::1]'],
  ['http://[2001:db8::1]:8080', 'http://[2001:db8::1]:8080'],
  ['http://[::ffff:127.0.0.1]:80', 'http://127.0.0.1'],
  ['http://[nonsense]', undefined],
  ['http://[1.2]', undefined],
  ['http://a_b-c.d1', 'http://a_b-c.d1'],
  ['http://example.org/', undefined],
  ['http://example.org/x', undefined],
  ['ftp://example.org', undefined],
  ['xhttp://example.org', undefined],
  ['http://user@example.org', undefined],
  ['http://exa mple.org', undefined],
  ['http://example.org:80x', undefined],
  ['x example.org:80', undefined],
  ['http://', undefined],
  ['example.org', undefined],
  ['null', undefined],
])('The origin %s is written %s', (text, written) => {
  expect(readOrigin(text)).toBe(written)
})

test('This machine’s own addresses are its own', () => {
  for (const address of ['127.0.0.1', '127.255.0.3', '::1'])
    expect([address, isLoopback(address)]).toEqual([address, true])
  for (const address of ['128.0.0.1', '10.127.0.1', '127.evil.example', '127.0.0', '::2', '', '1127.0.0.1'])
    expect([address, isLoopback(address)]).toEqual([address, false])
})

test.each([
  ['/x?y', '/x?y'],
  ['http://example.org/x?y', '/x?y'],
  ['HTTPS://example.org/x', '/x'],
  ['http://example.org', '/'],
  ['http://example.org?y', '/?y'],
  ['http://example.org#z', '#z'],
  ['*', '*'],
  ['x/http://example.org/', 'x/http://example.org/'],
])('The path of the target %s is %s', (target, path) => {
  expect(pathOfTarget(target)).toBe(path)
})

describe('A request came for this server', () => {
  const misdirected = [
    'misdirected',
    'This server does not answer to this name or address. Whoever runs it allows one with --public-origin.',
  ]
  const start = (more: Partial<Parameters<typeof createOwnOrigins>[0]> = {}) =>
    createOwnOrigins({ publicOrigins: [], names: new Set<string>(), behindProxy: false, ...more })
  const said = (sent: Sent, origins = start()) => {
    try {
      origins.demand(requestOf(sent, origins))
      return undefined
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return [error.code, error.message]
    }
  }
  const to = (host: string, more: Sent = {}): Sent => ({ headers: [['Host', host]], ...more })

  test('where it names the address and port that it came to, however it writes them', () => {
    for (const host of ['127.0.0.1:8080', 'localhost:8080', 'LOCALHOST:8080', '[::ffff:127.0.0.1]:8080'])
      expect([host, said(to(host))]).toEqual([host, undefined])
    expect(said(to('[2001:DB8::0:1]:8080', { at: '2001:db8::1' }))).toBeUndefined()
    expect(said(to('192.0.2.1:8080', { at: '::ffff:192.0.2.1' }))).toBeUndefined()
    expect(said(to('192.0.2.1', { at: '192.0.2.1', port: 80 }))).toBeUndefined()
    expect(said(to('192.0.2.1', { at: '192.0.2.1', port: 443, encrypted: true }))).toBeUndefined()
  })

  test('and no other: not at another port or name, not localhost from elsewhere, not where nothing is known', () => {
    for (const host of [
      '127.0.0.1',
      '127.0.0.1:8081',
      '127.0.0.2:8080',
      'evil.example:8080',
      'localhost',
      '[::1]:8080',
    ])
      expect([host, said(to(host))]).toEqual([host, misdirected])
    expect(said(to('localhost:8080', { at: '192.0.2.1' }))).toEqual(misdirected)
    expect(said(to('localhost:8080', { at: '::1' }))).toBeUndefined()
    expect(said(to('127.0.0.1', { port: 443 }))).toEqual(misdirected)
    expect(said(to('127.0.0.1:8080', { socket: { localPort: 8080 } }))).toEqual(misdirected)
    expect(said(to('localhost:8080', { socket: { localPort: 8080, localAddress: 'x' } }))).toEqual(
      misdirected,
    )
  })

  test('where it names what the server is called, here or in public', () => {
    const origins = start({ publicOrigins: ['https://curfew.example'], names: new Set(['server']) })
    expect(said(to('SERVER:8080'), origins)).toBeUndefined()
    expect(said(to('server:8081'), origins)).toEqual(misdirected)
    expect(said(to('Curfew.Example', { encrypted: true }), origins)).toBeUndefined()
    expect(said(to('curfew.example:443', { encrypted: true }), origins)).toBeUndefined()
    expect(said(to('curfew.example'), origins)).toEqual(misdirected)
    expect(said(to('curfew.example:8080', { encrypted: true }), origins)).toEqual(misdirected)
  })

  test('where it names one host, and a host that two readers read alike', () => {
    const noHost = ['bad-request', 'The request names no host.']
    const bad = ['bad-request', 'The request’s Host header is no host.']
    expect(said({ headers: [] })).toEqual(noHost)
    expect(said({ headers: [['Hosts', '127.0.0.1:8080']] })).toEqual(noHost)
    expect(said({ headers: [['Mist', '127.0.0.1:8080']] })).toEqual(noHost)
    expect(said(to(''))).toEqual(noHost)
    for (const headers of [
      [
        ['Host', '127.0.0.1:8080'],
        ['host', '127.0.0.1:8080'],
      ],
      [
        ['HOST', '127.0.0.1:8080'],
        ['X', 'y'],
        ['Host', 'evil.example'],
      ],
      [
        ['Host', ''],
        ['Host', '127.0.0.1:8080'],
      ],
    ] as const)
      expect(said({ headers })).toEqual(['bad-request', 'The request names two hosts.'])
    for (const host of [
      '127.0.0.1:8080x',
      '127.0.0.1:08080',
      '127.0.0.1:99999',
      'a b',
      'user@127.0.0.1:8080',
      '[x]:8080',
      '127.0.0.1:8080/x',
    ])
      expect([host, said(to(host))]).toEqual([host, bad])
    expect(
      said({
        headers: [
          ['X', 'host'],
          ['host', '127.0.0.1:8080'],
        ],
      }),
    ).toBeUndefined()
  })

  test('where its target, if that names a server too, names the same', () => {
    const two = ['bad-request', 'The request’s target and its Host header name two servers.']
    for (const target of [
      '/',
      '/x',
      '*',
      'http://127.0.0.1:8080/x',
      'HTTP://127.0.0.1:8080',
      'https://127.0.0.1:8080?x',
    ])
      expect([target, said({ target })]).toEqual([target, undefined])
    expect(said({ target: 'http://LOCALHOST:8080/', headers: [['Host', 'localhost:8080']] })).toBeUndefined()
    expect(said({ target: 'http://localhost:8080/', headers: [['Host', 'LocalHost:8080']] })).toBeUndefined()
    for (const target of [
      'http://evil.example/x',
      'http://127.0.0.1:8081/',
      'http:///x',
      'ftp://127.0.0.1:8080/',
      'x',
      'xhttp://127.0.0.1:8080/',
    ])
      expect([target, said({ target })]).toEqual([target, two])
  })

  test('and what has passed on a connection passes there again, and nothing else does', () => {
    const origins = start()
    const socket = { localAddress: '127.0.0.1', localPort: 8080 }
    expect(said(to('127.0.0.1:8080', { socket }), origins)).toBeUndefined()
    socket.localPort = 1
    expect(said(to('127.0.0.1:8080', { socket }), origins)).toBeUndefined()
    expect(said(to('localhost:8080', { socket }), origins)).toEqual(misdirected)
    expect(said(to('127.0.0.1:8080', { socket: { ...socket } }), origins)).toEqual(misdirected)
  })

  test('where the proxy that is believed says that it was asked for a public origin, and no other', () => {
    const forwarded = (host: string, more: Sent = {}): Sent => ({
      headers: [
        ['Host', '127.0.0.1:8080'],
        ['X-Forwarded-Host', host],
      ],
      proxied: { host, protocol: 'https' },
      ...more,
    })
    const behind = start({ behindProxy: true, publicOrigins: ['https://curfew.example'] })
    const open = start({ publicOrigins: ['https://curfew.example'] })
    expect(said(forwarded('curfew.example'), behind)).toBeUndefined()
    expect(said(forwarded('evil.example'), behind)).toEqual(misdirected)
    expect(said(forwarded('127.0.0.1:8080'), behind)).toEqual(misdirected)
    const socket = { localAddress: '127.0.0.1', localPort: 8080 }
    expect(said(to('127.0.0.1:8080', { socket }), behind)).toBeUndefined()
    expect(said(forwarded('evil.example', { socket }), behind)).toEqual(misdirected)
    // Without such a proxy the header says nothing.
    expect(said(forwarded('evil.example', { proxied: {} }), open)).toBeUndefined()
    expect(said(forwarded('', { proxied: {} }), behind)).toBeUndefined()
  })

  test('and an origin is this server’s where it is public, or the end of this very connection', () => {
    const includes = (origin: string, sent: Sent = {}, origins = start()) =>
      origins.includes(origin, requestOf(sent, origins))
    for (const origin of ['http://127.0.0.1:8080', 'http://localhost:8080', 'HTTP://LOCALHOST:8080'])
      expect([origin, includes(origin)]).toEqual([origin, true])
    for (const origin of [
      'https://127.0.0.1:8080',
      'http://127.0.0.1',
      'http://127.0.0.1:8081',
      'http://evil.example:8080',
      'null',
      '',
    ])
      expect([origin, includes(origin)]).toEqual([origin, false])
    expect(includes('https://127.0.0.1:8080', { encrypted: true })).toBe(true)
    expect(includes('http://127.0.0.1:8080', { encrypted: true })).toBe(false)
    expect(includes('http://127.0.0.1', { port: 80 })).toBe(true)
    expect(includes('https://127.0.0.1', { port: 443, encrypted: true })).toBe(true)
    expect(includes('http://server:8080', {}, start({ names: new Set(['server']) }))).toBe(true)
    const publicOrigins = ['https://curfew.example']
    expect(includes('https://CURFEW.example:443', {}, start({ publicOrigins }))).toBe(true)
    expect(includes('http://curfew.example', {}, start({ publicOrigins }))).toBe(false)
    const behind = start({ behindProxy: true, publicOrigins })
    const forwarded = {
      headers: [
        ['Host', '127.0.0.1:8080'],
        ['X-Forwarded-Host', 'curfew.example'],
      ],
    } as const
    expect(includes('https://curfew.example', forwarded, behind)).toBe(true)
    expect(includes('http://127.0.0.1:8080', forwarded, behind)).toBe(false)
    expect(includes('http://127.0.0.1:8080', forwarded, start({ publicOrigins }))).toBe(true)
    expect(includes('http://127.0.0.1:8080', {}, behind)).toBe(true)
  })
})

describe('Connections', () => {
  test('count for the network they come from, and this machine’s for none', () => {
    expect(mostConnections).toBe(1_000)
    for (const [remoteAddress, network] of [
      ['192.0.2.7', '192.0.2.7'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['2001:db8:1:2:3::4', '2001:db8:1:2/64'],
      ['127.0.0.1', undefined],
      ['::1', undefined],
      ['::ffff:127.0.0.9', undefined],
      [undefined, undefined],
      ['x', undefined],
    ] as const)
      expect([remoteAddress, networkOf({ remoteAddress })]).toEqual([remoteAddress, network])
  })

  test('beyond a network’s share are closed at once, and those that end make room', () => {
    const server = new EventEmitter()
    limitConnections(server as never, 2, ({ remoteAddress }) => remoteAddress)
    const connect = (remoteAddress?: string) => {
      const socket = Object.assign(new EventEmitter(), {
        remoteAddress,
        isClosed: false,
        destroy: () => {
          socket.isClosed = true
          socket.emit('close')
        },
      })
      server.emit('connection', socket)
      return socket
    }
    const [one, two, three] = [connect('a'), connect('a'), connect('a')]
    expect([one.isClosed, two.isClosed, three.isClosed]).toEqual([false, false, true])
    expect([connect('b').isClosed, connect('b').isClosed, connect('b').isClosed]).toEqual([
      false,
      false,
      true,
    ])
    for (let index = 0; index < 5; index++) expect(connect(undefined).isClosed).toBe(false)
    // One that was refused had no share to give back.
    expect(connect('a').isClosed).toBe(true)
    one.emit('close')
    one.emit('close')
    expect([connect('a').isClosed, connect('a').isClosed]).toEqual([false, true])
    two.emit('close')
    expect([connect('a').isClosed, connect('a').isClosed]).toEqual([false, true])
  })
})
