import { visible } from '../../domain/names.ts'

const longest = 60

/** A name that somebody else chose, in a sentence of Curfew's: nothing hidden in it, and no longer than can be read. */
export function shownName(name: string): string {
  const seen = [...visible(name)]
  if (seen.length === 0) return 'Somebody without a name'
  return seen.length > longest ? `${seen.slice(0, longest).join('')}…` : seen.join('')
}
