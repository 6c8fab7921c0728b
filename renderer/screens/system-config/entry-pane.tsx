import { Button } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { ConfigReading, ListedEntry } from '../../../domain/config.ts'
import type { InstanceState } from '../../../domain/instance.ts'
import { formatInstant } from '../../components/connection-words.ts'
import { PreviewLine } from '../../components/preview-line.tsx'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { isSilence } from '../../components/problem-words.ts'
import { SidePane } from '../../components/side-pane.tsx'
import { TypedIsBack } from '../../components/typed-is-back.tsx'
import { classesIn } from '../../styles/css.ts'
import { EntryClash } from './entry-clash.tsx'
import { type EntryEditor, edit, save } from './entry-editor.ts'
import { EntryFields } from './entry-fields.tsx'
import {
  type EntryFaults,
  type EntryForm,
  formOf,
  knownKey,
  labelOf,
  nameIn,
  readForm,
} from './entry-form.ts'
import styles from './system-config.module.css'
import { useConfigPreview } from './use-config.ts'

const css = classesIn(styles)

interface EntryPaneProps {
  readonly current: InstanceState
  readonly reading: ConfigReading
  readonly editor: EntryEditor
  readonly draft: NonNullable<EntryEditor['draft']>
  /** Why nothing can be changed. */
  readonly fixed: string | undefined
  readonly onClose: (id?: string) => void
  readonly onDelete: (entry: ListedEntry) => void
}

/** *Add Config*, or one row to be changed or deleted. Nothing is written before *Submit* (D1). */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one form with its state and its markup, as in Security.
export function EntryPane({ current, reading, editor, draft, fixed, onClose, onDelete }: EntryPaneProps) {
  const { instance, connection } = current
  const { basis, form } = draft
  const { saving, problem, restored, revealed } = editor
  const [faults, setFaults] = useState<EntryFaults>({})
  /** While one saves on what was stored, news of one's own change are no clash. */
  const [keepingMine, setKeepingMine] = useState(false)
  const element = useRef<HTMLFormElement>(null)
  useEffect(() => {
    element.current?.querySelector<HTMLElement>('select, input, textarea')?.focus()
  }, [])

  const stored = basis ? reading.entries.find(({ id }) => id === basis.id) : undefined
  const known = knownKey(nameIn(form, reading), reading)
  const read = readForm(form, reading)
  const touched = !basis || form.value !== (basis.value ?? revealed ?? '')
  const moved = basis !== null && stored?.revision !== basis.revision
  const follows = moved && stored !== undefined && !touched && !saving && revealed === undefined
  useEffect(() => {
    if (follows) edit(instance.id, { basis: stored, form: formOf(stored) })
  }, [follows, stored, instance.id])
  const connected = connection.status === 'connected' ? connection : undefined
  const previewable = connected?.capabilities.includes('config.preview') ?? false
  const ready = touched && 'entry' in read && fixed === undefined
  const preview = useConfigPreview(
    instance.id,
    ready && known && previewable && 'entry' in read ? read.entry : undefined,
  )
  const serverFaults: EntryFaults =
    problem?.code === 'invalid'
      ? Object.fromEntries(problem.errors.map(({ field, message }) => [field, message]))
      : {}
  // What is typed is judged as it is typed; that something is missing is said only when it is sent.
  const typedFault = 'faults' in read && form.value !== '' ? read.faults.value : undefined

  const change = (next: EntryForm) => {
    setFaults({})
    edit(instance.id, { basis, form: next })
  }
  const send = async (on: ListedEntry | undefined) => {
    if ('faults' in read) return
    const written = await save(instance.id, read.entry, on)
    if (written) onClose(written.id)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if ('faults' in read) {
      setFaults(read.faults)
      const [first] = Object.keys(read.faults)
      element.current?.querySelector<HTMLElement>(`[name="${first}"]`)?.focus()
    } else if (ready && !saving && !moved) {
      setKeepingMine(false)
      void send(basis ?? undefined)
    }
  }

  return (
    <SidePane
      title={basis ? labelOf(basis, reading) : 'Add Config'}
      closeLabel={basis ? 'Close this entry' : 'Close Add Config'}
      onClose={() => onClose()}
      lead={
        basis && <p className="quiet">{`Changed ${formatInstant(basis.updatedAt)} by ${basis.updatedBy}`}</p>
      }
    >
      <form ref={element} className={css('form')} noValidate onSubmit={submit}>
        {restored && <TypedIsBack />}
        <EntryFields
          instance={instance.id}
          draft={draft}
          catalogue={reading}
          revealed={revealed !== undefined}
          faults={{ ...(typedFault !== undefined && { value: typedFault }), ...serverFaults, ...faults }}
          readOnly={fixed !== undefined}
          onChange={change}
        />
        {/* Below what is typed, so that nothing moves under the hands when somebody else writes the same row. */}
        <EntryClash
          instanceName={instance.name}
          basis={basis}
          stored={saving && !keepingMine ? (basis ?? undefined) : stored}
          exists={editor.exists}
          saving={saving}
          mayKeep={touched && 'entry' in read}
          onKeepMine={() => {
            setKeepingMine(true)
            void send(stored)
          }}
          onTakeTheirs={() =>
            stored ? edit(instance.id, { basis: stored, form: formOf(stored) }) : onClose()
          }
          onAddAgain={() => void send(undefined)}
          onEditThat={(entry) =>
            edit(instance.id, { basis: entry, form: { ...formOf(entry), value: form.value } })
          }
        />
        {problem && problem.code !== 'invalid' && (
          <ProblemNotice problem={problem}>
            {isSilence(problem) && (
              <p>
                {instance.name} is offline. What you typed is kept here, and Submit works again once it is
                back.
              </p>
            )}
          </ProblemNotice>
        )}
        <div className={css('said')}>
          {fixed !== undefined ? (
            <p className="quiet">{fixed}</p>
          ) : (
            ready && known && <PreviewLine supported={previewable} connected preview={preview} />
          )}
        </div>
        <div className={css('buttons')}>
          {basis && (
            <Button
              data-apart
              color="danger"
              variant="subtle"
              disabled={fixed !== undefined || saving || !stored}
              onClick={() => onDelete(stored ?? basis)}
            >
              Delete…
            </Button>
          )}
          <Button variant="default" onClick={() => onClose()}>
            Cancel
          </Button>
          <Button type="submit" loading={saving} disabled={fixed !== undefined || moved || !touched}>
            Submit
          </Button>
        </div>
      </form>
    </SidePane>
  )
}
