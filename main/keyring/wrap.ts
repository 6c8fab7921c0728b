import { createHash } from 'node:crypto'
import { KeyringError } from './keyring-error.ts'
import { deriveKey, isBearable, type ScryptCost } from './passphrase.ts'
import { decrypt, encrypt, type Random, sealVersion } from './seal.ts'

/**
 * The data key wrapped by a passphrase, in one line:
 * `curfew1.keyring.<generation>.<log₂N>-<r>-<p>.<salt>.<nonce>.<wrapped>.<checksum>`.
 *
 * The checksum keeps nobody out. It tells a wrap that was damaged from a wrong passphrase, before one is tried;
 * wraps of earlier versions have none.
 */
export interface Wrap {
  readonly text: string
  /** Which wrap of this keyring it is; a number is never used twice. */
  readonly generation: number
  readonly cost: ScryptCost
  readonly salt: Buffer
  readonly nonce: Buffer
  readonly wrapped: Buffer
}

const form =
  /^(curfew\d+)\.keyring\.(\d{1,10})\.(\d{1,2})-(\d{1,2})-(\d{1,2})\.([\w-]{22})\.([\w-]{16})\.([\w-]{64})(?:\.([\w-]{8}))?$/

const checksumOf = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, 6).toString('base64url')

/**
 * Reads a wrap.
 *
 * @param least the cost below which a wrap is not Curfew's
 * @throws {KeyringError} `not-sealed`, `unknown-version`, `truncated` or `tampered`
 */
export function parseWrap(text: string, entry: string, least: ScryptCost): Wrap {
  const [, version, generation, log2N, r, p, salt, nonce, wrapped, checksum] = form.exec(text) ?? []
  if (!salt || !nonce || !wrapped) {
    throw new KeyringError(text.startsWith(`${sealVersion}.`) ? 'truncated' : 'not-sealed', entry)
  }
  if (version !== sealVersion) throw new KeyringError('unknown-version', entry)
  const cost = { N: 2 ** Number(log2N), r: Number(r), p: Number(p) }
  if (!isBearable(cost, least)) throw new KeyringError('not-sealed', entry)
  if (checksum !== undefined && checksum !== checksumOf(text.slice(0, -checksum.length - 1)))
    throw new KeyringError('tampered', entry)
  return {
    text,
    generation: Number(generation),
    cost,
    salt: Buffer.from(salt, 'base64url'),
    nonce: Buffer.from(nonce, 'base64url'),
    wrapped: Buffer.from(wrapped, 'base64url'),
  }
}

const headOf = (generation: number, { N, r, p }: ScryptCost, salt: Buffer): string =>
  `${sealVersion}.keyring.${generation}.${Math.log2(N)}-${r}-${p}.${salt.toString('base64url')}`

/**
 * Wraps the data key by a passphrase, with a new salt.
 *
 * @param dataKey asked for only once the passphrase's key is there; may throw, for example because the app has
 *   locked meanwhile
 */
export async function createWrap(
  passphrase: string,
  cost: ScryptCost,
  random: Random,
  dataKey: () => { readonly key: Buffer; readonly generation: number },
): Promise<Wrap> {
  const salt = random(16)
  const passphraseKey = await deriveKey(passphrase, salt, cost)
  try {
    const { key, generation } = dataKey()
    const head = headOf(generation, cost, salt)
    const { nonce, sealed: wrapped } = encrypt(passphraseKey, head, key, random)
    const line = `${head}.${nonce.toString('base64url')}.${wrapped.toString('base64url')}`
    return { text: `${line}.${checksumOf(line)}`, generation, cost, salt, nonce, wrapped }
  } finally {
    passphraseKey.fill(0)
  }
}

/**
 * Unwraps the data key: `undefined` where the passphrase is wrong. That the seal holds is the only comparison
 * of a passphrase there is, so that nothing tells how close one was.
 */
export async function unwrap(
  { generation, cost, salt, nonce, wrapped }: Wrap,
  passphrase: string,
): Promise<Buffer | undefined> {
  const key = await deriveKey(passphrase, salt, cost)
  try {
    return decrypt(key, headOf(generation, cost, salt), nonce, wrapped)
  } finally {
    key.fill(0)
  }
}
