import { z } from 'zod'
import {
  CatalogueKey,
  ConfigEntry,
  type ConfigInput,
  type EntryRemoval,
  type EntryWrite,
} from '../../../domain/config.ts'
import { Page } from '../../../domain/page.ts'
import { Preview } from '../../../domain/preview.ts'
import { fail, type Outcome, type Problem, succeed } from '../../../domain/problem.ts'
import type { Revision } from '../../../domain/reading.ts'
import type { ConfigAccess, StoredConfig } from '../connector.ts'
import { type HttpAnswer, readBody } from '../http/exchange.ts'
import { settleLostWrite } from '../http/lost-write.ts'
import { readAllPages } from '../http/pages.ts'
import { tagOfRevision } from '../http/revision.ts'
import { type Api, passive } from './api.ts'
import { explainRefusal } from './problems.ts'

const path = '/config/entries'
const Catalogue = z.object({ types: z.array(z.string()), keys: z.array(CatalogueKey) })
const Entries = Page(ConfigEntry)
/** The refusals that say what is stored now; for `not-found` it is nothing. */
const Refused = z.object({
  code: z.enum(['not-found', 'exists', 'conflict']),
  current: ConfigEntry.optional(),
})

/** What a write is sent with, and how what is stored now shows what became of it. */
interface Writing {
  readonly path: string
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly basis?: Revision
  readonly body?: ConfigInput
  /** The row that is stored now, which the write is about. */
  readonly find: (entries: readonly ConfigEntry[]) => ConfigEntry | undefined
  readonly isMine: (now: ConfigEntry | undefined) => boolean
  readonly isUntouched: (now: ConfigEntry | undefined) => boolean
}

/** What became of a write: the row that is stored now, and how it came to be. */
type Written =
  | { readonly outcome: 'written'; readonly entry: ConfigEntry | undefined; readonly readAgain?: true }
  | { readonly outcome: 'refused'; readonly entry: ConfigEntry | undefined }

type List = (headers: Readonly<Record<string, string>>) => Promise<Outcome<{ readonly items: ConfigEntry[] }>>

/** The only way to write: what is stored is read again where the answer was lost. */
function createWrite(api: Api, list: List) {
  async function write(writing: Writing): Promise<Outcome<Written>> {
    const settle = async (problem: Problem): Promise<Outcome<Written>> => {
      const settled = await settleLostWrite({
        problem,
        what: 'the entries',
        readAgain: async () => {
          const entries = await list(passive)
          return entries.ok ? succeed(writing.find(entries.value.items)) : entries
        },
        isMine: writing.isMine,
        isUntouched: writing.isUntouched,
      })
      if (!settled.ok) return settled
      const { outcome, reading, readAgain } = settled.value
      return succeed(
        outcome === 'conflict'
          ? { outcome: 'refused', entry: reading }
          : { outcome, entry: reading, ...(readAgain && { readAgain }) },
      )
    }
    const answer = await api.call(writing.path, {
      method: writing.method,
      ...(writing.basis !== undefined && { headers: { 'if-match': tagOfRevision(writing.basis) } }),
      ...(writing.body && { body: writing.body }),
      expect: [200, 201, 204, 404, 409, 412],
    })
    if (!answer.ok) return answer.mayHaveActed ? settle(answer.problem) : answer
    return await understand(answer.value, settle)
  }

  async function understand(
    answer: HttpAnswer,
    settle: (problem: Problem) => Promise<Outcome<Written>>,
  ): Promise<Outcome<Written>> {
    if (answer.status === 204) return succeed({ outcome: 'written', entry: undefined })
    if (answer.status < 300) {
      const entry = readBody(answer, ConfigEntry)
      return entry.ok ? succeed({ outcome: 'written', entry: entry.value }) : settle(entry.problem)
    }
    const refused = Refused.safeParse(answer.body)
    return refused.success
      ? succeed({ outcome: 'refused', entry: refused.data.current })
      : fail(explainRefusal(answer).problem)
  }

  return write
}

/** System Config of the session service. Every row has a revision of its own. */
export function createConfigAccess(api: Api, previews: boolean): ConfigAccess {
  const list: List = (headers) =>
    readAllPages((cursor) => {
      const parameters = new URLSearchParams({ limit: '500', ...(cursor !== undefined && { cursor }) })
      return api.read(`${path}?${parameters}`, Entries, { headers })
    })

  const write = createWrite(api, list)

  async function read(): Promise<Outcome<StoredConfig>> {
    const headers = api.looking()
    const [catalogue, entries] = await Promise.all([
      api.read('/config/catalogue', Catalogue, { headers }),
      list(headers),
    ])
    if (!catalogue.ok) return catalogue
    if (!entries.ok) return entries
    return succeed({ ...catalogue.value, entries: entries.value.items })
  }

  const preview = (entry: ConfigInput) =>
    api.read('/config/preview', Preview, { method: 'POST', body: entry, headers: api.looking() })

  return {
    read,
    async add(entry) {
      const written = await write({
        path,
        method: 'POST',
        body: entry,
        find: (entries) => entries.find((one) => isNamed(one, entry)),
        isMine: (now) => now?.value === entry.value,
        isUntouched: (now) => now === undefined,
      })
      return written.ok ? succeed(asWrite(written.value, 'exists')) : written
    },
    async replace(id, basis, entry) {
      const written = await write({
        path: `${path}/${encodeURIComponent(id)}`,
        method: 'PUT',
        basis,
        body: entry,
        find: (entries) => entries.find((one) => one.id === id),
        isMine: (now) => now !== undefined && isNamed(now, entry) && now.value === entry.value,
        isUntouched: (now) => now?.revision === basis,
      })
      if (!written.ok) return written
      const { entry: now } = written.value
      return succeed(asWrite(written.value, now && now.id !== id ? 'exists' : 'conflict'))
    },
    async remove(id, basis) {
      const written = await write({
        path: `${path}/${encodeURIComponent(id)}`,
        method: 'DELETE',
        basis,
        find: (entries) => entries.find((one) => one.id === id),
        isMine: (now) => now === undefined,
        isUntouched: (now) => now?.revision === basis,
      })
      return written.ok ? succeed(asRemoval(written.value)) : written
    },
    ...(previews && { preview }),
  }
}

const isNamed = (one: ConfigEntry, { type, key }: ConfigInput) => one.type === type && one.key === key

function asWrite(written: Written, refusal: 'exists' | 'conflict'): EntryWrite {
  const { entry } = written
  if (!entry) return { outcome: 'gone' }
  if (written.outcome === 'refused') return { outcome: refusal, entry }
  return { outcome: 'written', entry, ...(written.readAgain && { readAgain: true }) }
}

/** Whoever finds nothing left to delete has what they wanted. */
function asRemoval({ outcome, entry }: Written): EntryRemoval {
  return outcome === 'refused' && entry ? { outcome: 'conflict', entry } : { outcome: 'removed' }
}
