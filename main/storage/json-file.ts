import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { writeFile } from 'atomically'
import type { z } from 'zod'

/** A small file of the app's own, held in memory and written whole. */
export interface JsonFile<T> {
  readonly value: T
  /** Replaces the value, then the file atomically; rejects when the disk refuses, the value then stays new. */
  write(value: T): Promise<void>
  /** Where an unreadable file was put aside when this one was opened. */
  readonly setAside: string | undefined
}

/**
 * Opens a JSON file, checking it against its schema. A file that can't be read as such is kept aside under
 * another name and never overwritten; the caller tells the person.
 *
 * @throws when the file exists and the disk won't let it be read: starting over would lose it
 */
export function openJsonFile<T>(
  path: string,
  schema: z.ZodType<T>,
  initial: T,
  now: () => Date = () => new Date(),
): JsonFile<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const read = readJson(path, schema)
  let value = initial
  let setAside: string | undefined
  if (read.found && read.value !== undefined) value = read.value
  else if (read.found) {
    setAside = path.replace(/\.json$/, `.unreadable-${now().toISOString().replace(/[:.]/g, '-')}.json`)
    renameSync(path, setAside)
  }
  return {
    get value() {
      return value
    },
    setAside,
    async write(next) {
      value = next
      await writeFile(path, `${JSON.stringify(next, undefined, 2)}\n`, { mode: 0o600 })
    },
  }
}

function readJson<T>(path: string, schema: z.ZodType<T>): { readonly found: boolean; readonly value?: T } {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { found: false }
    throw error
  }
  try {
    const parsed = schema.safeParse(JSON.parse(text))
    return parsed.success ? { found: true, value: parsed.data } : { found: true }
  } catch {
    return { found: true }
  }
}
