import {
  type ConfigEntry,
  type ConfigInput,
  type ConfigReading,
  type EntryRemoval,
  type EntryWrite,
  type ListedEntry,
  mayBeSecret,
} from '../../domain/config.ts'
import type { InstanceId } from '../../domain/instance.ts'
import type { Preview } from '../../domain/preview.ts'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { Revision } from '../../domain/reading.ts'
import type { Connections } from '../instances/connections.ts'
import { workOn } from './work-on.ts'

/**
 * System Config of the instances (D1–D3). A value that may be a secret is answered by `reveal` alone; it is never kept
 * here.
 */
export interface SystemConfig {
  read(instance: InstanceId): Promise<Outcome<ConfigReading>>
  /** The value of one row, read anew. */
  reveal(instance: InstanceId, id: string): Promise<Outcome<string>>
  /** What a row with this value would end now. */
  preview(instance: InstanceId, entry: ConfigInput): Promise<Outcome<Preview>>
  add(instance: InstanceId, entry: ConfigInput): Promise<Outcome<EntryWrite<ListedEntry>>>
  /** Writes only if the row still is at `basis`. */
  replace(
    instance: InstanceId,
    id: string,
    basis: Revision,
    entry: ConfigInput,
  ): Promise<Outcome<EntryWrite<ListedEntry>>>
  /** Deletes only if the row still is at `basis`. */
  remove(instance: InstanceId, id: string, basis: Revision): Promise<Outcome<EntryRemoval<ListedEntry>>>
}

const listed = (entry: ConfigEntry): ListedEntry => ({
  ...entry,
  value: mayBeSecret(entry) ? null : entry.value,
})

/** The same result with the row as it is listed. */
function withListed<Result extends EntryWrite | EntryRemoval>(outcome: Outcome<Result>) {
  if (!outcome.ok) return outcome
  const { value } = outcome
  return succeed('entry' in value ? { ...value, entry: listed(value.entry) } : value)
}

export function createSystemConfig(connections: Pick<Connections, 'use'>, now: () => Date): SystemConfig {
  const on = workOn(connections)
  return {
    async read(instance) {
      const stored = await on(instance, 'config', 'config.read', (config) => config.read())
      if (!stored.ok) return stored
      const { types, keys, entries } = stored.value
      return succeed({
        types: [...types],
        keys: [...keys],
        entries: entries.map(listed),
        asOf: now().toISOString(),
      })
    },
    async reveal(instance, id) {
      const stored = await on(instance, 'config', 'config.read', (config) => config.read())
      if (!stored.ok) return stored
      const entry = stored.value.entries.find((one) => one.id === id)
      return entry
        ? succeed(entry.value)
        : fail({ code: 'not-found', message: 'This entry was deleted meanwhile.' })
    },
    preview: (instance, entry) => on(instance, 'config', 'config.read', (config) => config.preview?.(entry)),
    add: async (instance, entry) =>
      withListed(await on(instance, 'config', 'config.write', (config) => config.add(entry))),
    replace: async (instance, id, basis, entry) =>
      withListed(await on(instance, 'config', 'config.write', (config) => config.replace(id, basis, entry))),
    remove: async (instance, id, basis) =>
      withListed(await on(instance, 'config', 'config.write', (config) => config.remove(id, basis))),
  }
}
