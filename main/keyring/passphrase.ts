import { scrypt } from 'node:crypto'

/** scrypt's cost (RFC 7914): memory is 128 · N · r bytes. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** ARCHITECTURE.md, "Secrets and the lock": 128 MB and about a third of a second for each try. */
export const defaultScryptCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }

/** A cost read from the keychain above this is not worked on: it could only come from someone else. */
const mostMemory = 1024 ** 3

export function isBearable({ N, r, p }: ScryptCost): boolean {
  return Number.isInteger(Math.log2(N)) && N > 1 && r >= 1 && p >= 1 && 128 * N * r * p <= mostMemory
}

/**
 * Turns a passphrase into a 256-bit key, off the main thread. The passphrase is taken in Unicode's NFKC form, so
 * that the same characters typed on another system give the same key.
 *
 * The caller clears the key with `fill(0)` as soon as it has served. The passphrase itself is a JavaScript
 * string, which can't be erased on demand.
 */
export async function deriveKey(passphrase: string, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  const bytes = Buffer.from(passphrase.normalize('NFKC'), 'utf8')
  try {
    return await new Promise((resolve, reject) => {
      const options = { ...cost, maxmem: 2 * 128 * cost.N * cost.r * cost.p }
      scrypt(bytes, salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)))
    })
  } finally {
    bytes.fill(0)
  }
}
