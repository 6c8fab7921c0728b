/** Whose turn it is, beside the others who wait. */
export interface Turn {
  /** Known ones have a line of their own, which goes first. */
  readonly known: boolean
  /** How much of the same was had lately: whoever had least is next. */
  readonly had: number
  /** Whether nobody waits for the answer any more. */
  readonly isGone?: () => boolean
}

/** The queue is full, and whoever is refused had more of late than all who wait. */
export class BusyError extends Error {
  override readonly name = 'BusyError'
}

interface Waiting {
  readonly turn: Turn
  readonly start: () => void
  readonly refuse: (error: BusyError) => void
}

export type FairQueue = <T>(turn: Turn, work: () => Promise<T>) => Promise<T>

/** So many of the known line go before one of the other, so that neither can starve the other. */
const knownInARow = 3

/**
 * From this part of the whole length on, the newest of the unknown who had alike goes first: strangers who wait by then
 * have given up or soon will, and serving them in order would serve everybody too late.
 */
const crowded = 0.25

/**
 * At most `slots` pieces of work at a time, the rest in two lines of bounded length, in the order of who had least of
 * late. Where a line is full, the last of those who had most is refused, and not whoever comes.
 */
export function createFairQueue({
  slots,
  length,
}: {
  readonly slots: number
  /** Of both lines together. */
  readonly length: number
}): FairQueue {
  let free = slots
  let inARow = 0
  const known: Waiting[] = []
  const others: Waiting[] = []

  const enter = (waiting: Waiting) => {
    const line = waiting.turn.known ? known : others
    const { known: isKnown, had } = waiting.turn
    const newestFirst = !isKnown && line.length >= length * crowded
    const behind = line.findIndex(({ turn }) => (newestFirst ? turn.had >= had : turn.had > had))
    line.splice(behind === -1 ? line.length : behind, 0, waiting)
    if (line.length > Math.ceil(length / 2)) line.pop()?.refuse(new BusyError('Too much is waiting.'))
  }
  const leave = (): Waiting | undefined => {
    const turnOfOthers = known.length === 0 || (inARow >= knownInARow && others.length > 0)
    inARow = turnOfOthers ? 0 : inARow + 1
    const next = (turnOfOthers ? others : known).shift()
    if (!next?.turn.isGone?.()) return next
    next.refuse(new BusyError('Nobody waits for it any more.'))
    return leave()
  }

  return async (turn, work) => {
    if (free === 0) await new Promise<void>((start, refuse) => enter({ turn, start, refuse }))
    else free--
    try {
      return await work()
    } finally {
      const next = leave()
      if (next) next.start()
      else free++
    }
  }
}
