import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { createFairQueue, type Turn } from './fair-queue.ts'

/** scrypt's cost: N = 2^`logN`. */
export interface PasswordCost {
  readonly logN: number
  readonly r: number
  readonly p: number
}

/** OWASP's password storage cheat sheet: 2^15 rounds with p = 3 equals 2^17 with p = 1, in a quarter of the memory. */
export const defaultPasswordCost: PasswordCost = { logN: 15, r: 8, p: 3 }

const keyLength = 32

/** Hashing and checking of passwords. Both throw BusyError where too many are waiting. */
export interface Passwords {
  hash(password: string): Promise<string>
  /**
   * Takes as long for a person who does not exist (`undefined`) as for a wrong password.
   *
   * @param find finds what is stored; asked only when its turn has come
   */
  verify(password: string, find: () => Promise<string | undefined>, turn: Turn): Promise<boolean>
}

/** The turn of somebody who is signed in, or of the service itself: there is no address to be fair about. */
export const signedIn: Turn = { known: true, had: 0 }

function derive(password: string, salt: Buffer, { logN, r, p }: PasswordCost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, keyLength, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/**
 * Stores passwords as scrypt hashes, each with its own salt and its cost, off the main thread and a few at a
 * time, in a fair order.
 */
export function createPasswords({
  cost = defaultPasswordCost,
  slots = Math.max(1, availableParallelism() - 1),
  queueLength = 200,
}: {
  readonly cost?: PasswordCost
  readonly slots?: number
  readonly queueLength?: number
} = {}): Passwords {
  const inTurn = createFairQueue({ slots, length: queueLength })
  return {
    hash: (password) =>
      inTurn(signedIn, async () => {
        const salt = randomBytes(16)
        const key = await derive(password, salt, cost)
        return ['scrypt', cost.logN, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join(
          '$',
        )
      }),
    verify: (password, find, turn) =>
      inTurn(turn, async () => {
        const [, logN, r, p, salt, key] = (await find())?.split('$') ?? []
        const storedCost = logN && r && p ? { logN: Number(logN), r: Number(r), p: Number(p) } : cost
        const expected = key ? Buffer.from(key, 'base64') : randomBytes(keyLength)
        const found = await derive(password, salt ? Buffer.from(salt, 'base64') : randomBytes(16), storedCost)
        return timingSafeEqual(expected, found) && key !== undefined
      }),
  }
}
