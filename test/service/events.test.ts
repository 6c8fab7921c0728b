import { type IncomingMessage, request } from 'node:http'
import { expect, test, vi } from 'vitest'
import { News } from '../../domain/news.ts'
import { listen } from './event-listener.ts'
import { startService } from './support.ts'

test('B7: listeners hear of sign-ins, revocations, changes of policy, entries and people', async () => {
  await using service = await startService()
  await service.addUser('anna')
  const owner = await service.signIn('owner')
  const listener = await listen(service.origin, owner.token)
  const bea = await service.addUser('bea')
  await service.signIn('bea')
  await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 3_600 } })
  await owner.call('POST', 'config/entries', { type: 'Flags', key: 'beta', value: 'on' })
  await owner.call('DELETE', `users/${bea.id}/sessions`)
  const ended = await listener.until('session-ended')
  expect(ended.data).toEqual({
    reason: 'revoked',
    sessions: [{ id: expect.any(String), userId: bea.id, kind: 'web' }],
  })
  expect(listener.heard.map(({ type }) => type)).toEqual([
    'user-changed',
    'session-started',
    'policy-changed',
    'entry-changed',
    'session-ended',
  ])
  expect(listener.heard[2]?.data).toEqual({ etag: '"2"', by: 'owner' })
  for (const { type, data } of listener.heard) expect(News.parse({ type, data })).toEqual({ type, data })
  listener.close()
})

test('B7: Last-Event-ID resumes with what was missed, in order and once', async () => {
  await using service = await startService()
  await service.addUser('anna')
  const owner = await service.signIn('owner')
  const first = await listen(service.origin, owner.token)
  await service.addUser('bea')
  const { id } = await first.until('user-changed')
  first.close()
  await service.addUser('carl')
  await service.addUser('dora')
  const second = await listen(service.origin, owner.token, id)
  await vi.waitFor(() => expect(second.heard).toHaveLength(2))
  await service.addUser('emil')
  await vi.waitFor(() => expect(second.heard).toHaveLength(3))
  const ids = second.heard.map((event) => Number(event.id))
  expect(ids).toEqual([Number(id) + 1, Number(id) + 2, Number(id) + 3])
  second.close()
  const unknown = await listen(service.origin, owner.token, '999999')
  await unknown.until('reset')
  unknown.close()
})

test('O5: the stream of a revoked session ends, also when the session just grows idle', async () => {
  await using service = await startService()
  await service.addUser('bea')
  const bea = await service.signIn('bea')
  const owner = await service.signIn('owner', { rememberMe: true })
  const listener = await listen(service.origin, bea.token)
  await owner.call('DELETE', `users/${bea.user.id}/sessions`)
  await vi.waitFor(() => expect(listener.ended()).toBe(true))
  const again = await service.signIn('bea')
  const idle = await listen(service.origin, again.token)
  service.pass(1_200)
  await service.service.sweep()
  await vi.waitFor(() => expect(idle.ended()).toBe(true))
})

test('K1: a member hears of their own sessions and of nobody else’s', async () => {
  await using service = await startService()
  await service.addUser('mia')
  await service.addUser('bea')
  const mia = await service.signIn('mia')
  const listener = await listen(service.origin, mia.token)
  await service.signIn('bea')
  const owner = await service.signIn('owner')
  await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 3_600 } })
  const own = await service.signIn('mia')
  await vi.waitFor(() => expect(listener.heard).toHaveLength(1))
  expect(listener.heard[0]?.data.session.id).toBe(own.sessionId)
  listener.close()
})

test('K5: listening to events is not activity', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  service.pass(1_000)
  const listener = await listen(service.origin, owner.token)
  service.pass(200)
  expect((await owner.call('GET', 'me')).body.reason).toBe('idle')
  listener.close()
})

test('B7: a thousand listeners hear an event within a second', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const people = await Promise.all(
    Array.from({ length: 50 }, async (_, at) => {
      await service.addUser(`viewer${at}`, { permissions: ['UserView'] })
      return await service.signIn(`viewer${at}`)
    }),
  )
  let heard = 0
  const requests = await Promise.all(
    Array.from(
      { length: 1_000 },
      (_, at) =>
        new Promise<ReturnType<typeof request>>((resolve, reject) => {
          const opened = request(
            `${service.origin}/api/v1/events`,
            { headers: { authorization: `Bearer ${people[at % 50]?.token}` }, agent: false },
            (response) => {
              response.on('data', (chunk: Buffer) => {
                if (chunk.includes('event: user-changed')) heard++
              })
              resolve(opened)
            },
          )
          opened.on('error', reject).end()
        }),
    ),
  )
  for (const opened of requests) opened.on('error', () => {})
  const started = performance.now()
  await owner.call('PATCH', `users/${people[0]?.user.id}`, { displayName: 'Viewer' })
  await vi.waitFor(() => expect(heard).toBe(1_000), { timeout: 5_000, interval: 5 })
  expect(performance.now() - started).toBeLessThan(1_000)
  for (const opened of requests) opened.destroy()
})

test('B7: twenty streams are open for one person, and no more; others have theirs', async () => {
  await using service = await startService()
  await service.addUser('mia')
  const owner = await service.signIn('owner')
  const mia = await service.signIn('mia')
  const second = await service.signIn('mia')
  const open = await Promise.all(
    Array.from({ length: 20 }, (_, at) => listen(service.origin, (at % 2 ? mia : second).token)),
  )
  const refused = await mia.call('GET', 'events')
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
    429,
    'throttled',
    '30',
  ])
  const others = await listen(service.origin, owner.token)
  open[0]?.close()
  await vi.waitFor(async () => {
    const again = await listen(service.origin, mia.token)
    again.close()
  })
  for (const listener of [...open, others]) listener.close()
})

test('B7: a listener who reads nothing for a while hears everything in order once they read, and holds up nobody', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const slow = await new Promise<IncomingMessage>((resolve, reject) => {
    request(
      `${service.origin}/api/v1/events`,
      { headers: { authorization: `Bearer ${owner.token}` } },
      resolve,
    )
      .on('error', reject)
      .end()
  })
  slow.pause()
  const quick = await listen(service.origin, owner.token)
  const keys = Array.from({ length: 3_000 }, (_, at) => `${'k'.repeat(180)}${at}`)
  for (let at = 0; at < keys.length; at += 100)
    await Promise.all(
      keys
        .slice(at, at + 100)
        .map((key) => owner.call('POST', 'config/entries', { type: 'Flags', key, value: 'on' })),
    )
  await vi.waitFor(() => expect(quick.heard).toHaveLength(keys.length), { timeout: 20_000 })
  let text = ''
  slow.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  slow.resume()
  const idsOf = (heard: string) => [...heard.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)
  await vi.waitFor(() => expect(idsOf(text)).toHaveLength(keys.length), { timeout: 20_000, interval: 100 })
  expect(idsOf(text)).toEqual(quick.heard.map(({ id }) => id))
  slow.destroy()
  quick.close()
})

test('B7: however many resume from far back, each other request is answered between two small reads', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  for (let at = 0; at < 1_000; at += 100)
    await Promise.all(
      Array.from({ length: 100 }, (_, of) =>
        owner.call('POST', 'config/entries', { type: 'Flags', key: `k${at + of}`, value: 'on' }),
      ),
    )
  const resuming = await Promise.all(
    Array.from({ length: 20 }, () => listen(service.origin, owner.token, '1')),
  )
  const progress: number[] = []
  while (resuming.some(({ heard }) => heard.length < 900)) {
    await owner.call('GET', 'me')
    progress.push(resuming.reduce((sum, { heard }) => sum + heard.length, 0))
  }
  const steps = progress.map((now, at) => now - (progress[at - 1] ?? 0))
  // All of it is about 20 000 events: no answer waited for more than a tenth of that.
  expect(Math.max(...steps.slice(1))).toBeLessThan(2_000)
  expect(progress.length).toBeGreaterThan(10)
  for (const listener of resuming) listener.close()
})
