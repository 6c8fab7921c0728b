import { Button, TextInput } from '@mantine/core'
import { IconFilterOff, IconPlus, IconSearch, IconTable } from '@tabler/icons-react'
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { ConfigReading, ListedEntry } from '../../../domain/config.ts'
import { formatCount } from '../../../domain/duration.ts'
import type { InstanceState } from '../../../domain/instance.ts'
import type { Problem } from '../../../domain/problem.ts'
import { may } from '../../../domain/rights.ts'
import { nameOf } from '../../../domain/user.ts'
import { BlankSlate } from '../../components/blank-slate.tsx'
import { Screen } from '../../components/screen.tsx'
import { classesIn } from '../../styles/css.ts'
import { DeleteEntry } from './delete-entry.tsx'
import { EntriesTable } from './entries-table.tsx'
import { close, edit, undo, useEntryEditor } from './entry-editor.ts'
import { emptyForm, formOf, labelOf } from './entry-form.ts'
import { EntryPane } from './entry-pane.tsx'
import { hasFooter, ListFooter } from './list-footer.tsx'
import styles from './system-config.module.css'

const css = classesIn(styles)

interface EntryListProps {
  readonly current: InstanceState
  readonly reading: ConfigReading
  /** Why it could not be read again. */
  readonly problem: Problem | undefined
}

/** The rows of System Config with the pane beside them. */
export function EntryList({ current, reading, problem }: EntryListProps) {
  const { instance, connection } = current
  const [filter, setFilter] = useState('')
  const [deleting, setDeleting] = useState<ListedEntry>()
  const editor = useEntryEditor(instance.id)
  const { draft } = editor
  const screen = useRef<HTMLDivElement>(null)
  const fixed = whyFixed(connection, instance.name)
  const shown = reading.entries.filter((entry) => matches(entry, labelOf(entry, reading), filter))

  const focus = useFocusIn(screen, draft === undefined && deleting === undefined, reading)
  const closePane = (id = draft?.basis?.id) => {
    close(instance.id)
    focus(id === undefined ? { on: 'add' } : { on: 'row', id })
  }

  return (
    <Screen
      title="System Config"
      lead={countWords(shown.length, reading.entries.length)}
      aside={
        <Toolbar
          filter={filter}
          onFilter={setFilter}
          onAdd={
            fixed === undefined
              ? () => edit(instance.id, { basis: null, form: emptyForm(reading) })
              : undefined
          }
        />
      }
      footer={
        hasFooter({ editor, fixed, problem }) && (
          <ListFooter
            instanceName={instance.name}
            reading={reading}
            editor={editor}
            fixed={fixed}
            problem={problem}
            onUndo={(saved) => void undo(instance.id, saved)}
          />
        )
      }
      fill
    >
      <div className={css('list')} ref={screen}>
        {shown.length > 0 ? (
          <EntriesTable
            entries={shown}
            catalogue={reading}
            openedId={draft?.basis?.id}
            onOpen={(entry) => edit(instance.id, { basis: entry, form: formOf(entry) })}
            onDelete={fixed === undefined ? setDeleting : undefined}
          />
        ) : (
          <div className={css('slate')}>
            <NoEntries narrowed={reading.entries.length > 0} onClear={() => setFilter('')} />
          </div>
        )}
      </div>
      {draft && (
        <EntryPane
          key={draft.basis?.id ?? 'add'}
          current={current}
          reading={reading}
          editor={editor}
          draft={draft}
          fixed={fixed}
          onClose={closePane}
          onDelete={setDeleting}
        />
      )}
      {deleting && (
        <DeleteEntry
          current={current}
          reading={reading}
          entry={deleting}
          onClose={(deleted) => {
            setDeleting(undefined)
            focus(deleted ? { on: 'rows' } : { on: 'row', id: deleting.id })
          }}
        />
      )}
    </Screen>
  )
}

interface ToolbarProps {
  readonly filter: string
  readonly onFilter: (filter: string) => void
  /** Absent where nothing can be added. */
  readonly onAdd: (() => void) | undefined
}

function Toolbar({ filter, onFilter, onAdd }: ToolbarProps) {
  return (
    <search className={css('toolbar')}>
      <TextInput
        className={css('search')}
        type="search"
        aria-label="Filter entries"
        placeholder="Filter entries ( / )"
        leftSection={<IconSearch size={14} stroke={1.75} aria-hidden />}
        maxLength={200}
        value={filter}
        onChange={(event) => onFilter(event.currentTarget.value)}
      />
      <Button
        data-add-entry
        leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
        disabled={!onAdd}
        onClick={onAdd}
      >
        Add
      </Button>
    </search>
  )
}

/** Where the focus goes after an act: to *Add*, to one row, or to the rows. */
type FocusTarget =
  | { readonly on: 'add' }
  | { readonly on: 'row'; readonly id: string }
  | { readonly on: 'rows' }

/**
 * Puts the focus into the list once nothing lies over it and the row is there.
 *
 * @returns says where it is to go
 */
function useFocusIn(
  list: RefObject<HTMLDivElement | null>,
  isFree: boolean,
  { entries }: ConfigReading,
): (target: FocusTarget) => void {
  const [target, setTarget] = useState<FocusTarget>()
  useEffect(() => {
    if (!target || !isFree) return
    if (target.on === 'row' && !entries.some(({ id }) => id === target.id)) return
    const selector = target.on === 'row' ? `tr[data-id="${CSS.escape(target.id)}"]` : 'tr[tabindex="0"]'
    const row = target.on === 'add' ? null : list.current?.querySelector<HTMLElement>(selector)
    ;(row ?? document.querySelector<HTMLElement>('[data-add-entry]'))?.focus()
    setTarget(undefined)
  }, [target, isFree, entries, list])
  return setTarget
}

/** Why rows can be read and not changed; `undefined` where they can. */
function whyFixed(connection: InstanceState['connection'], name: string): string | undefined {
  if (connection.status !== 'connected') return `Nothing can be changed while ${name} is not connected.`
  if (!connection.capabilities.includes('config.write'))
    return 'This server lets System Config be read, not changed.'
  return may(connection.me, 'config.write')
    ? undefined
    : `${nameOf(connection.me)} may read System Config here, not change it.`
}

function matches({ type, key, value }: ListedEntry, label: string, filter: string): boolean {
  const wanted = filter.trim().toLowerCase()
  return [type, key, label, value ?? ''].some((text) => text.toLowerCase().includes(wanted))
}

function countWords(shown: number, all: number): string {
  const entries = `${formatCount(all)} ${all === 1 ? 'entry' : 'entries'}`
  return shown === all ? entries : `${formatCount(shown)} of ${entries}`
}

function NoEntries({ narrowed, onClear }: { readonly narrowed: boolean; readonly onClear: () => void }) {
  if (!narrowed)
    return (
      <BlankSlate icon={IconTable} title="Nothing is set here yet">
        <p>
          The server works with its defaults. <em>Add</em> sets something else, such as how long an
          authorization token or a Kubernetes session lasts.
        </p>
      </BlankSlate>
    )
  return (
    <BlankSlate
      icon={IconFilterOff}
      title="No entry found"
      role="status"
      actions={
        <Button variant="default" onClick={onClear}>
          Show all entries
        </Button>
      }
    >
      <p>The filter looks at types, keys, their names and the values that are shown.</p>
    </BlankSlate>
  )
}
