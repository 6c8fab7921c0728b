import type { AllServices } from '../../service/http/services.ts'
import { auditHash, auditStart } from '../../service/store/journal.ts'

/** Appends a record as earlier versions did: hashed with half of a pair, which no database keeps. */
export async function appendAltered(
  { database, clock }: Pick<AllServices, 'database' | 'clock'>,
  actor = `${'a'.repeat(63)}\ud83d`,
): Promise<number> {
  return await database.write(async (transaction) => {
    const head = await transaction
      .selectFrom('audit')
      .select(['seq', 'hash'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst()
    const record = {
      seq: (head?.seq ?? 0) + 1,
      at: clock(),
      actor_id: null,
      actor,
      action: 'session.sign-in',
      target: '',
      before: null,
      after: null,
      outcome: 'refused',
      reason: null,
      address: '192.0.2.7',
      previous_hash: head?.hash ?? auditStart,
    }
    const hash = auditHash(record)
    await transaction
      .insertInto('audit')
      .values({ ...record, hash })
      .execute()
    const value = `${record.seq} ${hash}`
    await transaction.updateTable('meta').set({ value }).where('key', '=', 'audit_head').execute()
    return record.seq
  })
}
