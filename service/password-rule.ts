import { leastScore, rateSecret } from '../domain/password-strength.ts'

/** The shortest password, in characters. */
export const shortestPassword = 12
/** The longest, so that hashing one costs no more than another. */
export const longestPassword = 256

const whyWeak = {
  known: 'It is made of names that others know: yours, or this server’s.',
  common: 'It is made of words or keys that are tried first.',
  pattern: 'It repeats itself, or follows an order.',
} as const

/**
 * Why a password of the right length is refused nevertheless, in a sentence; `undefined` for a good one.
 *
 * @param known what others know: the person's names and address, what this server is called
 */
export async function passwordWeakness(
  password: string,
  known: readonly string[],
): Promise<string | undefined> {
  const { score, because } = await rateSecret(password, ['curfew', ...known])
  if (score >= leastScore) return undefined
  return `This password is easy to guess. ${because ? `${whyWeak[because]} ` : ''}Take three or four words that don’t belong together.`
}
