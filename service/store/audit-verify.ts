import { z } from 'zod'
import type { Database } from '../database/database.ts'
import type { AuditTable } from '../database/tables.ts'
import { mostTries, wasAlteredByStorage } from './altered-text.ts'
import { auditHash, auditStart, lockWriting, writeAnchor } from './audit-chain.ts'
import type { Anchor, AuditSeal, Head } from './audit-seal.ts'
import { nextTurn } from './next-turn.ts'

/** A record that the storage has changed, as it reads now: so a later change of it is found all the same. */
const AlteredRecord = z.object({ seq: z.int(), hash: z.string() })
export type AlteredRecord = Readonly<z.infer<typeof AlteredRecord>>
const Acknowledgement = z.object({ records: z.array(AlteredRecord) })

/**
 * Whether every record is chained to the one before, up to the signed head; if not, the number of the first that is
 * known not to fit.
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

export const acknowledgeAction = 'audit.acknowledge'

const tampered = (brokenAt: number): AuditState => ({ intact: false, because: 'tampered', brokenAt })

/** The signed places that the database holds, in no way trusted yet. */
export async function readAnchors(
  database: Database,
): Promise<{ readonly head: Anchor | undefined; readonly cut: Anchor | undefined }> {
  const anchors = await database.read.selectFrom('audit_anchors').selectAll().execute()
  return {
    head: anchors.find(({ kind }) => kind === 'head'),
    cut: anchors.find(({ kind }) => kind === 'cut'),
  }
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    // Somebody has been at the record: its hash will tell.
    return null
  }
}

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
      const read = Acknowledgement.safeParse(parsed(after))
      return read.success ? read.data.records.map(({ seq, hash }) => [seq, hash] as const) : []
    }),
  )
}

/** Up to where records were removed: the start of the trail where none were, `undefined` where that is forged. */
async function startOf(seal: AuditSeal, cut: Anchor | undefined): Promise<Head | undefined> {
  if (!cut) return { seq: 0, hash: auditStart }
  return (await seal.isGenuine(cut)) ? cut : undefined
}

/**
 * Holds the end of the trail against its signed head, and both against the head that is known outside the database.
 * Costs the same however long the trail is.
 *
 * @returns the number of the record where it does not fit; `undefined` where it does
 */
async function findBadHead(database: Database, seal: AuditSeal): Promise<number | undefined> {
  // In this order, so that what is appended or removed meanwhile is no mismatch.
  const known = seal.known()
  const last = await database.read
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  const { head } = await readAnchors(database)
  if (!head) return last || known ? 1 : undefined
  if (!(await seal.isGenuine(head))) return head.seq
  if (last && last.seq > head.seq) return head.seq + 1
  const hashOf = async ({ seq }: Head) =>
    (await database.read.selectFrom('audit').select('hash').where('seq', '=', seq).executeTakeFirst())?.hash
  if ((await hashOf(head)) !== head.hash) return Math.min(head.seq, (last?.seq ?? 0) + 1)
  if (known && (await hashOf(known)) !== known.hash) {
    const { cut } = await readAnchors(database)
    if (!cut || cut.seq < known.seq) return known.seq
  }
  // What another replica may lose with its power is not held against the database later.
  seal.remember(head, 'hasty')
  return undefined
}

/** Where a verification is, and what it has come across. */
interface Pass {
  readonly known: ReadonlyMap<number, string>
  readonly budget: { left: number }
  readonly altered: AlteredRecord[]
  position: Head
  started: boolean
}

/** Goes through the audit trail, a bounded number of records at a time, and begins anew when it is through. */
export interface AuditVerifier {
  /**
   * Holds the head against what was signed, and computes the hashes of up to `limit` further records anew.
   *
   * @returns what it has come to: at a fault at once, otherwise when it is through; `undefined` in between
   */
  step(limit: number): Promise<AuditState | undefined>
}

export function createAuditVerifier(database: Database, seal: AuditSeal): AuditVerifier {
  let pass: Pass | undefined

  const begin = async (): Promise<Pass | undefined> => {
    const position = await startOf(seal, (await readAnchors(database)).cut)
    return (
      position && {
        known: await readAcknowledged(database),
        budget: { left: mostTries },
        altered: [],
        position,
        started: false,
      }
    )
  }

  /** Whether a record fits, once it is known to be the next. */
  const fits = async (current: Pass, { hash, ...record }: AuditTable): Promise<boolean> => {
    const now = auditHash(record)
    if (now === hash || current.known.get(record.seq) === now) return true
    if (!(await wasAlteredByStorage(record, hash, current.budget))) return false
    current.altered.push({ seq: record.seq, hash: now })
    return true
  }

  const goOn = async (current: Pass, limit: number): Promise<AuditState | undefined> => {
    let wanted = database.read.selectFrom('audit').selectAll().orderBy('seq').limit(limit)
    // From the very first at the beginning: what stands before the cut was put there.
    if (current.started) wanted = wanted.where('seq', '>', current.position.seq)
    current.started = true
    const rows = await wanted.execute()
    for (const record of rows) {
      if (record.seq !== current.position.seq + 1) {
        // Removed meanwhile, by the rule: it goes on from there.
        const { cut } = await readAnchors(database)
        if (!cut || cut.seq <= current.position.seq || !(await seal.isGenuine(cut)))
          return tampered(Math.min(record.seq, current.position.seq + 1))
        current.position = cut
        return undefined
      }
      if (record.previous_hash !== current.position.hash || !(await fits(current, record)))
        return tampered(record.seq)
      current.position = record
    }
    if (rows.length === limit) return undefined
    const badHead = await findBadHead(database, seal)
    if (badHead !== undefined) return tampered(badHead)
    const [first] = current.altered
    if (first)
      return { intact: false, because: 'text-altered', brokenAt: first.seq, altered: current.altered }
    const { cut } = await readAnchors(database)
    return { intact: true, records: current.position.seq - (cut?.seq ?? 0) }
  }

  return {
    step: async (limit) => {
      const badHead = await findBadHead(database, seal)
      pass ??= await begin()
      // The chain says more exactly where it begins not to fit, so it is looked at first where that is near.
      const state = pass ? await goOn(pass, limit) : tampered(1)
      const result = state ?? (badHead === undefined ? undefined : tampered(badHead))
      if (result) pass = undefined
      return result
    },
  }
}

const atOnce = 1_000

/** Goes through the whole audit trail and computes every hash anew. */
export async function verifyAudit(database: Database, seal: AuditSeal): Promise<AuditState> {
  const verifier = createAuditVerifier(database, seal)
  for (;;) {
    const state = await verifier.step(atOnce)
    if (state) return state
    await nextTurn()
  }
}

/**
 * Signs the head of a trail that was written before heads were signed. Only where neither the database nor anything
 * outside has seen a signed one, and where the trail ends as its unsigned head said.
 */
export async function adoptUnsignedTrail(
  database: Database,
  seal: AuditSeal,
  clock: () => number,
): Promise<void> {
  if (seal.known()) return
  const adopted = await database.write(async (transaction) => {
    await lockWriting(database, transaction)
    if (await transaction.selectFrom('audit_anchors').select('kind').limit(1).executeTakeFirst()) return
    const last = await transaction
      .selectFrom('audit')
      .select(['seq', 'hash'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst()
    const unsigned = await transaction
      .selectFrom('meta')
      .select('value')
      .where('key', '=', 'audit_head')
      .executeTakeFirst()
    if (!last || (unsigned && unsigned.value !== `${last.seq} ${last.hash}`)) return
    await writeAnchor(transaction, seal, 'head', last, clock())
    await transaction.deleteFrom('meta').where('key', '=', 'audit_head').execute()
    return last
  })
  if (adopted) seal.remember(adopted, 'lasting')
}
