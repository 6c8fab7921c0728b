import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ListedEntry } from '../../../domain/config.ts'
import { formatInstant } from '../../components/connection-words.ts'
import { Notice } from '../../components/notice.tsx'
import { classesIn } from '../../styles/css.ts'
import styles from './system-config.module.css'

const css = classesIn(styles)

interface EntryClashProps {
  readonly instanceName: string
  /** The row as it was when the pane was opened; `null` for a new one. */
  readonly basis: ListedEntry | null
  /** The row as it is stored now. */
  readonly stored: ListedEntry | undefined
  /** Another row with the type and key of the new one. */
  readonly exists: ListedEntry | undefined
  readonly saving: boolean
  readonly mayKeep: boolean
  readonly onKeepMine: () => void
  readonly onTakeTheirs: () => void
  readonly onAddAgain: () => void
  readonly onEditThat: (entry: ListedEntry) => void
}

/** B9: two people wrote the same row. Nothing is overwritten unseen, and nothing typed is lost. */
export function EntryClash(props: EntryClashProps) {
  const { instanceName, basis, stored, exists, saving, mayKeep } = props
  if (!basis)
    return (
      exists && (
        <Clash
          title="There is an entry with this type and key already"
          acts={
            <Button onClick={() => props.onEditThat(exists)} disabled={saving}>
              Change that one
            </Button>
          }
        >
          {exists.updatedBy} set it at {formatInstant(exists.updatedAt)}
          {shown(exists)}. Nothing was changed.
        </Clash>
      )
    )
  if (!stored)
    return (
      <Clash
        title="This entry was deleted meanwhile"
        acts={
          <>
            <Button variant="default" onClick={props.onTakeTheirs} disabled={saving}>
              Leave it deleted
            </Button>
            <Button onClick={props.onAddAgain} loading={saving} disabled={!mayKeep}>
              Add it again
            </Button>
          </>
        }
      >
        Somebody deleted it on {instanceName}, after you opened it. What you typed is still here.
      </Clash>
    )
  if (stored.revision === basis.revision) return null
  return (
    <Clash
      title={`${stored.updatedBy} changed this meanwhile`}
      acts={
        <>
          <Button variant="default" onClick={props.onTakeTheirs} disabled={saving}>
            Take theirs
          </Button>
          <Button onClick={props.onKeepMine} loading={saving} disabled={!mayKeep}>
            Keep mine
          </Button>
        </>
      }
    >
      At {formatInstant(stored.updatedAt)}, after you opened it{shown(stored)}. What you typed is still here
      and nothing of it was saved.
    </Clash>
  )
}

const shown = ({ value }: ListedEntry): ReactNode =>
  value === null ? (
    ''
  ) : (
    <>
      , to “<bdi>{value.slice(0, 200)}</bdi>”
    </>
  )

function Clash(props: { readonly title: string; readonly acts: ReactNode; readonly children: ReactNode }) {
  return (
    <div className={css('form')}>
      <Notice tone="warning" title={props.title} role="alert">
        <p>{props.children}</p>
      </Notice>
      <div className={css('buttons')}>{props.acts}</div>
    </div>
  )
}
