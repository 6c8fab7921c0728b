import { type FileHandle, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'

/** Every file below a folder, read whole. */
export async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file)] as const)))
}

/** The window's heap after a collection, as text. */
export async function heapOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page)
  const chunks: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await session.send('HeapProfiler.enable')
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  return chunks.join('')
}

/** A text as the encodings in which it could lie about. */
export const disguises = (text: string) => [
  Buffer.from(text),
  Buffer.from(text, 'utf16le'),
  Buffer.from(Buffer.from(text).toString('base64').slice(0, 12)),
  Buffer.from(Buffer.from(text).toString('hex')),
]

/** How often each of some bytes is in the writable memory of another process of ours. Linux only. */
export async function countInMemory(pid: number, wanted: readonly Buffer[]): Promise<readonly number[]> {
  const counts = wanted.map(() => 0)
  const memory = await open(`/proc/${pid}/mem`, 'r')
  const chunk = Buffer.alloc(4 * 1024 * 1024)
  for (const line of (await readFile(`/proc/${pid}/maps`, 'utf8')).split('\n')) {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
    const end = Number.parseInt(to, 16)
    let at = Number.parseInt(from, 16)
    while (at < end) {
      const length = await readAt(memory, chunk, Math.min(chunk.length, end - at), at)
      if (length === 0) break
      const piece = chunk.subarray(0, length)
      for (const [index, bytes] of wanted.entries())
        for (let found = piece.indexOf(bytes); found !== -1; found = piece.indexOf(bytes, found + 1))
          counts[index] = (counts[index] ?? 0) + 1
      at += at + length < end ? length - 255 : length
    }
  }
  await memory.close()
  return counts
}

async function readAt(memory: FileHandle, chunk: Buffer, length: number, at: number): Promise<number> {
  try {
    return (await memory.read(chunk, 0, length, at)).bytesRead
  } catch {
    // A region that the kernel keeps to itself.
    return 0
  }
}
