import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { KeyringError } from './keyring-error.ts'

export const sealVersion = 'curfew1'

const nonceBytes = 12
const tagBytes = 16
/** What is sealed is filled up to a multiple of this, so that its length tells little and a cut shows. */
const blockBytes = 32

/** `randomBytes` of node:crypto, or a test's. */
export type Random = (bytes: number) => Buffer

/** A key of its own for one purpose, derived from the data key (HKDF-SHA-256, RFC 5869). */
export function deriveForPurpose(dataKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', dataKey, Buffer.alloc(0), `${sealVersion} ${purpose}`, 32))
}

/** AES-256-GCM: nonce, ciphertext and tag, bound to the associated text. */
export function encrypt(key: Buffer, associated: string, plain: Buffer, random: Random) {
  const nonce = random(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(associated))
  return { nonce, sealed: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) }
}

/** The opposite of {@link encrypt}; `undefined` where the seal does not hold. */
export function decrypt(key: Buffer, associated: string, nonce: Buffer, sealed: Buffer): Buffer | undefined {
  if (nonce.length !== nonceBytes || sealed.length < tagBytes) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(associated))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  const plain = decipher.update(sealed.subarray(0, -tagBytes))
  try {
    decipher.final()
    return plain
  } catch {
    plain.fill(0)
    return undefined
  }
}

/**
 * Seals bytes in one line: `curfew1.<purpose>.<nonce>.<ciphertext>`, the last two in base64url. Version,
 * purpose and the associated text are bound to it: it opens only with the same three.
 */
export function sealBytes(
  key: Buffer,
  purpose: string,
  associated: string,
  bytes: Buffer,
  random: Random,
): string {
  const plain = Buffer.alloc(Math.ceil((4 + bytes.length) / blockBytes) * blockBytes)
  plain.writeUInt32BE(bytes.length)
  bytes.copy(plain, 4)
  const { nonce, sealed } = encrypt(key, `${sealVersion}.${purpose}.${associated}`, plain, random)
  plain.fill(0)
  return `${sealVersion}.${purpose}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`
}

/**
 * Opens what {@link sealBytes} sealed. The caller clears the bytes with `fill(0)`.
 *
 * @param entry what to call it in the error
 * @throws {KeyringError} `not-sealed`, `unknown-version`, `wrong-purpose`, `truncated` or `tampered`
 */
export function openBytes(
  key: Buffer,
  purpose: string,
  associated: string,
  text: string,
  entry: string,
): Buffer {
  const { nonce, sealed } = parseSealed(purpose, text, entry)
  const plain = decrypt(key, `${sealVersion}.${purpose}.${associated}`, nonce, sealed)
  if (!plain) throw new KeyringError('tampered', entry)
  return plain.subarray(4, 4 + plain.readUInt32BE())
}

/** {@link sealBytes} for a text. */
export function sealText(
  key: Buffer,
  purpose: string,
  associated: string,
  text: string,
  random: Random,
): string {
  const bytes = Buffer.from(text)
  const sealed = sealBytes(key, purpose, associated, bytes, random)
  bytes.fill(0)
  return sealed
}

/** {@link openBytes} for a text. */
export function openText(
  key: Buffer,
  purpose: string,
  associated: string,
  text: string,
  entry: string,
): string {
  const bytes = openBytes(key, purpose, associated, text, entry)
  const opened = bytes.toString('utf8')
  bytes.fill(0)
  return opened
}

function parseSealed(purpose: string, text: string, entry: string) {
  const [version = '', itsPurpose, nonceText, sealedText, ...rest] = text.split('.')
  if (!/^curfew\d+$/.test(version)) {
    throw new KeyringError(sealVersion.startsWith(version) ? 'truncated' : 'not-sealed', entry)
  }
  if (version !== sealVersion) throw new KeyringError('unknown-version', entry)
  if (nonceText === undefined || sealedText === undefined) throw new KeyringError('truncated', entry)
  if (itsPurpose !== purpose) throw new KeyringError('wrong-purpose', entry)
  if (rest.length > 0) throw new KeyringError('tampered', entry)
  const nonce = fromBase64url(nonceText, entry)
  const sealed = fromBase64url(sealedText, entry)
  const body = sealed.length - tagBytes
  if (nonce.length !== nonceBytes || body < blockBytes || body % blockBytes !== 0) {
    throw new KeyringError('truncated', entry)
  }
  return { nonce, sealed }
}

function fromBase64url(text: string, entry: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  // Node skips what is no base64url; the text must be exactly what its bytes would be written as.
  if (bytes.toString('base64url') === text) return bytes
  throw new KeyringError(/^[\w-]*$/.test(text) ? 'truncated' : 'tampered', entry)
}
