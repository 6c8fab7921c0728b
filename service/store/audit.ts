import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import type { AuditTable } from '../database/tables.ts'
import { exportAudit } from './audit-export.ts'
import { removeOldRecords } from './audit-retention.ts'
import type { AuditSeal } from './audit-seal.ts'
import { type AuditState, acknowledgeAction, createAuditVerifier, verifyAudit } from './audit-verify.ts'
import type { Author } from './author.ts'
import type { Journal } from './journal.ts'
import { type Key, type Page, pageOf } from './paging.ts'

export interface AuditFilter {
  /** A person's id, or a name as it was written down. */
  readonly actors?: readonly string[] | undefined
  readonly action?: string | undefined
  /** Milliseconds since 1970. */
  readonly from?: number | undefined
}

/** Why a trail is not intact, in a sentence for whoever runs the service. */
export function explainAudit(state: AuditState & { readonly intact: false }): string {
  return state.because === 'tampered'
    ? `The audit trail has been tampered with: record ${state.brokenAt} does not fit what was signed.`
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

/** What is known of the trail's wholeness: verified from end to end at the start, and again and again after. */
export interface AuditWatch {
  state(): AuditState
  /** Holds the head against what was signed and verifies some further records. @returns what is known then */
  check(): Promise<AuditState>
  /**
   * Writes down that somebody has seen which records an earlier version altered, after having verified the whole
   * trail anew.
   *
   * @returns the numbers of those records; none where there is nothing that may be acknowledged, as the state says
   */
  acknowledge(author: Author, reason: string): Promise<readonly number[]>
  /** The id of the key that signs the trail. */
  keyId(): string
  /** The whole trail as lines of JSON, in pieces. */
  exportTrail(about: { readonly instanceId: string; readonly at: number }): AsyncGenerator<string>
  /** Removes what is older than records are kept for; nothing from a trail that is not intact. */
  removeOld(): Promise<number>
  close(): Promise<void>
}

/** So many records are verified at a time: some milliseconds. */
const recordsAtOnce = 500
const roundsToRemoval = 60

/** Verifies the trail, and goes on verifying it in small steps for as long as the service runs. */
export async function watchAudit({
  database,
  journal,
  seal,
  clock,
  keepDays,
  onBroken,
  everyMs = 1000,
}: {
  readonly database: Database
  readonly journal: Journal
  readonly seal: AuditSeal
  readonly clock: Clock
  /** For how long records are kept; for ever where it is not set. */
  readonly keepDays?: number | undefined
  /** Told when a trail that was intact is so no more. */
  readonly onBroken: (state: AuditState & { readonly intact: false }) => void
  /** Real milliseconds between two steps. */
  readonly everyMs?: number
}): Promise<AuditWatch> {
  let state: AuditState = { intact: true, records: 0 }
  const learn = (next: AuditState) => {
    const wasIntact = state.intact
    state = next
    if (wasIntact && !next.intact) onBroken(next)
  }
  learn(await verifyAudit(database, seal))
  const verifier = createAuditVerifier(database, seal)
  let checking: Promise<AuditState> | undefined
  const check = () => {
    checking ??= verifier
      .step(recordsAtOnce)
      .then((next) => {
        if (next) learn(next)
        return state
      })
      .finally(() => {
        checking = undefined
      })
    return checking
  }
  const removeOld = async () =>
    keepDays !== undefined && state.intact
      ? await removeOldRecords({ database, journal, seal, clock }, keepDays)
      : 0
  let rounds = 0
  let busy: Promise<unknown> | undefined
  const timer = setInterval(() => {
    // A database that does not answer is said by the readiness.
    busy ??= (rounds++ % roundsToRemoval === 0 ? check().then(removeOld) : check())
      .catch(() => {})
      .finally(() => {
        busy = undefined
      })
  }, everyMs)
  timer.unref()
  return {
    state: () => state,
    check,
    keyId: () => seal.keys.currentId(),
    exportTrail: (about) => exportAudit(database, seal, about),
    removeOld,
    acknowledge: async (author, reason) => {
      learn(await verifyAudit(database, seal))
      if (state.intact || state.because !== 'text-altered') return []
      const records = state.altered
      await author.write(async (_, record) => {
        const { actor } = author
        record.audit({ actor, action: acknowledgeAction, target: 'audit', after: { records }, reason })
      })
      learn(await verifyAudit(database, seal))
      return records.map(({ seq }) => seq)
    },
    close: async () => {
      clearInterval(timer)
      await busy
      await checking?.catch(() => {})
    },
  }
}
