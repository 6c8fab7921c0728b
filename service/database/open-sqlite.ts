import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import type { Database } from './database.ts'
import { migrate } from './migrations.ts'
import { PrivateFilesError, preparePrivateFiles } from './private-files.ts'
import type { Tables } from './tables.ts'

/** In KiB, each connection. */
const cacheKib = 24_000
/** So many pages may gather in the log before they are copied home: a bigger log is a longer pause. */
const checkpointPages = 500
const waitForLockMs = 5_000
const databaseName = 'curfew.db'
const lockName = 'curfew.lock'

/** Why the database can't be used, in words for the person who started the service. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
}

/** Node's statements behind the shape Kysely expects, each compiled once. */
function statementCache(database: DatabaseSync) {
  const statements = new Map<string, { readonly statement: StatementSync; readonly reader: boolean }>()
  const compile = (sql: string) => {
    const known = statements.get(sql)
    if (known) return known
    const statement = database.prepare(sql)
    const compiled = { statement, reader: statement.columns().length > 0 }
    if (statements.size >= 500) statements.clear()
    statements.set(sql, compiled)
    return compiled
  }
  return {
    close: () => {},
    prepare: (sql: string) => {
      const { statement, reader } = compile(sql)
      return {
        reader,
        all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters: readonly unknown[]) =>
          // A full disk has undone the transaction already; undoing it again would hide why.
          sql === 'rollback' && !database.isTransaction
            ? { changes: 0, lastInsertRowid: 0 }
            : statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
      }
    },
  }
}

function openConnection(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: waitForLockMs })
  database.exec(
    `pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -${cacheKib}; pragma wal_autocheckpoint = ${checkpointPages}; pragma temp_store = memory`,
  )
  return database
}

/** A second service on the same folder would not see this one's memory: the first to come keeps a lock. */
function lockFolder(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, lockName))
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive')
  } catch (error) {
    lock.close()
    throw error
  }
  return lock
}

function explain(folder: string, error: unknown): unknown {
  if (error instanceof PrivateFilesError) return new StorageError(error.message)
  const code = (error as { errcode?: number; code?: string }).errcode
  const name = (error as { code?: string }).code
  if (code === 5)
    return new StorageError(
      `Another service is already running on ${folder}. Stop it, or use another folder.`,
    )
  if (code === 8 || code === 14 || name === 'EACCES' || name === 'EROFS' || name === 'EPERM')
    return new StorageError(
      `The data folder ${folder} can't be written. Give this user the right to write there.`,
    )
  if (name === 'ENOTDIR' || name === 'EEXIST' || name === 'ENOENT' || name === 'ENAMETOOLONG')
    return new StorageError(`The data folder ${folder} can't be made: something else is in its place.`)
  if (code === 13 || name === 'ENOSPC') return new StorageError(`The disk of ${folder} is full.`)
  if (code === 11 || code === 26)
    return new StorageError(`The database in ${folder} is damaged. Put a backup in its place.`)
  return error
}

/**
 * Opens the embedded database in a folder, creating both where they are missing, for this user alone.
 *
 * It keeps no statistics: taken while an organisation is small, they would make the planner walk whole tables
 * once it has grown. The indexes are made for the queries, and the queries for the indexes.
 *
 * One connection writes, in turn; another reads, so that nobody ever sees a change that is not yet committed.
 *
 * @param warn told what other users of this machine can do with the folder
 * @throws StorageError when the folder is in use, can't be written, holds what is another user's, or its disk is full
 */
export async function openSqlite(folder: string, warn: (text: string) => void = () => {}): Promise<Database> {
  try {
    preparePrivateFiles(folder, [lockName, databaseName], warn)
    const lock = lockFolder(folder)
    const path = join(folder, databaseName)
    const writing = openConnection(path)
    const writer = new Kysely<Tables>({ dialect: new SqliteDialect({ database: statementCache(writing) }) })
    await migrate(writer, 'sqlite')
    const reading = openConnection(path)
    reading.exec('pragma query_only = on')
    const read = new Kysely<Tables>({ dialect: new SqliteDialect({ database: statementCache(reading) }) })
    return {
      dialect: 'sqlite',
      read,
      write: async (work, durability = 'lasting') =>
        await writer.connection().execute(async (connection) => {
          if (durability === 'hasty') writing.exec('pragma synchronous = normal')
          try {
            return await connection.transaction().execute(work)
          } finally {
            if (durability === 'hasty') writing.exec('pragma synchronous = full')
          }
        }),
      prepare: (query) => {
        const statement = reading.prepare(query.sql)
        return (parameters) => statement.all(...(parameters as SQLInputValue[])) as never
      },
      close: async () => {
        await writer.destroy()
        await read.destroy()
        reading.close()
        writing.close()
        lock.close()
      },
    }
  } catch (error) {
    throw explain(folder, error)
  }
}
