import { exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { sql } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import { createId } from '../secrets.ts'

type SigningKey = Exclude<Awaited<ReturnType<typeof importJWK>>, Uint8Array>

/** The key that signs Kubernetes credentials, and the keys that verify them. */
export interface SigningKeys {
  readonly kid: string
  readonly privateKey: SigningKey
  /** Without their private part, as `/.well-known/jwks.json` has them. */
  readonly publicKeys: readonly JWK[]
}

/** How Kubernetes credentials are signed, as JOSE names it. */
export const signingAlgorithm = 'ES256'

function publicPart({ d: _, ...rest }: JWK): JWK {
  return rest
}

/** Reads the signing keys, making the first one where there is none. All replicas use the same. */
export async function loadSigningKeys(database: Database, clock: Clock): Promise<SigningKeys> {
  const read = () =>
    database.read.selectFrom('signing_keys').selectAll().orderBy('created_at', 'desc').execute()
  let rows = await read()
  if (rows.length === 0) {
    const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true })
    const kid = createId()
    const jwk = { ...(await exportJWK(privateKey)), kid, alg: signingAlgorithm, use: 'sig' }
    await database.write(async (transaction) => {
      // Of replicas that start together, one makes the key.
      if (database.dialect === 'postgres')
        await sql`lock table signing_keys in exclusive mode`.execute(transaction)
      if (await transaction.selectFrom('signing_keys').select('kid').limit(1).executeTakeFirst()) return
      await transaction
        .insertInto('signing_keys')
        .values({ kid, jwk: JSON.stringify(jwk), created_at: clock() })
        .execute()
    })
    rows = await read()
  }
  const keys = rows.map((row) => JSON.parse(row.jwk) as JWK)
  const [newest] = keys
  if (!newest) throw new Error('There must be a signing key.')
  const privateKey = await importJWK(newest, signingAlgorithm)
  if (privateKey instanceof Uint8Array) throw new Error('A signing key must be a key pair.')
  return { kid: newest.kid ?? '', privateKey, publicKeys: keys.map(publicPart) }
}
