import { z } from 'zod'
import type { AuditTable } from '../database/tables.ts'

/** A record of the audit trail, as it is stored and exported. The order of its fields is the order of an export's. */
export const AuditRecord = z.strictObject({
  seq: z.int(),
  /** Milliseconds since 1970. */
  at: z.int(),
  actor_id: z.string().nullable(),
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  /** JSON. */
  before: z.string().nullable(),
  /** JSON. */
  after: z.string().nullable(),
  outcome: z.string(),
  reason: z.string().nullable(),
  address: z.string(),
  previous_hash: z.string(),
  hash: z.string(),
}) satisfies z.ZodType<AuditTable>
