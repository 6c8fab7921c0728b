/** Somebody has as much under way as anybody may have: trying again in a moment is the remedy. */
export class TooMuchAtOnceError extends Error {
  override readonly name = 'TooMuchAtOnceError'
}

/**
 * Lets everybody have a few pieces of work under way at a time, so that nobody fills a queue that all share.
 *
 * @param most pieces of one person's, waiting ones counted
 * @returns a function that does a piece of work for a person. It throws {@link TooMuchAtOnceError} for one too many
 */
export function createBounded(most: number): <T>(person: string, work: () => Promise<T>) => Promise<T> {
  const underWay = new Map<string, number>()
  return async (person, work) => {
    const before = underWay.get(person) ?? 0
    if (before >= most) throw new TooMuchAtOnceError(`${most} are under way already.`)
    underWay.set(person, before + 1)
    try {
      return await work()
    } finally {
      const left = (underWay.get(person) ?? 1) - 1
      if (left === 0) underWay.delete(person)
      else underWay.set(person, left)
    }
  }
}
