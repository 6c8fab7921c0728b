import { z } from 'zod'

/** 256 random bits in base64url: the key that a service proves to have, and what it is asked to prove it with. */
export const ProofBits = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'This is 32 random bytes in base64url without padding: 43 characters.')

/**
 * What a proof is made over (HMAC-SHA-256). The origin is in it so that a program at another address has no use for a
 * proof that it had the real service make.
 */
export function proofText(challenge: string, origin: string): string {
  return `curfew-service-proof 1\n${challenge}\n${origin}`
}
