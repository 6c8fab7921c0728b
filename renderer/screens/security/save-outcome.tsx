import { Button } from '@mantine/core'
import type { PolicyReading } from '../../../domain/policy.ts'
import type { Problem } from '../../../domain/problem.ts'
import { formatInstant } from '../../components/connection-words.ts'
import { Notice } from '../../components/notice.tsx'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { isSilence } from '../../components/problem-words.ts'
import { SavedLine } from '../../components/saved-line.tsx'
import type { SavedPolicy } from './policy-editor.ts'

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

interface ChangedElsewhereProps {
  readonly theirs: PolicyReading
  readonly onCompare: () => void
}

/** Somebody saved other rules while one is typing: nothing moves under the hands, and nothing can be overwritten. */
export function ChangedElsewhere({ theirs, onCompare }: ChangedElsewhereProps) {
  const when = theirs.updatedAt ? ` at ${formatInstant(theirs.updatedAt)}` : ''
  return (
    <Notice
      tone="warning"
      role="status"
      title={`${theirs.updatedBy ?? 'Somebody else'} changed this elsewhere${when}`}
      actions={
        <Button variant="default" onClick={onCompare}>
          Compare
        </Button>
      }
    >
      <p>What you typed is kept. Compare the two before you update.</p>
    </Notice>
  )
}

interface SavedPolicyLineProps {
  readonly instanceName: string
  readonly saved: SavedPolicy
  readonly busy: boolean
  readonly onUndo: () => void
}

/** The last *Update* worked, and the way back. */
export function SavedPolicyLine({ instanceName, saved, busy, onUndo }: SavedPolicyLineProps) {
  const at = formatInstant(saved.at)
  return (
    <SavedLine busy={busy} onUndo={saved.undo ? undefined : onUndo}>
      {saved.undo
        ? `Undone at ${at}. The earlier rules of ${instanceName} are back.`
        : saved.readAgain
          ? `It was saved and is in force on ${instanceName}. The server’s answer was lost; Curfew read the rules again at ${at}.`
          : `Saved at ${at}, in force on ${instanceName}.`}
    </SavedLine>
  )
}
