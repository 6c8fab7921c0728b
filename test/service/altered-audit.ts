import { auditHash, auditStart, writeAnchor } from '../../service/store/audit-chain.ts'
import type { TestService } from './support.ts'

/** What a service says of such records. */
export const saidOfAltered = /stored a name otherwise/

/** Appends a record hashed as earlier versions did, with half of a pair, which no database keeps. */
export async function appendAltered(
  { service, seal, now }: Pick<TestService, 'service' | 'seal' | 'now'>,
  actor = `${'a'.repeat(63)}\ud83d`,
): Promise<number> {
  return await service.services.database.write(async (transaction) => {
    const head = await transaction
      .selectFrom('audit')
      .select(['seq', 'hash'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst()
    const record = {
      seq: (head?.seq ?? 0) + 1,
      at: now(),
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
    await writeAnchor(transaction, seal, 'head', { seq: record.seq, hash }, now())
    return record.seq
  })
}
