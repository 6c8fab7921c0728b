import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { proofText } from '../../../domain/service-proof.ts'

/** A challenge that nobody can have had answered before. */
export function createChallenge(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * Whether an answer proves that whoever gave it has the key and listens at the origin that was asked.
 *
 * @param key `undefined` where no process of one's own runs, which nobody can prove to be
 */
export function isProven(
  key: string | undefined,
  {
    challenge,
    origin,
    proof,
  }: { readonly challenge: string; readonly origin: string; readonly proof?: string | undefined },
): boolean {
  if (key === undefined || proof === undefined) return false
  const right = createHmac('sha256', Buffer.from(key, 'base64url'))
    .update(proofText(challenge, origin))
    .digest()
  const given = Buffer.from(proof, 'base64url')
  return given.length === right.length && timingSafeEqual(given, right)
}
