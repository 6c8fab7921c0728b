import { EventEmitter } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { News } from '../../../../domain/news.ts'
import type { Caller } from '../../../../service/http/caller.ts'
import { createEventStream } from '../../../../service/http/event-stream.ts'
import type { Journal, NumberedEvent } from '../../../../service/store/journal.ts'
import type { Sessions } from '../../../../service/store/sessions.ts'

afterEach(() => {
  vi.useRealTimers()
})

const userChanged = (userId: string): News => ({ type: 'user-changed', data: { userId, change: 'changed' } })
const policyChanged: News = { type: 'policy-changed', data: { etag: '"1"', by: 'x' } }
const entryChanged: News = {
  type: 'entry-changed',
  data: { id: '1', type: 'a', key: 'b', change: 'added', by: 'x' },
}
const ended = (...those: readonly (readonly [string, string])[]): News => ({
  type: 'session-ended',
  data: { reason: 'revoked', sessions: those.map(([id, userId]) => ({ id, userId, kind: 'web' })) },
})
const written = (seq: number, { type, data }: News) =>
  `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`

type Role = 'owner' | 'member'

/** A client's end of a stream: what it was sent, and how much of that it has not read. */
function newClient() {
  const sent: string[] = []
  const client = Object.assign(new EventEmitter(), {
    sent,
    heads: [] as unknown[],
    isEnded: false,
    isDestroyed: false,
    writableLength: 0,
    writableNeedDrain: false,
    writeHead: (...head: readonly unknown[]) => client.heads.push(head),
    write: (text: string) => sent.push(text),
    end: () => {
      client.isEnded = true
    },
    destroy: () => {
      client.isDestroyed = true
      client.emit('close')
    },
  })
  return client
}

/** The stream on a journal and sessions in memory. */
function openStream() {
  const kept: NumberedEvent[] = []
  const reads: (readonly [number, number])[] = []
  const rechecked: string[] = []
  /** Sessions that are over by now, and people who have another role. */
  const [over, roles] = [new Set<string>(), new Map<string, Role>()]
  let deliver: ((event: NumberedEvent) => void) | undefined
  const state = { oldest: 0, last: 0, fails: false }
  const journal = {
    subscribe: (listener: typeof deliver) => {
      deliver = listener
      return () => {
        deliver = undefined
      }
    },
    lastSeq: async () => state.last,
    since: async (after: number, most: number) => {
      reads.push([after, most])
      if (state.fails) throw new Error('The disk fails.')
      if (after < state.oldest) return undefined
      return kept.filter(({ seq }) => seq > after).slice(0, most)
    },
  } as unknown as Journal
  const holderOf = (id: string, role: Role) =>
    ({ id, username: id, displayName: id, email: '', role, permissions: [] }) as const
  const sessions = {
    recheck: async (id: string) => {
      rechecked.push(id)
      if (over.has(id)) return { state: 'ended', reason: 'revoked' }
      const userId = id.split('/')[0] ?? ''
      return { state: 'running', holder: holderOf(userId, roles.get(userId) ?? 'owner') }
    },
  } as unknown as Sessions
  const stream = createEventStream({ journal, sessions })
  const keep = (event: News) => {
    state.last += 1
    const numbered = { seq: state.last, at: 0, event }
    kept.push(numbered)
    return numbered
  }
  return {
    stream,
    state,
    reads,
    rechecked,
    over,
    roles,
    /** Has happened before, or is told by nobody. */
    keep,
    tell: (event: News) => deliver?.(keep(event)),
    tellAgain: (numbered: NumberedEvent) => deliver?.(numbered),
    isHeard: () => deliver !== undefined,
    /** Somebody listens with their session `id/…`. */
    listen: async (session: string, role: Role = 'owner', after?: number, client = newClient()) => {
      const id = session.split('/')[0] ?? ''
      roles.set(id, role)
      const caller = {
        holder: holderOf(id, role),
        session: { id: session },
        via: 'bearer',
      } as unknown as Caller
      let isTakenOver = false
      const reply = {
        raw: client,
        getHeaders: () => ({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }),
        hijack: () => {
          isTakenOver = true
        },
      } as unknown as FastifyReply
      await stream.open(caller, {} as FastifyRequest, reply, after)
      expect(isTakenOver).toBe(true)
      return client
    },
  }
}

/** Until whoever was behind has caught up. */
const caughtUp = async (client: ReturnType<typeof newClient>, count: number) =>
  await expect.poll(() => client.sent.length, { interval: 1 }).toBe(count)
/** Time for everything that could still happen. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('Whoever listens', () => {
  test('is answered a stream that nobody keeps, with the headers set so far', async () => {
    const { listen, stream, keep } = openStream()
    keep(policyChanged)
    const client = await listen('anna/1')
    expect(client.heads).toEqual([
      [
        200,
        {
          'x-content-type-options': 'nosniff',
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store, no-transform',
          'x-accel-buffering': 'no',
          connection: 'close',
        },
      ],
    ])
    await settled()
    expect(client.sent).toEqual(['retry: 2000\n\n'])
    expect(stream.listeners()).toBe(1)
  })

  test('hears of everything once, as it happens', async () => {
    const { listen, tell, tellAgain } = openStream()
    const client = await listen('anna/1')
    await settled()
    tell(policyChanged)
    tell(userChanged('bob'))
    tellAgain({ seq: 1, at: 0, event: policyChanged })
    tellAgain({ seq: 2, at: 0, event: entryChanged })
    expect(client.sent).toEqual([
      'retry: 2000\n\n',
      written(1, policyChanged),
      written(2, userChanged('bob')),
    ])
  })

  test('hears only the part that concerns them, where they may not hear the rest', async () => {
    const { listen, tell } = openStream()
    const owner = await listen('anna/1')
    const member = await listen('bob/1', 'member')
    await settled()
    const both = ended(['anna/9', 'anna'], ['bob/9', 'bob'])
    tell(policyChanged)
    tell(both)
    expect(owner.sent.slice(1)).toEqual([written(1, policyChanged), written(2, both)])
    expect(member.sent.slice(1)).toEqual([written(2, ended(['bob/9', 'bob']))])
  })

  test('is sent what they missed, in order and in pieces, and then what happens', async () => {
    const { listen, keep, tell, reads } = openStream()
    for (let count = 0; count < 60; count++) keep(userChanged(`u${count}`))
    const client = await listen('anna/1', 'owner', 3)
    await caughtUp(client, 58)
    expect(client.sent.slice(1)).toEqual(
      Array.from({ length: 57 }, (_, index) => written(index + 4, userChanged(`u${index + 3}`))),
    )
    expect(reads).toEqual([
      [3, 25],
      [28, 25],
      [53, 25],
    ])
    await settled()
    tell(policyChanged)
    expect(client.sent.at(-1)).toBe(written(61, policyChanged))
    expect(reads).toHaveLength(3)
  })

  test('who resume together after the same event are read for once, as long as the piece is whole', async () => {
    const { listen, keep, reads } = openStream()
    for (let count = 0; count < 25; count++) keep(policyChanged)
    const [first, second] = [await listen('anna/1', 'owner', 0), await listen('bob/1', 'owner', 0)]
    await caughtUp(first, 26)
    await caughtUp(second, 26)
    expect(reads.filter(([after]) => after === 0)).toHaveLength(1)
    // What is not whole may have grown.
    await expect.poll(() => reads.filter(([after]) => after === 25), { interval: 1 }).toHaveLength(2)
  })

  test('and only the newest eight pieces are kept', async () => {
    const { listen, keep, reads } = openStream()
    for (let count = 0; count < 33; count++) keep(policyChanged)
    for (let after = 0; after < 9; after++)
      await caughtUp(await listen(`u${after}/1`, 'owner', after), 34 - after)
    const before = reads.length
    await caughtUp(await listen('again/1', 'owner', 1), 33)
    expect(reads.slice(before).map(([after]) => after)).toEqual([26])
    await caughtUp(await listen('again/2', 'owner', 0), 34)
    expect(reads.slice(before + 1).map(([after]) => after)).toEqual([0, 25])
  })

  test('is told to read everything anew where what they missed is kept no more', async () => {
    const { listen, keep, state, tell } = openStream()
    keep(policyChanged)
    keep(policyChanged)
    state.oldest = 2
    const client = await listen('anna/1', 'owner', 1)
    await caughtUp(client, 2)
    expect(client.sent[1]).toBe('event: reset\ndata: {}\n\n')
    await settled()
    tell(entryChanged)
    expect(client.sent.slice(2)).toEqual([written(3, entryChanged)])
  })

  test('hears what happens while they are behind, in its place', async () => {
    const { listen, keep, tell } = openStream()
    keep(policyChanged)
    const client = await listen('anna/1', 'owner', 0)
    tell(entryChanged)
    tell(userChanged('bob'))
    expect(client.sent).toHaveLength(1)
    await caughtUp(client, 4)
    expect(client.sent.slice(1)).toEqual([
      written(1, policyChanged),
      written(2, entryChanged),
      written(3, userChanged('bob')),
    ])
  })

  test('and whose database fails is let go', async () => {
    const { listen, state } = openStream()
    state.fails = true
    const client = await listen('anna/1', 'owner', 0)
    await expect.poll(() => client.isEnded, { interval: 1 }).toBe(true)
    state.fails = false
    const next = await listen('anna/1', 'owner', 0)
    await settled()
    expect(next.isEnded).toBe(false)
  })
})

describe('Whoever reads slowly', () => {
  test('is left what waits until they have read', async () => {
    const { listen, tell } = openStream()
    const client = await listen('anna/1')
    await settled()
    client.writableLength = 64_000
    tell(policyChanged)
    expect(client.sent).toHaveLength(2)
    client.writableLength = 64_001
    client.writableNeedDrain = true
    tell(entryChanged)
    tell(userChanged('bob'))
    expect(client.sent).toHaveLength(2)
    // One large event and no more goes out before they have read.
    await caughtUp(client, 3)
    await settled()
    expect(client.sent).toHaveLength(3)
    client.writableLength = 0
    client.writableNeedDrain = false
    client.emit('drain')
    await caughtUp(client, 4)
    expect(client.sent.slice(2)).toEqual([written(2, entryChanged), written(3, userChanged('bob'))])
    await settled()
    expect([client.listenerCount('drain'), client.listenerCount('close'), client.isDestroyed]).toEqual([
      0,
      1,
      false,
    ])
  })

  test('nothing for a minute is let go', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    const { listen, tell, stream } = openStream()
    const client = await listen('anna/1')
    await settled()
    client.writableLength = 64_001
    client.writableNeedDrain = true
    tell(entryChanged)
    await settled()
    vi.advanceTimersByTime(59_999)
    expect(client.isDestroyed).toBe(false)
    vi.advanceTimersByTime(1)
    expect(client.isDestroyed).toBe(true)
    await settled()
    expect(stream.listeners()).toBe(0)
  })
})

describe('A stream ends', () => {
  test.each(['close', 'error'])('with its client: %s', async (how) => {
    const { listen, tell, stream } = openStream()
    const client = await listen('anna/1')
    await settled()
    client.emit(how, new Error('gone'))
    expect(stream.listeners()).toBe(0)
    tell(policyChanged)
    expect(client.sent).toHaveLength(1)
  })

  test('for a client who is gone before they have caught up, without a word', async () => {
    const { listen, keep, reads } = openStream()
    keep(policyChanged)
    keep(policyChanged)
    // Whoever came first is read for first.
    const first = await listen('bob/1', 'owner', 0)
    const client = await listen('anna/1', 'owner', 1)
    client.emit('close')
    await caughtUp(first, 3)
    await settled()
    expect([client.sent, reads]).toEqual([['retry: 2000\n\n'], [[0, 25]]])
  })

  test('with its session, after saying so', async () => {
    const { listen, tell, stream } = openStream()
    const [gone, stays] = [await listen('anna/1'), await listen('anna/2')]
    await settled()
    tell(ended(['anna/1', 'anna']))
    expect([gone.isEnded, stays.isEnded, stream.listeners()]).toEqual([true, false, 1])
    expect(gone.sent.at(-1)).toBe(written(1, ended(['anna/1', 'anna'])))
  })

  test('when its holder has other rights, or their session is over', async () => {
    const { listen, tell, roles, over, rechecked } = openStream()
    const [anna, again, bob] = [await listen('anna/1'), await listen('anna/2'), await listen('bob/1')]
    await settled()
    over.add('anna/2')
    over.add('bob/1')
    tell(userChanged('anna'))
    await settled()
    expect(rechecked).toEqual(['anna/1', 'anna/2'])
    expect([anna.isEnded, again.isEnded, bob.isEnded]).toEqual([false, true, false])
    roles.set('anna', 'member')
    tell(userChanged('anna'))
    await settled()
    expect([anna.isEnded, bob.isEnded]).toEqual([true, false])
  })

  test.each([policyChanged, entryChanged])('when %j has ended its session', async (event) => {
    const { listen, tell, over, rechecked } = openStream()
    const [anna, bob] = [await listen('anna/1'), await listen('bob/1')]
    await settled()
    over.add('bob/1')
    tell(event)
    await settled()
    expect(rechecked).toEqual(['anna/1', 'bob/1'])
    expect([anna.isEnded, bob.isEnded]).toEqual([false, true])
  })

  test('with the service', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { listen, stream, isHeard } = openStream()
    const client = await listen('anna/1')
    stream.close()
    expect([client.isEnded, stream.listeners(), isHeard()]).toEqual([true, 0, false])
    expect(vi.getTimerCount()).toBe(0)
  })
})

test('Every fifteen seconds each is told that the server is there, and looked at again', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { listen, over, rechecked } = openStream()
  const [anna, bob, slow] = [await listen('anna/1'), await listen('bob/1'), await listen('slow/1')]
  await settled()
  over.add('bob/1')
  slow.writableLength = 64_001
  vi.advanceTimersByTime(14_999)
  expect(rechecked).toEqual([])
  vi.advanceTimersByTime(1)
  await settled()
  expect(anna.sent).toEqual(['retry: 2000\n\n', ': still here\n\n'])
  expect(slow.sent).toHaveLength(1)
  expect(rechecked).toEqual(['anna/1', 'bob/1', 'slow/1'])
  expect([anna.isEnded, bob.isEnded, slow.isEnded]).toEqual([false, true, false])
})

describe('So many streams are open at most', () => {
  const refusal = {
    code: 'throttled',
    message: 'Too many event streams are open. Close one of yours, or try again later.',
    more: { headers: { 'retry-after': '30' } },
  }

  test('twenty of one person, and another’s are their own', async () => {
    const { listen, stream } = openStream()
    const first = await listen('anna/0')
    for (let count = 1; count < 20; count++) await listen(`anna/${count}`)
    await expect(listen('anna/20')).rejects.toMatchObject(refusal)
    await listen('bob/0')
    expect(stream.listeners()).toBe(21)
    first.emit('close')
    await listen('anna/20')
  })

  test('two thousand of all', async () => {
    const { listen, stream } = openStream()
    for (let count = 0; count < 2_000; count++) await listen(`u${count % 100}/${count}`)
    await expect(listen('bob/0')).rejects.toMatchObject(refusal)
    expect(stream.listeners()).toBe(2_000)
  })
})
