import { createHmac } from 'node:crypto'
import type { Clock } from './clock.ts'
import { sameSecret } from './secrets.ts'
import type { StoredUser } from './store/users.ts'

/** How long a device is known after a sign-in from it. */
export const deviceSeconds = 90 * 86_400

type Account = Pick<StoredUser, 'id' | 'password'>

/** Proofs that somebody has signed in from a device before. */
export interface Devices {
  proofFor(account: Account): string
  /** Whether a proof was given out by this organisation and still holds for somebody; asks no database. */
  isGenuine(proof: string): boolean
  /** Whether a genuine proof is this account's, with the password it has now. */
  isOf(proof: string, account: Account): boolean
}

/**
 * A proof is `end.account.signature`. It says whose it is only to this service, ends after {@link deviceSeconds}, and ends
 * with the password: whoever is given a new one is given it because somebody else may have had the old one.
 *
 * @param clock real time
 */
export function createDevices({
  secret,
  clock,
}: {
  readonly secret: string
  readonly clock: Clock
}): Devices {
  const sign = (...parts: readonly string[]) =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url')
  const markOf = ({ id, password }: Account) => sign('device account', id, password).slice(0, 22)
  const proof = (end: string, mark: string) => `${end}.${mark}.${sign('device', end, mark)}`
  return {
    proofFor: (account) => proof(Math.floor(clock() / 1000 + deviceSeconds).toString(36), markOf(account)),
    isGenuine: (given) => {
      const [end = '', mark = ''] = given.split('.')
      return sameSecret(given, proof(end, mark)) && Number.parseInt(end, 36) * 1000 > clock()
    },
    isOf: (given, account) => sameSecret(given.split('.')[1] ?? '', markOf(account)),
  }
}
