import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { Confirm } from '../confirm.ts'
import { lockedProblem } from '../while-unlocked.ts'

/** How many people or sessions may be ended on the window's word alone, since the person was last asked. */
const unasked = 50

/**
 * Has the person confirm, outside the window, what would end more than a few: the window alone must not be able to sign
 * everybody out, in one order or in many small ones.
 *
 * @param count how many it would end
 * @param what it would do, as in "sign out 80 people"
 * @param where the instance's name
 */
export type ConfirmMany = (count: number, what: string, where: string) => Promise<Outcome<undefined>>

export function createConfirmMany(ask: Confirm, period: () => AbortSignal): ConfirmMany {
  let soFar = 0
  let countedIn = period()
  return async (count, what, where) => {
    const begun = period()
    if (countedIn !== begun) soFar = 0
    countedIn = begun
    if (soFar + count <= unasked) {
      soFar += count
      return succeed(undefined)
    }
    const earlier = soFar > 0 ? ` ${soFar} were ended before without asking.` : ''
    const isConfirmed = await ask(
      {
        message: `${what.charAt(0).toUpperCase()}${what.slice(1)} on “${where}”?`,
        detail: `Curfew’s window asks to ${what}.${earlier} Go on only if you have just asked for it.`,
        yes: 'Go on',
      },
      begun,
    )
    if (begun.aborted) return fail(lockedProblem)
    if (!isConfirmed) return fail(notConfirmed)
    soFar = 0
    return succeed(undefined)
  }
}

const notConfirmed = { code: 'refused', message: 'This was not confirmed, so nothing was ended.' } as const
