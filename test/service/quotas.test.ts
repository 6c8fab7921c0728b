import { expect, test } from 'vitest'
import { kubernetesDurationKey } from '../../domain/config.ts'
import { fillWithPeople } from '../../service/demo/fill.ts'
import { readOptions } from '../../service/options.ts'
import { defaultQuotas } from '../../service/store/quotas.ts'
import { createSessions } from '../../service/store/sessions.ts'
import { openDatabases } from './databases.ts'
import { startHeld } from './held.ts'
import {
  type Client,
  cheapPasswords,
  password,
  type Reply,
  startService,
  type TestService,
} from './support.ts'

const few = { web: 3, token: 3, kubernetes: 3 }
const plenty = 10_000

const makes = {
  token: (client: Client) => client.call('POST', 'tokens', { name: 'ci' }),
  kubernetes: (client: Client) => client.call('POST', 'kubernetes/credential'),
} as const
const programs = ['token', 'kubernetes'] as const

/** How many answers had each status. */
function tally(replies: readonly Reply[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

async function runningOf(asked: Client, userId: string, kind: string): Promise<readonly string[]> {
  const { body } = await asked.call('GET', `users/${userId}/sessions?limit=200`)
  return body.items.filter((item: { kind: string }) => item.kind === kind).map(({ id }: { id: string }) => id)
}

/** Signs in so many times, a second apart. */
async function signInOften(service: TestService, username: string, count: number): Promise<Client[]> {
  const clients: Client[] = []
  for (let index = 0; index < count; index++) {
    service.pass(1)
    clients.push(await service.signIn(username))
  }
  return clients
}

async function reasonOf(client: Client | undefined): Promise<string | undefined> {
  return (await client?.call('GET', 'me', undefined, { 'session-activity': 'passive' }))?.body.reason
}

test('Nobody who chose nothing has more than 100 sessions of a kind or makes more than 30 credentials a minute', () => {
  const read = readOptions([], {})
  expect(read).toMatchObject({
    quotas: { web: 100, token: 100, kubernetes: 100 },
    credentialsPerMinute: 30,
  })
})

for (const database of openDatabases()) {
  const { name, open } = database

  for (const kind of programs)
    test(`M11: a person has as many sessions of kind ${kind} as they may and not one more, and is told what to end (${name})`, async () => {
      await using service = await startService({ open, quotas: few, credentialsPerMinute: plenty })
      await service.addUser('bea')
      await service.addUser('cy')
      const [bea, cy] = [await service.signIn('bea'), await service.signIn('cy')]
      for (let index = 0; index < 3; index++) expect((await makes[kind](bea)).status).toBe(201)
      const refused = await makes[kind](bea)
      expect([refused.status, refused.body.code]).toEqual([409, 'too-many'])
      expect(refused.body.detail).toMatch(/You have 3 .*3 is the most.*Revoke one/)
      const own = await runningOf(await service.signIn('owner'), bea.user.id, kind)
      expect(own.length).toBe(3)
      // Nobody else has less for it, nor has the person of another kind.
      expect((await makes[kind](cy)).status).toBe(201)
      for (const other of programs) if (other !== kind) expect((await makes[other](bea)).status).toBe(201)
      // What is revoked counts no longer, whether or not a sweep has written it into its row.
      expect((await bea.call('DELETE', `me/sessions/${own[0]}`)).status).toBe(204)
      expect((await makes[kind](bea)).status).toBe(201)
      expect((await makes[kind](bea)).status).toBe(409)
      await service.service.sweep()
      expect((await makes[kind](bea)).status).toBe(409)
    })

  test(`M11: what has expired counts no longer, though nothing has been swept (${name})`, async () => {
    await using service = await startService({ open, quotas: few, credentialsPerMinute: plenty })
    const owner = await service.signIn('owner')
    const entry = { type: kubernetesDurationKey.type, key: kubernetesDurationKey.key, value: '10' }
    expect((await owner.call('POST', 'config/entries', entry)).status).toBe(201)
    for (let index = 0; index < 3; index++) expect((await makes.kubernetes(owner)).status).toBe(201)
    service.pass(599)
    expect((await makes.kubernetes(owner)).status).toBe(409)
    service.pass(1)
    const fresh = await service.signIn('owner')
    expect((await makes.kubernetes(fresh)).status).toBe(201)
  })

  for (const kind of programs)
    test(`M11: a race of requests for sessions of kind ${kind} gets past the quota with none (${name})`, async () => {
      await using world = await startHeld(database, { quotas: few, credentialsPerMinute: plenty })
      const { attacked, meanwhile } = world
      await attacked.addUser('bea')
      const [one, other] = [await attacked.signIn('bea'), await meanwhile.signIn('bea')]
      expect((await makes[kind](one)).status).toBe(201)
      // The first stands just before its commit while the others, on PostgreSQL of another replica too, come in.
      const held = world.holdCommit()
      const first = makes[kind](one)
      await held.reached
      const others = Array.from({ length: 20 }, (_, index) => makes[kind](index % 2 === 0 ? one : other))
      held.release()
      expect(tally(await Promise.all([first, ...others]))).toEqual({ 201: 2, 409: 19 })
      expect((await runningOf(await meanwhile.signIn('owner'), one.user.id, kind)).length).toBe(3)
    })

  test(`M11: one web session more ends the one unused for longest, however old the others are (${name})`, async () => {
    await using service = await startService({ open, quotas: few })
    await service.addUser('bea')
    await service.addUser('cy')
    const cy = await service.signIn('cy')
    const [first, second, third] = await signInOften(service, 'bea', 3)
    service.pass(1)
    // The oldest is in use: what it did a moment ago is not stored yet.
    await first?.call('GET', 'me')
    const [fourth] = await signInOften(service, 'bea', 1)
    expect(await reasonOf(second)).toBe('displaced')
    for (const client of [first, third, fourth, cy]) expect(await reasonOf(client)).toBeUndefined()
    const owner = await service.signIn('owner')
    const own = await runningOf(owner, first?.user.id ?? '', 'web')
    expect(own.toSorted()).toEqual([first, third, fourth].map((client) => client?.sessionId).sort())
    const { body } = await owner.call('GET', 'audit?action=session.displace')
    expect(body.items).toMatchObject([{ actor: 'service', target: `user:${first?.user.id}` }])
    expect(JSON.parse(body.items[0].after)).toEqual({ ended: 1, sessions: [second?.sessionId] })
    expect(body.items[0].reason).toContain('3 web sessions')
    await service.service.sweep()
    expect(await reasonOf(second)).toBe('displaced')
  })

  test(`M11: the session that has just begun is never the one that ends, even where only one is allowed (${name})`, async () => {
    await using service = await startService({ open, quotas: { web: 1 } })
    await service.addUser('bea')
    const clients: Client[] = []
    // All at one instant: only their ids tell them apart.
    for (let index = 0; index < 5; index++) {
      clients.push(await service.signIn('bea'))
      expect(await reasonOf(clients.at(-1))).toBeUndefined()
    }
    for (const client of clients.slice(0, -1)) expect(await reasonOf(client)).toBe('displaced')
  })

  test(`M11: sign-ins at the same time leave as many web sessions as are allowed (${name})`, async () => {
    await using world = await startHeld(database, { quotas: few })
    const { attacked, meanwhile } = world
    const bea = await attacked.addUser('bea')
    const all = await Promise.all(
      Array.from({ length: 9 }, (_, index) => (index % 2 === 0 ? attacked : meanwhile).signIn('bea')),
    )
    expect((await runningOf(await meanwhile.signIn('owner'), bea.id, 'web')).length).toBe(3)
    const reasons = await Promise.all(all.map(reasonOf))
    expect(reasons.filter((reason) => reason === 'displaced').length).toBe(6)
  })

  test(`M11: whoever signs in anew with the browser they have ends nobody else for it (${name})`, async () => {
    await using service = await startService({ open, quotas: few })
    await service.addUser('bea')
    const [first, second, third] = await signInOften(service, 'bea', 3)
    const reply = await service.call(
      'POST',
      'sign-in',
      { username: 'bea', password },
      { cookie: `${service.cookieName}=${third?.token}` },
    )
    expect(reply.status).toBe(201)
    expect(await reasonOf(third)).toBe('signed-out')
    for (const client of [first, second]) expect(await reasonOf(client)).toBeUndefined()
  })

  test(`M11: more than a quota that was made smaller goes on until the next sign-in, which leaves as many as are allowed (${name})`, async () => {
    await using before = await startService({ open, quotas: { web: 6 } })
    const { sessions, journal } = before.service.services
    const bea = await before.addUser('bea')
    const clients = await signInOften(before, 'bea', 6)
    expect(await Promise.all(clients.map(reasonOf))).toEqual(clients.map(() => undefined))
    // The same store with a smaller quota.
    const smaller = createSessions({ ...before.service.services, quotas: few })
    await journal.write((transaction, record) =>
      smaller.start(transaction, record, {
        userId: bea.id,
        kind: 'web',
        remembered: false,
        client: 'test',
        address: '192.0.2.1',
      }),
    )
    expect(await Promise.all(clients.map(reasonOf))).toEqual([
      ...Array.from({ length: 4 }, () => 'displaced'),
      undefined,
      undefined,
    ])
    expect((await sessions.list({ userId: bea.id }, { limit: 10, after: undefined })).total).toBe(3)
  })

  for (const kind of programs)
    test(`M11: a thousand sessions of kind ${kind} in a second are refused but for thirty, and other people have theirs (${name})`, async () => {
      let real = 0
      await using service = await startService({ open, stopwatch: () => real })
      await service.addUser('bea')
      await service.addUser('cy')
      const [bea, again, cy] = [
        await service.signIn('bea'),
        await service.signIn('bea'),
        await service.signIn('cy'),
      ]
      const replies: Reply[] = []
      for (let round = 0; round < 20; round++)
        replies.push(
          ...(await Promise.all(
            Array.from({ length: 50 }, (_, index) => makes[kind](index % 2 === 0 ? bea : again)),
          )),
        )
      expect(tally(replies)).toEqual({ 201: 30, 429: 970 })
      const refused = replies.find(({ status }) => status === 429)
      expect(refused?.body.code).toBe('throttled')
      expect(refused?.headers.get('retry-after')).toBe('2')
      // The other kind is of the same count.
      for (const other of programs) expect((await makes[other](bea)).status).toBe(429)
      expect((await makes[kind](cy)).status).toBe(201)
      real += 1_999
      expect((await makes[kind](bea)).status).toBe(429)
      real += 1
      expect((await makes[kind](bea)).status).toBe(201)
      expect((await makes[kind](bea)).status).toBe(429)
    })

  test(`Nobody in a demo has more sessions than they may (${name})`, async () => {
    await using service = await startService({ open })
    const { database: filled } = service.service.services
    const demo = { database: filled, clock: service.now, passwords: cheapPasswords, owner: 'owner', password }
    await fillWithPeople(demo)
    const rows = await filled.read
      .selectFrom('sessions')
      .select(['kind', ({ fn }) => fn.countAll<number>().as('count')])
      .groupBy(['user_id', 'kind'])
      .execute()
    expect(rows.length).toBeGreaterThan(200)
    for (const { kind, count } of rows) expect(Number(count)).toBeLessThan(defaultQuotas[kind])
  })
}
