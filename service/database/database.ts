import type { CompiledQuery, Kysely, Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/** A value that is there at once on the embedded database and later on a networked one. */
export type Awaitable<T> = T | Promise<T>

export type Write = Transaction<Tables>

/** What the rest of the service knows of its database: two dialects, one shape. */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres'
  /** Queries that see what has been committed, and nothing else. */
  readonly read: Kysely<Tables>
  /**
   * Runs one transaction; it is committed when the promise resolves and undone when `work` throws.
   *
   * @param durability `lasting` waits for the disk; `hasty` may lose the change with the power, though not with
   *   the process, and is for what can be computed again
   */
  write<T>(work: (transaction: Write) => Promise<T>, durability?: 'lasting' | 'hasty'): Promise<T>
  /** Compiles a query once, to be run many times with its parameters in order. */
  prepare<Row>(query: CompiledQuery<Row>): (parameters: readonly unknown[]) => Awaitable<readonly Row[]>
  /** Tells every replica, this one too, that there are new events. Only where replicas are possible. */
  readonly replicas?: Replicas
  close(): Promise<void>
}

/** The line between replicas of one organisation. */
export interface Replicas {
  /** Called inside a transaction; delivered when it commits. */
  announce(transaction: Write): Promise<void>
  /** @returns a function that ends the listening */
  listen(onAnnouncement: () => void): Promise<() => Promise<void>>
  /** How many connections have been made: more after the database was away. */
  connectionsMade(): number
}

/** Runs `next` now or when the value arrives, without waiting a turn when it is already there. */
export function whenReady<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}
