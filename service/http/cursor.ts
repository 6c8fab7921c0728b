import { fromCursor } from '../store/paging.ts'
import { invalidField } from './problem.ts'

/** A key from a cursor a caller sent back. @throws Problem `invalid` */
export function keyOf(cursor: string | undefined, sortedBy: 'text' | 'number') {
  if (cursor === undefined) return undefined
  const key = fromCursor(cursor, sortedBy)
  if (!key) throw invalidField('cursor', 'malformed', 'This cursor is not one that this server gave out.')
  return key
}
