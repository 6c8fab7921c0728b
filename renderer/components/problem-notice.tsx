import type { ReactNode } from 'react'
import type { Problem } from '../../domain/problem.ts'
import { Notice } from './notice.tsx'
import { isSilence, problemTitle } from './problem-words.ts'

interface ProblemNoticeProps {
  readonly problem: Problem
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

/** A failure, in words, where it happened. */
export function ProblemNotice({ problem, children, actions }: ProblemNoticeProps) {
  return (
    <Notice
      tone={isSilence(problem) ? 'offline' : 'danger'}
      title={problemTitle(problem)}
      role="alert"
      actions={actions}
    >
      <p>{problem.message}</p>
      {children}
    </Notice>
  )
}
