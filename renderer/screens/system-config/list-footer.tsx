import type { ConfigReading } from '../../../domain/config.ts'
import type { Problem } from '../../../domain/problem.ts'
import { formatInstant } from '../../components/connection-words.ts'
import { Notice } from '../../components/notice.tsx'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { SavedLine } from '../../components/saved-line.tsx'
import { classesIn } from '../../styles/css.ts'
import type { EntryEditor, SavedEntry } from './entry-editor.ts'
import { labelOf } from './entry-form.ts'
import styles from './system-config.module.css'

const css = classesIn(styles)

interface ListFooterProps {
  readonly instanceName: string
  readonly reading: ConfigReading
  readonly editor: EntryEditor
  /** Why nothing can be changed. */
  readonly fixed: string | undefined
  /** Why the rows could not be read again. */
  readonly problem: Problem | undefined
  readonly onUndo: (saved: SavedEntry) => void
}

/** Whether there is something to say below the rows. */
export function hasFooter({
  editor,
  fixed,
  problem,
}: Pick<ListFooterProps, 'editor' | 'fixed' | 'problem'>): boolean {
  const { saved, overtaken } = editor
  return [failureIn(editor, problem), saved, overtaken, fixed].some((one) => one !== undefined)
}

/** While the pane is open it says itself what went wrong. */
const failureIn = (editor: EntryEditor, problem: Problem | undefined) =>
  editor.draft ? undefined : (editor.problem ?? problem)

/** What the last act came to, below the rows. */
export function ListFooter({ instanceName, reading, editor, fixed, problem, onUndo }: ListFooterProps) {
  const { saved, saving, overtaken } = editor
  const failed = failureIn(editor, problem)
  return (
    <div className={css('footer')}>
      {failed && <ProblemNotice problem={failed} />}
      {overtaken && (
        <Notice tone="danger" title="Somebody else changed this meanwhile" role="alert">
          <p>Nothing was changed. What is shown is what {instanceName} has stored now.</p>
        </Notice>
      )}
      {saved && !failed && !overtaken && (
        <SavedLine busy={saving} onUndo={saved.undo && (() => onUndo(saved))}>
          {savedWords(saved, instanceName, labelOf(saved.name, reading))}
        </SavedLine>
      )}
      {fixed !== undefined && <p className="quiet">{fixed}</p>}
    </div>
  )
}

function savedWords({ did, at, readAgain }: SavedEntry, instanceName: string, label: string): string {
  const when = formatInstant(at)
  if (did === 'undone') return `Undone at ${when}. ${label} is as it was before on ${instanceName}.`
  const words = `${label} was ${did} on ${instanceName} at ${when}.`
  return readAgain ? `${words} The server’s answer was lost; Curfew read the entries again.` : words
}
