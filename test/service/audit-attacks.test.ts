import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Database, Write } from '../../service/database/database.ts'
import type { AuditTable } from '../../service/database/tables.ts'
import { auditHash, auditStart } from '../../service/store/audit-chain.ts'
import { openAuditSeal, rotateKeyFile } from '../../service/store/audit-key-file.ts'
import { createAuditKeys, newKeyFile } from '../../service/store/audit-keys.ts'
import { type AuditSeal, createAuditSeal } from '../../service/store/audit-seal.ts'
import { verifyAudit } from '../../service/store/audit-verify.ts'
import { openDatabases } from './databases.ts'
import { startService, type TestService } from './support.ts'

const expectedErrors = /tampered/

/** The hash of every record from one on computed anew, as somebody would who wants the chain to look whole. */
async function rehash(transaction: Write, from = 1): Promise<void> {
  const records = await transaction.selectFrom('audit').selectAll().orderBy('seq').execute()
  let previous_hash = auditStart
  for (const { hash, ...record } of records) {
    if (record.seq < from) previous_hash = hash
    else {
      const changed = { ...record, previous_hash }
      previous_hash = auditHash(changed)
      await transaction
        .updateTable('audit')
        .set({ ...changed, hash: previous_hash })
        .where('seq', '=', record.seq)
        .execute()
    }
  }
}

const edit = (transaction: Write, seq: number, change: Partial<AuditTable>) =>
  transaction.updateTable('audit').set(change).where('seq', '=', seq).execute()

const cutFrom = (transaction: Write, seq: number) =>
  transaction.deleteFrom('audit').where('seq', '>=', seq).execute()

/** The last record as a head of its own making. */
async function lastOf(transaction: Write) {
  return await transaction
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
}

const anchorAt = (
  transaction: Write,
  values: { seq?: number; hash?: string; key_id?: string; signature?: string },
) => transaction.updateTable('audit_anchors').set(values).where('kind', '=', 'head').execute()

/** Somebody else's key, used as the service uses its own. */
const foreignSeal = () =>
  createAuditSeal(createAuditKeys(newKeyFile()), { kept: undefined, keep: async () => {} })

/** What somebody who can write to the database may try, on a trail of eight records. */
const attacks: Readonly<Record<string, (transaction: Write) => Promise<unknown>>> = {
  'edits a record': (db) => edit(db, 4, { actor: 'nobody' }),
  'edits a record and computes its hash': async (db) => {
    await edit(db, 4, { actor: 'nobody' })
    const { hash: _, ...record } = await db
      .selectFrom('audit')
      .selectAll()
      .where('seq', '=', 4)
      .executeTakeFirstOrThrow()
    await edit(db, 4, { hash: auditHash(record) })
  },
  'edits a record and computes all hashes after it': async (db) => {
    await edit(db, 4, { actor: 'nobody' })
    await rehash(db, 4)
  },
  'edits the last record and computes its hash': async (db) => {
    const { seq } = await lastOf(db)
    await edit(db, seq, { actor: 'nobody' })
    await rehash(db, seq)
  },
  'edits a record, computes all hashes and changes the head to them': async (db) => {
    await edit(db, 4, { actor: 'nobody' })
    await rehash(db)
    await anchorAt(db, await lastOf(db))
  },
  'edits a record, computes all hashes and signs the head with another key': async (db) => {
    await edit(db, 4, { actor: 'nobody' })
    await rehash(db)
    const { kind: _, ...anchor } = foreignSeal().sign({ kind: 'head', ...(await lastOf(db)), at: 1 })
    await anchorAt(db, anchor)
  },
  'signs the head with another key and says it is ours': async (db) => {
    const { signature } = foreignSeal().sign({ kind: 'head', ...(await lastOf(db)), at: 1 })
    await anchorAt(db, { signature })
  },
  'cuts off the tail': (db) => cutFrom(db, 7),
  'cuts off the tail and changes the head': async (db) => {
    await cutFrom(db, 7)
    await anchorAt(db, await lastOf(db))
  },
  'cuts off the tail and deletes the head': async (db) => {
    await cutFrom(db, 7)
    await db.deleteFrom('audit_anchors').execute()
  },
  'removes one record': (db) => db.deleteFrom('audit').where('seq', '=', 3).execute(),
  'removes the first records': (db) => db.deleteFrom('audit').where('seq', '<', 4).execute(),
  'removes the first records and states a cut of its own': async (db) => {
    await db.deleteFrom('audit').where('seq', '<', 4).execute()
    const { hash } = await db
      .selectFrom('audit')
      .select('previous_hash as hash')
      .where('seq', '=', 4)
      .executeTakeFirstOrThrow()
    await db
      .insertInto('audit_anchors')
      .values(foreignSeal().sign({ kind: 'cut', seq: 3, hash, at: 1 }))
      .execute()
  },
  'removes all but the last record and makes the signed head a cut': async (db) => {
    const head = await db.selectFrom('audit_anchors').selectAll().executeTakeFirstOrThrow()
    await db.deleteFrom('audit').where('seq', '<', head.seq).execute()
    await db
      .insertInto('audit_anchors')
      .values({ ...head, kind: 'cut' })
      .execute()
  },
  'removes one record, numbers the rest anew and computes all hashes': async (db) => {
    await db.deleteFrom('audit').where('seq', '=', 3).execute()
    const rest = await db.selectFrom('audit').select('seq').where('seq', '>', 3).orderBy('seq').execute()
    for (const { seq } of rest) await edit(db, seq, { seq: seq - 1 })
    await rehash(db)
  },
  'swaps two records': async (db) => {
    await edit(db, 3, { seq: 1_000 })
    await edit(db, 4, { seq: 3 })
    await edit(db, 1_000, { seq: 4 })
  },
  'swaps two records and computes all hashes': async (db) => {
    await edit(db, 3, { seq: 1_000 })
    await edit(db, 4, { seq: 3 })
    await edit(db, 1_000, { seq: 4 })
    await rehash(db)
  },
  'numbers everything one higher': (db) =>
    sql`update audit set seq = seq + 1000`
      .execute(db)
      .then(() => sql`update audit set seq = seq - 999`.execute(db)),
  'adds a record at the end': async (db) => {
    const { seq, hash: previous_hash } = await lastOf(db)
    const record = {
      seq: seq + 1,
      at: 1,
      actor_id: null,
      actor: 'owner',
      action: 'user.add',
      target: '',
      before: null,
      after: null,
      outcome: 'done',
      reason: null,
      address: '',
      previous_hash,
    }
    await db
      .insertInto('audit')
      .values({ ...record, hash: auditHash(record) })
      .execute()
  },
  'adds a record before the first': async (db) => {
    const record = {
      seq: 0,
      at: 1,
      actor_id: null,
      actor: 'owner',
      action: 'user.add',
      target: '',
      before: null,
      after: null,
      outcome: 'done',
      reason: null,
      address: '',
      previous_hash: auditStart,
    }
    await db
      .insertInto('audit')
      .values({ ...record, hash: auditHash(record) })
      .execute()
  },
  'adds a record with a number below nought': async (db) => {
    const first = await db.selectFrom('audit').selectAll().where('seq', '=', 1).executeTakeFirstOrThrow()
    await db
      .insertInto('audit')
      .values({ ...first, seq: -5 })
      .execute()
  },
  'empties the whole table': (db) => db.deleteFrom('audit').execute(),
  'empties the whole table and deletes the anchors': async (db) => {
    await db.deleteFrom('audit').execute()
    await db.deleteFrom('audit_anchors').execute()
  },
  'deletes the anchors': (db) => db.deleteFrom('audit_anchors').execute(),
  'writes what earlier versions kept as the head instead': async (db) => {
    await cutFrom(db, 7)
    await db.deleteFrom('audit_anchors').execute()
    const { seq, hash } = await lastOf(db)
    await db
      .insertInto('meta')
      .values({ key: 'audit_head', value: `${seq} ${hash}` })
      .execute()
  },
}

/** Everything in the trail as it is now, to be put back later. */
async function copyOf(database: Database): Promise<(transaction: Write) => Promise<void>> {
  const records = await database.read.selectFrom('audit').selectAll().execute()
  const anchors = await database.read.selectFrom('audit_anchors').selectAll().execute()
  return async (transaction) => {
    await transaction.deleteFrom('audit').execute()
    await transaction.deleteFrom('audit_anchors').execute()
    await transaction.insertInto('audit').values(records).execute()
    await transaction.insertInto('audit_anchors').values(anchors).execute()
  }
}

for (const { name, open } of openDatabases())
  describe(`the audit trail, ${name}`, () => {
    const start = (folder: string) => startService({ open, folder, expectedErrors })
    const newFolder = async () => {
      const folder = await mkdtemp(join(tmpdir(), 'curfew-audit-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      return folder
    }
    const fill = async (service: TestService) => {
      for (const person of ['bea', 'carl', 'dora', 'emil', 'fay', 'gus']) await service.addUser(person)
    }
    const attack = (service: TestService, how: (transaction: Write) => Promise<unknown>) =>
      service.service.services.database.write(how)
    const verify = ({ service, seal }: TestService) => verifyAudit(service.services.database, seal)

    test('B6: whoever changes any column of any record is found', async () => {
      await using service = await start(await newFolder())
      await fill(service)
      const owner = await service.signIn('owner')
      await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 3_600 } })
      await service.call('POST', 'sign-in', { username: 'bea', password: 'wrong' })
      const { database } = service.service.services
      expect(await verify(service)).toMatchObject({ intact: true })
      const records = await database.read.selectFrom('audit').selectAll().orderBy('seq').execute()
      const columns = Object.keys(records[0] ?? {}) as (keyof AuditTable)[]
      expect(columns.length).toBe(13)
      const unnoticed: string[] = []
      for (const record of records)
        for (const column of columns) {
          const value = record[column]
          const others =
            typeof value === 'number'
              ? [value + 1_000_000]
              : [`${value ?? ''}x`, ...(value === null ? [''] : [])]
          for (const other of others) {
            await attack(service, (db) => edit(db, record.seq, { [column]: other }))
            if ((await verify(service)).intact) unnoticed.push(`${record.seq} ${column}`)
            const at = column === 'seq' ? Number(other) : record.seq
            await attack(service, (db) => edit(db, at, { [column]: value }))
          }
        }
      expect(unnoticed).toEqual([])
      expect(await verify(service)).toMatchObject({ intact: true })
    })

    for (const [what, how] of Object.entries(attacks))
      test(`B6: somebody ${what}: it is found at once, after the next record, and after a restart`, async () => {
        const folder = await newFolder()
        {
          await using service = await start(folder)
          await fill(service)
          const owner = await service.signIn('owner')
          expect((await owner.call('GET', 'audit')).body.intact).toBe(true)
          await attack(service, how)
          const { body } = await owner.call('GET', 'audit?limit=1')
          expect(body.intact).toBe(false)
          expect(body.broken.because).toBe('tampered')
          expect((await service.call('GET', '/health/ready')).body).toEqual({ status: 'ok', audit: 'broken' })
          expect((await service.call('GET', '/metrics')).body).toContain('curfew_audit_intact 0')
          // What the service itself writes next must not make it good.
          await service.call('POST', 'sign-in', { username: 'bea', password: 'wrong' })
          expect((await verify(service)).intact).toBe(false)
        }
        await using again = await start(folder)
        const owner = await again.signIn('owner')
        expect((await owner.call('GET', 'audit')).body.intact).toBe(false)
      })

    test('B6: somebody puts an older copy of the whole trail back, its signed head included', async () => {
      const folder = await newFolder()
      {
        await using service = await start(folder)
        await fill(service)
        const putBack = await copyOf(service.service.services.database)
        const owner = await service.signIn('owner')
        expect((await owner.call('GET', 'audit')).body.intact).toBe(true)
        await attack(service, putBack)
        expect((await owner.call('GET', 'audit')).body.intact).toBe(false)
        await service.addUser('hal')
        expect((await owner.call('GET', 'audit')).body.intact).toBe(false)
      }
      await using again = await start(folder)
      expect((await verify(again)).intact).toBe(false)
    })

    test('B6: somebody puts an older copy back while the service is stopped', async () => {
      const folder = await newFolder()
      let putBack: (transaction: Write) => Promise<void>
      {
        await using service = await start(folder)
        await fill(service)
        putBack = await copyOf(service.service.services.database)
        await service.addUser('hal')
      }
      const database = await open(folder)
      await database.write(putBack)
      await database.close()
      await using again = await start(folder)
      expect(await verify(again)).toMatchObject({ intact: false, because: 'tampered' })
      await again.addUser('ida')
      expect((await verify(again)).intact).toBe(false)
    })

    test('B6: where nothing is known outside the database, the signed head alone tells of a chain computed anew, and of one cut off', async () => {
      for (const how of [
        'edits a record and computes all hashes after it',
        'edits the last record and computes its hash',
        'cuts off the tail',
        'cuts off the tail and changes the head',
        'adds a record at the end',
      ]) {
        const folder = await newFolder()
        {
          await using service = await start(folder)
          await fill(service)
        }
        await rm(join(folder, 'audit.key.head'))
        const database = await open(folder)
        await database.write(attacks[how] ?? Promise.reject)
        await database.close()
        await using again = await start(folder)
        expect([how, (await verify(again)).intact]).toEqual([how, false])
      }
    })

    test('B6: an edit deep in a long trail is found step by step, while it is written to', async () => {
      await using service = await start(await newFolder())
      const { journal, audit } = service.service.services
      const actor = { id: null, name: 'x', address: '' }
      for (let round = 0; round < 12; round++)
        await journal.write(async (_, record) => {
          for (let note = 0; note < 100; note++) record.audit({ actor, action: 'note', target: String(note) })
        })
      expect((await verify(service)).intact).toBe(true)
      await attack(service, (db) => edit(db, 1_100, { target: 'somebody' }))
      let steps = 0
      while ((await audit.check()).intact && steps < 20) {
        steps++
        await journal.write(async (_, record) => record.audit({ actor, action: 'note', target: 'new' }))
      }
      expect(audit.state()).toEqual({ intact: false, because: 'tampered', brokenAt: 1_100 })
      expect(steps).toBeGreaterThan(0)
      await attack(service, (db) => edit(db, 1_100, { target: '98' }))
      for (let step = 0; step < 6; step++) await audit.check()
      expect(audit.state()).toMatchObject({ intact: true })
    })

    test('B6: a trail that an earlier version wrote is signed at the first start, unless its end is missing', async () => {
      for (const [cutOff, intact] of [
        [false, true],
        [true, false],
      ] as const) {
        const folder = await newFolder()
        {
          await using service = await start(folder)
          await fill(service)
        }
        const database = await open(folder)
        await database.write(async (db) => {
          const { seq, hash } = await lastOf(db)
          await db.deleteFrom('audit_anchors').execute()
          await db
            .insertInto('meta')
            .values({ key: 'audit_head', value: `${seq} ${hash}` })
            .execute()
          if (cutOff) await cutFrom(db, 6)
        })
        await database.close()
        for (const file of ['audit.key', 'audit.key.head']) await rm(join(folder, file))
        await using again = await start(folder)
        expect((await verify(again)).intact).toBe(intact)
        await again.addUser('hal')
        expect((await verify(again)).intact).toBe(intact)
      }
    })

    test('B6: after a change of the key what the old one signed still counts, and a replica learns of the new one', async () => {
      const folder = await newFolder()
      const keyFile = join(folder, 'audit.key')
      {
        await using service = await start(folder)
        await fill(service)
      }
      const before = await openAuditSeal(keyFile, { isSigned: true })
      const id = await rotateKeyFile(keyFile)
      expect(id).not.toBe(before.keys.currentId())
      await using service = await start(folder)
      expect((await verify(service)).intact).toBe(true)
      await service.addUser('hal')
      const { database } = service.service.services
      const head = await database.read.selectFrom('audit_anchors').selectAll().executeTakeFirstOrThrow()
      expect(head.key_id).toBe(id)
      expect((await verify(service)).intact).toBe(true)
      const asReplica: AuditSeal = before
      expect(await verifyAudit(database, asReplica)).toMatchObject({ intact: true })
      expect(
        JSON.parse(await readFile(keyFile, 'utf8')).keys.map(({ d }: { d?: string }) => d !== undefined),
      ).toEqual([false, true])
    })

    test('B6: a service whose key is gone says so and does not begin a new trail', async () => {
      const folder = await newFolder()
      {
        await using service = await start(folder)
        await fill(service)
      }
      await rm(join(folder, 'audit.key'))
      await expect(start(folder)).rejects.toThrow(/its key is not at/)
    })
  })

test('B6: the key of the audit trail is its owner’s only, also where the file was left open', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-key-'))
  const path = join(folder, 'audit.key')
  const [one, two] = await Promise.all([1, 2].map(() => openAuditSeal(path, { isSigned: false })))
  expect(one?.keys.currentId()).toBe(two?.keys.currentId())
  const mode = async (file: string) => (await stat(file)).mode & 0o777
  expect(await mode(path)).toBe(0o600)
  one?.remember({ seq: 3, hash: 'x' }, 'lasting')
  await one?.settled()
  expect(await mode(`${path}.head`)).toBe(0o600)
  // A replica that knows less does not take back what another knows.
  two?.remember({ seq: 2, hash: 'y' }, 'lasting')
  await two?.settled()
  expect((await openAuditSeal(path, { isSigned: true })).known()).toEqual({ seq: 3, hash: 'x' })
  await writeFile(path, '{')
  await expect(openAuditSeal(path, { isSigned: false })).rejects.toThrow(/no file of this service/)
  await rm(folder, { recursive: true })
})
