import type { Session, SessionKind, TokenScope } from '../../domain/session.ts'
import { isRemembered, sessionEnd } from '../../domain/session-lifetime.ts'
import type { Clock } from '../clock.ts'
import type { Database, Write } from '../database/database.ts'
import { toIso } from '../instant.ts'
import { createId, createToken, hashToken } from '../secrets.ts'
import type { Activity } from './activity.ts'
import type { Journal, Recorder } from './journal.ts'
import type { LimitsCache } from './limits.ts'
import { createMakeRoom, type Quotas } from './quotas.ts'
import { createSessionEndings, type SessionEndings } from './session-endings.ts'
import { createSessionList, type SessionList } from './session-list.ts'
import { createSessionValidation, type SessionValidation } from './session-validation.ts'
import { running, type StoredSession, scopesOf } from './stored-session.ts'

/** What is known of a session as it starts. */
export interface NewSession {
  readonly userId: string
  readonly kind: SessionKind
  readonly remembered: boolean
  readonly client: string
  readonly address: string
  /** Whether its holder has just typed their password. */
  readonly confirmed?: boolean
  /** What a token is for. */
  readonly scopes?: readonly TokenScope[]
  /** The token it is made with, and ends with. */
  readonly parentId?: string | undefined
}

/** Everything that is done with sessions. */
export interface Sessions extends SessionValidation, SessionList, SessionEndings {
  /**
   * Stores a new session within a transaction, making room for it where its holder has as many as they may.
   *
   * @returns the token that proves it: it exists nowhere else
   * @throws TooManySessionsError
   */
  start(
    transaction: Write,
    record: Recorder,
    session: NewSession,
  ): Promise<{ readonly token: string; readonly session: StoredSession }>
  /** Stores a session that is proved by a signature instead of a token. @throws TooManySessionsError */
  startSigned(transaction: Write, record: Recorder, session: NewSession): Promise<StoredSession>
  /** Its holder has just typed their password again. Tell it with `user-changed`. */
  confirm(transaction: Write, id: string): Promise<void>
  /** A session as the wire shows it. */
  present(session: StoredSession, currentId?: string): Session
}

/** Sessions: started, validated, listed and ended. */
export function createSessions(parts: {
  readonly database: Database
  readonly journal: Journal
  readonly activity: Activity
  readonly limits: LimitsCache
  readonly clock: Clock
  readonly quotas: Quotas
}): Sessions {
  const { activity, limits, clock } = parts

  const makeRoom = createMakeRoom(parts)

  const insert = async (
    transaction: Write,
    record: Recorder,
    session: NewSession,
    { id, hash }: { readonly id: string; readonly hash: string | null },
  ) => {
    await makeRoom(transaction, record, session)
    const now = clock()
    const stored: StoredSession = {
      id,
      user_id: session.userId,
      kind: session.kind,
      created_at: now,
      last_activity_at: now,
      remembered: session.remembered ? 1 : 0,
      client: session.client,
      address: session.address,
      confirmed_at: session.confirmed ? now : null,
      scopes: session.scopes?.join(' ') ?? '',
      parent_id: session.parentId ?? null,
    }
    await transaction
      .insertInto('sessions')
      .values({ ...stored, token_hash: hash, ended_at: null, end_reason: null })
      .execute()
    await transaction
      .updateTable('users')
      .set({ last_activity_at: now })
      .where('id', '=', session.userId)
      .execute()
    return stored
  }

  return {
    ...createSessionValidation(parts),
    ...createSessionList(parts),
    ...createSessionEndings(parts),
    start: async (transaction, record, session) => {
      const token = createToken()
      const hashed = hashToken(token)
      if (!hashed) throw new Error('A new token must have a hash.')
      return { token, session: await insert(transaction, record, session, hashed) }
    },
    confirm: async (transaction, id) => {
      await transaction.updateTable('sessions').set({ confirmed_at: clock() }).where('id', '=', id).execute()
    },
    startSigned: (transaction, record, session) =>
      insert(transaction, record, session, { id: createId(), hash: null }),
    present: (session, currentId) => {
      const lastActivityAt = activity.latest(session.id, session.last_activity_at)
      const seen = running({ ...session, last_activity_at: lastActivityAt })
      const current = limits.current()
      const end = sessionEnd(seen, current)
      return {
        id: session.id,
        userId: session.user_id,
        kind: session.kind,
        createdAt: toIso(session.created_at),
        lastActivityAt: toIso(lastActivityAt),
        remembered: isRemembered(seen, current.policy),
        client: session.client,
        address: session.address,
        ...(session.kind === 'token' && { scopes: [...scopesOf(session)] }),
        endsAt: toIso(end.at),
        endsBecause: end.because,
        current: session.id === currentId,
      }
    },
  }
}
