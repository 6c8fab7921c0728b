import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Outcome } from '../../domain/problem.ts'
import type { ConnectTarget, Fetch } from '../../main/connectors/connector.ts'
import { sessionService } from '../../main/connectors/session-service/session-service.ts'
import { contract } from '../../preload/contract/index.ts'
import { demoPeople, ownerPassword, startTestService, type TestService } from '../support/session-service.ts'

const signIn = { credential: { kind: 'password', account: 'owner', secret: ownerPassword } } as const
const never = new AbortController().signal

/** All that Curfew asks of a server, each held to what may cross to the window. */
async function askEverything(target: ConnectTarget): Promise<readonly Outcome<unknown>[]> {
  const outcomes: Outcome<unknown>[] = [await sessionService.probe(target)]
  const connected = await sessionService.connect(target, signIn)
  outcomes.push(connected)
  if (!connected.ok) return outcomes
  const { policy, users, sessions } = connected.value
  const held = async (channel: keyof typeof contract, asked: Promise<Outcome<unknown>> | undefined) => {
    const outcome = await asked
    if (outcome?.ok) contract[channel].out.parse(outcome.value)
    if (outcome) outcomes.push(outcome)
    return outcome
  }
  await held('policy.read', policy?.read())
  const { query } = contract['users.list'].in.parse({
    instance: '00000000-0000-4000-8000-000000000000',
    query: { search: demoPeople.member, limit: 5 },
  })
  const list = await users?.list(query)
  if (list) await held('users.list', Promise.resolve(list))
  const id = list?.ok ? (list.value.items[0]?.id ?? 'u1') : 'u1'
  await held('users.read', users?.read(id))
  await held('users.sessions', sessions?.ofUser?.(id))
  await held('sessions.revoke', sessions?.revoke.users?.([id], { reason: 'x', includeOwn: false }))
  await connected.value.close()
  return outcomes
}

interface Recorded {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

let service: TestService
/** What the real service answers to all of it, by path. */
const recorded = new Map<string, Recorded>()
const keyOf = (url: string, method = 'GET') =>
  `${method} ${new URL(url).pathname.replace(/[0-9a-f-]{36}/g, '…')}`

beforeAll(async () => {
  service = await startTestService()
  const fetchAndRecord: Fetch = async (url, init) => {
    const answer = await fetch(url, init)
    const body = await answer.text()
    const headers = { 'content-type': answer.headers.get('content-type') ?? '' }
    recorded.set(keyOf(url, init?.method), { status: answer.status, headers, body })
    return new Response(body || null, { status: answer.status, headers })
  }
  const outcomes = await askEverything({ baseUrl: service.url, fetch: fetchAndRecord, signal: never })
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([])
  expect(recorded.size).toBeGreaterThan(5)
})
afterAll(() => service.stop())

const longText = 'x'.repeat(200_000)
/** What a server may put where something else belongs. */
const hostileValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0.5,
    1e308,
    Number.MAX_SAFE_INTEGER + 2,
    '',
    '9999-99-99T99:99:99Z',
    '<img src=x onerror=alert(1)>',
    '\u202e\u0000\ud800',
    longText,
    [],
    {},
    [[[[[]]]]],
    Array.from({ length: 20_000 }, () => ({})),
    { toString: 1, valueOf: 2, length: -1 },
    JSON.parse('{"then":1}'),
  ),
  fc.jsonValue(),
)

/** Every place in a JSON value. */
function placesIn(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, child]) => placesIn(child, [...at, key]))]
}

function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by
  const copy: Record<string, unknown> = Array.isArray(value)
    ? ([...value] as never)
    : { ...(value as object) }
  copy[key] = replaced(copy[key], rest, by)
  return copy
}

/** `Object.prototype` as it should be. */
const clean = Object.getOwnPropertyNames(Object.prototype).sort().join()
const isClean = () =>
  Object.getOwnPropertyNames(Object.prototype).sort().join() === clean && !('polluted' in {})

const pollution =
  '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}'

/** A server that answers as recorded, but for one path. */
const fetchBut =
  (path: string, change: (body: string) => string): Fetch =>
  async (url, init) => {
    const key = keyOf(url, init?.method)
    const { status, headers, body } = recorded.get(key) ?? { status: 404, headers: {}, body: '' }
    return new Response((key === path ? change(body) : body) || null, { status, headers })
  }

describe('C2: a server that lies', () => {
  test('whatever one field of one answer becomes, it is an outcome, and nothing that the window may not be told', async () => {
    const places = [...recorded].flatMap(([path, { body }]) =>
      body === '' ? [] : placesIn(JSON.parse(body)).map((place) => ({ path, place })),
    )
    expect(places.length).toBeGreaterThan(50)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), hostileValue, async ({ path, place }, value) => {
        const fetch = fetchBut(path, (body) => JSON.stringify(replaced(JSON.parse(body), place, value)))
        const outcomes = await askEverything({ baseUrl: 'http://127.0.0.1:1', fetch, signal: never })
        for (const outcome of outcomes)
          if (!outcome.ok) expect(outcome.problem.message).not.toContain(longText)
        expect(isClean()).toBe(true)
      }),
      { numRuns: 200 },
    )
  }, 120_000)

  test('keys that would change every object in the program change none', async () => {
    for (const path of recorded.keys()) {
      const fetch = fetchBut(path, (body) => body.replaceAll('{', `{${pollution},`).replaceAll(',}', '}'))
      await askEverything({ baseUrl: 'http://127.0.0.1:1', fetch, signal: never })
      expect(isClean(), path).toBe(true)
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    }
  })

  test('a list that never ends is read no further than twenty pages', async () => {
    const paths = [...recorded].filter(([, { body }]) => body.includes('"nextCursor"')).map(([path]) => path)
    expect(paths.length).toBeGreaterThan(0)
    for (const path of paths) {
      let pages = 0
      const fetch = fetchBut(path, (body) => {
        pages += 1
        return JSON.stringify({ ...JSON.parse(body), nextCursor: `page-${pages}` })
      })
      await askEverything({ baseUrl: 'http://127.0.0.1:1', fetch, signal: never })
      expect(pages, path).toBeLessThanOrEqual(20)
    }
  })
})

const json = { 'content-type': 'application/json' }
const bomb = Buffer.alloc(64 * 1024 * 1024, 0x20)

/** What a server may do on the wire; all of it is an outcome within seconds, in little memory. */
const wires: readonly (readonly [what: string, answer: RequestListener, said?: RegExp])[] = [
  [
    'a gzip that unpacks to a thousand times its size',
    (_, response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(bomb)),
    /more than Curfew reads at once/,
  ],
  [
    'a brotli that does',
    (_, response) => response.writeHead(200, { ...json, 'content-encoding': 'br' }).end(brotliBomb),
    /more than Curfew reads at once/,
  ],
  [
    'a gzip of a gzip',
    (_, response) =>
      response.writeHead(200, { ...json, 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync(bomb))),
    /more than Curfew reads at once/,
  ],
  [
    'what says it is packed, and isn’t',
    (_, response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('{"name":"x"}'),
  ],
  [
    'headers without an end',
    (_, response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\n')
      const more = setInterval(() => response.socket?.write(`x-${'h'.repeat(60_000)}: 1\r\n`), 1)
      response.socket?.on('close', () => clearInterval(more))
      response.socket?.on('error', () => {})
    },
  ],
  ['what is no HTTP', (_, response) => void response.socket?.end('220 smtp.example.com ESMTP\r\n')],
  ['a status that there is not', (_, response) => void response.socket?.end('HTTP/1.1 999 Huh\r\n\r\n{}')],
  [
    'early hints over and over, and then nothing',
    (_, response) => {
      for (let at = 0; at < 500; at++) response.socket?.write('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n')
      response.socket?.end()
    },
  ],
  [
    'a hundred thousand keys',
    (_, response) =>
      response
        .writeHead(200, json)
        .end(JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`k${at}`, at])))),
  ],
  ['a number of a million digits', (_, response) => response.writeHead(200, json).end('9'.repeat(1_000_000))],
  ['bytes that are no text', (_, response) => response.writeHead(200, json).end(Buffer.alloc(1000, 0xff))],
]
const brotliBomb = brotliCompressSync(Buffer.alloc(64 * 1024 * 1024, 0x20), { params: {} })

async function serve(answer: RequestListener) {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('C2: a server that means harm', () => {
  test.each(wires.map(([what, answer, said = /^\S.+\.$/s]) => ({ what, answer, said })))(
    '$what is a problem in words, and soon',
    async ({ answer, said }) => {
      const baseUrl = await serve(answer)
      const before = process.memoryUsage().rss
      const started = performance.now()
      const outcome = await sessionService.probe({ baseUrl, fetch, signal: never })
      expect(outcome).toMatchObject({ ok: false, problem: { message: expect.stringMatching(said) } })
      expect(performance.now() - started).toBeLessThan(14_000)
      expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
    },
  )

  test.each([301, 302, 303, 307, 308])(
    'a %d sends Curfew nowhere: not to another server, not to a file, not back to the same',
    async (status) => {
      let elsewhere = 0
      const other = await serve((_request, response) => {
        elsewhere += 1
        response.end('{}')
      })
      for (const location of [
        `${other}/api/v1/server`,
        'file:///etc/hostname',
        'data:application/json,{}',
        '/',
      ]) {
        let asked = 0
        const baseUrl = await serve((_request, response) => {
          asked += 1
          response.writeHead(status, { location }).end()
        })
        expect(await sessionService.connect({ baseUrl, fetch, signal: never }, signIn)).toMatchObject({
          ok: false,
        })
        expect(asked).toBe(1)
      }
      expect(elsewhere).toBe(0)
    },
  )
})
