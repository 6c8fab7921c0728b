import type { SelectQueryBuilder } from 'kysely'
import {
  type CatalogueKey,
  catalogueKey,
  kubernetesDurationKey,
  readConfigDuration,
  tokenDurationKey,
} from '../../domain/config.ts'
import { fromUnit } from '../../domain/duration.ts'
import type { ServicePolicy } from '../../domain/service-policy.ts'
import type { SessionLimits } from '../../domain/session-lifetime.ts'
import type { Database, Write } from '../database/database.ts'
import type { SettingsTable, Tables } from '../database/tables.ts'

/** Everything that decides when sessions end, with the number of its version. */
export interface CurrentLimits extends SessionLimits {
  readonly revision: number
}

/** The stored policy's row as the domain's policy. */
export function policyOf(row: SettingsTable): ServicePolicy {
  return {
    idleTimeout: { enabled: row.idle_enabled === 1, seconds: row.idle_seconds },
    idleAppliesToRemembered: row.idle_remembered === 1,
    rememberMe: { enabled: row.remember_enabled === 1, maximumSeconds: row.maximum_seconds },
  }
}

type Source = Database['read'] | Write

/** The seconds that an entry, or its default, stands for. */
function secondsOf(known: CatalogueKey, value: string | undefined): number {
  const read = value === undefined ? undefined : readConfigDuration(known, value)
  return read && 'seconds' in read ? read.seconds : fromUnit(known.default, known.unit)
}

/** Whether an entry is one of those that govern sessions. */
export function governsSessions(type: string, key: string): boolean {
  return catalogueKey(type, key) !== undefined
}

/** Limits as they would be with one entry's value replaced; `undefined` puts its default back. */
export function withEntry(
  limits: SessionLimits,
  type: string,
  key: string,
  value: string | undefined,
): SessionLimits {
  const known = catalogueKey(type, key)
  if (known === tokenDurationKey) return { ...limits, tokenSeconds: secondsOf(known, value) }
  if (known === kubernetesDurationKey) return { ...limits, kubernetesSeconds: secondsOf(known, value) }
  return limits
}

/** Reads the limits as they are stored. */
export async function readLimits(source: Source): Promise<CurrentLimits> {
  const settings: SelectQueryBuilder<Tables, 'settings', SettingsTable> = source
    .selectFrom('settings')
    .selectAll()
  const row = await settings.executeTakeFirstOrThrow()
  const entries = await source
    .selectFrom('config_entries')
    .select(['type', 'key', 'value'])
    .where('type', '=', tokenDurationKey.type)
    .where('key', 'in', [tokenDurationKey.key, kubernetesDurationKey.key])
    .execute()
  const value = (known: CatalogueKey) => entries.find(({ key }) => key === known.key)?.value
  return {
    policy: policyOf(row),
    tokenSeconds: secondsOf(tokenDurationKey, value(tokenDurationKey)),
    kubernetesSeconds: secondsOf(kubernetesDurationKey, value(kubernetesDurationKey)),
    revision: row.limits_revision,
  }
}

/** The limits in memory, so that validating a session need not read them. */
export interface LimitsCache {
  current(): CurrentLimits
  /** Reads them again after they have changed, here or on another replica. */
  refresh(source?: Source): Promise<CurrentLimits>
}

/** Reads the limits once and holds them until told to read anew. Rejects when the database can't be read. */
export async function createLimitsCache(database: Database): Promise<LimitsCache> {
  let current = await readLimits(database.read)
  return {
    current: () => current,
    refresh: async (source = database.read) => {
      const read = await readLimits(source)
      if (read.revision >= current.revision) current = read
      return current
    },
  }
}
