import { z } from 'zod'
import {
  type CatalogueKey,
  ConfigInput,
  type ConfigReading,
  type ListedEntry,
  readConfigDuration,
} from '../../../domain/config.ts'
import { formatAmount, formatDuration } from '../../../domain/duration.ts'

/** The entry of a list for what is none of the others: it is typed. */
export const other = '\u0000'

/** The pane exactly as it stands on the screen. */
export const EntryForm = z.object({
  /** One of the server's types, or {@link other}. */
  type: z.string(),
  otherType: z.string(),
  /** A known key of that type, or {@link other}; empty while none is chosen. */
  key: z.string(),
  otherKey: z.string(),
  value: z.string(),
})
export type EntryForm = Readonly<z.infer<typeof EntryForm>>

/** What is wrong, beside which field. */
export type EntryFaults = Readonly<Partial<Record<'type' | 'key' | 'value', string>>>

type Catalogue = Pick<ConfigReading, 'types' | 'keys'>

/** *Add Config* as it opens. */
export function emptyForm({ types }: Catalogue): EntryForm {
  return { type: types[0] ?? other, otherType: '', key: '', otherKey: '', value: '' }
}

/** The pane of a row. A value that may be a secret is not in it until it is revealed. */
export function formOf(entry: ListedEntry): EntryForm {
  return { type: other, otherType: entry.type, key: other, otherKey: entry.key, value: entry.value ?? '' }
}

/** The keys of a type whose meaning the server tells. */
export function keysOf(type: string, { keys }: Catalogue): readonly CatalogueKey[] {
  return keys.filter((known) => known.type === type)
}

/** The type and key that a form names, as they will be sent. */
export function nameIn({ type, otherType, key, otherKey }: EntryForm, catalogue: Catalogue) {
  const typed = type === other ? otherType.trim() : type
  const isListed = keysOf(typed, catalogue).length > 0
  return { type: typed, key: isListed && key !== other ? key : otherKey.trim() }
}

/** What the server says of a type and key, if it says anything. */
export function knownKey(
  { type, key }: { readonly type: string; readonly key: string },
  { keys }: Catalogue,
): CatalogueKey | undefined {
  return keys.find((known) => known.type === type && known.key === key)
}

/** Reads the form: what to send, or what is wrong beside which field. */
export function readForm(
  form: EntryForm,
  catalogue: Catalogue,
): { readonly entry: ConfigInput } | { readonly faults: EntryFaults } {
  const name = nameIn(form, catalogue)
  const known = knownKey(name, catalogue)
  const faults: { -readonly [F in keyof EntryFaults]?: string } = {}
  if (name.type === '') faults.type = 'Type the config type.'
  if (name.type.length > 100) faults.type = 'A config type has at most 100 characters.'
  if (name.key === '') faults.key = form.key === '' ? 'Choose a key.' : 'Type the key.'
  if (name.key.length > 200) faults.key = 'A key has at most 200 characters.'
  const read = known && readConfigDuration(known, form.value)
  if (read && 'fault' in read) faults.value = read.fault.message
  const entry = ConfigInput.safeParse({ ...name, value: known ? form.value.trim() : form.value })
  if (!entry.success && Object.keys(faults).length === 0)
    faults.value = 'A value has at most 20 000 characters.'
  return entry.success && Object.keys(faults).length === 0 ? { entry: entry.data } : { faults }
}

/** What a value means, where the server says what its key is: `60 minutes = 1 hour`; `undefined` where it means nothing. */
export function meaningOf(known: CatalogueKey | undefined, value: string): string | undefined {
  if (!known) return undefined
  const read = readConfigDuration(known, value)
  if ('fault' in read) return undefined
  const [amount, words] = [formatAmount(Number(value), known.unit), formatDuration(read.seconds)]
  return amount === words ? amount : `${amount} = ${words}`
}

/** What a row is called on the screen. */
export function labelOf(
  entry: { readonly type: string; readonly key: string },
  catalogue: Catalogue,
): string {
  return knownKey(entry, catalogue)?.label ?? entry.key
}
