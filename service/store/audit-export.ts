import { createHash } from 'node:crypto'
import type { Database } from '../database/database.ts'
import type { AuditTable } from '../database/tables.ts'
import { type ExportFooter, type ExportHeader, footerStatement } from './audit-export-format.ts'
import type { AuditSeal } from './audit-seal.ts'
import { readAnchors } from './audit-verify.ts'

const atOnce = 500

/**
 * The whole audit trail as lines of JSON: what it is and the public keys, every record as it is stored, and the
 * signed head with a signature over every byte before. `bin/curfew-audit.ts` verifies it.
 *
 * What is appended or removed meanwhile: it ends at the head as it was at the beginning, and breaks off with an
 * error where its records were removed under it.
 */
export async function* exportAudit(
  database: Database,
  seal: AuditSeal,
  { instanceId, at }: { readonly instanceId: string; readonly at: number },
): AsyncGenerator<string> {
  const digest = createHash('sha256')
  const line = (value: unknown) => {
    const text = `${JSON.stringify(value)}\n`
    digest.update(text)
    return text
  }
  const { head = null, cut = null } = await readAnchors(database)
  const header: ExportHeader = {
    export: 'curfew-audit',
    version: 1,
    instanceId,
    at: new Date(at).toISOString(),
    publicKeys: seal.keys.publicKeys(),
    cut,
  }
  yield line(header)
  let after: number | undefined
  for (let more = head !== null; more; ) {
    let wanted = database.read.selectFrom('audit').selectAll().orderBy('seq').limit(atOnce)
    if (after !== undefined) wanted = wanted.where('seq', '>', after)
    const rows: AuditTable[] = await wanted.execute()
    const [first] = rows
    if (
      after !== undefined &&
      first &&
      first.seq !== after + 1 &&
      (await readAnchors(database)).cut?.seq !== cut?.seq
    )
      throw new Error('Records of the audit trail were removed while it was exported.')
    // A trail that is broken is exported as it is: the reader is to see where.
    const wantedRows = rows.filter(({ seq }) => head === null || seq <= head.seq)
    if (wantedRows.length > 0) yield wantedRows.map(line).join('')
    after = rows.at(-1)?.seq
    more = rows.length === atOnce && wantedRows.length === rows.length
  }
  const key = seal.keys.currentId()
  const footer: ExportFooter = {
    head,
    key,
    signature: seal.keys.sign(footerStatement(head, key, digest.digest('base64url'))),
  }
  yield `${JSON.stringify(footer)}\n`
}
