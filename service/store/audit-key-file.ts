import { randomUUID } from 'node:crypto'
import { chmod, link, open, readFile, rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import { createAuditKeys, KeyFile, newKeyFile, rotated } from './audit-keys.ts'
import { type AuditSeal, createAuditSeal } from './audit-seal.ts'

/** The audit trail's key can't be used; the message says why and what to do, in one line. */
export class AuditKeyError extends Error {
  override readonly name = 'AuditKeyError'
}

const KeptHead = z.strictObject({ version: z.literal(1), seq: z.int().positive(), hash: z.string() })

/** Where the last signed head is kept, beside the key. */
const headFile = (keyFile: string) => `${keyFile}.head`

/** Writes a file whole or not at all, readable by its owner only. `place` puts it where it belongs. */
async function writeWhole(
  path: string,
  value: unknown,
  place: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await using file = await open(temporary, 'wx', 0o600)
    await file.writeFile(`${JSON.stringify(value, undefined, 2)}\n`)
    await file.sync()
    await place(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

function parse<T>(schema: z.ZodType<T>, path: string, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw new AuditKeyError(`${path} is no file of this service. Put a backup in its place.`)
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new AuditKeyError(`${path} can't be read.`)
  }
}

/** @throws AuditKeyError for what is there and is no key file */
async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  const text = await readText(path)
  return text === undefined ? undefined : parse(KeyFile, path, text)
}

async function makeKeyFile(path: string): Promise<KeyFile> {
  const file = newKeyFile()
  try {
    // A link, unlike a renaming, never takes the place of what another replica has just made.
    await writeWhole(path, file, link)
    return file
  } catch (error) {
    const made = await readKeyFile(path)
    if (made) return made
    throw new AuditKeyError(`The key of the audit trail can't be made: ${(error as Error).message}`)
  }
}

/**
 * The seal that a key file gives. The file is made where there is none, unless the trail is signed already: then
 * this is not its key.
 *
 * @param isSigned whether the database holds anchors
 * @throws AuditKeyError
 */
export async function openAuditSeal(
  path: string,
  { isSigned, logError }: { readonly isSigned: boolean; readonly logError?: (error: Error) => void },
): Promise<AuditSeal> {
  const found = await readKeyFile(path)
  if (!found && isSigned)
    throw new AuditKeyError(
      `The audit trail is signed, and its key is not at ${path}. Put the file there from a backup or another replica; service/README.md says what to do when it is lost.`,
    )
  const file = found ?? (await makeKeyFile(path))
  // Whoever put it there may have left it open to others.
  await chmod(path, 0o600).catch(() => {})
  const headPath = headFile(path)
  const readHead = async () => {
    const text = await readText(headPath)
    if (text === undefined) return undefined
    const { seq, hash } = parse(KeptHead, headPath, text)
    return { seq, hash }
  }
  return createAuditSeal(
    createAuditKeys(file, () => readKeyFile(path).catch(() => undefined)),
    {
      kept: await readHead(),
      keep: async (head) => {
        // Replicas may share the file: what one of them knows to have been is not taken back by another.
        if (((await readHead())?.seq ?? 0) < head.seq)
          await writeWhole(headPath, { version: 1, ...head }, rename)
      },
    },
    logError,
  )
}

/** Gives a key file a new key. @returns its id @throws AuditKeyError */
export async function rotateKeyFile(path: string): Promise<string> {
  const file = await readKeyFile(path)
  if (!file) throw new AuditKeyError(`${path} is not there.`)
  const next = rotated(file)
  await writeWhole(path, next, rename)
  return next.keys.at(-1)?.id ?? ''
}
