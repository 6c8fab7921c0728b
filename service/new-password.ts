import type { FastifyRequest } from 'fastify'
import { createBounded, TooMuchAtOnceError } from './bounded.ts'
import { BusyError } from './fair-queue.ts'
import type { Caller } from './http/caller.ts'
import { invalidField, Problem } from './http/problem.ts'
import { passwordWeakness } from './password-rule.ts'
import type { Passwords } from './passwords.ts'

/** Of one person, waiting ones counted: more than a person asks for by hand. */
const mostHashings = 16

/**
 * The hash of a password that somebody is given.
 *
 * @param known what the password must not be made of
 * @param field what the password is called where it was sent
 * @throws Problem `invalid` where it is easy to guess; `unavailable` when too many are being hashed, `throttled` when
 *   too many of them are the caller's own
 */
export type HashNewPassword = (
  plain: string,
  known: readonly (string | undefined)[],
  caller: Caller,
  request: FastifyRequest,
  field?: string,
) => Promise<string>

/** One for the whole service, so that what is the caller's own is counted together. */
export function createNewPasswords(passwords: Passwords, serverName: string): HashNewPassword {
  const bounded = createBounded(mostHashings)
  const headers = { 'retry-after': '2' }
  return async (plain, known, { holder }, { hostname }, field = 'password') => {
    const names = [...known.filter((name) => name !== undefined), serverName, hostname]
    const judgeAndHash = async () => {
      const weakness = await passwordWeakness(plain, names)
      if (weakness !== undefined) throw invalidField(field, 'too-weak', weakness)
      return await passwords.hash(plain)
    }
    try {
      return await bounded(holder.id, judgeAndHash)
    } catch (error) {
      if (error instanceof TooMuchAtOnceError)
        throw new Problem('throttled', 'You are setting many passwords at once. Wait for some of them.', {
          headers,
        })
      if (error instanceof BusyError)
        throw new Problem(
          'unavailable',
          'Many passwords are being checked right now. Try again in a moment.',
          {
            headers,
          },
        )
      throw error
    }
  }
}
