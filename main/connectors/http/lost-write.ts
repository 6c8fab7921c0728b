import { fail, type Outcome, type Problem, succeed } from '../../../domain/problem.ts'
import type { WriteResult } from '../../../domain/reading.ts'

/** How what is stored now stands to a write whose answer was lost. */
export interface LostWrite<Reading> {
  /** Why there is no answer. */
  readonly problem: Problem
  /** What was written, in words: `the rules`. */
  readonly what: string
  readonly readAgain: () => Promise<Outcome<Reading>>
  /** Whether it is all as it was sent. */
  readonly isMine: (reading: Reading) => boolean
  /** Whether it still is what the change was made on. */
  readonly isUntouched: (reading: Reading) => boolean
}

/** A write whose answer was lost is neither done nor undone before what is stored has been read again. */
export async function settleLostWrite<Reading>(
  write: LostWrite<Reading>,
): Promise<Outcome<WriteResult<Reading>>> {
  const { problem, what } = write
  const now = await write.readAgain()
  if (!now.ok)
    return fail({
      code: 'not-known',
      message: `${problem.message} The change was sent, and whether it was saved is not known: ${what} could not be read again. Curfew shows them once the server answers; saving the same again does no harm.`,
    })
  if (write.isMine(now.value)) return succeed({ outcome: 'written', reading: now.value, readAgain: true })
  // “So far”: what waits in a slow gateway may still arrive, and is no conflict then either.
  if (!write.isUntouched(now.value)) return succeed({ outcome: 'conflict', reading: now.value })
  return fail({
    ...problem,
    message: `${problem.message} Curfew read ${what} again: nothing was changed so far.`,
  })
}
