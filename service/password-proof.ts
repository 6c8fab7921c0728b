import type { FastifyRequest } from 'fastify'
import type { Devices } from './devices.ts'
import { BusyError } from './fair-queue.ts'
import { clientAddress } from './http/client.ts'
import { readDeviceCookie } from './http/cookies.ts'
import { Problem } from './http/problem.ts'
import type { Passwords } from './passwords.ts'
import type { Journal } from './store/journal.ts'
import type { StoredUser, Users } from './store/users.ts'
import type { Throttle } from './throttle.ts'

/** How the audit trail names whoever gave a name that is nobody's. No username has brackets. */
const nobody = '(no such account)'

/** What somebody claims. */
interface Claim {
  readonly username: string
  readonly password: string
  /** The proof that an earlier sign-in was answered with, where it did not come as a cookie. */
  readonly device?: string | undefined
  /** What the password is for, as the audit trail names it. */
  readonly action: string
}

/** Whose password it is; `undefined` where it is nobody's. Throws Problem `throttled` or `unavailable`. */
export type ProvePassword = (claim: Claim, request: FastifyRequest) => Promise<StoredUser | undefined>

/**
 * The one place where passwords are tried, so that guesses are slowed and written down wherever they are made. A name that
 * does not exist, a wrong password and a disabled account take alike long.
 */
export function createPasswordProof({
  users,
  journal,
  passwords,
  throttle,
  devices,
}: {
  readonly users: Users
  readonly journal: Journal
  readonly passwords: Passwords
  readonly throttle: Throttle
  readonly devices: Devices
}): ProvePassword {
  const isKnown = async (proof: string | undefined, username: string) => {
    if (proof === undefined || !devices.isGenuine(proof)) return false
    const user = await users.findByUsername(username)
    return user !== undefined && devices.isOf(proof, user)
  }
  return async ({ username, password, device, action }, request) => {
    const address = clientAddress(request)
    const known = await isKnown(device ?? readDeviceCookie(request), username)
    const attempt = throttle.admit({ username, address, known })
    if (!attempt.admitted) {
      const { waitSeconds } = attempt
      throw new Problem('throttled', `Too many attempts. Try again in ${waitSeconds} seconds.`, {
        headers: { 'retry-after': String(waitSeconds) },
      })
    }
    let found: StoredUser | undefined
    const find = async () => {
      found = await users.findByUsername(username)
      return found?.password
    }
    const turn = { ...attempt.turn, isGone: () => request.raw.socket.destroyed }
    const right = await passwords.verify(password, find, turn).catch((error: unknown) => {
      if (!(error instanceof BusyError)) throw error
      attempt.giveBack()
      throw new Problem('unavailable', 'Many people are signing in right now. Try again in a moment.', {
        headers: { 'retry-after': '2' },
      })
    })
    const user = found
    if (user && right && user.disabled === 0) {
      attempt.giveBack()
      return user
    }
    await journal.write(async (_, record) => {
      record.audit({
        // Never as it was typed: people type their password there.
        actor: { id: user?.id ?? null, name: user?.username ?? nobody, address },
        action,
        target: user ? `user:${user.id}` : '',
        outcome: 'refused',
      })
    }, 'hasty')
    return undefined
  }
}
