import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import { writeAnchor } from './audit-chain.ts'
import type { AuditSeal } from './audit-seal.ts'
import { type Journal, theService } from './journal.ts'
import { nextTurn } from './next-turn.ts'

const day = 86_400_000
const atOnce = 400

/**
 * Removes records of the audit trail that are older than `keepDays`, in small transactions, each with a signed word
 * about up to where, from which verification then begins. Each removal is a record itself.
 *
 * Once a day's worth has gathered, so that a trail does not fill with records of its own shortening. The newest
 * record stays whatever its age. Call it on a trail that is known to be intact: what has been tampered with is
 * evidence.
 *
 * @returns how many records were removed
 */
export async function removeOldRecords(
  {
    database,
    journal,
    seal,
    clock,
  }: {
    readonly database: Database
    readonly journal: Journal
    readonly seal: AuditSeal
    readonly clock: Clock
  },
  keepDays: number,
): Promise<number> {
  const before = clock() - keepDays * day
  const oldest = await database.read
    .selectFrom('audit')
    .select('at')
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  if (!oldest || oldest.at >= before - day) return 0
  for (let total = 0; ; ) {
    const removed = await journal.write(async (transaction, record) => {
      const rows = await transaction
        .selectFrom('audit')
        .select(['seq', 'hash', 'at'])
        .orderBy('seq')
        .limit(atOnce + 1)
        .execute()
      // Up to the first that is young enough, so that no hole is left; never the newest of all.
      const young = rows.findIndex(({ at }) => at >= before)
      const old = rows.slice(0, Math.min(atOnce, young < 0 ? rows.length - 1 : young))
      const last = old.at(-1)
      if (!last) return 0
      await transaction.deleteFrom('audit').where('seq', '<=', last.seq).execute()
      await writeAnchor(transaction, seal, 'cut', last, clock())
      record.audit({
        actor: theService,
        action: 'audit.remove-old',
        target: 'audit',
        after: { records: old.length, upTo: { seq: last.seq, hash: last.hash }, keepDays },
      })
      return old.length
    })
    total += removed
    if (removed < atOnce) return total
    await nextTurn()
  }
}
