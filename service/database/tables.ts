import type { Generated } from 'kysely'
import type { SessionEndReason, SessionKind } from '../../domain/session.ts'
import type { Role } from '../../domain/user.ts'

/** Truth as both databases store it. */
export type Bit = 0 | 1

/** Instants are milliseconds since 1970, UTC; JSON is text; truth is 0 or 1: the same in both dialects. */
export interface Tables {
  readonly meta: MetaTable
  readonly users: UsersTable
  readonly sessions: SessionsTable
  readonly endings: EndingsTable
  readonly settings: SettingsTable
  readonly config_entries: ConfigEntriesTable
  readonly audit: AuditTable
  readonly audit_anchors: AuditAnchorsTable
  readonly events: EventsTable
  readonly signing_keys: SigningKeysTable
}

export interface MetaTable {
  readonly key: string
  readonly value: string
}

export interface UsersTable {
  readonly id: string
  readonly username: string
  /** The username's key, so that two spellings can't be two people (docs/rules.md, Names). */
  readonly username_key: string
  /** What people are sorted by, in an order both databases have: the bytes'. */
  readonly username_sort: string
  readonly display_sort: string
  readonly email_sort: string
  readonly display_name: string
  readonly email: string
  readonly role: Role
  /** A JSON array of permissions. */
  readonly permissions: string
  readonly disabled: Bit
  readonly password: string
  /** Name, display name and e-mail, as searches compare them, a line each. */
  readonly search_text: string
  readonly created_at: number
  readonly last_activity_at: number | null
}

export interface SessionsTable {
  /** The first half of the token's SHA-256, so that one lookup finds a session by its token. */
  readonly id: string
  /** The token's SHA-256, base64url. Kubernetes sessions are signed instead and have none. */
  readonly token_hash: string | null
  readonly user_id: string
  readonly kind: SessionKind
  readonly created_at: number
  readonly last_activity_at: number
  readonly remembered: Bit
  readonly client: string
  readonly address: string
  /** When its holder last proved with their password that it is them; never, for what a program uses. */
  readonly confirmed_at: number | null
  /** A token's scopes, a blank between them; empty for other sessions. */
  readonly scopes: string
  /** The token that made it, with which it ends. */
  readonly parent_id: string | null
  readonly ended_at: number | null
  readonly end_reason: SessionEndReason | null
}

/**
 * A session that was revoked or signed out and whose own row does not say so yet: a line here costs a tenth of
 * changing the row with its indexes. Whoever asks for running sessions leaves these out.
 */
export interface EndingsTable {
  readonly user_id: string
  readonly session_id: string
  readonly kind: SessionKind
  readonly ended_at: number
  readonly end_reason: SessionEndReason
}

/** One row: the policy, and a number that grows whenever any limit on sessions changes. */
export interface SettingsTable {
  readonly id: number
  readonly idle_enabled: Bit
  readonly idle_seconds: number
  readonly idle_remembered: Bit
  readonly remember_enabled: Bit
  readonly maximum_seconds: number
  readonly policy_revision: number
  readonly limits_revision: number
  readonly updated_at: number
  readonly updated_by: string
}

export interface ConfigEntriesTable {
  readonly id: string
  readonly type: string
  readonly key: string
  readonly value: string
  readonly revision: number
  readonly updated_at: number
  readonly updated_by: string
}

export interface AuditTable {
  readonly seq: number
  readonly at: number
  readonly actor_id: string | null
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly before: string | null
  readonly after: string | null
  readonly outcome: string
  readonly reason: string | null
  readonly address: string
  readonly previous_hash: string
  readonly hash: string
}

/** One row of each kind: where the trail ends, and up to where its records were removed. */
export interface AuditAnchorsTable {
  readonly kind: 'head' | 'cut'
  readonly seq: number
  readonly hash: string
  readonly at: number
  readonly key_id: string
  /** Ed25519 over all of the above, base64url. Its key is not in the database. */
  readonly signature: string
}

export interface EventsTable {
  readonly seq: Generated<number>
  readonly at: number
  readonly type: string
  readonly data: string
}

export interface SigningKeysTable {
  readonly kid: string
  /** A JSON Web Key, with its private part as long as it signs. */
  readonly jwk: string
  readonly created_at: number
  /** Since when it only verifies. */
  readonly retired_at: number | null
}
