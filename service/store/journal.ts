import { sql } from 'kysely'
import type { News } from '../../domain/news.ts'
import type { Clock } from '../clock.ts'
import type { Database, Write } from '../database/database.ts'
import { appendAudit, lockWriting } from './audit-chain.ts'
import type { AuditSeal, Head } from './audit-seal.ts'
import { noticesOf } from './notices.ts'

/** Who does something, as the audit trail names them. */
export interface Actor {
  readonly id: string | null
  readonly name: string
  readonly address: string
}

/** The service itself, where nobody asked. */
export const theService: Actor = { id: null, name: 'service', address: '' }

/** What is written down about one act. `before` and `after` hold only what changed, never a secret. */
export interface AuditNote {
  readonly actor: Actor
  readonly action: string
  readonly target: string
  readonly before?: unknown
  readonly after?: unknown
  readonly outcome?: 'done' | 'refused'
  readonly reason?: string | undefined
}

/** A revision as HTTP has it. */
export function tagOf(revision: string): string {
  return `"${revision}"`
}

/** An event in the order all replicas agree on. */
export interface NumberedEvent {
  readonly seq: number
  readonly at: number
  readonly event: News
}

/** What a transaction tells the world about itself. */
export interface Recorder {
  readonly audit: (note: AuditNote) => void
  readonly event: (event: News) => void
}

/** Changes, each with its audit record and its events in the same transaction. */
export interface Journal {
  /**
   * Runs a change; what it recorded is stored with it or not at all.
   *
   * Changes are stored one at a time, whichever replica makes them: what one has read stays true until it is stored.
   */
  write<T>(
    work: (transaction: Write, record: Recorder) => Promise<T>,
    durability?: 'lasting' | 'hasty',
  ): Promise<T>
  /** Hears of each event once it is committed. @returns a function that ends the listening */
  subscribe(listener: (event: NumberedEvent) => void): () => void
  /** Events after a number, oldest first; `undefined` when some of them are no longer kept. */
  since(seq: number, limit: number): Promise<readonly NumberedEvent[] | undefined>
  /** The number of the newest event. */
  lastSeq(): Promise<number>
  /** Forgets events beyond the newest `keep`. */
  prune(keep: number): Promise<void>
  close(): Promise<void>
}

/** Writes changes together with what is to be known about them, and passes events on once they are true. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one state machine: writing, catching up and delivering move the same few variables.
export function createJournal({
  database,
  clock,
  seal,
}: {
  readonly database: Database
  readonly clock: Clock
  /** Signs the audit trail. */
  readonly seal: AuditSeal
}): Journal {
  const listeners = new Set<(event: NumberedEvent) => void>()
  const deliver = (events: readonly NumberedEvent[]) => {
    for (const event of events) for (const listener of listeners) listener(event)
  }

  const read = async (seq: number, limit: number) => {
    const rows = await database.read
      .selectFrom('events')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(limit)
      .execute()
    return rows.map(
      (row): NumberedEvent => ({
        seq: row.seq,
        at: row.at,
        event: { type: row.type, data: JSON.parse(row.data) } as News,
      }),
    )
  }

  let stopListening: (() => Promise<void>) | undefined
  let delivered = -1
  let catchingUp: Promise<void> | undefined
  let again = false
  /** Reads what other replicas (or this one) have added, in order, one reader at a time. */
  const catchUp = (): Promise<void> => {
    again = true
    catchingUp ??= (async () => {
      while (again) {
        again = false
        for (;;) {
          const events = await read(delivered, 500)
          const last = events.at(-1)
          if (!last) break
          delivered = last.seq
          deliver(events)
        }
      }
    })().finally(() => {
      catchingUp = undefined
    })
    return catchingUp
  }
  const lastSeq = async () =>
    (
      await database.read
        .selectFrom('events')
        .select(sql<number | null>`max(seq)`.as('seq'))
        .executeTakeFirst()
    )?.seq ?? 0

  const startListening = async () => {
    if (!database.replicas || stopListening) return
    delivered = await lastSeq()
    stopListening = await database.replicas.listen(() => {
      catchUp().catch(() => {})
    })
  }
  const listening = startListening()
  listening.catch(() => {})

  let turn: Promise<unknown> = Promise.resolve()
  /** Of a replica, one connection waits for the lock and not all of them. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (!database.replicas) return work()
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }

  return {
    write: async (work, durability) => {
      await listening
      const notes: AuditNote[] = []
      const events: News[] = []
      const numbered: NumberedEvent[] = []
      let head: Head | undefined
      const store = async (transaction: Write) => {
        // The database may run this again when another replica was in the way.
        for (const list of [notes, events, numbered]) list.length = 0
        head = undefined
        // First of all, so that everything below sees what was stored before, and nobody waits for it holding a row.
        await lockWriting(database, transaction)
        const outcome = await work(transaction, {
          audit: (note) => notes.push(note),
          event: (event) => events.push(event),
        })
        if (notes.length === 0 && events.length === 0) return outcome
        const at = clock()
        if (notes.length > 0) {
          const appended = await appendAudit(transaction, seal, at, notes)
          head = appended.head
          for (const data of appended.records.flatMap(noticesOf)) events.push({ type: 'notice', data })
        }
        for (const event of events) {
          const { seq } = await transaction
            .insertInto('events')
            .values({ at, type: event.type, data: JSON.stringify(event.data) })
            .returning('seq')
            .executeTakeFirstOrThrow()
          numbered.push({ seq, at, event })
        }
        if (events.length > 0) await database.replicas?.announce(transaction)
        return outcome
      }
      const result = await inTurn(() => database.write(store, durability))
      if (head) seal.remember(head, durability ?? 'lasting')
      if (!database.replicas) deliver(numbered)
      return result
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    since: async (seq, limit) => {
      const oldest = await database.read
        .selectFrom('events')
        .select(sql<number | null>`min(seq)`.as('seq'))
        .executeTakeFirst()
      const newest = await lastSeq()
      if (seq > newest || (oldest?.seq != null && seq < oldest.seq - 1)) return undefined
      return await read(seq, limit)
    },
    lastSeq,
    prune: async (keep) => {
      const newest = await lastSeq()
      await database.write(
        (transaction) =>
          transaction
            .deleteFrom('events')
            .where('seq', 'in', (query) =>
              query
                .selectFrom('events')
                .select('seq')
                .where('seq', '<=', newest - keep)
                .orderBy('seq')
                .limit(500),
            )
            .execute(),
        'hasty',
      )
    },
    close: async () => {
      listeners.clear()
      await seal.settled()
      await listening.catch(() => {})
      await stopListening?.()
    },
  }
}
