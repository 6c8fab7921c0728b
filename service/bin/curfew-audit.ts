#!/usr/bin/env node
import { createReadStream } from 'node:fs'
import { parseArgs } from 'node:util'
import { verifyExport } from '../store/audit-export-format.ts'
import { rotateKeyFile } from '../store/audit-key-file.ts'

const usage = `Usage: curfew-audit verify EXPORT [--key-id ID]   whether an export of the audit trail is whole and unchanged
       curfew-audit rotate-key KEYFILE            gives the audit trail a new key; copy the file to all replicas
`

/** Lines at their line feeds only, so that no byte of the file escapes the signature; the last must have one too. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const text of createReadStream(path, 'utf8')) {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'key-id': { type: 'string' } },
  })
  const [command, path] = positionals
  if (path === undefined || positionals.length > 2) {
    process.stderr.write(usage)
    return 2
  }
  if (command === 'rotate-key') {
    process.stdout.write(`The key that signs is now ${await rotateKeyFile(path)}.\n`)
    return 0
  }
  if (command !== 'verify') {
    process.stderr.write(usage)
    return 2
  }
  const trusted = values['key-id']
  const verdict = await verifyExport(linesOf(path), trusted)
  if (!verdict.ok) {
    process.stdout.write(`NOT WHOLE: ${verdict.because}\n`)
    return 1
  }
  const { header, records, key } = verdict
  process.stdout.write(
    `Whole: ${records} records${header.cut ? ` after record ${header.cut.seq}` : ''} of ${header.instanceId}, exported ${header.at}, signed with the key ${key}.\n`,
  )
  if (trusted === undefined)
    process.stdout.write('Compare the key with the one the service names; --key-id ID does it.\n')
  return 0
}

try {
  process.exitCode = await run()
} catch (error) {
  process.stderr.write(`curfew-audit: ${(error as Error).message}\n`)
  process.exitCode = 2
}
