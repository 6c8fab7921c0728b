import { type RawBuilder, sql } from 'kysely'
import type { SessionMention } from '../../domain/news.ts'
import type { Session, SessionEndReason, SessionKind } from '../../domain/session.ts'
import { isRemembered, type RunningSession, sessionEnd } from '../../domain/session-lifetime.ts'
import type { Permission, Role } from '../../domain/user.ts'
import type { Clock } from '../clock.ts'
import { type Awaitable, type Database, type Write, whenReady } from '../database/database.ts'
import type { SessionsTable } from '../database/tables.ts'
import { toIso } from '../instant.ts'
import { createRecent } from '../recent.ts'
import { createId, createToken, hashToken, sameSecret, type TokenHash } from '../secrets.ts'
import type { Activity } from './activity.ts'
import { ended, notEnded, notRevoked } from './ending.ts'
import type { Actor, Journal } from './journal.ts'
import type { CurrentLimits, LimitsCache } from './limits.ts'
import { nextTurn } from './next-turn.ts'
import { type Key, type Page, pageOf } from './paging.ts'
import { mentionEnded } from './sweep.ts'

/** The person behind a session, with what decides their rights. */
export interface Holder {
  readonly id: string
  readonly username: string
  readonly displayName: string
  readonly email: string
  readonly role: Role
  readonly permissions: readonly Permission[]
}

/** A running session and its holder. */
export interface Validated {
  readonly holder: Holder
  readonly session: StoredSession
}

/** A session as stored, with its newest activity. */
export type StoredSession = Pick<
  SessionsTable,
  'id' | 'user_id' | 'kind' | 'created_at' | 'last_activity_at' | 'remembered' | 'client' | 'address'
>

/** What a token turned out to be. */
export type Validation =
  | ({ readonly state: 'running' } & Validated)
  | { readonly state: 'ended'; readonly reason: SessionEndReason }
  | { readonly state: 'unknown' }

interface ValidationRow extends Omit<SessionsTable, 'ended_at'> {
  /** Only where another replica may have changed the limits. */
  readonly limits_revision?: number
  readonly username: string
  readonly display_name: string
  readonly email: string
  readonly role: Role
  readonly permissions: string
  readonly disabled: 0 | 1
}

/** So many running sessions are kept in memory: a few megabytes, however many are stored. */
const mostKnown = 5_000

/** What validation has read of a session. */
interface Known {
  readonly hash: string
  readonly endReason: SessionEndReason | null
  readonly session: StoredSession & { last_activity_at: number }
  readonly holder: Holder
}

/** A token's hash; nothing, for a session proved by a signature; or that it has been proved before. */
type Proof = TokenHash | undefined | 'proved'

export interface NewSession {
  readonly userId: string
  readonly kind: SessionKind
  readonly remembered: boolean
  readonly client: string
  readonly address: string
}

export interface SessionFilter {
  readonly userId?: string | undefined
  readonly kind?: SessionKind | undefined
  readonly idleOverSeconds?: number | undefined
}

export interface Sessions {
  /** Finds the session that a token proves, and whether it is running now. */
  validate(token: string): Awaitable<Validation>
  /** The same for a session whose id is proved otherwise, by a signature. */
  validateById(id: string): Awaitable<Validation>
  /** Whether a session that was validated before is running still. */
  recheck(id: string): Awaitable<Validation>
  /** Counts a request as its holder's activity. */
  touch(session: StoredSession): void
  /** Stores a new session within a transaction. @returns the token that proves it: it exists nowhere else */
  start(
    transaction: Write,
    session: NewSession,
  ): Promise<{ readonly token: string; readonly session: StoredSession }>
  /** Stores a session that is proved by a signature instead of a token. */
  startSigned(transaction: Write, session: NewSession): Promise<StoredSession>
  find(id: string): Promise<StoredSession | undefined>
  /** The ids of a person's sessions that are not written down as ended. */
  idsOf(userId: string): Promise<ReadonlySet<string>>
  list(
    filter: SessionFilter,
    page: { readonly limit: number; readonly after?: Key | undefined },
  ): Promise<Page<StoredSession>>
  /** Ends running sessions of people, except one. @returns how many it was, by person */
  endOfUsers(
    act: { readonly actor: Actor; readonly reason?: string | undefined; readonly because: SessionEndReason },
    userIds: readonly string[],
    except?: string | undefined,
  ): Promise<ReadonlyMap<string, number>>
  /** Ends sessions by their ids. @returns those that were running */
  endByIds(
    act: { readonly actor: Actor; readonly reason?: string | undefined; readonly because: SessionEndReason },
    ids: readonly string[],
  ): Promise<ReadonlySet<string>>
  /** Ends running sessions of one person within somebody else's transaction. */
  endWithin(
    transaction: Write,
    userId: string,
    because: SessionEndReason,
    except?: string | undefined,
  ): Promise<readonly SessionMention[]>
  /** A session as the wire shows it. */
  present(session: StoredSession, currentId?: string): Session
}

const columns = [
  'id',
  'user_id',
  'kind',
  'created_at',
  'last_activity_at',
  'remembered',
  'client',
  'address',
] as const

const atOnce = 500

/** A stored session in the domain's words. */
export function running(session: StoredSession): RunningSession {
  return {
    kind: session.kind,
    createdAt: session.created_at,
    lastActivityAt: session.last_activity_at,
    remembered: session.remembered === 1,
  }
}

/** What is in an id list, in pieces a statement can take. */
function* pieces<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += atOnce) yield all.slice(start, start + atOnce)
}

function countBy(sessions: readonly SessionMention[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { userId } of sessions) counts.set(userId, (counts.get(userId) ?? 0) + 1)
  return counts
}

/** Sessions: started, validated, listed and ended. */
export function createSessions({
  database,
  journal,
  activity,
  limits,
  clock,
}: {
  readonly database: Database
  readonly journal: Journal
  readonly activity: Activity
  readonly limits: LimitsCache
  readonly clock: Clock
}): Sessions {
  const validation = database.prepare<ValidationRow>(
    database.read
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .leftJoin('endings', (join) =>
        join
          .onRef('endings.user_id', '=', 'sessions.user_id')
          .onRef('endings.session_id', '=', 'sessions.id'),
      )
      .select([
        'sessions.id',
        'sessions.token_hash',
        'sessions.user_id',
        'sessions.kind',
        'sessions.created_at',
        'sessions.last_activity_at',
        'sessions.remembered',
        'sessions.client',
        'sessions.address',
        (also) => also.fn.coalesce('sessions.end_reason', 'endings.end_reason').as('end_reason'),
        'users.username',
        'users.display_name',
        'users.email',
        'users.role',
        'users.permissions',
        'users.disabled',
      ])
      // Another replica may have changed the limits since: asking in the same query costs no round trip.
      .$if(database.replicas !== undefined, (query) =>
        query.select((also) => also.selectFrom('settings').select('limits_revision').as('limits_revision')),
      )
      .where('sessions.id', '=', '')
      .compile() as never,
  )

  // Reading a row costs more than everything else together that answering a small request needs. The embedded
  // database has no other writer, so a row read once stays true until this process changes it, which the
  // journal tells before anybody is answered. Replicas share no memory, so there every request asks anew.
  const known = database.replicas ? undefined : createRecent<Known>(mostKnown)
  journal.subscribe(({ event }) => {
    if (event.type === 'session-ended') for (const { id } of event.data.sessions) known?.delete(id)
    // Switching remember-me off changes rows without ending them.
    if (event.type === 'user-changed' || event.type === 'policy-changed') known?.clear()
  })
  const remember = (row: ValidationRow): Known => {
    const read: Known = {
      hash: row.token_hash ?? '',
      endReason: row.end_reason ?? (row.disabled === 1 ? 'disabled' : null),
      session: {
        id: row.id,
        user_id: row.user_id,
        kind: row.kind,
        created_at: row.created_at,
        last_activity_at: row.last_activity_at,
        remembered: row.remembered,
        client: row.client,
        address: row.address,
      },
      holder: {
        id: row.user_id,
        username: row.username,
        displayName: row.display_name,
        email: row.email,
        role: row.role,
        permissions: JSON.parse(row.permissions) as Permission[],
      },
    }
    if (read.endReason === null) known?.set(row.id, read)
    return read
  }

  const judge = (
    { hash, endReason, session, holder }: Known,
    proof: Proof,
    current: CurrentLimits,
  ): Validation => {
    // What is proved by a token is never taken on its id alone, nor the other way round.
    if (proof !== 'proved' && (proof === undefined) !== (hash === '')) return { state: 'unknown' }
    if (proof !== 'proved' && proof !== undefined && !sameSecret(hash, proof.hash))
      return { state: 'unknown' }
    if (endReason !== null) return { state: 'ended', reason: endReason }
    session.last_activity_at = activity.latest(session.id, session.last_activity_at)
    const end = sessionEnd(running(session), current)
    return clock() >= end.at ? { state: 'ended', reason: end.because } : { state: 'running', session, holder }
  }

  const look = (id: string, proof: Proof): Awaitable<Validation> => {
    const current = limits.current()
    const seen = known?.get(id)
    if (seen) return judge(seen, proof, current)
    return whenReady(validation([id]), (row): Awaitable<Validation> => {
      if (!row) return { state: 'unknown' }
      const read = remember(row)
      return row.limits_revision !== undefined && row.limits_revision > current.revision
        ? limits.refresh().then((refreshed) => judge(read, proof, refreshed))
        : judge(read, proof, current)
    })
  }

  const insert = async (transaction: Write, session: NewSession, id: string, token_hash: string | null) => {
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
    }
    await transaction
      .insertInto('sessions')
      .values({ ...stored, token_hash, ended_at: null, end_reason: null })
      .execute()
    await transaction
      .updateTable('users')
      .set({ last_activity_at: now })
      .where('id', '=', session.userId)
      .execute()
    return stored
  }

  /** Ends those running sessions that meet a condition. Their rows are left to the sweep. */
  const end = async (
    transaction: Write,
    because: SessionEndReason,
    which: RawBuilder<boolean>,
    except?: string | undefined,
  ): Promise<readonly SessionMention[]> => {
    const now = clock()
    // One that a rule has already ended is not there to be revoked; the sweep says by which rule. One that
    // somebody has ended is in the way of itself.
    const { rows } = await sql<SessionMention>`
      insert into endings (user_id, session_id, kind, ended_at, end_reason)
      select user_id, id, kind, ${sql.lit(now)}, ${sql.lit(because)} from sessions
      where ended_at is null and ${which} and not ${ended(limits.current(), now)} and id <> ${except ?? ''}
      on conflict (user_id, session_id) do nothing
      returning session_id as id, user_id as "userId", kind`.execute(transaction)
    return rows
  }

  return {
    validate: (token) => {
      const hashed = hashToken(token)
      return hashed ? look(hashed.id, hashed) : { state: 'unknown' }
    },
    validateById: (id) => look(id, undefined),
    recheck: (id) => look(id, 'proved'),
    touch: (session) => {
      const now = clock()
      const seen = known?.get(session.id)
      if (seen) seen.session.last_activity_at = Math.max(now, seen.session.last_activity_at)
      activity.touch(session.id, session.user_id, now)
    },
    start: async (transaction, session) => {
      const token = createToken()
      const hashed = hashToken(token)
      if (!hashed) throw new Error('A new token must have a hash.')
      return { token, session: await insert(transaction, session, hashed.id, hashed.hash) }
    },
    startSigned: (transaction, session) => insert(transaction, session, createId(), null),
    find: async (id) => {
      await activity.flush()
      return await database.read
        .selectFrom('sessions')
        .select(columns)
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .where(notEnded(limits.current(), clock()))
        .executeTakeFirst()
    },
    idsOf: async (userId) => {
      const rows = await database.read
        .selectFrom('sessions')
        .select('id')
        .where('user_id', '=', userId)
        .where('ended_at', 'is', null)
        .where(notRevoked)
        .execute()
      return new Set(rows.map(({ id }) => id))
    },
    list: async (filter, { limit, after }) => {
      await activity.flush()
      const now = clock()
      const { userId, kind, idleOverSeconds } = filter
      let matching = database.read
        .selectFrom('sessions')
        .where('ended_at', 'is', null)
        .where(notEnded(limits.current(), now))
      if (userId !== undefined) matching = matching.where('user_id', '=', userId)
      if (kind !== undefined) matching = matching.where('kind', '=', kind)
      if (idleOverSeconds !== undefined)
        matching = matching.where('last_activity_at', '<', now - idleOverSeconds * 1000)
      let wanted = matching.select(columns)
      // One person's sessions are few: finding them comes before any order. The plus keeps SQLite from walking
      // everybody's in the order wanted.
      const start = userId === undefined ? sql.ref('created_at') : sql`+created_at`
      if (after) wanted = wanted.where(sql<boolean>`(${start}, id) < (${Number(after.value)}, ${after.id})`)
      const rows = await wanted
        .orderBy(start, 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      const { total } = await matching
        .select((query) => query.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      return pageOf(rows, limit, total, (row) => ({ value: row.created_at, id: row.id }))
    },
    endOfUsers: async ({ actor, reason, because }, userIds, except) => {
      await activity.flush()
      const counts = new Map<string, number>()
      // In the order of the index, so that neighbours are read and written together.
      for (const ids of pieces([...new Set(userIds)].sort())) {
        const ended = await journal.write(async (transaction, record) => {
          const rows = await end(transaction, because, sql`user_id in (${sql.join(ids)})`, except)
          if (rows.length === 0) return rows
          mentionEnded(record, because, rows)
          record.audit({
            actor,
            action: because === 'signed-out' ? 'session.sign-out' : 'session.revoke',
            target: userTarget([...new Set(rows.map(({ userId }) => userId))]),
            after: { ended: rows.length, sessions: rows.slice(0, atOnce).map(({ id }) => id) },
            reason,
          })
          return rows
        })
        for (const [id, count] of countBy(ended)) counts.set(id, count)
        await nextTurn()
      }
      return counts
    },
    endByIds: async ({ actor, reason, because }, ids) => {
      await activity.flush()
      const gone = new Set<string>()
      for (const some of pieces([...new Set(ids)])) {
        const ended = await journal.write(async (transaction, record) => {
          const rows = await end(transaction, because, sql`id in (${sql.join(some)})`)
          if (rows.length === 0) return rows
          mentionEnded(record, because, rows)
          record.audit({
            actor,
            action: because === 'signed-out' ? 'session.sign-out' : 'session.revoke',
            target: userTarget([...new Set(rows.map(({ userId }) => userId))]),
            after: { ended: rows.length, sessions: rows.map(({ id }) => id) },
            reason,
          })
          return rows
        })
        for (const { id } of ended) gone.add(id)
        await nextTurn()
      }
      return gone
    },
    endWithin: (transaction, userId, because, except) =>
      end(transaction, because, sql`user_id = ${userId}`, except),
    present: (session, currentId) => {
      const lastActivityAt = activity.latest(session.id, session.last_activity_at)
      const seen: RunningSession = {
        kind: session.kind,
        createdAt: session.created_at,
        lastActivityAt,
        remembered: session.remembered === 1,
      }
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
        endsAt: toIso(end.at),
        endsBecause: end.because,
        current: session.id === currentId,
      }
    },
  }
}

/** People as the audit trail names them. */
function userTarget(ids: readonly string[]): string {
  return ids.map((id) => `user:${id}`).join(' ')
}
