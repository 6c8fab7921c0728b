import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type AuditFilter, explainAudit, listAudit, watchAudit } from '../../../../service/store/audit.ts'
import { auditHash, writeAnchor } from '../../../../service/store/audit-chain.ts'
import { openWorld, start, type World } from './world.ts'

test('B6: why a trail is not intact is said in a sentence', () => {
  expect(explainAudit({ intact: false, because: 'tampered', brokenAt: 5 })).toBe(
    'The audit trail has been tampered with: record 5 does not fit what was signed.',
  )
  const altered = [
    { seq: 7, hash: '' },
    { seq: 9, hash: '' },
  ]
  expect(explainAudit({ intact: false, because: 'text-altered', brokenAt: 7, altered })).toBe(
    'In 2 records of the audit trail, the first is 7, an earlier version stored a name otherwise than it was hashed. Nothing else was changed. An Owner can acknowledge it: POST /api/v1/audit/acknowledge.',
  )
})

test('B6: records are listed newest first, by who, what and when, page by page', async () => {
  const { journal, database, pass } = await openWorld()
  for (const [id, name, action] of [
    ['a', 'anna', 'one'],
    ['b', 'bea', 'two'],
    ['a', 'anna', 'two'],
    [null, 'b', 'one'],
    ['c', 'carl', 'two'],
  ] as const) {
    await journal.write(async (_, { audit }) =>
      audit({ actor: { id, name, address: '' }, action, target: '' }),
    )
    pass(1)
  }
  const list = async (filter: AuditFilter, limit = 10, after?: number) => {
    const page = await listAudit(database, filter, {
      limit,
      after: after === undefined ? undefined : { value: after, id: '' },
    })
    return [page.items.map(({ seq }) => seq), page.total, page.next]
  }
  expect(await list({})).toEqual([[5, 4, 3, 2, 1], 5, undefined])
  expect(await list({ actors: ['a'] })).toEqual([[3, 1], 2, undefined])
  expect(await list({ actors: ['b'] })).toEqual([[4, 2], 2, undefined])
  expect(await list({ actors: ['carl', 'anna'] })).toEqual([[5, 3, 1], 3, undefined])
  expect(await list({ action: 'two' })).toEqual([[5, 3, 2], 3, undefined])
  expect(await list({ from: start + 3_000 })).toEqual([[5, 4], 2, undefined])
  expect(await list({ actors: ['a'], action: 'one', from: start })).toEqual([[1], 1, undefined])
  expect(await list({}, 2)).toEqual([[5, 4], 5, { value: 4, id: '' }])
  expect(await list({}, 2, 4)).toEqual([[3, 2], 5, { value: 2, id: '' }])
  expect(await list({}, 2, 2)).toEqual([[1], 5, undefined])
})

describe('B6: a trail that is watched', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const watch = async (
    world: World,
    more: { readonly keepDays?: number; readonly everyMs?: number } = {},
  ) => {
    const broken: string[] = []
    const watched = await watchAudit({
      ...world,
      ...more,
      onBroken: (state) => broken.push(`${state.because} ${state.brokenAt}`),
    })
    return { watched, broken }
  }
  const tamper = ({ database }: World, seq: number) =>
    database.write((db) => db.updateTable('audit').set({ actor: 'x' }).where('seq', '=', seq).execute())

  test('is verified at the start', async () => {
    const world = await openWorld()
    await world.note('one', 'two')
    const { watched, broken } = await watch(world)
    expect([watched.state(), broken]).toEqual([{ intact: true, records: 2 }, []])
    expect(watched.keyId()).toBe(world.seal.keys.currentId())
    await watched.close()
    await tamper(world, 1)
    const again = await watch(world)
    expect([again.watched.state(), again.broken]).toEqual([
      { intact: false, because: 'tampered', brokenAt: 1 },
      ['tampered 1'],
    ])
  })

  test('is verified on, a piece at a time, and who runs the service is told once when it breaks', async () => {
    const world = await openWorld()
    await world.journal.write(async (_, { audit }) => {
      for (let index = 0; index < 700; index++)
        audit({ actor: world.owner.actor, action: 'test', target: '' })
    })
    const { watched, broken } = await watch(world)
    await tamper(world, 600)
    expect(await watched.check()).toEqual({ intact: true, records: 700 })
    const bad = { intact: false, because: 'tampered', brokenAt: 600 }
    expect(await Promise.all([watched.check(), watched.check()])).toEqual([bad, bad])
    expect(watched.state()).toEqual(bad)
    await watched.check()
    await watched.check()
    expect(broken).toEqual(['tampered 600'])
    // Put back, it is intact again; broken again, that is told again.
    await world.database.write((db) =>
      db.updateTable('audit').set({ actor: 'owner' }).where('seq', '=', 600).execute(),
    )
    await watched.check()
    await watched.check()
    expect(watched.state()).toEqual({ intact: true, records: 700 })
    await tamper(world, 3)
    await watched.check()
    expect(broken).toEqual(['tampered 600', 'tampered 3'])
  })

  test('is looked at every second, or as often as is asked, until the end', async () => {
    for (const everyMs of [undefined, 20]) {
      const world = await openWorld()
      await world.note('one')
      const { watched, broken } = await watch(world, everyMs === undefined ? {} : { everyMs })
      await tamper(world, 1)
      vi.advanceTimersByTime((everyMs ?? 1_000) - 1)
      await watched.close()
      expect(broken).toEqual([])
      vi.advanceTimersByTime(10_000)
      expect(watched.state()).toMatchObject({ intact: true })
      const second = await watch(world, everyMs === undefined ? {} : { everyMs })
      await world.database.write((db) => db.updateTable('audit').set({ actor: 'service' }).execute())
      vi.advanceTimersByTime(everyMs ?? 1_000)
      // Closing waits for what has begun.
      await second.watched.close()
      expect(second.watched.state()).toEqual({ intact: true, records: 1 })
    }
  })

  test('is shortened in the first round and every sixtieth after, where records are kept for some days', async () => {
    const world = await openWorld()
    await world.note('one', 'two')
    world.pass(10 * 86_400)
    const { watched } = await watch(world, { keepDays: 3 })
    const settle = async () => {
      await watched.check()
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    vi.advanceTimersByTime(1_000)
    await vi.waitUntil(async () => (await world.audit())[0]?.seq === 2)
    expect((await world.audit()).map(({ seq }) => seq)).toEqual([2, 3])
    world.pass(10 * 86_400)
    await settle()
    for (let round = 1; round < 60; round++) {
      vi.advanceTimersByTime(1_000)
      await settle()
    }
    expect((await world.audit()).map(({ seq }) => seq)).toEqual([2, 3])
    vi.advanceTimersByTime(1_000)
    await vi.waitUntil(async () => (await world.audit())[0]?.seq === 3)
    await watched.close()
  })

  test('is not shortened without a limit, nor where it is not intact', async () => {
    const world = await openWorld()
    await world.note('one', 'two')
    world.pass(10 * 86_400)
    const forever = await watch(world)
    expect(await forever.watched.removeOld()).toBe(0)
    expect(await world.audit()).toHaveLength(2)
    await tamper(world, 2)
    const broken = await watch(world, { keepDays: 3 })
    expect(await broken.watched.removeOld()).toBe(0)
    expect(await world.audit()).toHaveLength(2)
    await world.database.write((db) => db.updateTable('audit').set({ actor: 'service' }).execute())
    const limited = await watch(world, { keepDays: 3 })
    expect(await limited.watched.removeOld()).toBe(1)
  })

  test('is exported', async () => {
    const world = await openWorld()
    await world.note('one')
    const { watched } = await watch(world)
    const lines: string[] = []
    for await (const piece of watched.exportTrail({ instanceId: 'here', at: start })) lines.push(piece)
    expect(lines).toHaveLength(3)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ instanceId: 'here' })
  })

  test('of which an earlier version has altered a name can be acknowledged, and nothing else can', async () => {
    const world = await openWorld()
    await world.note('one')
    const { watched, broken } = await watch(world)
    expect(await watched.acknowledge(world.owner, 'why')).toEqual([])
    expect(await world.audit()).toHaveLength(1)
    const [first] = await world.audit()
    if (!first) throw new Error('a record')
    const record = { ...first, seq: 2, actor: 'a\ud83d', previous_hash: first.hash }
    const { hash: _, ...hashed } = record
    const hash = auditHash(hashed)
    await world.database.write(async (db) => {
      await db
        .insertInto('audit')
        .values({ ...record, actor: 'a\ufffd', hash })
        .execute()
      await writeAnchor(db, world.seal, 'head', { seq: 2, hash }, start)
    })
    await watched.check()
    expect(broken).toEqual(['text-altered 2'])
    expect(await watched.acknowledge(world.owner, 'an emoji')).toEqual([2])
    expect(watched.state()).toEqual({ intact: true, records: 3 })
    expect((await world.audit())[2]).toMatchObject({
      actor: 'owner',
      action: 'audit.acknowledge',
      target: 'audit',
      after: JSON.stringify({ records: [{ seq: 2, hash: auditHash({ ...hashed, actor: 'a\ufffd' }) }] }),
      reason: 'an emoji',
    })
    expect(await watched.acknowledge(world.owner, 'again')).toEqual([])
    await tamper(world, 1)
    expect(await watched.acknowledge(world.owner, 'tampered')).toEqual([])
    expect(watched.state()).toMatchObject({ because: 'tampered', brokenAt: 1 })
    expect(await world.audit()).toHaveLength(3)
  })

  test('in a database that is away for a while is looked at again when it is back', async () => {
    let isAway = false
    const world = await openWorld({
      change: (database) => ({
        ...database,
        get read() {
          if (isAway) throw new Error('away')
          return database.read
        },
      }),
    })
    await world.note('one')
    const { watched, broken } = await watch(world)
    isAway = true
    await expect(watched.check()).rejects.toThrow('away')
    vi.advanceTimersByTime(1_000)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    isAway = false
    await tamper(world, 1)
    vi.advanceTimersByTime(1_000)
    await vi.waitUntil(() => broken.length === 1)
    await watched.close()
  })
})
