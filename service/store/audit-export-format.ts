import { createHash } from 'node:crypto'
import { z } from 'zod'
import { auditHash, auditStart } from './audit-chain.ts'
import { isSignedBy, keyId, PublicKey, publicKeyOf } from './audit-keys.ts'
import { AuditRecord } from './audit-record.ts'
import { anchorStatement } from './audit-seal.ts'

const Anchor = z.strictObject({
  kind: z.enum(['head', 'cut']),
  seq: z.int(),
  hash: z.string(),
  at: z.int(),
  key_id: z.string(),
  signature: z.string(),
})
type Anchor = Readonly<z.infer<typeof Anchor>>

/** The first line of an export. */
const ExportHeader = z.strictObject({
  export: z.literal('curfew-audit'),
  version: z.literal(1),
  instanceId: z.string(),
  at: z.string(),
  publicKeys: z.array(PublicKey).readonly(),
  /** Up to where records had been removed. */
  cut: Anchor.nullable(),
})
export type ExportHeader = Readonly<z.infer<typeof ExportHeader>>

/** The last line of an export. */
const ExportFooter = z.strictObject({
  head: Anchor.nullable(),
  /** The id of the key that signed the export. */
  key: z.string(),
  /** Over every byte before this line, and this line's other parts. */
  signature: z.string(),
})
export type ExportFooter = Readonly<z.infer<typeof ExportFooter>>

/** What the last line's signature is over. */
export function footerStatement(head: Anchor | null, key: string, sha256: string): string {
  return JSON.stringify(['curfew audit export 1', key, head, sha256])
}

/** What came of verifying an export. */
export type ExportVerdict =
  | { readonly ok: true; readonly records: number; readonly key: string; readonly header: ExportHeader }
  | { readonly ok: false; readonly because: string }

const bad = (because: string): ExportVerdict => ({ ok: false, because })

function parsed<T>(schema: z.ZodType<T>, line: string | undefined): T | undefined {
  try {
    const value = schema.parse(JSON.parse(line ?? ''))
    // Only one way of writing is ours: a byte that means nothing to JSON is a change too.
    return JSON.stringify(value) === line ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Verifies an export with nothing but its lines, and the id of the key it is to be signed with.
 *
 * @param lines each without its line end, the last one included
 * @param trusted the id of the key, from elsewhere than the export: its own keys prove only that it is of one piece
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  trusted: string | undefined,
): Promise<ExportVerdict> {
  const digest = createHash('sha256')
  let header: ExportHeader | undefined
  let footerLine: string | undefined
  let position = { seq: 0, hash: auditStart }
  let records = 0
  let number = 0
  for await (const line of lines) {
    number++
    if (number === 1) {
      header = parsed(ExportHeader, line)
      if (!header) return bad('The first line is none of an export.')
      if (header.cut) position = header.cut
      digest.update(`${line}\n`)
      continue
    }
    // Whether a line is the last is known only when there is another.
    if (footerLine !== undefined) {
      const record = parsed(AuditRecord, footerLine)
      if (!record) return bad(`Line ${number - 1} is no record.`)
      const { hash, ...rest } = record
      if (record.seq !== position.seq + 1 || record.previous_hash !== position.hash)
        return bad(`Record ${record.seq} does not follow record ${position.seq}.`)
      if (auditHash(rest) !== hash) return bad(`Record ${record.seq} does not fit its hash.`)
      position = { seq: record.seq, hash }
      records++
      digest.update(`${footerLine}\n`)
    }
    footerLine = line
  }
  const footer = parsed(ExportFooter, footerLine)
  if (!header || !footer) return bad('The last line is none of an export: it is cut short.')
  const keys = new Map(header.publicKeys.map((key) => [key.id, key]))
  const isSigned = (id: string, text: string, signature: string) => {
    const key = keys.get(id)
    return key !== undefined && keyId(key.x) === id && isSignedBy(publicKeyOf(key), text, signature)
  }
  if (trusted !== undefined && footer.key !== trusted)
    return bad(`It is signed with the key ${footer.key}, not with ${trusted}.`)
  const { head, key } = footer
  if (!isSigned(key, footerStatement(head, key, digest.digest('base64url')), footer.signature))
    return bad('Its signature does not fit: it has been changed.')
  for (const anchor of [header.cut, head])
    if (anchor && !isSigned(anchor.key_id, anchorStatement(anchor), anchor.signature))
      return bad(`The ${anchor.kind} at record ${anchor.seq} is not signed by a key of the export.`)
  if (header.cut && header.cut.kind !== 'cut') return bad('Its cut is none.')
  if (head ? head.kind !== 'head' || head.seq !== position.seq || head.hash !== position.hash : records > 0)
    return bad(`It does not end at its signed head, record ${head?.seq ?? 0}.`)
  return { ok: true, records, key, header }
}
