import { z } from 'zod'

/** Kinds of session. */
export const sessionKinds = ['web', 'token', 'kubernetes'] as const
export const SessionKind = z.enum(sessionKinds)
export type SessionKind = z.infer<typeof SessionKind>

/** Running sessions by kind. */
export const SessionCounts = z.object({ web: z.int(), token: z.int(), kubernetes: z.int() })
export type SessionCounts = Readonly<z.infer<typeof SessionCounts>>

/** Why a session ended, in the session service's words. */
const sessionEndReasons = [
  'idle',
  'maximum',
  'revoked',
  'signed-out',
  'expired',
  'disabled',
  'displaced',
] as const
export const SessionEndReason = z.enum(sessionEndReasons)
export type SessionEndReason = z.infer<typeof SessionEndReason>

/** What an authorization token may be used for. No token changes people, passwords, tokens or keys, whatever it has. */
export const tokenScopes = ['read', 'policy', 'config', 'revoke', 'kubernetes'] as const
export const TokenScope = z.enum(tokenScopes)
export type TokenScope = z.infer<typeof TokenScope>

/** An instant as the wire carries it: ISO 8601, UTC. */
export const Instant = z.iso.datetime()

/** One signed-in use of an instance, as a server lists it. What a server does not tell is absent. */
export const Session = z.object({
  id: z.string(),
  userId: z.string(),
  kind: SessionKind,
  createdAt: Instant,
  lastActivityAt: Instant.nullable(),
  remembered: z.boolean(),
  /** The browser, device or program, in words: "Chromium on Linux". */
  client: z.string(),
  address: z.string(),
  /** What an authorization token may be used for; absent for other sessions. */
  scopes: z.array(TokenScope).optional(),
  /** When it will end if nothing more happens, and by which rule; `null` where no rule ends it. */
  endsAt: Instant.nullable(),
  endsBecause: SessionEndReason.nullable(),
  /** Whether it is the session this very request was made with. */
  current: z.boolean(),
})
export type Session = Readonly<z.infer<typeof Session>>
