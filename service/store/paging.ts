import { z } from 'zod'

/** Where a page ended: the value it was sorted by, and the id that settles ties. */
export const Key = z.strictObject({ value: z.union([z.string(), z.number(), z.null()]), id: z.string() })
export type Key = Readonly<z.infer<typeof Key>>

export interface Page<Row> {
  readonly items: readonly Row[]
  readonly next: Key | undefined
  readonly total: number
}

/** A page from one row more than was asked for: the extra one says that there is a next page. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  total: number,
  keyOf: (row: Row) => Key,
): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : undefined, total }
}

/** A key as an opaque cursor. */
export function toCursor(key: Key | undefined): string | null {
  return key === undefined ? null : Buffer.from(JSON.stringify([key.value, key.id])).toString('base64url')
}

/** @returns `undefined` for what is no cursor of ours */
export function fromCursor(cursor: string): Key | undefined {
  try {
    const [value, id] = z
      .tuple([Key.shape.value, Key.shape.id])
      .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { value, id }
  } catch {
    return undefined
  }
}
