import { hash } from 'node:crypto'
import { sql } from 'kysely'
import type { Database, Write } from '../database/database.ts'
import type { AuditTable } from '../database/tables.ts'
import { storable } from '../text.ts'
import type { AuditSeal, Head } from './audit-seal.ts'
import type { AuditNote } from './journal.ts'

/** What the first record is chained to. */
export const auditStart = '0'.repeat(43)

/** A record's hash: over the one before and every field, in a form that can't be read two ways. */
export function auditHash(record: Omit<AuditTable, 'hash'>): string {
  const fields = [
    record.previous_hash,
    record.seq,
    record.at,
    record.actor_id,
    record.actor,
    record.action,
    record.target,
    record.before,
    record.after,
    record.outcome,
    record.reason,
    record.address,
  ]
  return hash('sha256', JSON.stringify(fields), 'base64url')
}

/** Any number: it names the lock under which replicas write, one at a time. */
const writeLock = 4_180_001

/** Waits until no other replica is writing; held until the transaction ends. */
export async function lockWriting(database: Database, transaction: Write): Promise<void> {
  if (database.dialect === 'postgres')
    await sql`select pg_advisory_xact_lock(${sql.lit(writeLock)})`.execute(transaction)
}

/** JSON escapes whatever a database would change. */
const asJson = (value: unknown) => (value === undefined ? null : JSON.stringify(value))

/**
 * Whether the trail ends where its signed head says. If it does not, somebody else has been at it, and signing what
 * comes next would make theirs genuine.
 */
async function endsAsSigned(transaction: Write, seal: AuditSeal, last: Head | undefined): Promise<boolean> {
  const anchor = await transaction
    .selectFrom('audit_anchors')
    .selectAll()
    .where('kind', '=', 'head')
    .executeTakeFirst()
  const known = seal.known()
  if (!anchor) return last === undefined && known === undefined
  if (anchor.seq !== last?.seq || anchor.hash !== last.hash) return false
  // Ahead of what is known where another replica has written; behind it where the trail was rolled back.
  if (known && (anchor.seq < known.seq || (anchor.seq === known.seq && anchor.hash !== known.hash)))
    return false
  return await seal.isGenuine(anchor)
}

/**
 * Chains notes to the audit trail, and signs its new head. Under the lock of {@link lockWriting}.
 *
 * @returns the records, and the new head: `undefined` where it was left unsigned because the trail is not as this
 *   service left it
 */
export async function appendAudit(
  transaction: Write,
  seal: AuditSeal,
  at: number,
  notes: readonly AuditNote[],
): Promise<{ readonly records: readonly AuditTable[]; readonly head: Head | undefined }> {
  const records: AuditTable[] = []
  const last = await transaction
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  const mayBeSigned = await endsAsSigned(transaction, seal, last)
  let [seq, previous_hash] = [last?.seq ?? 0, last?.hash ?? auditStart]
  for (const { actor, action, target, before, after, outcome = 'done', reason } of notes) {
    seq++
    const record = {
      seq,
      at,
      actor_id: actor.id,
      // The hash is over what is stored, so nothing may be left for the database to change.
      actor: storable(actor.name),
      action,
      target: storable(target),
      before: asJson(before),
      after: asJson(after),
      outcome,
      reason: reason === undefined ? null : storable(reason),
      address: storable(actor.address),
      previous_hash,
    }
    previous_hash = auditHash(record)
    const hashed = { ...record, hash: previous_hash }
    await transaction.insertInto('audit').values(hashed).execute()
    records.push(hashed)
  }
  if (!mayBeSigned) return { records, head: undefined }
  const head = { seq, hash: previous_hash }
  await writeAnchor(transaction, seal, 'head', head, at)
  return { records, head }
}

/** Signs a place in the trail and keeps that in the database, in place of the one before of its kind. */
export async function writeAnchor(
  transaction: Write,
  seal: AuditSeal,
  kind: 'head' | 'cut',
  { seq, hash: recordHash }: Head,
  at: number,
): Promise<void> {
  const { kind: _, ...values } = seal.sign({ kind, seq, hash: recordHash, at })
  await transaction
    .insertInto('audit_anchors')
    .values({ kind, ...values })
    .onConflict((conflict) => conflict.column('kind').doUpdateSet(values))
    .execute()
}
