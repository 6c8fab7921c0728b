import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { z } from 'zod'

const bytes = z.string().regex(/^[\w-]{43}$/)

/** A key of the audit trail: Ed25519, as JSON Web Keys write it. One that no longer signs has no private part. */
const AuditKey = z.strictObject({
  id: z.string().min(1),
  createdAt: z.string(),
  x: bytes,
  d: bytes.optional(),
})
type AuditKey = Readonly<z.infer<typeof AuditKey>>

/** The keys of an audit trail, oldest first; the last one signs. */
export const KeyFile = z
  .strictObject({ version: z.literal(1), keys: z.array(AuditKey).min(1).readonly() })
  .refine(({ keys }) => keys.at(-1)?.d !== undefined, 'The last key has no private part.')
  .refine(({ keys }) => keys.every(({ id, x }) => id === keyId(x)), 'A key does not have the id it says.')
export type KeyFile = Readonly<z.infer<typeof KeyFile>>

/** A public key as exports name it. */
export const PublicKey = z.strictObject({ id: z.string(), x: bytes })
export type PublicKey = Readonly<z.infer<typeof PublicKey>>

/** Signs and verifies what is said about an audit trail. */
export interface AuditKeys {
  /** The id of the key that signs. */
  currentId(): string
  /** @returns the signature, base64url */
  sign(text: string): string
  /** Whether the key of that id has signed the text. */
  verify(id: string, text: string, signature: string): Promise<boolean>
  publicKeys(): readonly PublicKey[]
}

/** A key is called by what it is, so that nobody can give another the same id. */
export function keyId(x: string): string {
  return hash('sha256', Buffer.from(x, 'base64url'), 'base64url').slice(0, 22)
}

function newKey(): AuditKey {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  if (x === undefined || d === undefined) throw new Error('An Ed25519 key has both parts.')
  return { id: keyId(x), createdAt: new Date().toISOString(), x, d }
}

/** A key file with one new key. */
export function newKeyFile(): KeyFile {
  return { version: 1, keys: [newKey()] }
}

/** Adds a new key, which signs from now on; of those before only the public part stays. */
export function rotated({ keys }: KeyFile): KeyFile {
  return { version: 1, keys: [...keys.map(({ d: _, ...publicPart }) => publicPart), newKey()] }
}

/** Whether a public key has signed a text. A signature that is written in any other way than ours is none. */
export function isSignedBy(key: KeyObject, text: string, signature: string): boolean {
  const raw = Buffer.from(signature, 'base64url')
  return raw.toString('base64url') === signature && verify(null, Buffer.from(text), key, raw)
}

/** A public key, ready to verify. @throws Error where it is none */
export function publicKeyOf({ x }: Pick<PublicKey, 'x'>): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/**
 * The keys of a file.
 *
 * @param reload reads the file anew, for an id that is not known: another replica may sign with a newer key already
 */
export function createAuditKeys(
  file: KeyFile,
  reload: () => Promise<KeyFile | undefined> = async () => undefined,
): AuditKeys {
  let current = file
  let publicKeys = new Map<string, KeyObject>()
  let signing: { readonly id: string; readonly key: KeyObject }
  const use = (next: KeyFile) => {
    const last = next.keys.at(-1)
    if (last?.d === undefined) throw new Error('There must be a key that signs.')
    const { x, d } = last
    current = next
    publicKeys = new Map(next.keys.map((key) => [key.id, publicKeyOf(key)]))
    signing = {
      id: last.id,
      key: createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' }),
    }
    return signing
  }
  signing = use(file)
  return {
    currentId: () => signing.id,
    sign: (text) => sign(null, Buffer.from(text), signing.key).toString('base64url'),
    verify: async (id, text, signature) => {
      if (!publicKeys.has(id)) {
        const next = await reload()
        // A file that has lost a key is not a newer one.
        if (next && current.keys.every((key) => next.keys.some((other) => other.id === key.id))) use(next)
      }
      const key = publicKeys.get(id)
      return key !== undefined && isSignedBy(key, text, signature)
    },
    publicKeys: () => current.keys.map(({ id, x }) => ({ id, x })),
  }
}
