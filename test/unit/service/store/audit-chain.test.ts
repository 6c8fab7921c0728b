import { describe, expect, test } from 'vitest'
import type { Write } from '../../../../service/database/database.ts'
import type { AuditTable } from '../../../../service/database/tables.ts'
import { appendAudit, auditHash, auditStart, writeAnchor } from '../../../../service/store/audit-chain.ts'
import { theService } from '../../../../service/store/journal.ts'
import { newSeal, openWorld, start, type World } from './world.ts'

const record: Omit<AuditTable, 'hash'> = {
  seq: 7,
  at: 1_000,
  actor_id: 'id',
  actor: 'anna',
  action: 'user.add',
  target: 'user:1',
  before: '{"a":1}',
  after: '{"a":2}',
  outcome: 'done',
  reason: 'because',
  address: '192.0.2.7',
  previous_hash: auditStart,
}
const columns = Object.keys(record) as (keyof typeof record)[]

test('B6: the hash of a record is what every trail that was ever written has, and trails begin at zeros', () => {
  expect(auditStart).toBe('0000000000000000000000000000000000000000000')
  expect(auditHash(record)).toBe('q16s2ay6Q5YdUQ2m5Sz_wml6I-rgrGHEYDCe_7APcVQ')
})

test.each(columns)('B6: a record with another %s has another hash', (column) => {
  expect(columns).toHaveLength(12)
  const other = typeof record[column] === 'number' ? 99 : `${record[column]}x`
  expect(auditHash({ ...record, [column]: other })).not.toBe(auditHash(record))
})

test('B6: nothing and the word for it are told apart, and so are two neighbours that share a text', () => {
  expect(auditHash({ ...record, reason: null })).not.toBe(auditHash({ ...record, reason: 'null' }))
  expect(auditHash({ ...record, action: 'user.addu', target: 'ser:1' })).not.toBe(auditHash(record))
})

test('B6: what is noted is stored field by field, chained, and signed', async () => {
  const { journal, audit, seal, database, kept } = await openWorld()
  const actor = { id: 'id1', name: 'an\0na', address: '192.0.2.7\0' }
  await journal.write(async (_, { audit: note }) => {
    note({
      actor,
      action: 'policy.change',
      target: 'pol\ud83dicy',
      before: { a: 1 },
      after: { a: ['\0'] },
      outcome: 'refused',
      reason: 'wh\0y',
    })
    note({ actor: theService, action: 'test', target: 'it' })
  })
  const [first, second, ...more] = await audit()
  expect(more).toEqual([])
  expect(first).toMatchObject({
    seq: 1,
    at: start,
    actor_id: 'id1',
    actor: 'an\ufffdna',
    action: 'policy.change',
    target: 'pol\ufffdicy',
    before: '{"a":1}',
    after: '{"a":["\\u0000"]}',
    outcome: 'refused',
    reason: 'wh\ufffdy',
    address: '192.0.2.7\ufffd',
    previous_hash: auditStart,
  })
  expect(second).toMatchObject({
    seq: 2,
    at: start,
    actor_id: null,
    actor: 'service',
    action: 'test',
    target: 'it',
    before: null,
    after: null,
    outcome: 'done',
    reason: null,
    address: '',
    previous_hash: first?.hash,
  })
  for (const stored of [first, second]) {
    const { hash, ...rest } = stored as AuditTable
    expect(auditHash(rest)).toBe(hash)
  }
  const head = { seq: 2, hash: second?.hash ?? '' }
  const anchors = await database.read.selectFrom('audit_anchors').selectAll().execute()
  expect(anchors).toMatchObject([{ kind: 'head', at: start, ...head }])
  expect(await seal.isGenuine(anchors[0] as never)).toBe(true)
  expect(seal.known()).toEqual(head)
  await seal.settled()
  expect(kept).toEqual([head])
})

/** What somebody has done to a trail of three records whose head is the third, so that a fourth must not be signed. */
const meddling: Readonly<Record<string, (transaction: Write, world: World) => Promise<unknown>>> = {
  'has deleted the head': (db) => db.deleteFrom('audit_anchors').execute(),
  'has deleted everything': async (db) => {
    await db.deleteFrom('audit_anchors').execute()
    await db.deleteFrom('audit').execute()
  },
  'has deleted the records and kept the head': (db) => db.deleteFrom('audit').execute(),
  'has deleted the last record': (db) => db.deleteFrom('audit').where('seq', '=', 3).execute(),
  'has changed the last hash': (db) =>
    db.updateTable('audit').set({ hash: 'x' }).where('seq', '=', 3).execute(),
  'has rolled back both': async (db, { audit, seal }) => {
    await db.deleteFrom('audit').where('seq', '=', 3).execute()
    const { seq, hash } = (await audit())[1] as AuditTable
    await writeAnchor(db, seal, 'head', { seq, hash }, start)
  },
  'has replaced the last record and the head by others that are signed': async (db, { seal }) => {
    await db.updateTable('audit').set({ hash: 'x' }).where('seq', '=', 3).execute()
    await writeAnchor(db, seal, 'head', { seq: 3, hash: 'x' }, start)
  },
  'has signed the head with another key': async (db, { audit }) => {
    const { seq, hash } = (await audit())[2] as AuditTable
    await writeAnchor(db, newSeal().seal, 'head', { seq, hash }, start)
  },
  'has changed when the head was signed': (db) => db.updateTable('audit_anchors').set({ at: 1 }).execute(),
}

describe('B6: the next record is written down and not signed where somebody', () => {
  test.each(Object.entries(meddling))('%s', async (_, meddle) => {
    const world = await openWorld()
    await world.note('one', 'two', 'three')
    await world.database.write((transaction) => meddle(transaction, world))
    const known = world.seal.known()
    const anchors = () => world.database.read.selectFrom('audit_anchors').selectAll().execute()
    const before = await anchors()
    await world.note('four')
    expect((await world.audit()).at(-1)).toMatchObject({ action: 'four' })
    expect(await anchors()).toEqual(before)
    expect(world.seal.known()).toEqual(known)
  })
})

test('B6: a head that another replica has signed meanwhile is gone on from', async () => {
  const { database, seal, note, audit } = await openWorld()
  await note('one')
  const about = { actor: theService, action: 'two', target: 'test' }
  const appended = await database.write((transaction) =>
    appendAudit(transaction, seal, start + 1, [about, about]),
  )
  expect(appended.records).toEqual((await audit()).slice(1))
  expect(appended.head).toEqual({ seq: 3, hash: (await audit())[2]?.hash })
  expect(seal.known()?.seq).toBe(1)
  await note('three')
  expect(seal.known()?.seq).toBe(4)
  expect(await database.read.selectFrom('audit_anchors').selectAll().execute()).toMatchObject([
    { kind: 'head', seq: 4 },
  ])
})
