import { z } from 'zod'
import { explainBounds } from './bounds.ts'
import { DurationUnit, fromUnit, parseDuration, type Seconds } from './duration.ts'
import type { FieldProblem } from './problem.ts'
import { Revision } from './reading.ts'
import { serviceBounds } from './service-policy.ts'
import { Instant } from './session.ts'

/** Types of System Config that are offered by name (D1); any other may be typed in. */
export const configTypes = ['AppConfig', 'Flags', 'TenantConfig', 'DockerRegistryCreds'] as const

/** One row of System Config. */
export const ConfigEntry = z.object({
  id: z.string(),
  type: z.string(),
  key: z.string(),
  value: z.string(),
  /** The ETag says it too, but proxies change and drop that. */
  revision: Revision,
  updatedAt: Instant,
  updatedBy: z.string(),
})
export type ConfigEntry = Readonly<z.infer<typeof ConfigEntry>>

/** A row as it is typed. */
export const ConfigInput = z.strictObject({
  type: z.string().min(1).max(100),
  key: z.string().min(1).max(200),
  value: z.string().max(20_000),
})
export type ConfigInput = Readonly<z.infer<typeof ConfigInput>>

/** A row as it is listed: a value that may be a secret is not among it, and is shown only when somebody asks for it. */
export const ListedEntry = ConfigEntry.extend({ value: z.string().nullable() })
export type ListedEntry = Readonly<z.infer<typeof ListedEntry>>

/** What came of writing a row: the row as it is stored now, where there is one. */
export const EntryWrite = <Entry extends z.ZodType>(entry: Entry) =>
  z.discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('written'),
      entry,
      /** The server’s answer was lost, and what is stored was read again to know. */
      readAgain: z.literal(true).optional(),
    }),
    /** It was changed since it was read; nothing was written. */
    z.object({ outcome: z.literal('conflict'), entry }),
    /** Another row has this type and key; nothing was written. */
    z.object({ outcome: z.literal('exists'), entry }),
    /** It was deleted meanwhile. */
    z.object({ outcome: z.literal('gone') }),
  ])
export type EntryWrite<Entry = ConfigEntry> =
  | { readonly outcome: 'written'; readonly entry: Entry; readonly readAgain?: true | undefined }
  | { readonly outcome: 'conflict' | 'exists'; readonly entry: Entry }
  | { readonly outcome: 'gone' }

/** What came of deleting a row: one that was gone already is `removed`. */
export const EntryRemoval = <Entry extends z.ZodType>(entry: Entry) =>
  z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('removed') }),
    z.object({ outcome: z.literal('conflict'), entry }),
  ])
export type EntryRemoval<Entry = ConfigEntry> =
  | { readonly outcome: 'removed' }
  | { readonly outcome: 'conflict'; readonly entry: Entry }

/** A key whose meaning is known. `min`, `max` and `default` are in `unit`. */
export const CatalogueKey = z.object({
  type: z.string(),
  key: z.string(),
  label: z.string(),
  unit: DurationUnit,
  min: z.number(),
  max: z.number(),
  default: z.number(),
  description: z.string(),
})
export type CatalogueKey = Readonly<z.infer<typeof CatalogueKey>>

const minutes = ({ min, max }: { readonly min: Seconds; readonly max: Seconds }) => ({
  unit: 'minutes' as const,
  min: min / 60,
  max: max / 60,
})

/** System Config of one instance: its rows, and what its server says of types and keys. */
export const ConfigReading = z.object({
  /** Offered by name; any other may be typed. */
  types: z.array(z.string()),
  keys: z.array(CatalogueKey),
  entries: z.array(ListedEntry),
  asOf: Instant,
})
export type ConfigReading = Readonly<z.infer<typeof ConfigReading>>

/** D2. */
export const tokenDurationKey: CatalogueKey = {
  type: 'AppConfig',
  key: 'AuthorizationTokenSessionDuration',
  label: 'Authorization token session duration',
  ...minutes(serviceBounds.token),
  default: 60,
  description: 'After this time an authorization token no longer works and its holder must sign in again.',
}

/** D3. */
export const kubernetesDurationKey: CatalogueKey = {
  type: 'AppConfig',
  key: 'MaximumK8sSessionDuration',
  label: 'Maximum K8s Session Duration',
  ...minutes(serviceBounds.kubernetes),
  default: 60,
  description: 'After this time a Kubernetes session (kubectl shell or dashboard) must be re-authenticated.',
}

/** The keys whose meaning Curfew knows. */
export const configCatalogue: readonly CatalogueKey[] = [tokenDurationKey, kubernetesDurationKey]

/** The catalogue's word on a type and key, if it has one. */
export function catalogueKey(type: string, key: string): CatalogueKey | undefined {
  return configCatalogue.find((known) => known.type === type && known.key === key)
}

/** Why a value may not be stored under a known key. */
export interface ConfigFault extends FieldProblem {
  readonly field: 'value'
  readonly code: 'not-a-number' | 'too-short' | 'too-long'
  /** In the key's unit. */
  readonly min: number
  readonly max: number
}

/** The seconds that a value of a known key stands for, or what is wrong with it. */
export function readConfigDuration(
  known: CatalogueKey,
  value: string,
): { readonly seconds: Seconds } | { readonly fault: ConfigFault } {
  const limits = { field: 'value', min: known.min, max: known.max } as const
  const parsed = parseDuration(value, known.unit)
  if ('fault' in parsed) {
    return {
      fault: {
        ...limits,
        code: 'not-a-number',
        message: `${known.label} is a whole number of ${known.unit}.`,
      },
    }
  }
  const bounds = { min: fromUnit(known.min, known.unit), max: fromUnit(known.max, known.unit) }
  const broken = explainBounds(known.label, parsed.seconds, bounds, known.unit)
  return broken ? { fault: { ...limits, ...broken } } : parsed
}

/** Types whose values are settings that may be read by whoever reads the activity log. All others may hold secrets. */
const plainTypes: readonly string[] = ['AppConfig', 'Flags', 'TenantConfig']

/** Words in a name that say its value is one to keep: too many hide a setting, too few would show a password. */
const secretName =
  /token|secret|pass|pwd|cred|key|auth|cert|private|salt|seed|sign|hmac|bearer|cookie|session|connection|dsn|webhook|login|otp|\bpin\b|\bpat\b|pat$|pin$/i

/** What secrets look like whatever they are called: PEM, signed tokens, addresses with a password, long random text. */
const secretValue =
  /-----BEGIN|\beyJ[\w-]{10,}\.|:\/\/[^/\s]*@|(?=\S*\d)(?=\S*[A-Za-z])[\w+/=~.-]{20,}|password|secret/i

/** Whether the value of an entry may be a secret, which is written down nowhere but in the entry. */
export function mayBeSecret({
  type,
  key,
  value,
}: {
  readonly type: string
  readonly key: string
  readonly value: string
}): boolean {
  if (catalogueKey(type, key)) return false
  return !plainTypes.includes(type) || secretName.test(key) || secretValue.test(value)
}
