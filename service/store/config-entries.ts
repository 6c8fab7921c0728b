import { sql } from 'kysely'
import { mayBeSecret } from '../../domain/config.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import type { ConfigEntriesTable } from '../database/tables.ts'
import { createId } from '../secrets.ts'
import type { Activity } from './activity.ts'
import type { Author } from './author.ts'
import type { Journal } from './journal.ts'
import { governsSessions, type LimitsCache } from './limits.ts'
import { type Key, type Page, pageOf } from './paging.ts'
import { settleEnded } from './policy.ts'
import { markAllEnded } from './sweep.ts'

/** An entry as somebody writes it. */
export interface NewEntry {
  readonly type: string
  readonly key: string
  readonly value: string
}

/** What became of a change: done, or why not, with what is there instead. */
export type EntryResult =
  | { readonly outcome: 'done'; readonly entry: ConfigEntriesTable }
  | { readonly outcome: 'exists'; readonly entry: ConfigEntriesTable }
  | { readonly outcome: 'conflict'; readonly entry: ConfigEntriesTable }
  | { readonly outcome: 'gone' }

/** The entries of System Config; `revisions` are those the caller has read. */
export interface ConfigEntries {
  list(page: { readonly limit: number; readonly after?: Key | undefined }): Promise<Page<ConfigEntriesTable>>
  add(author: Author, entry: NewEntry): Promise<EntryResult>
  replace(author: Author, id: string, revisions: readonly string[], entry: NewEntry): Promise<EntryResult>
  remove(
    author: Author,
    id: string,
    revisions: readonly string[],
    reason?: string | undefined,
  ): Promise<EntryResult>
}

const plain = ({ type, key, value }: NewEntry) => ({ type, key, value })

/** What the audit trail keeps of an entry: of a value that may be a secret, only that there is one. */
const noted = (entry: NewEntry) => ({ ...plain(entry), ...(mayBeSecret(entry) && { value: '(not noted)' }) })

/** The same of a change; where either value may be a secret, whether there was a change at all. */
function notedChange(before: NewEntry, after: NewEntry) {
  if (![before, after].some(mayBeSecret)) return { before: plain(before), after: plain(after) }
  const value = before.value === after.value ? '(not noted, unchanged)' : '(not noted, changed)'
  return { before: { ...plain(before), value: '(not noted)' }, after: { ...plain(after), value } }
}

/** System Config: rows of type, key and value (D1). Some of them govern how long sessions last (D2, D3). */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its operations share one way of changing entries; not split yet.
export function createConfigEntries({
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
}): ConfigEntries {
  /** Changes entries; where sessions are concerned, those already ended are written down as ended first. */
  const change = async (
    author: Author,
    governs: boolean,
    work: Parameters<typeof author.write<EntryResult>>[0],
  ): Promise<EntryResult> => {
    if (governs) {
      await markAllEnded({ journal, activity }, limits.current(), clock())
      await activity.flush()
    }
    const result = await author.write<EntryResult>(async (transaction, record, holder) => {
      if (governs) await settleEnded(transaction, record, clock())
      const outcome = await work(transaction, record, holder)
      if (governs && outcome.outcome === 'done')
        await transaction
          .updateTable('settings')
          .set(({ eb }) => ({ limits_revision: eb('limits_revision', '+', 1) }))
          .execute()
      return outcome
    })
    if (governs) await limits.refresh()
    return result
  }
  const governs = async (id: string, entry?: NewEntry) => {
    const stored = await database.read
      .selectFrom('config_entries')
      .select(['type', 'key'])
      .where('id', '=', id)
      .executeTakeFirst()
    return [stored, entry].some((one) => one !== undefined && governsSessions(one.type, one.key))
  }

  return {
    list: async ({ limit, after }) => {
      let wanted = database.read.selectFrom('config_entries').selectAll()
      if (after) wanted = wanted.where(sql<boolean>`(type, key) > (${after.value}, ${after.id})`)
      const rows = await wanted
        .orderBy('type')
        .orderBy('key')
        .limit(limit + 1)
        .execute()
      const { total } = await database.read
        .selectFrom('config_entries')
        .select((query) => query.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      return pageOf(rows, limit, total, (row) => ({ value: row.type, id: row.key }))
    },
    add: (author, wanted) =>
      change(author, governsSessions(wanted.type, wanted.key), async (transaction, record) => {
        const taken = await transaction
          .selectFrom('config_entries')
          .selectAll()
          .where('type', '=', wanted.type)
          .where('key', '=', wanted.key)
          .executeTakeFirst()
        if (taken) return { outcome: 'exists', entry: taken }
        const entry = {
          ...plain(wanted),
          id: createId(),
          revision: 1,
          updated_at: clock(),
          updated_by: author.actor.name,
        }
        await transaction.insertInto('config_entries').values(entry).execute()
        const { id, type, key } = entry
        record.audit({ actor: author.actor, action: 'entry.add', target: `entry:${id}`, after: noted(entry) })
        record.event({
          type: 'entry-changed',
          data: { id, type, key, change: 'added', by: author.actor.name },
        })
        return { outcome: 'done', entry }
      }),
    replace: async (author, id, revisions, wanted) =>
      await change(author, await governs(id, wanted), async (transaction, record) => {
        const all = transaction.selectFrom('config_entries').selectAll()
        const before = await all.where('id', '=', id).executeTakeFirst()
        if (!before) return { outcome: 'gone' }
        if (!revisions.includes(String(before.revision))) return { outcome: 'conflict', entry: before }
        const taken = await all
          .where('type', '=', wanted.type)
          .where('key', '=', wanted.key)
          .where('id', '<>', id)
          .executeTakeFirst()
        if (taken) return { outcome: 'exists', entry: taken }
        const entry = {
          ...plain(wanted),
          id,
          revision: before.revision + 1,
          updated_at: clock(),
          updated_by: author.actor.name,
        }
        await transaction.updateTable('config_entries').set(entry).where('id', '=', id).execute()
        const { type, key } = entry
        record.audit({
          actor: author.actor,
          action: 'entry.change',
          target: `entry:${id}`,
          ...notedChange(before, entry),
        })
        record.event({
          type: 'entry-changed',
          data: { id, type, key, change: 'changed', by: author.actor.name },
        })
        return { outcome: 'done', entry }
      }),
    remove: async (author, id, revisions, reason) =>
      await change(author, await governs(id), async (transaction, record) => {
        const entry = await transaction
          .selectFrom('config_entries')
          .selectAll()
          .where('id', '=', id)
          .executeTakeFirst()
        if (!entry) return { outcome: 'gone' }
        if (!revisions.includes(String(entry.revision))) return { outcome: 'conflict', entry }
        await transaction.deleteFrom('config_entries').where('id', '=', id).execute()
        const { type, key } = entry
        record.audit({
          actor: author.actor,
          action: 'entry.remove',
          target: `entry:${id}`,
          before: noted(entry),
          reason,
        })
        record.event({
          type: 'entry-changed',
          data: { id, type, key, change: 'removed', by: author.actor.name },
        })
        return { outcome: 'done', entry }
      }),
  }
}
