import { Button } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { classesIn } from '../styles/css.ts'
import styles from './saved-line.module.css'

const css = classesIn(styles)

interface SavedLineProps {
  readonly children: ReactNode
  readonly busy: boolean
  /** Absent where there is no way back. */
  readonly onUndo?: (() => void) | undefined
}

/** That something was saved, and the way back. */
export function SavedLine({ children, busy, onUndo }: SavedLineProps) {
  return (
    <div className={css('saved')}>
      <IconCircleCheck size={16} stroke={1.75} aria-hidden />
      <p role="status">{children}</p>
      {onUndo && (
        <Button variant="subtle" onClick={onUndo} loading={busy}>
          Undo
        </Button>
      )}
    </div>
  )
}
