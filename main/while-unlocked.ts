import { fail, type Outcome, type Problem } from '../domain/problem.ts'

/** The app is locked, or was for a moment since something began. */
export const lockedProblem: Problem = {
  code: 'locked',
  message: 'Curfew is locked. Unlock it and try again.',
}

class PeriodEnded extends Error {}

/** Waits for one step of something; what comes after it is not done once the unlocked period has ended. */
export type Step = <T>(waited: Promise<T>) => Promise<T>

/**
 * Does something that was begun in an unlocked period and ends with it, also where the app is unlocked again by then.
 *
 * @param period ends with the unlocked period
 */
export async function whileUnlocked<T>(
  period: AbortSignal,
  work: (step: Step) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const stillOpen = () => {
    if (period.aborted) throw new PeriodEnded()
  }
  try {
    stillOpen()
    return await work(async (waited) => {
      const result = await waited
      stillOpen()
      return result
    })
  } catch (error) {
    if (error instanceof PeriodEnded) return fail(lockedProblem)
    throw error
  }
}
