import { Button } from '@mantine/core'
import type { Problem } from '../../../domain/problem.ts'
import { formatInstant } from '../../components/connection-words.ts'
import { Notice } from '../../components/notice.tsx'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import type { SavedPolicy } from '../../state/policy-editor.ts'

interface SaveOutcomeProps {
  readonly instanceName: string
  readonly problem: Problem | undefined
  readonly saved: SavedPolicy | undefined
  readonly saving: boolean
  readonly onUndo: () => void
}

/** What became of the last *Update*: done, with the way back, or why not. */
export function SaveOutcome({ instanceName, problem, saved, saving, onUndo }: SaveOutcomeProps) {
  if (problem)
    return (
      <ProblemNotice problem={problem}>
        {problem.code === 'unreachable' && (
          <p>
            {instanceName} is offline. What you typed is kept here, and Update works again once it is back.
          </p>
        )}
      </ProblemNotice>
    )
  if (!saved) return null
  return (
    <Notice
      tone="good"
      role="status"
      actions={
        !saved.undo && (
          <Button variant="subtle" onClick={onUndo} loading={saving}>
            Undo
          </Button>
        )
      }
    >
      {saved.undo
        ? `Undone at ${formatInstant(saved.at)}. ${instanceName} has its earlier rules again.`
        : `Saved at ${formatInstant(saved.at)}. It applies to everybody on ${instanceName} from now on.`}
    </Notice>
  )
}
