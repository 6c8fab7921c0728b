import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AuditTable } from '../../../../service/database/tables.ts'
import { auditHash, auditStart, writeAnchor } from '../../../../service/store/audit-chain.ts'
import { exportAudit } from '../../../../service/store/audit-export.ts'
import { footerStatement, verifyExport } from '../../../../service/store/audit-export-format.ts'
import { createAuditKeys, newKeyFile, rotated } from '../../../../service/store/audit-keys.ts'
import { removeOldRecords } from '../../../../service/store/audit-retention.ts'
import { createAuditSeal } from '../../../../service/store/audit-seal.ts'
import { readAnchors, verifyAudit } from '../../../../service/store/audit-verify.ts'
import { newSeal, openWorld, start, type World } from './world.ts'

const day = 86_400
const about = { instanceId: 'instance', at: start }

async function openTrail(records: number): Promise<World> {
  const world = await openWorld()
  await world.journal.write(async (_, { audit }) => {
    for (let index = 1; index <= records; index++)
      audit({ actor: { id: null, name: 'service', address: '' }, action: `act${index}`, target: 'test' })
  })
  return world
}

async function piecesOf({ database, seal }: World): Promise<string[]> {
  const pieces: string[] = []
  for await (const piece of exportAudit(database, seal, about)) pieces.push(piece)
  return pieces
}
const linesOf = async (world: World) => (await piecesOf(world)).join('').split('\n').slice(0, -1)
const saidOf = async (lines: readonly string[], trusted?: string) => {
  const verdict = await verifyExport(lines, trusted)
  return verdict.ok ? verdict.records : verdict.because
}

/** The rest of an export signed anew by whoever holds that key. */
function sign(world: World, lines: readonly string[], head: unknown): readonly string[] {
  const digest = createHash('sha256')
  for (const line of lines) digest.update(`${line}\n`)
  const key = world.seal.keys.currentId()
  const signature = world.seal.keys.sign(footerStatement(head as never, key, digest.digest('base64url')))
  return [...lines, JSON.stringify({ head, key, signature })]
}

describe('B6: an export', () => {
  test('says what it is, has every record as it is stored, and is signed over every byte', async () => {
    const world = await openTrail(3)
    const lines = await linesOf(world)
    const [header, ...rest] = lines.map((line) => JSON.parse(line))
    const { head } = await readAnchors(world.database)
    const key = world.seal.keys.currentId()
    expect(header).toEqual({
      export: 'curfew-audit',
      version: 1,
      instanceId: 'instance',
      at: '2026-05-04T09:00:00.000Z',
      publicKeys: world.seal.keys.publicKeys(),
      cut: null,
    })
    expect(rest.slice(0, -1)).toEqual(await world.audit())
    expect(rest.at(-1)).toEqual({ head, key, signature: expect.stringMatching(/^[\w-]{86}$/) })
    expect(lines).toEqual(sign(world, lines.slice(0, -1), head))
    expect(footerStatement(null, 'k', 's')).toBe('["curfew audit export 1","k",null,"s"]')
    for (const trusted of [undefined, key])
      expect(await verifyExport(lines, trusted)).toEqual({ ok: true, records: 3, key, header })
    expect(await saidOf(lines, 'other')).toBe(`It is signed with the key ${key}, not with other.`)
  })

  test('of an empty trail, and of one of many pieces, is whole', async () => {
    for (const [records, pieces] of [
      [0, 2],
      [499, 3],
      [500, 3],
      [501, 4],
      [1_001, 5],
    ] as const) {
      const world = await openTrail(records)
      expect([records, (await piecesOf(world)).length]).toEqual([records, pieces])
      expect(await saidOf(await linesOf(world))).toBe(records)
    }
  })

  test('ends at the head as it was at its beginning, whatever comes after', async () => {
    for (const records of [1, 500, 700]) {
      const world = await openTrail(records)
      const lines: string[] = []
      for await (const piece of exportAudit(world.database, world.seal, about)) {
        await world.note('later')
        lines.push(...piece.split('\n').slice(0, -1))
      }
      expect(await saidOf(lines)).toBe(records)
    }
  })

  test('of a shortened trail begins behind the cut, and one that is shortened under it breaks off', async () => {
    const world = await openTrail(1_200)
    const { database, seal, audit } = world
    const cutTo = async (seq: number) => {
      const { hash } = (await audit()).find((record) => record.seq === seq) as AuditTable
      await database.write(async (db) => {
        await db.deleteFrom('audit').where('seq', '<=', seq).execute()
        await writeAnchor(db, seal, 'cut', { seq, hash }, start)
      })
    }
    await cutTo(100)
    const lines = await linesOf(world)
    expect(JSON.parse(lines[0] ?? '').cut).toEqual((await readAnchors(database)).cut)
    expect(await saidOf(lines)).toBe(1_100)
    const read = async (seq: number, after: number) => {
      let piece = 0
      const all: string[] = []
      for await (const text of exportAudit(database, seal, about)) {
        if (piece++ === after) await cutTo(seq)
        all.push(...text.split('\n').slice(0, -1))
      }
      return await saidOf(all)
    }
    // What is removed has been read already.
    expect(await read(300, 1)).toBe(1_100)
    await expect(read(1_000, 1)).rejects.toThrow(
      'Records of the audit trail were removed while it was exported.',
    )
  })

  test('of a broken trail is made, and shows where it is broken', async () => {
    const world = await openTrail(1_200)
    await world.database.write((db) => db.deleteFrom('audit').where('seq', '=', 501).execute())
    expect(await saidOf(await linesOf(world))).toBe('Record 502 does not follow record 500.')
    const headless = await openTrail(3)
    await headless.database.write((db) => db.deleteFrom('audit_anchors').execute())
    expect(await linesOf(headless)).toHaveLength(2)
  })

  test('by another key than the trail’s beginning is whole where it has the keys of both', async () => {
    const world = await openTrail(2)
    const file = newKeyFile()
    const seal = createAuditSeal(createAuditKeys(file), { kept: undefined, keep: async () => {} })
    const newer = createAuditSeal(createAuditKeys(rotated(file)), { kept: undefined, keep: async () => {} })
    const last = (await world.audit())[1] as AuditTable
    await world.database.write((db) => writeAnchor(db, seal, 'head', last, start))
    expect(await saidOf(await linesOf({ ...world, seal: newer }))).toBe(2)
    const other = newSeal().seal
    expect(await saidOf(await linesOf({ ...world, seal: other }))).toBe(
      'The head at record 2 is not signed by a key of the export.',
    )
  })
})

describe('B6: an export is refused', () => {
  test('where any one byte of it was changed, left out or doubled', async () => {
    const lines = await linesOf(await openTrail(2))
    const text = lines.join('\n')
    for (let at = 0; at < text.length; at += 17)
      for (const other of [
        `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`,
        text.slice(0, at) + text.slice(at + 1),
        text.slice(0, at + 1) + text.slice(at),
      ])
        if (other !== text)
          expect([at, (await verifyExport(other.split('\n'), undefined)).ok]).toEqual([at, false])
  })

  test('where it is cut short, empty, or begins with something else', async () => {
    const lines = await linesOf(await openTrail(3))
    const cutShort = 'The last line is none of an export: it is cut short.'
    expect(await saidOf([])).toBe(cutShort)
    for (let left = 1; left < lines.length; left++) expect(await saidOf(lines.slice(0, left))).toBe(cutShort)
    expect(await saidOf(lines.slice(1))).toBe('The first line is none of an export.')
    expect(await saidOf([...lines, 'x'])).toBe('Line 5 is no record.')
    expect(await saidOf([lines[0] ?? '', 'x', ...lines.slice(1)])).toBe('Line 2 is no record.')
  })

  test('where its lines say more or something else than they may', async () => {
    const lines = await linesOf(await openTrail(3))
    const change = (line: number, values: Record<string, unknown>) =>
      lines.map((text, index) => (index === line ? JSON.stringify({ ...JSON.parse(text), ...values }) : text))
    const header = 'The first line is none of an export.'
    for (const values of [
      { export: 'x' },
      { version: 2 },
      { instanceId: 1 },
      { at: 1 },
      { more: 1 },
      { publicKeys: 'x' },
      { publicKeys: [{ id: 'x', x: 'short' }] },
      { publicKeys: [{ id: 1, x: 'A'.repeat(43) }] },
      { publicKeys: [{ id: 'x', x: 'A'.repeat(43), more: 1 }] },
      { cut: 1 },
      { cut: {} },
      { cut: { kind: 'other', seq: 1, hash: '', at: 1, key_id: '', signature: '' } },
      { cut: { kind: 'cut', seq: 1.5, hash: '', at: 1, key_id: '', signature: '' } },
      { cut: { kind: 'cut', seq: 1, hash: 1, at: 1, key_id: '', signature: '' } },
      { cut: { kind: 'cut', seq: 1, hash: '', at: 'x', key_id: '', signature: '' } },
      { cut: { kind: 'cut', seq: 1, hash: '', at: 1, key_id: 1, signature: '' } },
      { cut: { kind: 'cut', seq: 1, hash: '', at: 1, key_id: '', signature: 1 } },
      { cut: { kind: 'cut', seq: 1, hash: '', at: 1, key_id: '', signature: '', more: 1 } },
    ])
      expect([values, await saidOf(change(0, values))]).toEqual([values, header])
    for (const column of Object.keys(JSON.parse(lines[1] ?? '')))
      expect([column, await saidOf(change(1, { [column]: [] }))]).toEqual([column, 'Line 2 is no record.'])
    expect(await saidOf(change(1, { more: 1 }))).toBe('Line 2 is no record.')
    for (const values of [{ head: 1 }, { key: 1 }, { signature: 1 }, { more: 1 }])
      expect(await saidOf(change(4, values))).toBe('The last line is none of an export: it is cut short.')
  })

  test('where records are missing, changed or in another order', async () => {
    const world = await openTrail(4)
    const [header, one, two, three, four, footer] = (await linesOf(world)) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    const change = (line: string, values: object) => JSON.stringify({ ...JSON.parse(line), ...values })
    expect(await saidOf([header, two, three, four, footer])).toBe('Record 2 does not follow record 0.')
    expect(await saidOf([header, one, three, four, footer])).toBe('Record 3 does not follow record 1.')
    expect(await saidOf([header, one, two, two, three, four, footer])).toBe(
      'Record 2 does not follow record 2.',
    )
    expect(await saidOf([header, one, change(two, { previous_hash: 'x' }), three, four, footer])).toBe(
      'Record 2 does not follow record 1.',
    )
    expect(await saidOf([header, one, change(two, { actor: 'nobody' }), three, four, footer])).toBe(
      'Record 2 does not fit its hash.',
    )
    expect(await saidOf([header, one, two, three, footer])).toBe(
      'Its signature does not fit: it has been changed.',
    )
  })

  test('where whoever holds the key has signed one that does not end at its head', async () => {
    const world = await openTrail(3)
    const { seal, audit } = world
    const lines = await linesOf(world)
    const records = await audit()
    const { head } = JSON.parse(lines.at(-1) ?? '')
    const some = lines.slice(0, -1)
    expect(await saidOf(sign(world, some.slice(0, -1), head))).toBe(
      'It does not end at its signed head, record 3.',
    )
    expect(await saidOf(sign(world, some, null))).toBe('It does not end at its signed head, record 0.')
    expect(await saidOf(sign(world, some.slice(0, 1), null))).toBe(0)
    const hash = records[2]?.hash ?? ''
    const anchors = [
      [seal.sign({ kind: 'cut', seq: 3, hash, at: 1 }), 'It does not end at its signed head, record 3.'],
      [
        seal.sign({ kind: 'head', seq: 3, hash: 'x', at: 1 }),
        'It does not end at its signed head, record 3.',
      ],
      [seal.sign({ kind: 'head', seq: 2, hash, at: 1 }), 'It does not end at its signed head, record 2.'],
      [{ ...head, at: 1 }, 'The head at record 3 is not signed by a key of the export.'],
      [{ ...head, key_id: 'x' }, 'The head at record 3 is not signed by a key of the export.'],
      [seal.sign({ kind: 'head', seq: 3, hash, at: 1 }), 3],
    ] as const
    for (const [anchor, said] of anchors) expect(await saidOf(sign(world, some, anchor))).toBe(said)
  })

  test('where its keys are not what they are called, or its cut is none', async () => {
    const world = await openTrail(3)
    const { seal, audit } = world
    const lines = await linesOf(world)
    const { head } = JSON.parse(lines.at(-1) ?? '')
    const [first] = (await audit()) as [AuditTable]
    const withHeader = (values: object, from = 1) => [
      JSON.stringify({ ...JSON.parse(lines[0] ?? ''), ...values }),
      ...lines.slice(from, -1),
    ]
    const [key] = seal.keys.publicKeys()
    const foreign = createAuditKeys(newKeyFile()).publicKeys()[0]
    const unfitting = 'Its signature does not fit: it has been changed.'
    for (const publicKeys of [[], [foreign], [{ ...foreign, id: key?.id }]])
      expect(await saidOf(sign(world, withHeader({ publicKeys }), head))).toBe(unfitting)
    const { seq, hash } = first
    const cut = seal.sign({ kind: 'cut', seq, hash, at: 1 })
    expect(await saidOf(sign(world, withHeader({ cut }, 2), head))).toBe(2)
    expect(await saidOf(sign(world, withHeader({ cut: { ...cut, at: 2 } }, 2), head))).toBe(
      'The cut at record 1 is not signed by a key of the export.',
    )
    const noCut = seal.sign({ kind: 'head', seq, hash, at: 1 })
    expect(await saidOf(sign(world, withHeader({ cut: noCut }, 2), head))).toBe('Its cut is none.')
  })
})

test('B6: a record of another trail that fits in its place does not pass for ours', async () => {
  const world = await openTrail(2)
  const [, first] = (await linesOf(world)) as [string, string]
  const { hash: _, ...record } = { ...JSON.parse(first), actor: 'nobody', previous_hash: auditStart }
  const lines = await linesOf(world)
  const forged = JSON.stringify({ ...record, hash: auditHash(record) })
  expect(await saidOf([lines[0] ?? '', forged, ...lines.slice(2)])).toBe('Record 2 does not follow record 1.')
})

describe('B6: old records', () => {
  const remove = (world: World, keepDays: number) => removeOldRecords(world, keepDays)

  test('are removed once a day’s worth is too old, up to the first that is not', async () => {
    const world = await openWorld()
    await world.note('one', 'two')
    world.pass(day)
    await world.note('three')
    world.pass(9 * day)
    // The oldest is ten days old, which is not more than a day too old.
    expect(await remove(world, 9)).toBe(0)
    expect((await world.audit()).map(({ seq }) => seq)).toEqual([1, 2, 3])
    world.pass(0.001)
    // The third is a day younger than the first two, and the newest.
    expect(await remove(world, 9)).toBe(2)
    const left = await world.audit()
    expect(left.map(({ seq, action }) => [seq, action])).toEqual([
      [3, 'three'],
      [4, 'audit.remove-old'],
    ])
  })

  test('leave a signed word behind, a record of their own, and a whole trail', async () => {
    const world = await openWorld()
    await world.note('one', 'two')
    const [, second] = (await world.audit()) as [AuditTable, AuditTable]
    world.pass(5 * day)
    await world.note('three')
    expect(await remove(world, 3)).toBe(2)
    const { cut } = await readAnchors(world.database)
    expect(cut).toMatchObject({ kind: 'cut', seq: 2, hash: second.hash, at: start + 5 * day * 1000 })
    expect(await world.seal.isGenuine(cut as never)).toBe(true)
    expect((await world.audit()).at(-1)).toMatchObject({
      seq: 4,
      actor: 'service',
      actor_id: null,
      action: 'audit.remove-old',
      target: 'audit',
      after: JSON.stringify({ records: 2, upTo: { seq: 2, hash: second.hash }, keepDays: 3 }),
    })
    expect(await verifyAudit(world.database, world.seal)).toEqual({ intact: true, records: 2 })
    expect(await remove(world, 3)).toBe(0)
  })

  test('are removed to the instant, never a young one before an old one, and never the newest', async () => {
    const world = await openWorld()
    await world.note('one')
    world.pass(2 * day)
    await world.note('two')
    world.pass(-day)
    await world.note('three')
    world.pass(9 * day)
    // Two is exactly as old as records are kept; three, which was written by a clock set back, is older.
    expect(await remove(world, 8)).toBe(1)
    expect((await world.audit()).map(({ seq }) => seq)).toEqual([2, 3, 4])
    const alone = await openWorld()
    await alone.note('one')
    alone.pass(100 * day)
    expect(await remove(alone, 1)).toBe(0)
    expect(await alone.audit()).toHaveLength(1)
    expect(await remove(await openWorld(), 1)).toBe(0)
  })

  test('are removed in small transactions where they are many', async () => {
    for (const [old, removed] of [
      [400, [400]],
      [401, [400, 1]],
      [800, [400, 400]],
    ] as const) {
      const world = await openTrail(old)
      world.pass(10 * day)
      await world.note('young')
      expect(await remove(world, 1)).toBe(old)
      const acts = (await world.audit()).filter(({ action }) => action === 'audit.remove-old')
      expect(acts.map(({ after }) => JSON.parse(after ?? '').records)).toEqual(removed)
      expect(await verifyAudit(world.database, world.seal)).toEqual({
        intact: true,
        records: 1 + acts.length,
      })
    }
  })
})
