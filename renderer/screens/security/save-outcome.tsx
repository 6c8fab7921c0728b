import { Button } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import type { Problem } from '../../../domain/problem.ts'
import { formatInstant } from '../../components/connection-words.ts'
import { Notice } from '../../components/notice.tsx'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { isSilence } from '../../components/problem-words.ts'
import { classesIn } from '../../styles/css.ts'
import type { SavedPolicy } from './policy-editor.ts'
import styles from './security.module.css'

const css = classesIn(styles)

interface SaveProblemProps {
  readonly instanceName: string
  readonly problem: Problem
}

/** Why the last *Update* did not save. */
export function SaveProblem({ instanceName, problem }: SaveProblemProps) {
  return (
    <ProblemNotice problem={problem}>
      {isSilence(problem) && (
        <p>{instanceName} is offline. What you typed is kept here, and Update works again once it is back.</p>
      )}
    </ProblemNotice>
  )
}

/** Nothing was undone, because somebody else had changed the rules meanwhile. */
export function Overtaken({ instanceName }: { readonly instanceName: string }) {
  return (
    <Notice tone="danger" title="Somebody else changed this meanwhile" role="alert">
      <p>Nothing was changed. What is shown is what {instanceName} has stored now.</p>
    </Notice>
  )
}

interface SavedLineProps {
  readonly instanceName: string
  readonly saved: SavedPolicy
  readonly busy: boolean
  readonly onUndo: () => void
}

/** The last *Update* worked, and the way back. */
export function SavedLine({ instanceName, saved, busy, onUndo }: SavedLineProps) {
  return (
    <div className={css('saved')}>
      <IconCircleCheck size={16} stroke={1.75} aria-hidden />
      <p role="status">
        {saved.undo
          ? `Undone at ${formatInstant(saved.at)}. The earlier rules of ${instanceName} are back.`
          : saved.readAgain
            ? `It was saved and is in force on ${instanceName}. The server’s answer was lost; Curfew read the rules again at ${formatInstant(saved.at)}.`
            : `Saved at ${formatInstant(saved.at)}, in force on ${instanceName}.`}
      </p>
      {!saved.undo && (
        <Button variant="subtle" onClick={onUndo} loading={busy}>
          Undo
        </Button>
      )}
    </div>
  )
}
