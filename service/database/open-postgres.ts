import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Database, Replicas } from './database.ts'
import { migrate } from './migrations.ts'
import type { Tables } from './tables.ts'

const bigint = 20
const channel = 'curfew_events'
const retryMs = 1_000

/** PostgreSQL's words for "somebody else was in the way": the transaction may simply be run again. */
const inTheWay = new Set(['40001', '40P01'])
const tries = 5

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** Instants and counts fit a double; PostgreSQL's driver would give them as text. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === bigint ? Number : pg.types.getTypeParser(oid, format as 'text'),
}

/** A connection that listens, opened again when it is lost; after a gap it is as if something had come. */
function listenOn(connectionString: string, onAnnouncement: () => void) {
  let closed = false
  let client: pg.Client | undefined
  const connect = async (): Promise<void> => {
    const opened = new pg.Client({ connectionString, keepAlive: true })
    opened.on('notification', onAnnouncement)
    opened.on('error', () => {})
    opened.once('end', () => {
      if (!closed) reconnect()
    })
    await opened.connect()
    await opened.query(`listen ${channel}`)
    client = opened
  }
  const reconnect = () => {
    setTimeout(() => {
      if (closed) return
      connect().then(onAnnouncement, () => {
        if (!closed) reconnect()
      })
    }, retryMs).unref()
  }
  return {
    connect,
    close: async () => {
      closed = true
      await client?.end()
    },
  }
}

/**
 * Opens a PostgreSQL database that any number of replicas share.
 *
 * @param connectionString `postgres://…`, as libpq has it
 */
export async function openPostgres(connectionString: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString, max: 20, types, keepAlive: true })
  pool.on('error', () => {})
  let connections = 0
  pool.on('connect', () => {
    connections++
  })
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  await migrate(kysely, 'postgres')
  try {
    // Searching works without them too, only slower; making an extension may not be allowed here.
    await sql`create extension if not exists pg_trgm`.execute(kysely)
    await sql`create index if not exists users_search on users using gin (search_text gin_trgm_ops)`.execute(
      kysely,
    )
  } catch {
    // See above.
  }
  const replicas: Replicas = {
    announce: async (transaction) => {
      await sql`select pg_notify(${sql.lit(channel)}, '')`.execute(transaction)
    },
    listen: async (onAnnouncement) => {
      const listener = listenOn(connectionString, onAnnouncement)
      await listener.connect()
      return listener.close
    },
    connectionsMade: () => connections,
  }
  let statements = 0
  return {
    dialect: 'postgres',
    read: kysely,
    replicas,
    write: async (work, durability = 'lasting') => {
      for (let attempt = 1; ; attempt++) {
        try {
          // Every statement sees what was committed before it began, however the database is set up.
          const transactions = kysely.transaction().setIsolationLevel('read committed')
          return await transactions.execute(async (transaction) => {
            if (durability === 'hasty') await sql`set local synchronous_commit = off`.execute(transaction)
            return await work(transaction)
          })
        } catch (error) {
          if (attempt >= tries || !inTheWay.has((error as { code?: string }).code ?? '')) throw error
          await pause(attempt * 10)
        }
      }
    },
    prepare: (query) => {
      const name = `curfew_${++statements}`
      return async (parameters) => {
        const { rows } = await pool.query({ name, text: query.sql, values: [...parameters] })
        return rows
      }
    },
    close: async () => {
      await kysely.destroy()
    },
  }
}
