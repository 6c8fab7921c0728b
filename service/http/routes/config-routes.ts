import { z } from 'zod'
import {
  CatalogueKey,
  catalogueKey,
  configCatalogue,
  configTypes,
  readConfigDuration,
} from '../../../domain/config.ts'
import { Page } from '../../../domain/page.ts'
import type { ConfigEntriesTable } from '../../database/tables.ts'
import { toIso } from '../../instant.ts'
import type { EntryResult, NewEntry } from '../../store/config-entries.ts'
import { tagOf } from '../../store/journal.ts'
import { withEntry } from '../../store/limits.ts'
import { toCursor } from '../../store/paging.ts'
import { previewLimits } from '../../store/preview.ts'
import { keyOf } from '../cursor.ts'
import { type Answer, ifMatch, type Operation, operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { rights } from '../rights.ts'
import { entrySchema, idParams, pageQuery, plainText, previewSchema, reason } from '../schemas.ts'
import type { Services } from '../services.ts'

const entryInput = z.strictObject({
  type: plainText(1, 100),
  key: plainText(1, 200),
  value: z.string().max(20_000),
})

const shown = (entry: ConfigEntriesTable) => ({
  id: entry.id,
  type: entry.type,
  key: entry.key,
  value: entry.value,
  revision: String(entry.revision),
  updatedAt: toIso(entry.updated_at),
  updatedBy: entry.updated_by,
})

const entryEtag = (entry: ConfigEntriesTable) => tagOf(String(entry.revision))

/** A known key takes only values it can mean; whatever else is stored as it is. */
function demandMeaning({ type, key, value }: NewEntry): void {
  const known = catalogueKey(type, key)
  const read = known && readConfigDuration(known, value)
  if (read && 'fault' in read) throw new Problem('invalid', read.fault.message, { errors: [read.fault] })
}

function answerOf(result: EntryResult, status: number): Answer {
  if (result.outcome === 'gone') throw new Problem('not-found', 'There is no such entry.')
  const { entry } = result
  if (result.outcome === 'exists')
    throw new Problem('exists', 'There is an entry with this type and key already.', {
      current: shown(entry),
      errors: [
        { field: 'key', code: 'exists', message: 'There is an entry with this type and key already.' },
      ],
    })
  if (result.outcome === 'conflict')
    throw new Problem('conflict', 'The entry has been changed since you read it.', {
      current: shown(entry),
      headers: { etag: entryEtag(entry) },
    })
  return status === 204 ? { status } : { status, body: shown(entry), headers: { etag: entryEtag(entry) } }
}

const etag = { ETag: 'The entry’s version, for If-Match' }

const getCatalogueOperation = (): Operation =>
  operation({
    id: 'getCatalogue',
    method: 'GET',
    path: '/api/v1/config/catalogue',
    summary: 'Types, and the keys whose meaning is known',
    tag: 'System Config',
    access: rights.config,
    answers: {
      200: {
        description: 'Types and keys',
        schema: z.object({
          types: z.array(z.string()),
          keys: z.array(CatalogueKey),
        }),
      },
    },
    handle: () => ({ status: 200, body: { types: configTypes, keys: configCatalogue } }),
  })

const listEntriesOperation = ({ entries }: Services): Operation =>
  operation({
    id: 'listEntries',
    method: 'GET',
    path: '/api/v1/config/entries',
    summary: 'Entries, by type and key',
    tag: 'System Config',
    access: rights.config,
    query: z.strictObject(pageQuery),
    answers: {
      200: {
        description: 'Entries, each with its ETag',
        schema: Page(entrySchema.extend({ etag: z.string() })),
      },
    },
    handle: async ({ query }) => {
      const page = await entries.list({ limit: query.limit, after: keyOf(query.cursor, 'text') })
      return {
        status: 200,
        body: {
          items: page.items.map((entry) => ({ ...shown(entry), etag: entryEtag(entry) })),
          nextCursor: toCursor(page.next),
          total: page.total,
        },
      }
    },
  })

const addEntryOperation = ({ entries }: Services): Operation =>
  operation({
    id: 'addEntry',
    method: 'POST',
    path: '/api/v1/config/entries',
    summary: 'Add an entry',
    tag: 'System Config',
    access: rights.config,
    scope: 'config',
    body: entryInput,
    answers: { 201: { description: 'The new entry', schema: entrySchema, headers: etag } },
    problems: ['exists'],
    handle: async ({ body, author }) => {
      demandMeaning(body)
      return answerOf(await entries.add(author, body), 201)
    },
  })

const replaceEntryOperation = ({ entries }: Services): Operation =>
  operation({
    id: 'replaceEntry',
    method: 'PUT',
    path: '/api/v1/config/entries/{id}',
    summary: 'Replace an entry; what governs sessions does so from this moment',
    tag: 'System Config',
    access: rights.config,
    scope: 'config',
    params: idParams,
    body: entryInput,
    ifMatch: true,
    answers: { 200: { description: 'The stored entry', schema: entrySchema, headers: etag } },
    problems: ['not-found', 'exists'],
    handle: async ({ params, body, author, request }) => {
      const read = ifMatch(request)
      demandMeaning(body)
      return answerOf(await entries.replace(author, params.id, read, body), 200)
    },
  })

const removeEntryOperation = ({ entries }: Services): Operation =>
  operation({
    id: 'removeEntry',
    method: 'DELETE',
    path: '/api/v1/config/entries/{id}',
    summary: 'Remove an entry; a known key then has its default again',
    tag: 'System Config',
    access: rights.config,
    scope: 'config',
    params: idParams,
    query: z.strictObject({ reason: reason.optional() }),
    ifMatch: true,
    answers: { 204: { description: 'Removed' } },
    problems: ['not-found'],
    handle: async ({ params, query, author, request }) => {
      const read = ifMatch(request)
      return answerOf(await entries.remove(author, params.id, read, query.reason), 204)
    },
  })

const previewEntryOperation = (services: Services): Operation =>
  operation({
    id: 'previewEntry',
    method: 'POST',
    path: '/api/v1/config/preview',
    summary: 'How many sessions an entry with this value would end now (B1)',
    tag: 'System Config',
    access: rights.config,
    scope: 'read',
    body: entryInput,
    answers: { 200: { description: 'Counted, not estimated', schema: previewSchema } },
    handle: async ({ body, caller }) => {
      demandMeaning(body)
      const current = services.limits.current()
      const wanted = withEntry(current, body.type, body.key, body.value)
      return { status: 200, body: await previewLimits(services, current, wanted, caller.session) }
    },
  })

/** System Config (D1–D3): the catalogue of known keys, the entries, and what a value would end. */
export function configRoutes(services: Services): readonly Operation[] {
  return [
    getCatalogueOperation(),
    listEntriesOperation(services),
    addEntryOperation(services),
    replaceEntryOperation(services),
    removeEntryOperation(services),
    previewEntryOperation(services),
  ]
}
