import { z } from 'zod'
import {
  type ConfigInput,
  type ConfigReading,
  type EntryWrite,
  ListedEntry,
  mayBeSecret,
} from '../../../domain/config.ts'
import type { InstanceId } from '../../../domain/instance.ts'
import type { Outcome, Problem } from '../../../domain/problem.ts'
import type { Revision } from '../../../domain/reading.ts'
import { main } from '../../state/calls.ts'
import { keys } from '../../state/keys.ts'
import { pageStore } from '../../state/page-store.ts'
import { queryClient } from '../../state/query-client.ts'
import { EntryForm } from './entry-form.ts'

/** What the pane is open for: a new row, or one as it was read. */
const EntryDraft = z.object({ basis: ListedEntry.nullable(), form: EntryForm })
type EntryDraft = Readonly<z.infer<typeof EntryDraft>>

/** What takes a write back. */
type Undo =
  | { readonly act: 'add'; readonly entry: ConfigInput }
  | { readonly act: 'replace'; readonly id: string; readonly basis: Revision; readonly entry: ConfigInput }
  | { readonly act: 'remove'; readonly id: string; readonly basis: Revision }

/** The last write, which worked. */
export interface SavedEntry {
  readonly did: 'added' | 'changed' | 'deleted' | 'undone'
  readonly name: Pick<ListedEntry, 'type' | 'key'>
  readonly at: number
  readonly readAgain?: true
  /** Absent where the value before is one that is not kept. */
  readonly undo?: Undo
}

export interface EntryEditor {
  readonly draft?: EntryDraft
  /** The value of the row that was revealed, as it was stored then. */
  readonly revealed?: string
  readonly saving: boolean
  readonly problem?: Problem
  /** Another row has this type and key. */
  readonly exists?: ListedEntry
  /** The last deletion or undoing did nothing, because somebody else had changed the row meanwhile. */
  readonly overtaken?: true
  readonly saved?: SavedEntry
  /** The draft is from before a lock, and nothing has been done to it since. */
  readonly restored?: true
}

const idle: EntryEditor = { saving: false }

interface EntryEditors {
  readonly editors: Readonly<Record<InstanceId, EntryEditor>>
}

/** What of a pane outlives a lock: never a value that may be a secret. */
function keptOf({ basis, form }: EntryDraft): EntryDraft {
  const [type, key] = [form.otherType || form.type, form.otherKey || form.key]
  return mayBeSecret({ type, key, value: form.value })
    ? { basis, form: { ...form, value: '' } }
    : { basis, form }
}

/** The pane of System Config of every instance: what was typed survives a look at another screen or instance. */
const useEntryEditors = pageStore<EntryEditors, EntryDraft>(
  { editors: {} },
  {
    draft: {
      what: 'config',
      perInstance: true,
      schema: EntryDraft,
      kept: ({ editors }) =>
        Object.fromEntries(
          Object.entries(editors).map(([instance, { draft }]) => [instance, draft && keptOf(draft)]),
        ),
      restored: ({ editors }, draft, instance) => ({
        editors: { ...editors, [instance]: { saving: false, draft, restored: true } },
      }),
    },
  },
)

export function useEntryEditor(instance: InstanceId): EntryEditor {
  return useEntryEditors(({ editors }) => editors[instance] ?? idle)
}

function update(instance: InstanceId, change: (editor: EntryEditor) => EntryEditor): void {
  useEntryEditors.setState(({ editors }) => ({
    editors: { ...editors, [instance]: change(editors[instance] ?? idle) },
  }))
}

/** Opens the pane, or takes over what was typed in it. What was said about the last attempt no longer holds. */
export function edit(instance: InstanceId, draft: EntryDraft): void {
  update(instance, ({ saving, revealed, draft: before }) => ({
    saving,
    draft,
    ...(revealed !== undefined && before?.basis?.id === draft.basis?.id && { revealed }),
  }))
}

/** Closes the pane, where it is open: what the last act came to stays said otherwise. */
export function close(instance: InstanceId): void {
  update(instance, (editor) => (editor.draft ? { saving: editor.saving } : editor))
}

/** Shows the value of the row that is open. */
export async function reveal(instance: InstanceId, draft: EntryDraft): Promise<void> {
  if (!draft.basis) return
  const outcome = await main().config.reveal({ instance, id: draft.basis.id })
  update(instance, (editor) => {
    if (editor.draft?.basis?.id !== draft.basis?.id || !editor.draft) return editor
    return outcome.ok
      ? {
          ...editor,
          revealed: outcome.value,
          draft: { ...editor.draft, form: { ...editor.draft.form, value: outcome.value } },
        }
      : { ...editor, problem: outcome.problem }
  })
}

/** Puts what is stored now into the list; what hangs on it is asked for anew. */
function accept(instance: InstanceId, id: string | undefined, entry: ListedEntry | undefined): void {
  queryClient.setQueryData<ConfigReading>(keys.config(instance), (reading) => {
    if (!reading) return reading
    const rest = reading.entries.filter((one) => one.id !== id && one.id !== entry?.id)
    const entries = [...rest, ...(entry ? [entry] : [])]
    const nameOf = (one: ListedEntry) => `${one.type}\n${one.key}`
    return { ...reading, entries: entries.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) }
  })
  void queryClient.invalidateQueries({ queryKey: keys.policy(instance) })
  void queryClient.invalidateQueries({ queryKey: keys.sessions(instance) })
}

type Written = Outcome<EntryWrite<ListedEntry>>

/** @returns the row, where it was written */
function settle(instance: InstanceId, id: string | undefined, outcome: Written): ListedEntry | undefined {
  if (!outcome.ok) {
    update(instance, (editor) => ({ ...editor, saving: false, problem: outcome.problem }))
    return undefined
  }
  const { value } = outcome
  const entry = 'entry' in value ? value.entry : undefined
  accept(instance, id, entry)
  update(instance, ({ exists: _, ...editor }) => ({
    ...editor,
    saving: false,
    ...(value.outcome === 'exists' && { exists: value.entry }),
  }))
  return value.outcome === 'written' ? value.entry : undefined
}

function begin(instance: InstanceId): void {
  update(instance, ({ problem: _, exists: __, overtaken: ___, ...editor }) => ({ ...editor, saving: true }))
}

const inputOf = ({ type, key, value }: ListedEntry): ConfigInput | undefined =>
  value === null ? undefined : { type, key, value }

const wasReadAgain = (outcome: Written) =>
  outcome.ok && outcome.value.outcome === 'written' && outcome.value.readAgain && { readAgain: true as const }

/** *Submit*. @param on the row as the admin has seen it; `undefined` for a new one */
export async function save(
  instance: InstanceId,
  entry: ConfigInput,
  on: ListedEntry | undefined,
): Promise<ListedEntry | undefined> {
  begin(instance)
  const outcome = on
    ? await main().config.replace({ instance, id: on.id, basis: on.revision, entry })
    : await main().config.add({ instance, entry })
  const written = settle(instance, on?.id, outcome)
  if (!written) return undefined
  const { id, revision: basis, type, key } = written
  const before = on && inputOf(on)
  const undo: Undo | undefined = on
    ? before && { act: 'replace', id, basis, entry: before }
    : { act: 'remove', id, basis }
  update(instance, ({ saving }) => ({
    saving,
    saved: {
      did: on ? 'changed' : 'added',
      name: { type, key },
      at: Date.now(),
      ...wasReadAgain(outcome),
      ...(undo && { undo }),
    },
  }))
  return written
}

async function removeRow(instance: InstanceId, id: string, basis: Revision): Promise<boolean> {
  begin(instance)
  const outcome = await main().config.remove({ instance, id, basis })
  if (!outcome.ok) {
    update(instance, (editor) => ({ ...editor, saving: false, problem: outcome.problem }))
    return false
  }
  const entry = 'entry' in outcome.value ? outcome.value.entry : undefined
  accept(instance, id, entry)
  update(instance, (editor) => ({ ...editor, saving: false, ...(entry && { overtaken: true }) }))
  return entry === undefined
}

/** Deletes a row as the admin has seen it. @returns whether it is deleted */
export async function remove(instance: InstanceId, entry: ListedEntry): Promise<boolean> {
  const done = await removeRow(instance, entry.id, entry.revision)
  const before = inputOf(entry)
  if (done)
    update(instance, ({ saving, draft }) => ({
      saving,
      ...(draft && draft.basis?.id !== entry.id && { draft }),
      saved: {
        did: 'deleted',
        name: { type: entry.type, key: entry.key },
        at: Date.now(),
        ...(before && { undo: { act: 'add', entry: before } }),
      },
    }))
  return done
}

/** Takes the last write back, unless somebody else has changed the row since. */
export async function undo(instance: InstanceId, { name, undo }: SavedEntry): Promise<void> {
  if (!undo) return
  const done =
    undo.act === 'remove' ? await removeRow(instance, undo.id, undo.basis) : await write(instance, undo)
  update(instance, (editor) =>
    done
      ? { saving: false, saved: { did: 'undone', name, at: Date.now() } }
      : { ...editor, ...(!editor.problem && { overtaken: true }) },
  )
}

async function write(
  instance: InstanceId,
  undo: Exclude<Undo, { readonly act: 'remove' }>,
): Promise<boolean> {
  begin(instance)
  const id = undo.act === 'replace' ? undo.id : undefined
  const outcome =
    undo.act === 'replace'
      ? await main().config.replace({ instance, id: undo.id, basis: undo.basis, entry: undo.entry })
      : await main().config.add({ instance, entry: undo.entry })
  return settle(instance, id, outcome) !== undefined
}
