import { z } from 'zod'
import { findUnstorable } from '../text.ts'

/** Where a page ended: the value it was sorted by, and the id that settles ties. */
export interface Key {
  readonly value: string | number
  readonly id: string
}

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

/**
 * @param sortedBy what the list is sorted by: a database would not compare one with the other
 * @returns `undefined` for what is no cursor of ours
 */
export function fromCursor(cursor: string, sortedBy: 'text' | 'number'): Key | undefined {
  try {
    const [value, id] = z
      .tuple([sortedBy === 'text' ? z.string() : z.int(), z.string()])
      .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return findUnstorable([value, id]) ? undefined : { value, id }
  } catch {
    return undefined
  }
}
