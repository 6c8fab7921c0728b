import { Writable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, test, vi } from 'vitest'
import type { Caller } from '../../service/http/caller.ts'
import { createEventStream } from '../../service/http/event-stream.ts'
import type { Journal, NumberedEvent } from '../../service/store/journal.ts'
import type { Sessions } from '../../service/store/sessions.ts'
import { openDatabases } from './databases.ts'
import { listen } from './event-listener.ts'
import { password, startService } from './support.ts'

describe.each(openDatabases())('on the $name database', ({ open }) => {
  test('O5: whoever loses what their stream stands on hears nothing more, by whichever way they lose it', async () => {
    await using service = await startService({ open })
    const owner = await service.signIn('owner', { rememberMe: true })
    const ways: Readonly<Record<string, (id: string, username: string) => Promise<unknown>>> = {
      disabled: (id) => owner.call('PATCH', `users/${id}`, { disabled: true }),
      'without the right to see others': (id) => owner.call('PATCH', `users/${id}`, { permissions: [] }),
      'with another password': (id) =>
        owner.call('PATCH', `users/${id}`, { password: 'one that is quite new' }),
      revoked: (id) => owner.call('DELETE', `users/${id}/sessions`),
      'revoked among many': (id) => owner.call('POST', 'sessions/revoke', { userIds: [id], reason: 'left' }),
      'gone idle': async () => {
        service.pass(1_200)
        await service.service.sweep()
      },
    }
    for (const [at, [how, lose]] of Object.entries(ways).entries()) {
      const username = `watcher${at}`
      const { id } = await service.addUser(username, { permissions: ['UserView'] })
      const watcher = await service.signIn(username)
      const listener = await listen(service.origin, watcher.token)
      await service.addUser(`before${at}`)
      await listener.until('user-changed')
      await lose(id, username)
      await vi.waitFor(() => expect([how, listener.ended()]).toEqual([how, true]), { timeout: 5_000 })
      const heard = listener.heard.length
      await service.addUser(`after${at}`)
      expect([how, listener.heard.length]).toEqual([how, heard])
    }
  })

  test('O5: the stream of somebody who signs out ends, and their other streams do not', async () => {
    await using service = await startService({ open })
    await service.addUser('mia')
    const [leaving, staying] = [await service.signIn('mia'), await service.signIn('mia')]
    const left = await listen(service.origin, leaving.token)
    const stayed = await listen(service.origin, staying.token)
    await leaving.call('POST', 'sign-out')
    await vi.waitFor(() => expect(left.ended()).toBe(true))
    await service.call('POST', 'sign-in', { username: 'mia', password })
    await stayed.until('session-started')
    expect(stayed.ended()).toBe(false)
    stayed.close()
  })
})

const owner = {
  holder: { id: 'o', role: 'owner', permissions: [] },
  session: { id: 's' },
} as unknown as Caller

/** A connection whose other end reads only when it is told to. */
function slowConnection() {
  const waiting: (() => void)[] = []
  const ids: number[] = []
  const raw = new Writable({
    decodeStrings: false,
    write: (chunk: string, _, done) => {
      for (const [, id] of chunk.matchAll(/^id: (\d+)$/gm)) ids.push(Number(id))
      waiting.push(done)
    },
  })
  const reply = {
    getHeaders: () => ({}),
    hijack: () => {},
    raw: Object.assign(raw, { writeHead: () => {} }),
  } as unknown as FastifyReply
  return {
    raw,
    reply,
    ids,
    read: () => waiting.shift()?.(),
  }
}

const event = (seq: number, bytes: number): NumberedEvent => ({
  seq,
  at: 0,
  event: { type: 'policy-changed', data: { etag: 'x'.repeat(bytes), by: 'owner' } },
})

/** A journal of events that are held in memory, and what it is asked for. */
function heldJournal(stored: NumberedEvent[]) {
  let hear: (event: NumberedEvent) => void = () => {}
  const limits: number[] = []
  let [reading, mostAtOnce] = [0, 0]
  const journal = {
    subscribe: (listener: (event: NumberedEvent) => void) => {
      hear = listener
      return () => {}
    },
    since: async (seq: number, limit: number) => {
      limits.push(limit)
      mostAtOnce = Math.max(mostAtOnce, ++reading)
      await Promise.resolve()
      reading--
      return stored.slice(seq, seq + limit)
    },
    lastSeq: async () => stored.length,
  } as unknown as Journal
  return {
    journal,
    limits,
    mostAtOnce: () => mostAtOnce,
    add: (added: NumberedEvent) => {
      stored.push(added)
      hear(added)
    },
  }
}

/** What may wait for one listener: the bound and one event beyond it. */
const bound = 64_000 + 55_000
const largeOrSmall = (at: number) => event(at + 1, at % 5 === 0 ? 50_000 : 100)

/** Reads to the end. @returns the numbers of the events, and the most that waited meanwhile */
async function readAll(connection: ReturnType<typeof slowConnection>, count: number) {
  let most = 0
  await vi.waitFor(
    () => {
      for (let turn = 0; turn < 200; turn++) {
        most = Math.max(most, connection.raw.writableLength)
        connection.read()
      }
      expect(connection.ids).toHaveLength(count)
    },
    { timeout: 60_000, interval: 1 },
  )
  return { ids: connection.ids, most }
}

test('B7: whoever resumes over 7 000 events and reads nothing has a bounded part of them waiting; reading, they get all, in order and once', async () => {
  const stored = Array.from({ length: 7_000 }, (_, at) => largeOrSmall(at))
  const { journal, limits } = heldJournal(stored)
  const events = createEventStream({ journal, sessions: {} as Sessions })
  const connection = slowConnection()
  await events.open(owner, {} as FastifyRequest, connection.reply, 0)
  await vi.waitFor(() => expect(connection.raw.writableNeedDrain).toBe(true))
  expect(connection.raw.writableLength).toBeLessThan(bound)
  expect(limits).toHaveLength(1)
  const { ids, most } = await readAll(connection, 7_000)
  expect(most).toBeLessThan(bound)
  expect(ids).toEqual(stored.map(({ seq }) => seq))
  events.close()
})

test('B7: a burst of large events leaves a bounded part waiting for a listener who reads nothing; they are not dropped and miss none', async () => {
  const { journal, add, limits } = heldJournal([event(1, 100)])
  const events = createEventStream({ journal, sessions: {} as Sessions })
  const connection = slowConnection()
  await events.open(owner, {} as FastifyRequest, connection.reply, 0)
  // They are up to date, and hear of each event at once.
  await readAll(connection, 1)
  await vi.waitFor(() => expect(limits).toHaveLength(1))
  for (let at = 1; at < 3_000; at++) add(largeOrSmall(at))
  expect(connection.raw.writableLength).toBeLessThan(bound)
  expect(events.listeners()).toBe(1)
  const { ids, most } = await readAll(connection, 3_000)
  expect(most).toBeLessThan(bound)
  expect(ids).toEqual(Array.from({ length: 3_000 }, (_, at) => at + 1))
  events.close()
})

test('B7: what happens while the last of what they missed is on its way comes after it', async () => {
  const { journal, add, limits } = heldJournal(Array.from({ length: 20 }, (_, at) => largeOrSmall(at)))
  const events = createEventStream({ journal, sessions: {} as Sessions })
  const connection = slowConnection()
  await events.open(owner, {} as FastifyRequest, connection.reply, 0)
  await vi.waitFor(() => expect(connection.raw.writableNeedDrain).toBe(true))
  expect(limits).toHaveLength(1)
  for (let at = 20; at < 25; at++) add(largeOrSmall(at))
  const { ids } = await readAll(connection, 25)
  expect(ids).toEqual(Array.from({ length: 25 }, (_, at) => at + 1))
  // And whoever resumes from the same place later has both: what was read too early is not kept.
  const later = slowConnection()
  await events.open(owner, {} as FastifyRequest, later.reply, 0)
  expect((await readAll(later, 25)).ids).toEqual(ids)
  events.close()
})

test('B7: sixty streams that resume read a piece at a time, one stream after the other, and leave the turns between to everybody else', async () => {
  const { journal, limits, mostAtOnce } = heldJournal(
    Array.from({ length: 1_000 }, (_, at) => event(at + 1, 100)),
  )
  const events = createEventStream({ journal, sessions: {} as Sessions })
  let heard = 0
  for (let at = 0; at < 60; at++) {
    const raw = new Writable({
      decodeStrings: false,
      write: (chunk: string, _, done) => {
        heard += chunk.match(/^id: /gm)?.length ?? 0
        done()
      },
    })
    const reply = {
      getHeaders: () => ({}),
      hijack: () => {},
      raw: Object.assign(raw, { writeHead: () => {} }),
    } as unknown as FastifyReply
    const caller = { ...owner, holder: { ...owner.holder, id: `person${at}` } }
    await events.open(caller, {} as FastifyRequest, reply, 0)
  }
  // What stands for everybody else's requests: it runs once in each turn of the event loop.
  let [others, going] = [0, true]
  const elsewhere = () => {
    others++
    if (going) setImmediate(elsewhere)
  }
  setImmediate(elsewhere)
  await vi.waitFor(() => expect(heard).toBe(60 * 1_000), { timeout: 60_000, interval: 5 })
  going = false
  expect(mostAtOnce()).toBe(1)
  // What one has just read, the next who stands at the same place is given.
  expect(new Set(limits)).toEqual(new Set([25]))
  // Forty pieces, and for each stream at most one look that finds nothing more.
  expect(limits.length).toBeLessThanOrEqual(40 + 60)
  expect(others).toBeGreaterThan((60 * 1_000) / 25)
  events.close()
})
