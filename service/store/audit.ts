import { z } from 'zod'
import type { Database } from '../database/database.ts'
import type { AuditTable } from '../database/tables.ts'
import { mostTries, wasAlteredByStorage } from './altered-text.ts'
import type { Author } from './author.ts'
import { auditHash, auditStart } from './journal.ts'
import { nextTurn } from './next-turn.ts'
import { type Key, type Page, pageOf } from './paging.ts'

export interface AuditFilter {
  /** A person's id, or a name as it was written down. */
  readonly actors?: readonly string[] | undefined
  readonly action?: string | undefined
  /** Milliseconds since 1970. */
  readonly from?: number | undefined
}

/** A record that the storage has changed, as it reads now: so a later change of it is found all the same. */
const AlteredRecord = z.object({ seq: z.int(), hash: z.string() })
type AlteredRecord = Readonly<z.infer<typeof AlteredRecord>>
const Acknowledgement = z.object({ records: z.array(AlteredRecord) })

/**
 * Whether every record is chained to the one before; if not, the number of the first that is not.
 *
 * `text-altered` is a fault of earlier versions and no tampering: every record that does not fit is proved to
 * differ from what was written by nothing but characters that the database could not keep.
 */
export type AuditState =
  | { readonly intact: true; readonly records: number }
  | { readonly intact: false; readonly because: 'tampered'; readonly brokenAt: number }
  | {
      readonly intact: false
      readonly because: 'text-altered'
      readonly brokenAt: number
      readonly altered: readonly AlteredRecord[]
    }

/** Why a trail is not intact, in a sentence for whoever runs the service. */
export function explainAudit(state: AuditState & { readonly intact: false }): string {
  return state.because === 'tampered'
    ? `The audit trail has been tampered with: record ${state.brokenAt} does not fit.`
    : `In ${state.altered.length} records of the audit trail, the first is ${state.brokenAt}, an earlier version stored a name otherwise than it was hashed. Nothing else was changed. An Owner can acknowledge it: POST /api/v1/audit/acknowledge.`
}

/** Records of the audit trail, newest first. */
export async function listAudit(
  database: Pick<Database, 'read'>,
  { actors, action, from }: AuditFilter,
  { limit, after }: { readonly limit: number; readonly after?: Key | undefined },
): Promise<Page<AuditTable>> {
  let matching = database.read.selectFrom('audit')
  if (actors !== undefined)
    matching = matching.where((query) =>
      query.or([query('actor_id', 'in', actors), query('actor', 'in', actors)]),
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
const acknowledgeAction = 'audit.acknowledge'

/** The records that Owners have acknowledged, by what is written in the trail itself. */
async function readAcknowledged(database: Database): Promise<ReadonlyMap<number, string>> {
  const rows = await database.read
    .selectFrom('audit')
    .select('after')
    .where('action', '=', acknowledgeAction)
    .orderBy('seq')
    .execute()
  return new Map(
    rows.flatMap(({ after }) => {
      const read = Acknowledgement.safeParse(JSON.parse(after ?? 'null'))
      return read.success ? read.data.records.map(({ seq, hash }) => [seq, hash] as const) : []
    }),
  )
}

/** Goes through the whole audit trail and computes every hash anew. */
export async function verifyAudit(database: Database): Promise<AuditState> {
  const known = await readAcknowledged(database)
  const budget = { left: mostTries }
  const altered: AlteredRecord[] = []
  let previous = auditStart
  let seq = 0
  const tampered = (brokenAt: number): AuditState => ({ intact: false, because: 'tampered', brokenAt })
  for (;;) {
    const rows = await database.read
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(atOnce)
      .execute()
    for (const { hash, ...record } of rows) {
      if (record.seq !== seq + 1) return tampered(seq + 1)
      if (record.previous_hash !== previous) return tampered(record.seq)
      const now = auditHash(record)
      if (now !== hash) {
        const isAcknowledged = known.get(record.seq) === now
        if (!isAcknowledged) {
          if (!(await wasAlteredByStorage(record, hash, budget))) return tampered(record.seq)
          altered.push({ seq: record.seq, hash: now })
        }
      }
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
    if (Number(kept) > seq) return tampered(seq + 1)
  }
  const [first] = altered
  return first
    ? { intact: false, because: 'text-altered', brokenAt: first.seq, altered }
    : { intact: true, records: seq }
}

/** What is known of the trail's wholeness since the start. */
export interface AuditWatch {
  state(): AuditState
  /**
   * Writes down that somebody has seen which records an earlier version altered, after having verified the whole
   * trail anew.
   *
   * @returns the numbers of those records; none where there is nothing that may be acknowledged, as the state says
   */
  acknowledge(author: Author, reason: string): Promise<readonly number[]>
}

/** Verifies the trail and remembers what it came to. */
export async function watchAudit(database: Database): Promise<AuditWatch> {
  let state = await verifyAudit(database)
  return {
    state: () => state,
    acknowledge: async (author, reason) => {
      state = await verifyAudit(database)
      if (state.intact || state.because !== 'text-altered') return []
      const records = state.altered
      await author.write(async (_, record) => {
        const { actor } = author
        record.audit({ actor, action: acknowledgeAction, target: 'audit', after: { records }, reason })
      })
      state = await verifyAudit(database)
      return records.map(({ seq }) => seq)
    },
  }
}
