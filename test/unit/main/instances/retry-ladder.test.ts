import { describe, expect, test } from 'vitest'
import { succeed } from '../../../../domain/problem.ts'
import { sessionService } from '../../../../main/connectors/session-service/session-service.ts'
import { createConnections } from '../../../../main/instances/connections.ts'
import { accessWithPassword } from '../../../support/access.ts'
import { sampleInstance as instance } from '../../../support/sample-instance.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const { id } = instance

/** What lets work that has begun go on; nothing in this test waits for a real clock. */
const settle = async () => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** When an instance's server is asked for `path` within an hour, in seconds, where it always answers that like this. */
async function askedInAnHour(
  path: '/server' | '/sign-in',
  answer: () => Response,
  screenAsks: boolean,
): Promise<readonly number[]> {
  const time = createVirtualTime()
  const start = time.clock.wall()
  const asked: number[] = []
  const server = { name: 'Test', version: '1', instanceId: 'server-1', capabilities: [] }
  const registry = {
    list: () => [instance],
    get: () => instance,
    put: async () => {},
    remove: async () => {},
    clear: async () => {},
  }
  const access = {
    registry,
    connectorOf: () => sessionService,
    fetch: async (url: string) => {
      if (!url.endsWith(path)) return Response.json(server)
      asked.push((time.clock.wall() - start) / 1_000)
      return answer()
    },
  }
  const connections = createConnections({
    registry,
    access: accessWithPassword(access, 'x'),
    after: time.after,
    now: () => new Date(time.clock.wall()),
  })
  connections.open(new AbortController().signal)
  await settle()
  for (let second = 0; second < 3_600; second += 1) {
    time.pass(1_000)
    if (screenAsks) void connections.use(id, async () => succeed(undefined))
    await settle()
  }
  connections.close()
  return asked
}

const throttled = { code: 'throttled', title: 'Too many attempts' }
const own = (status: number, retryAfter: string | undefined) => () =>
  Response.json(
    { ...throttled, code: status === 429 ? 'throttled' : 'unavailable' },
    { status, ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }) },
  )
const gateway = (status: number, retryAfter: string | undefined) => () =>
  new Response('<h1>Busy</h1>', {
    status,
    ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
  })

/** 1 s, 2 s, 5 s, 10 s, and then every 30 s. */
const ladder = 124

const values = [
  [undefined, ladder],
  ['', ladder],
  ['0', ladder],
  ['-5', ladder],
  ['1e99', ladder],
  ['1.5', ladder],
  ['soon', ladder],
  ['Thu, 01 Jan 1970 00:00:00 GMT', ladder],
  ['1', ladder],
  ['60', 61],
  ['300', 13],
  ['2592000', 13],
  ['9'.repeat(40), 13],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 13],
] as const

describe('C2: a server that wants a pause', () => {
  test.each(values)('with “Retry-After: %s” is asked %d times in an hour', async (retryAfter, times) => {
    for (const answer of [
      own(429, retryAfter),
      gateway(429, retryAfter),
      own(503, retryAfter),
      gateway(503, retryAfter),
    ]) {
      const asked = await askedInAnHour('/server', answer, false)
      expect(asked.length).toBe(times)
      expect(asked[1]).toBeGreaterThanOrEqual(1)
    }
  })

  test.each(values)(
    'with “Retry-After: %s” is not asked more often by a screen that keeps asking',
    async (retryAfter, times) => {
      expect(await askedInAnHour('/server', own(429, retryAfter), true)).toHaveLength(times)
    },
  )
})

describe('C1: a password that was sent and came to nothing', () => {
  test.each<[string, () => Response]>([
    ['the server wants a pause', own(429, '1')],
    ['the server is too busy', own(503, undefined)],
    ['a gateway is too busy', gateway(503, '1')],
    ['a gateway answers', gateway(502, undefined)],
    ['a page answers', () => new Response('<h1>Sign in to the network</h1>')],
    ['it was wrong', () => Response.json({ code: 'invalid-credentials' }, { status: 401 })],
    [
      'the connection breaks',
      () => {
        throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
      },
    ],
  ])('is not sent again by itself, nor because a screen asks: %s', async (_, answer) => {
    expect(await askedInAnHour('/sign-in', answer, true)).toEqual([0])
  })
})
