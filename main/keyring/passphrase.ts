import { scrypt } from 'node:crypto'
import { KeyringError } from './keyring-error.ts'

/** scrypt's cost (RFC 7914): memory is 128 · N · r bytes. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** ARCHITECTURE.md, "Secrets and the lock": 128 MB and about a third of a second for each try. */
export const defaultScryptCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }

/** A cost read from the keychain above this is not worked on: it could only come from someone else. */
const mostMemory = 512 * 1024 ** 2

/**
 * Whether a cost that was read from the keychain is worked on: none that would fill the memory, and none below what
 * Curfew itself has ever written, which would make a passphrase cheap to guess.
 */
export function isBearable({ N, r, p }: ScryptCost, least: ScryptCost): boolean {
  return (
    Number.isInteger(Math.log2(N)) &&
    N >= least.N &&
    r >= least.r &&
    p >= least.p &&
    128 * N * r * p <= mostMemory
  )
}

/**
 * Turns a passphrase into a 256-bit key, off the main thread. The passphrase is taken in Unicode's NFKC form, so
 * that the same characters typed on another system give the same key.
 *
 * Rejects with `KeyringError` `no-memory` where the computer can't work on it.
 *
 * The caller clears the key with `fill(0)` as soon as it has served. The passphrase itself is a JavaScript
 * string, which can't be erased on demand.
 */
export async function deriveKey(passphrase: string, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  const bytes = Buffer.from(passphrase.normalize('NFKC'))
  try {
    return await new Promise((resolve, reject) => {
      const options = { ...cost, maxmem: 2 * 128 * cost.N * cost.r * cost.p }
      scrypt(bytes, salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)))
    })
  } catch {
    // A cost is checked before it is worked on, so that only the computer can be what refuses.
    throw new KeyringError('no-memory')
  } finally {
    bytes.fill(0)
  }
}
