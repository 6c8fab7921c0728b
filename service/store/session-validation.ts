import { type RawBuilder, sql } from 'kysely'
import type { SessionEndReason } from '../../domain/session.ts'
import { sessionEnd } from '../../domain/session-lifetime.ts'
import type { Permission, Role } from '../../domain/user.ts'
import type { Clock } from '../clock.ts'
import { type Awaitable, type Database, type Write, whenReady } from '../database/database.ts'
import type { SessionsTable } from '../database/tables.ts'
import { createRecent } from '../recent.ts'
import { hashToken, sameSecret, type TokenHash } from '../secrets.ts'
import type { Activity } from './activity.ts'
import type { Journal } from './journal.ts'
import type { CurrentLimits, LimitsCache } from './limits.ts'
import { shareReads } from './shared-reads.ts'
import { type Holder, running, type StoredSession } from './stored-session.ts'

/** A running session and its holder. */
export interface Validated {
  readonly holder: Holder
  readonly session: StoredSession
}

/** What a token turned out to be. */
export type Validation =
  | ({ readonly state: 'running' } & Validated)
  | { readonly state: 'ended'; readonly reason: SessionEndReason }
  | { readonly state: 'unknown' }

interface ValidationRow extends Omit<SessionsTable, 'ended_at'> {
  /** Only where another replica may have changed the limits. */
  readonly limits_revision?: number | null
  /** Where another replica may have changed anything: what this was read with. */
  readonly snapshot?: string
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

/** Whether sessions are running, asked at every request. */
export interface SessionValidation {
  /** Finds the session that a token proves, and whether it is running now. */
  validate(token: string): Awaitable<Validation>
  /** The same for a session whose id is proved otherwise, by a signature. */
  validateById(id: string): Awaitable<Validation>
  /** Whether a session that was validated before is running still. */
  recheck(id: string): Awaitable<Validation>
  /**
   * The same as a transaction sees it: what it says holds until the transaction ends, since changes are stored one at a
   * time.
   */
  validateWithin(transaction: Write, id: string): Promise<Validation>
  /** Counts a request as its holder's activity. */
  touch(session: StoredSession): void
}

/** Asks for sessions and their holders. */
function selectRows(source: Database['read'] | Write, { replicas }: Database, which: RawBuilder<boolean>) {
  return (
    source
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
        'sessions.confirmed_at',
        'sessions.scopes',
        'sessions.parent_id',
        (also) => also.fn.coalesce('sessions.end_reason', 'endings.end_reason').as('end_reason'),
        'users.username',
        'users.display_name',
        'users.email',
        'users.role',
        'users.permissions',
        'users.disabled',
      ])
      // Another replica may have changed the limits since: asking in the same query costs no round trip.
      .$if(replicas !== undefined, (query) =>
        query
          .select((also) => also.selectFrom('settings').select('limits_revision').as('limits_revision'))
          .select(snapshot.as('snapshot')),
      )
      .where(which)
  )
}

/** What becomes of a session with the token that made it; one that is forgotten has ended long ago. */
function endedWith(parent: Validation, validation: Validation): Validation {
  if (parent.state === 'running') return validation
  return parent.state === 'ended' ? parent : { state: 'ended', reason: 'expired' }
}

/**
 * What a statement sees, as text: PostgreSQL's list of the transactions that count. Two statements with the same list
 * see the same rows, whoever has written in between and by which way.
 */
const snapshot = sql<string>`(select pg_current_snapshot()::text)`

/** Reads a session and its holder by the session's id, as stored when it is asked for or later. */
function createReading(database: Database): (id: string) => Awaitable<ValidationRow | undefined> {
  const { replicas } = database
  const prepare = (which: RawBuilder<boolean>) =>
    database.prepare<ValidationRow>(selectRows(database.read, database, which).compile() as never)
  if (replicas) {
    const readAll = prepare(sql`sessions.id = any(${[]}::text[])`)
    const readStamp = database.prepare<{ readonly snapshot: string }>(
      sql<{ readonly snapshot: string }>`select ${snapshot} as snapshot`.compile(database.read),
    )
    return shareReads(
      {
        readAll: async (ids) => {
          const rows = await readAll([ids])
          return { rows, stamp: rows[0]?.snapshot }
        },
        readStamp: async () => (await readStamp([]))[0]?.snapshot,
        // A database that comes back after a crash may give a number of a lost transaction to another one.
        epoch: replicas.connectionsMade,
      },
      createRecent(mostKnown),
    )
  }
  const readOne = prepare(sql`sessions.id = ${''}`)
  return (id) => whenReady(readOne([id]), ([row]) => row)
}

/** A row in the words of validation. */
function knownOf(row: ValidationRow): Known {
  return {
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
      confirmed_at: row.confirmed_at,
      scopes: row.scopes,
      parent_id: row.parent_id,
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
}

/** Finds sessions by what proves them, and judges by the limits of now whether they are running. */
export function createSessionValidation({
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
}): SessionValidation {
  const readRow = createReading(database)

  // Reading a row costs more than everything else together that answering a small request needs. The embedded
  // database has no other writer, so a row read once stays true until this process changes it, which the
  // journal tells before anybody is answered. Replicas share no memory, so there every request asks the database,
  // together with those beside it.
  const known = database.replicas ? undefined : createRecent<Known>(mostKnown)
  journal.subscribe(({ event }) => {
    if (event.type === 'session-ended') for (const { id } of event.data.sessions) known?.delete(id)
    // Switching remember-me off changes rows without ending them.
    if (event.type === 'user-changed' || event.type === 'policy-changed') known?.clear()
  })
  const remember = (row: ValidationRow): Known => {
    const read = knownOf(row)
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

  /** What a token made ends with it, however that ended; so does what the token's end has not reached yet. */
  const withParent = (validation: Validation): Awaitable<Validation> =>
    validation.state === 'running' && validation.session.parent_id !== null
      ? whenReady(look(validation.session.parent_id, 'proved'), (parent) => endedWith(parent, validation))
      : validation

  const look = (id: string, proof: Proof): Awaitable<Validation> => {
    const current = limits.current()
    const seen = known?.get(id)
    if (seen) return withParent(judge(seen, proof, current))
    return whenReady(readRow(id), (row): Awaitable<Validation> => {
      if (!row) return { state: 'unknown' }
      const read = remember(row)
      return (row.limits_revision ?? 0) > current.revision
        ? limits.refresh().then((refreshed) => withParent(judge(read, proof, refreshed)))
        : withParent(judge(read, proof, current))
    })
  }

  return {
    validate: (token) => {
      const hashed = hashToken(token)
      return hashed ? look(hashed.id, hashed) : { state: 'unknown' }
    },
    validateById: (id) => look(id, undefined),
    recheck: (id) => look(id, 'proved'),
    validateWithin: async (transaction, id) => {
      const row = await selectRows(transaction, database, sql`sessions.id = ${id}`).executeTakeFirst()
      if (!row) return { state: 'unknown' }
      const current = limits.current()
      const isOlder = (row.limits_revision ?? 0) > current.revision
      return judge(knownOf(row), 'proved', isOlder ? await limits.refresh(transaction) : current)
    },
    touch: (session) => {
      const now = clock()
      const seen = known?.get(session.id)
      if (seen) seen.session.last_activity_at = Math.max(now, seen.session.last_activity_at)
      activity.touch(session.id, session.user_id, now)
    },
  }
}
