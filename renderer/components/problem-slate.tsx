import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCloudOff } from '@tabler/icons-react'
import type { Problem } from '../../domain/problem.ts'
import { BlankSlate } from './blank-slate.tsx'
import { isSilence, needsSignIn, problemTitle } from './problem-words.ts'

interface ProblemSlateProps {
  readonly problem: Problem
  readonly busy: boolean
  readonly onRetry: () => void
}

/** Why there is nothing to show. Where signing in is needed, the banner above the screen has the way on. */
export function ProblemSlate({ problem, busy, onRetry }: ProblemSlateProps) {
  return (
    <BlankSlate
      icon={isSilence(problem) ? IconCloudOff : IconAlertTriangle}
      title={problemTitle(problem)}
      role="alert"
      actions={
        !needsSignIn(problem) && (
          <Button variant="default" onClick={onRetry} loading={busy}>
            Try again
          </Button>
        )
      }
    >
      <p>{problem.message}</p>
    </BlankSlate>
  )
}
