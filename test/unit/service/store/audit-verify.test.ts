import { describe, expect, test } from 'vitest'
import type { Write } from '../../../../service/database/database.ts'
import type { AuditTable } from '../../../../service/database/tables.ts'
import { mostTries, wasAlteredByStorage } from '../../../../service/store/altered-text.ts'
import { auditHash, auditStart, writeAnchor } from '../../../../service/store/audit-chain.ts'
import {
  acknowledgeAction,
  adoptUnsignedTrail,
  createAuditVerifier,
  readAnchors,
  verifyAudit,
} from '../../../../service/store/audit-verify.ts'
import { newSeal, openWorld, start, type World } from './world.ts'

/** A trail of that many records, all in order. */
async function openTrail(records = 8): Promise<World> {
  const world = await openWorld()
  await world.note(...Array.from({ length: records }, (_, index) => `act${index + 1}`))
  return world
}

const verify = ({ database, seal }: World) => verifyAudit(database, seal)
const edit = (db: Write, seq: number, change: Partial<AuditTable>) =>
  db.updateTable('audit').set(change).where('seq', '=', seq).execute()
const remove = (db: Write, operator: '<' | '=' | '>=', seq: number) =>
  db.deleteFrom('audit').where('seq', operator, seq).execute()
const setHead = (db: Write, { seq, hash }: Pick<AuditTable, 'seq' | 'hash'>) =>
  db.updateTable('audit_anchors').set({ seq, hash }).where('kind', '=', 'head').execute()
const at = async ({ audit }: World, seq: number) =>
  (await audit()).find((record) => record.seq === seq) as AuditTable

/** Every hash from one record on computed anew, as somebody would who wants the chain to look whole. */
async function rehash(db: Write, from: number): Promise<AuditTable> {
  const records = await db.selectFrom('audit').selectAll().orderBy('seq').execute()
  let last = records[0] as AuditTable
  for (const record of records) {
    if (record.seq >= from) {
      const { hash: _, ...rest } = {
        ...record,
        previous_hash: record === records[0] ? auditStart : last.hash,
      }
      last = { ...rest, hash: auditHash(rest) }
      await edit(db, record.seq, last)
    } else last = record
  }
  return last
}

test('B6: an untouched trail is intact, and says how many records it has', async () => {
  for (const records of [0, 1, 8]) {
    const world = await openTrail(records)
    expect(await verify(world)).toEqual({ intact: true, records })
  }
})

/** What may be done to a trail of eight records, and the first record that is known not to fit then. */
const attacks: Readonly<
  Record<string, readonly [brokenAt: number, attack: (db: Write, world: World) => Promise<unknown>]>
> = {
  'edits a record': [4, (db) => edit(db, 4, { actor: 'nobody' })],
  'edits a record and its hash': [
    5,
    async (db, world) => {
      const { hash: _, ...record } = await at(world, 4)
      const changed = { ...record, actor: 'nobody' }
      await edit(db, 4, { ...changed, hash: auditHash(changed) })
    },
  ],
  'edits a record and all hashes after it': [
    8,
    async (db) => {
      await edit(db, 4, { actor: 'nobody' })
      await rehash(db, 4)
    },
  ],
  'edits a record, all hashes and the head': [
    8,
    async (db) => {
      await edit(db, 4, { actor: 'nobody' })
      await setHead(db, await rehash(db, 4))
    },
  ],
  'changes what the head says': [8, (db) => db.updateTable('audit_anchors').set({ at: 1 }).execute()],
  'cuts off the tail': [7, (db) => remove(db, '>=', 7)],
  'cuts off the tail and moves the head': [
    6,
    async (db, world) => {
      await remove(db, '>=', 7)
      await setHead(db, await at(world, 6))
    },
  ],
  'moves the head beyond the end': [9, (db) => setHead(db, { seq: 9, hash: 'x' })],
  'cuts off the tail and deletes the head': [
    1,
    async (db) => {
      await remove(db, '>=', 7)
      await db.deleteFrom('audit_anchors').execute()
    },
  ],
  'removes one record': [3, (db) => remove(db, '=', 3)],
  'removes the first records': [1, (db) => remove(db, '<', 4)],
  'removes the first records and states a cut': [
    1,
    async (db, world) => {
      const { seq, hash } = await at(world, 3)
      await remove(db, '<', 4)
      await writeAnchor(db, newSeal().seal, 'cut', { seq, hash }, start)
    },
  ],
  'puts a record before the first': [
    0,
    async (db, world) => {
      const { hash: _, ...record } = { ...(await at(world, 1)), seq: 0 }
      await db
        .insertInto('audit')
        .values({ ...record, hash: auditHash(record) })
        .execute()
    },
  ],
  'adds a record at the end': [
    9,
    async (db, world) => {
      const { hash, ...record } = await at(world, 8)
      const added = { ...record, seq: 9, previous_hash: hash }
      await db
        .insertInto('audit')
        .values({ ...added, hash: auditHash(added) })
        .execute()
    },
  ],
  'empties the trail': [1, (db) => db.deleteFrom('audit').execute()],
  'empties everything': [
    1,
    async (db) => {
      await db.deleteFrom('audit').execute()
      await db.deleteFrom('audit_anchors').execute()
    },
  ],
}

describe('B6: the first record that does not fit is said where somebody', () => {
  test.each(Object.entries(attacks))('%s', async (_, [brokenAt, attack]) => {
    const world = await openTrail()
    await world.database.write((db) => attack(db, world))
    expect(await verify(world)).toEqual({ intact: false, because: 'tampered', brokenAt })
  })
})

test('B6: a head that our own key has signed over another end is told from outside the database', async () => {
  for (const [seq, brokenAt] of [
    [8, 8],
    [6, 8],
  ] as const) {
    const world = await openTrail()
    const { database, seal } = world
    await database.write(async (db) => {
      if (seq === 8) await edit(db, 8, { actor: 'nobody' })
      else await remove(db, '>=', 7)
      const last = await rehash(db, seq)
      await writeAnchor(db, seal, 'head', last, start)
    })
    expect(await verify(world)).toEqual({ intact: false, because: 'tampered', brokenAt })
  }
})

test('B6: verification goes step by step, tells of a fault at the end at once, and begins anew when it is through', async () => {
  const world = await openTrail()
  const { database, seal } = world
  const verifier = createAuditVerifier(database, seal)
  expect([await verifier.step(4), await verifier.step(4), await verifier.step(4)]).toEqual([
    undefined,
    undefined,
    { intact: true, records: 8 },
  ])
  expect([await verifier.step(5), await verifier.step(5)]).toEqual([undefined, { intact: true, records: 8 }])
  // A fault behind where it is now is found in the next round.
  expect(await verifier.step(3)).toBeUndefined()
  await database.write((db) => edit(db, 2, { actor: 'nobody' }))
  expect([await verifier.step(3), await verifier.step(3)]).toEqual([undefined, { intact: true, records: 8 }])
  expect(await verifier.step(3)).toEqual({ intact: false, because: 'tampered', brokenAt: 2 })
  // One at the end is found by the next step wherever that is.
  await database.write((db) => remove(db, '=', 8))
  const other = createAuditVerifier(database, seal)
  expect(await other.step(1)).toEqual({ intact: false, because: 'tampered', brokenAt: 8 })
})

test('B6: a trail whose beginning was removed by the rule is intact from there on, also while it is looked at', async () => {
  const world = await openTrail()
  const { database, seal } = world
  const cutTo = async (seq: number, with_ = seal) => {
    const { hash } = await at(world, seq)
    await database.write(async (db) => {
      await db.deleteFrom('audit').where('seq', '<=', seq).execute()
      await writeAnchor(db, with_, 'cut', { seq, hash }, start)
    })
  }
  await cutTo(2)
  expect(await verify(world)).toEqual({ intact: true, records: 6 })
  expect((await readAnchors(database)).cut?.seq).toBe(2)
  const verifier = createAuditVerifier(database, seal)
  expect(await verifier.step(2)).toBeUndefined()
  await cutTo(6)
  expect([await verifier.step(3), await verifier.step(3)]).toEqual([undefined, { intact: true, records: 2 }])
  // Records that are gone from behind the cut are not forgiven by it.
  const before = createAuditVerifier(database, seal)
  expect(await before.step(1)).toBeUndefined()
  await world.note('nine', 'ten')
  await database.write((db) => remove(db, '=', 8))
  expect(await before.step(3)).toEqual({ intact: false, because: 'tampered', brokenAt: 8 })
})

test('B6: a cut of somebody else’s, made while the trail is looked at, is no cut', async () => {
  const world = await openTrail()
  const { database, seal } = world
  const verifier = createAuditVerifier(database, seal)
  expect(await verifier.step(2)).toBeUndefined()
  const { hash } = await at(world, 5)
  await database.write(async (db) => {
    await db.deleteFrom('audit').where('seq', '<=', 5).execute()
    await writeAnchor(db, newSeal().seal, 'cut', { seq: 5, hash }, start)
  })
  expect(await verifier.step(3)).toEqual({ intact: false, because: 'tampered', brokenAt: 3 })
})

test('B6: what another replica has signed is remembered once it was seen to fit, and not outside', async () => {
  const world = await openTrail(2)
  const { seal, database, kept } = world
  const other = newSeal()
  expect(other.seal.known()).toBeUndefined()
  // The same key, another process.
  const replica = { ...other.seal, isGenuine: seal.isGenuine }
  expect(await verifyAudit(database, replica)).toEqual({ intact: true, records: 2 })
  expect(replica.known()).toMatchObject({ seq: 2, hash: (await at(world, 2)).hash })
  await other.seal.settled()
  expect(other.kept).toEqual([])
  await seal.settled()
  expect(kept).toMatchObject([{ seq: 2 }])
})

/** A record hashed with half of a pair, stored as databases store that. */
async function appendAltered(world: World, actor: string, stored = actor.toWellFormed()) {
  return await world.database.write(async (db) => {
    const last = await db.selectFrom('audit').selectAll().orderBy('seq', 'desc').limit(1).executeTakeFirst()
    const record = {
      seq: (last?.seq ?? 0) + 1,
      at: start,
      actor_id: null,
      actor,
      action: 'session.sign-in',
      target: '',
      before: null,
      after: null,
      outcome: 'refused',
      reason: null,
      address: '',
      previous_hash: last?.hash ?? auditStart,
    }
    const hash = auditHash(record)
    await db
      .insertInto('audit')
      .values({ ...record, actor: stored, hash })
      .execute()
    await writeAnchor(db, world.seal, 'head', { seq: record.seq, hash }, start)
    return { seq: record.seq, hash: auditHash({ ...record, actor: stored }) }
  })
}

test('B6: a name that an earlier version cut in two is told from tampering, and once acknowledged the trail is intact', async () => {
  const world = await openTrail(2)
  const altered = [
    await appendAltered(world, 'a\ud83d'),
    await appendAltered(world, '\udfff\ufffdb'),
    await appendAltered(world, '\ud800x\ud800y\ud800'),
    await appendAltered(world, '\ufffdx\ud83e'),
  ]
  expect(await verify(world)).toEqual({ intact: false, because: 'text-altered', brokenAt: 3, altered })
  const { journal, owner } = world
  const acknowledge = (records: unknown) =>
    journal.write(async (_, { audit }) =>
      audit({ actor: owner.actor, action: acknowledgeAction, target: 'audit', after: records }),
    )
  // What is no acknowledgement is none, nor is one of another record or of another text.
  for (const none of [undefined, 'x', { records: 'x' }, { records: [{ seq: 3, hash: 'x' }] }])
    await acknowledge(none)
  await acknowledge({ records: altered.slice(1) })
  expect(await verify(world)).toMatchObject({ because: 'text-altered', altered: [altered[0]] })
  await acknowledge({ records: altered })
  expect(await verify(world)).toEqual({ intact: true, records: 12 })
  // Who changes it later is found all the same.
  await world.database.write((db) => edit(db, 3, { target: 'x' }))
  expect(await verify(world)).toEqual({ intact: false, because: 'tampered', brokenAt: 3 })
})

test('B6: an acknowledgement that somebody has written as they liked breaks nothing but its own record', async () => {
  const world = await openTrail(2)
  await world.journal.write(async (_, { audit }) =>
    audit({ actor: world.owner.actor, action: acknowledgeAction, target: 'audit' }),
  )
  await world.database.write((db) => edit(db, 3, { after: '{' }))
  expect(await verify(world)).toEqual({ intact: false, because: 'tampered', brokenAt: 3 })
})

test('B6: only a replaced character, and only in the name, is looked into; and no longer than the budget lasts', async () => {
  const world = await openTrail(1)
  await appendAltered(world, 'x\udfff\ud83d', 'x\ufffd\ufffd')
  const { hash, ...record } = await at(world, 2)
  const tried = async (budget: number, change: Partial<AuditTable> = {}, original = hash) => {
    const left = { left: budget }
    return [await wasAlteredByStorage({ ...record, ...change }, original, left), budget - left.left]
  }
  expect(mostTries).toBe(10_000_000)
  // Two different halves are not looked for: each place alone, then the same half everywhere.
  const all = 3 * 2_048
  expect(await tried(mostTries)).toEqual([false, all])
  expect(await tried(100)).toEqual([false, 100])
  expect(await tried(0)).toEqual([false, 0])
  expect(await tried(mostTries, { actor: 'anna' })).toEqual([false, 0])
  const one = (actor: string) => auditHash({ ...record, actor })
  // Those that emoji begin with come first, at the end of the name before its beginning.
  expect(await tried(10, {}, one('x\ufffd\ud83d'))).toEqual([true, 1])
  expect(await tried(10, {}, one('x\ud83d\ufffd'))).toEqual([true, 2])
  expect(await tried(10, {}, one('x\ufffd\ud83e'))).toEqual([true, 3])
  expect(await tried(10, {}, one('x\ufffd\ud83c'))).toEqual([true, 5])
  expect(await tried(10, {}, one('x\ufffd\ud835'))).toEqual([true, 7])
  expect(await tried(10, {}, one('x\ufffd\ud800'))).toEqual([true, 9])
  expect(await tried(mostTries, {}, one('x\ud83d\ud83d'))).toEqual([true, 2 * 2_048 + 1])
  expect(await tried(mostTries, {}, one('x\udfff\udfff'))).toEqual([true, all])
  expect(await tried(mostTries, { actor: 'x\ufffd' }, one('x\udfff'))).toEqual([true, 2_048])
  expect(await tried(mostTries, { actor: 'x\ufffd' }, one('y'))).toEqual([false, 2_048])
})

describe('B6: a trail that an earlier version wrote is signed at the first start', () => {
  /** @param head what the earlier version kept as the end, where it kept one */
  const adopt = async (head: (last: AuditTable) => string | undefined, records = 3) => {
    const world = await openTrail(records)
    const { database } = world
    const { seal } = newSeal()
    const last = await at(world, records)
    const kept = head(last)
    await database.write(async (db) => {
      await db.deleteFrom('audit_anchors').execute()
      if (kept !== undefined) await db.insertInto('meta').values({ key: 'audit_head', value: kept }).execute()
    })
    await adoptUnsignedTrail(database, seal, () => start + 5)
    return { world, seal, last, kept, anchors: await readAnchors(database) }
  }

  test('where it ends as it was kept', async () => {
    const { world, seal, last, anchors } = await adopt(({ seq, hash }) => `${seq} ${hash}`)
    expect(anchors.head).toMatchObject({ seq: 3, hash: last.hash, at: start + 5 })
    expect(seal.known()).toEqual({ seq: 3, hash: last.hash })
    expect(await verifyAudit(world.database, seal)).toEqual({ intact: true, records: 3 })
    const { database } = world
    expect(
      await database.read.selectFrom('meta').selectAll().where('key', '=', 'audit_head').execute(),
    ).toEqual([])
  })

  test('where nothing was kept', async () => {
    const { anchors, last } = await adopt(() => undefined)
    expect(anchors.head).toMatchObject({ seq: 3, hash: last.hash })
  })

  test('but not where it ends otherwise than it was kept, nor where it is empty', async () => {
    for (const other of ['3 x', '4 x', '']) {
      const { anchors, seal } = await adopt(() => other)
      expect([anchors.head, seal.known()]).toEqual([undefined, undefined])
    }
    const empty = await openTrail(0)
    const { seal } = newSeal()
    await adoptUnsignedTrail(empty.database, seal, () => start)
    expect([seal.known(), (await readAnchors(empty.database)).head]).toEqual([undefined, undefined])
  })

  test('and never again: not where anything is signed, nor where a signed head is known', async () => {
    const world = await openTrail(3)
    const { seal } = newSeal()
    const before = await readAnchors(world.database)
    await adoptUnsignedTrail(world.database, seal, () => start + 5)
    expect([await readAnchors(world.database), seal.known()]).toEqual([before, undefined])
    await world.database.write((db) => db.deleteFrom('audit_anchors').execute())
    await adoptUnsignedTrail(world.database, world.seal, () => start + 5)
    expect((await readAnchors(world.database)).head).toBeUndefined()
  })

  test('and what it then signs is kept outside too', async () => {
    const world = await openTrail(3)
    const { seal, kept } = newSeal()
    await world.database.write((db) => db.deleteFrom('audit_anchors').execute())
    await adoptUnsignedTrail(world.database, seal, () => start)
    await seal.settled()
    expect(kept).toMatchObject([{ seq: 3 }])
  })
})
