import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fetch } from '../connectors/connector.ts'
import { readBounded, UpdateFault } from './bounded-fetch.ts'
import type { ReleaseFile } from './signed-feed.ts'

/** How long a download may take as a whole. */
const withinMs = 2 * 3_600_000

export interface Download {
  readonly fetch: Fetch
  readonly feed: string
  readonly file: ReleaseFile
  /** Holds this file alone, in the end. */
  readonly folder: string
  readonly signal: AbortSignal
  /** How long the answer may keep still before its next byte. */
  readonly stallMs: number
  readonly onProgress: (received: number) => void
}

/**
 * Brings a file of a signed release onto this computer, and holds it against the size and hash that were signed. What is
 * there already and right is not asked for again.
 *
 * @returns where it is
 * @throws UpdateFault where it is not what was signed, and none of it stays
 */
export async function download(order: Download): Promise<string> {
  const { file, folder, fetch, feed, signal, stallMs } = order
  const path = join(folder, file.url)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder))
    if (name !== file.url) await rm(join(folder, name), { recursive: true, force: true })
  if (await isAsSigned(path, file)) return path
  await rm(path, { recursive: true, force: true })

  const part = `${path}.part`
  const hash = createHash('sha512')
  let received = 0
  const handle = await open(part, 'wx', 0o600)
  try {
    const url = new URL(file.url, feed).href
    const request = { fetch, url, most: file.size, withinMs, stallMs, signal }
    for await (const piece of readBounded(request)) {
      await handle.writeFile(piece)
      hash.update(piece)
      received += piece.byteLength
      order.onProgress(received)
    }
    if (received < file.size) throw new UpdateFault('The update ended before its end.')
    if (hash.digest('base64') !== file.sha512)
      throw new UpdateFault('The update is not the one that its publisher signed. It was deleted.')
    await handle.close()
    await rename(part, path)
    return path
  } catch (error) {
    await handle.close()
    await rm(part, { force: true })
    throw error
  }
}

/** Whether a file has the size and the hash that were signed. */
export async function isAsSigned(path: string, { size, sha512 }: ReleaseFile): Promise<boolean> {
  try {
    if ((await stat(path)).size !== size) return false
    const hash = createHash('sha512')
    for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
    return hash.digest('base64') === sha512
  } catch {
    return false
  }
}
