import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose'
import type { Clock } from '../clock.ts'
import type { Database, Write } from '../database/database.ts'
import { createId } from '../secrets.ts'
import { type Journal, theService } from './journal.ts'
import { readLimits } from './limits.ts'

type PrivateKey = Exclude<Awaited<ReturnType<typeof importJWK>>, Uint8Array>

/** The key that signs, with the name by which it is known. */
interface Signer {
  readonly kid: string
  readonly privateKey: PrivateKey
}

/** The key that signs Kubernetes credentials, and those that verify them. All replicas use the same. */
export interface SigningKeys {
  /**
   * The key that signs, as a transaction sees it: whoever stores a session in that transaction signs with a key that is
   * not replaced before.
   */
  signer(transaction: Write): Promise<Signer>
  /** Without their private part, as `/.well-known/jwks.json` has them, the newest first. */
  publicKeys(): Promise<readonly JWK[]>
  /** Finds the key that a credential names. */
  readonly verifier: JWTVerifyGetKey
  /** Replaces the key that signs once it is old enough, and forgets those that nothing needs any more. */
  rotate(): Promise<void>
}

/** How Kubernetes credentials are signed, as JOSE names it. */
export const signingAlgorithm = 'ES256'

/** In days. */
export const defaultSigningKeyDays = 90
const day = 86_400_000

/** Clocks of several replicas may differ by this much: so much longer a key is kept. */
const toleratedMs = 60_000

function publicPart({ d: _, ...rest }: JWK): JWK {
  return rest
}

async function createKey(): Promise<{ readonly kid: string; readonly jwk: string }> {
  const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true })
  const kid = createId()
  return {
    kid,
    jwk: JSON.stringify({ ...(await exportJWK(privateKey)), kid, alg: signingAlgorithm, use: 'sig' }),
  }
}

async function importPrivate(jwk: string): Promise<PrivateKey> {
  const key = await importJWK(JSON.parse(jwk) as JWK, signingAlgorithm)
  if (key instanceof Uint8Array) throw new Error('A signing key must be a key pair.')
  return key
}

/** The signing key of a database. Older ones that only verify are of earlier versions too. */
function newestKey(source: Database['read'] | Write) {
  return source
    .selectFrom('signing_keys')
    .selectAll()
    .where('retired_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('kid')
    .limit(1)
    .executeTakeFirst()
}

/**
 * Reads the signing keys, making the first one where there is none.
 *
 * A key that is `days` old is replaced, and its private part is deleted with that. Its public part goes on verifying
 * what it has signed, until the longest Kubernetes session has run out.
 */
export async function createSigningKeys({
  database,
  journal,
  clock,
  days,
}: {
  readonly database: Database
  readonly journal: Journal
  readonly clock: Clock
  readonly days: number
}): Promise<SigningKeys> {
  const isDue = (createdAt: number) => clock() - createdAt >= days * day
  let signer: Signer | undefined

  /** Of replicas that come to it together, one replaces the key: changes are stored one at a time. */
  const replaceIfDue = async () => {
    const seen = await newestKey(database.read)
    if (seen && !isDue(seen.created_at)) return
    const made = await createKey()
    await journal.write(async (transaction, record) => {
      const old = await newestKey(transaction)
      if (old && !isDue(old.created_at)) return
      const now = clock()
      const signing = await transaction
        .selectFrom('signing_keys')
        .selectAll()
        .where('retired_at', 'is', null)
        .execute()
      for (const { kid, jwk } of signing)
        await transaction
          .updateTable('signing_keys')
          .set({ jwk: JSON.stringify(publicPart(JSON.parse(jwk) as JWK)), retired_at: now })
          .where('kid', '=', kid)
          .execute()
      await transaction
        .insertInto('signing_keys')
        .values({ ...made, created_at: now, retired_at: null })
        .execute()
      if (old)
        record.audit({
          actor: theService,
          action: 'signing-key.rotate',
          target: 'signing-key',
          before: { kid: old.kid },
          after: { kid: made.kid },
        })
    })
    signer = undefined
  }

  /** What a forgotten key has signed is over by the limit of now: its sessions were swept before. */
  const forgetExpired = async () => {
    const readExpired = async (source: Database['read'] | Write) => {
      const { kubernetesSeconds } = await readLimits(source)
      return await source
        .selectFrom('signing_keys')
        .select('kid')
        .where('retired_at', '<=', clock() - kubernetesSeconds * 1000 - toleratedMs)
        .execute()
    }
    if ((await readExpired(database.read)).length === 0) return
    await journal.write(async (transaction, record) => {
      const gone = (await readExpired(transaction)).map(({ kid }) => kid)
      if (gone.length === 0) return
      await transaction.deleteFrom('signing_keys').where('kid', 'in', gone).execute()
      record.audit({
        actor: theService,
        action: 'signing-key.remove',
        target: 'signing-key',
        before: { kids: gone },
      })
    })
  }

  const publicKeys = async () => {
    const rows = await database.read
      .selectFrom('signing_keys')
      .select('jwk')
      .orderBy('created_at', 'desc')
      .orderBy('kid')
      .execute()
    return rows.map(({ jwk }) => publicPart(JSON.parse(jwk) as JWK))
  }

  if (!(await newestKey(database.read))) await replaceIfDue()
  return {
    signer: async (transaction) => {
      const newest = await newestKey(transaction)
      if (!newest) throw new Error('There must be a signing key.')
      if (signer?.kid !== newest.kid)
        signer = { kid: newest.kid, privateKey: await importPrivate(newest.jwk) }
      return signer
    },
    publicKeys,
    // Read each time: another replica may have made a key, or forgotten one.
    verifier: async (...asked) => createLocalJWKSet({ keys: [...(await publicKeys())] })(...asked),
    rotate: async () => {
      await replaceIfDue()
      await forgetExpired()
    },
  }
}
