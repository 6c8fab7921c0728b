import { type TokenScope, tokenScopes } from '../../domain/session.ts'
import type { RunningSession } from '../../domain/session-lifetime.ts'
import type { Permission, Role } from '../../domain/user.ts'
import type { SessionsTable } from '../database/tables.ts'

/** The person behind a session, with what decides their rights. */
export interface Holder {
  readonly id: string
  readonly username: string
  readonly displayName: string
  readonly email: string
  readonly role: Role
  readonly permissions: readonly Permission[]
}

/** A session as stored, with its newest activity. */
export type StoredSession = Pick<SessionsTable, (typeof sessionColumns)[number]>

/** The columns of a stored session. */
export const sessionColumns = [
  'id',
  'user_id',
  'kind',
  'created_at',
  'last_activity_at',
  'remembered',
  'client',
  'address',
  'confirmed_at',
  'scopes',
  'parent_id',
] as const

/** What a token may be used for. */
export function scopesOf({ scopes }: Pick<StoredSession, 'scopes'>): readonly TokenScope[] {
  return tokenScopes.filter((scope) => scopes.split(' ').includes(scope))
}

/** A stored session in the domain's words. */
export function running(session: StoredSession): RunningSession {
  return {
    kind: session.kind,
    createdAt: session.created_at,
    lastActivityAt: session.last_activity_at,
    remembered: session.remembered === 1,
  }
}
