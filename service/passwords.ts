import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** scrypt's cost: N = 2^`logN`. */
export interface PasswordCost {
  readonly logN: number
  readonly r: number
  readonly p: number
}

/** OWASP's password storage cheat sheet: 2^15 rounds with p = 3 equals 2^17 with p = 1, in a quarter of the memory. */
export const defaultPasswordCost: PasswordCost = { logN: 15, r: 8, p: 3 }

const keyLength = 32

/** Hashing is at its limit: trying again in a moment is the remedy. */
export class PasswordsBusyError extends Error {
  override readonly name = 'PasswordsBusyError'
}

/** Hashing and checking of passwords. */
export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes as long for a person who does not exist (`undefined`) as for a wrong password. */
  verify(password: string, stored: string | undefined): Promise<boolean>
}

/** At most `slots` pieces of work at a time, the rest in a queue of bounded length. */
function createSlots(slots: number, queueLength: number) {
  let free = slots
  const waiting: Array<() => void> = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free === 0) {
      if (waiting.length >= queueLength) throw new PasswordsBusyError('Too many passwords are being checked.')
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      free--
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}

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
 * time.
 *
 * @throws PasswordsBusyError from either function when too many are waiting
 */
export function createPasswords({
  cost = defaultPasswordCost,
  slots = 2,
  queueLength = 200,
}: {
  readonly cost?: PasswordCost
  readonly slots?: number
  readonly queueLength?: number
} = {}): Passwords {
  const inTurn = createSlots(slots, queueLength)
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(16)
        const key = await derive(password, salt, cost)
        return ['scrypt', cost.logN, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join(
          '$',
        )
      }),
    verify: (password, stored) =>
      inTurn(async () => {
        const [, logN, r, p, salt, key] = stored?.split('$') ?? []
        const storedCost = logN && r && p ? { logN: Number(logN), r: Number(r), p: Number(p) } : cost
        const expected = key ? Buffer.from(key, 'base64') : randomBytes(keyLength)
        const found = await derive(password, salt ? Buffer.from(salt, 'base64') : randomBytes(16), storedCost)
        return timingSafeEqual(expected, found) && key !== undefined
      }),
  }
}
