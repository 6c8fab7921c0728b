/** Half of a pair that stands alone, or a NUL: no database keeps these as they are. */
const unstorable = /[\0\p{Surrogate}]/u

/** Whether both databases give a text back as it was put in. */
export function isStorable(text: string): boolean {
  return !unstorable.test(text)
}

/** A text as both databases keep it: what can't be stored becomes U+FFFD here, once, and not on the way to the disk. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

/** The beginning of a text: at most so many code points, so that no character is cut in two. */
export function cut(text: string, codePoints: number): string {
  return text.length <= codePoints ? text : [...text.slice(0, codePoints * 2)].slice(0, codePoints).join('')
}

/**
 * Looks through a value of any shape, names of fields too.
 *
 * @returns where the first text stands that can't be stored, or `undefined`
 */
export function findUnstorable(value: unknown, path: readonly string[] = []): readonly string[] | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, key]
    const found = isStorable(key) ? findUnstorable(inner, here) : here.map(storable)
    if (found) return found
  }
  return undefined
}
