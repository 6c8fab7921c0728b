import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

const tokenPrefix = 'cfs_'
const tokenShape = /^cfs_[\w-]{43}$/

/** A session's name and what proves it. Only the hash is ever stored. */
export interface TokenHash {
  readonly id: string
  readonly hash: string
}

/** A new token of 256 random bits; the prefix lets secret scanners recognise one that leaked. */
export function createToken(): string {
  return tokenPrefix + randomBytes(32).toString('base64url')
}

/** The hash under which a token's session is stored, or `undefined` for what can't be a token. */
export function hashToken(token: string): TokenHash | undefined {
  if (!tokenShape.test(token)) return undefined
  const digest = hash('sha256', token, 'base64url')
  return { id: digest.slice(0, 22), hash: digest }
}

/** Compares two strings in a time that does not depend on where they differ. */
export function sameSecret(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** An opaque id. */
export function createId(): string {
  return randomBytes(16).toString('base64url')
}

/** A password for an account that nobody chose one for. */
export function createPassword(): string {
  return randomBytes(18).toString('base64url')
}
