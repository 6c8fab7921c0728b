import { createHmac } from 'node:crypto'
import { proofText } from '../domain/service-proof.ts'

/**
 * The proof that this process is the one its parent started.
 *
 * @param key what only the two know, in base64url
 * @param origin where this process listens
 */
export function proveOwn(key: string, challenge: string, origin: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64url'))
    .update(proofText(challenge, origin))
    .digest('base64url')
}
