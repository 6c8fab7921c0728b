import { IconEyeOff } from '@tabler/icons-react'
import { type KeyboardEvent, useRef, useState } from 'react'
import type { ConfigReading, ListedEntry } from '../../../domain/config.ts'
import { formatInstant } from '../../components/connection-words.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './entries-table.module.css'
import { knownKey, meaningOf } from './entry-form.ts'

const css = classesIn(styles)

interface EntriesTableProps {
  readonly entries: readonly ListedEntry[]
  readonly catalogue: Pick<ConfigReading, 'types' | 'keys'>
  readonly openedId: string | undefined
  readonly onOpen: (entry: ListedEntry) => void
  /** Absent where nothing can be deleted. */
  readonly onDelete: ((entry: ListedEntry) => void) | undefined
}

/** Rows by type and key. Arrows walk them, Enter opens one, Delete asks to delete it. */
export function EntriesTable({ entries, catalogue, openedId, onOpen, onDelete }: EntriesTableProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [activeId, setActiveId] = useState<string>()
  const at = Math.max(
    0,
    entries.findIndex(({ id }) => id === activeId),
  )
  const moveTo = (index: number) => {
    const next = Math.max(0, Math.min(entries.length - 1, index))
    setActiveId(entries[next]?.id)
    scroller.current?.querySelectorAll<HTMLElement>('tbody tr')[next]?.focus()
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!(event.target instanceof HTMLElement) || !event.target.matches('tr')) return
    const entry = entries[at]
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + 10,
      PageUp: at - 10,
      Home: 0,
      End: entries.length - 1,
    }
    const to = steps[event.key]
    if (to !== undefined) moveTo(to)
    else if (event.key === 'Enter' && entry) onOpen(entry)
    else if (event.key === 'Delete' && entry && onDelete) onDelete(entry)
    else return
    event.preventDefault()
  }
  return (
    <div className={css('scroller')} ref={scroller}>
      <table
        className={css('table')}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table whose rows take the keys.
        role="grid"
        aria-label="System Config"
        onKeyDown={onKeyDown}
      >
        <thead className={css('head')}>
          <tr>
            <th scope="col">Type</th>
            <th scope="col">Key</th>
            <th scope="col">Value</th>
            <th scope="col" className={css('changed')}>
              Changed
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry, index) => (
            <EntryRow
              key={entry.id}
              entry={entry}
              known={knownKey(entry, catalogue)}
              tabbable={index === at}
              opened={entry.id === openedId}
              onFocus={() => setActiveId(entry.id)}
              onOpen={() => onOpen(entry)}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface EntryRowProps {
  readonly entry: ListedEntry
  readonly known: ReturnType<typeof knownKey>
  readonly tabbable: boolean
  readonly opened: boolean
  readonly onFocus: () => void
  readonly onOpen: () => void
}

function EntryRow({ entry, known, tabbable, opened, onFocus, onOpen }: EntryRowProps) {
  const { type, key, value, updatedAt, updatedBy } = entry
  return (
    <tr
      className={css('row')}
      data-id={entry.id}
      data-opened={opened || undefined}
      aria-selected={opened}
      tabIndex={tabbable ? 0 : -1}
      onFocus={onFocus}
      onClick={onOpen}
    >
      <td className={css('type')} title={type}>
        {type}
      </td>
      <td title={key}>
        {known && <span className={css('label')}>{known.label}</span>}{' '}
        <bdi className={known ? css('raw') : css('key')}>{key}</bdi>
      </td>
      <td title={value ?? undefined}>
        {value === null ? (
          <span className={css('hidden')}>
            <IconEyeOff size={14} stroke={1.75} aria-hidden /> Not shown
          </span>
        ) : (
          <bdi className="numbers">{meaningOf(known, value) ?? (value === '' ? '(empty)' : value)}</bdi>
        )}
      </td>
      <td className={css('changed')}>
        {formatInstant(updatedAt)} <span>by {updatedBy}</span>
      </td>
    </tr>
  )
}

const skeletonRows = Array.from({ length: 6 }, (_, index) => index)

/** Stands where the rows will be. */
export function EntriesLoading() {
  return (
    <div className={css('loading')} role="status">
      <span className="visually-hidden">Reading System Config</span>
      {skeletonRows.map((row) => (
        <span key={row} className={css('skeleton')} aria-hidden />
      ))}
    </div>
  )
}
