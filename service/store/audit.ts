import type { Database } from '../database/database.ts'
import type { AuditTable } from '../database/tables.ts'
import { auditHash, auditStart } from './journal.ts'
import { nextTurn } from './next-turn.ts'
import { type Key, type Page, pageOf } from './paging.ts'

export interface AuditFilter {
  readonly actor?: string | undefined
  readonly action?: string | undefined
  /** Milliseconds since 1970. */
  readonly from?: number | undefined
}

/** Whether every record is chained to the one before; if not, the number of the first that is not. */
export type AuditState =
  | { readonly intact: true; readonly records: number }
  | { readonly intact: false; readonly brokenAt: number }

/** Records of the audit trail, newest first. */
export async function listAudit(
  database: Database,
  { actor, action, from }: AuditFilter,
  { limit, after }: { readonly limit: number; readonly after?: Key | undefined },
): Promise<Page<AuditTable>> {
  let matching = database.read.selectFrom('audit')
  if (actor !== undefined)
    matching = matching.where((query) =>
      query.or([query('actor_id', '=', actor), query('actor', '=', actor)]),
    )
  if (action !== undefined) matching = matching.where('action', '=', action)
  if (from !== undefined) matching = matching.where('at', '>=', from)
  let wanted = matching.selectAll()
  if (after) wanted = wanted.where('seq', '<', Number(after.value))
  const rows = await wanted
    .orderBy('seq', 'desc')
    .limit(limit + 1)
    .execute()
  const { total } = await matching
    .select((query) => query.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return pageOf(rows, limit, total, (row) => ({ value: row.seq, id: '' }))
}

const atOnce = 1_000

/** Goes through the whole audit trail and computes every hash anew. */
export async function verifyAudit(database: Database): Promise<AuditState> {
  let previous = auditStart
  let seq = 0
  for (;;) {
    const rows = await database.read
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(atOnce)
      .execute()
    for (const { hash, ...record } of rows) {
      if (record.seq !== seq + 1) return { intact: false, brokenAt: seq + 1 }
      if (record.previous_hash !== previous || auditHash(record) !== hash)
        return { intact: false, brokenAt: record.seq }
      previous = hash
      seq = record.seq
    }
    if (rows.length < atOnce) break
    await nextTurn()
  }
  const anchor = await database.read
    .selectFrom('meta')
    .select('value')
    .where('key', '=', 'audit_head')
    .executeTakeFirst()
  // Records cut off at the end leave a chain that is whole in itself: the head is kept apart for that.
  if (anchor !== undefined && anchor.value !== `${seq} ${previous}`) {
    const [kept] = anchor.value.split(' ')
    if (Number(kept) > seq) return { intact: false, brokenAt: seq + 1 }
  }
  return { intact: true, records: seq }
}
