import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { classesIn } from '../styles/css.ts'
import styles from './confirm-dialog.module.css'
import { Dialog } from './dialog.tsx'

const css = classesIn(styles)

interface ConfirmDialogProps {
  readonly opened: boolean
  readonly title: string
  readonly confirm: string
  readonly cancel?: string
  readonly busy?: boolean
  readonly disabled?: boolean
  readonly children: ReactNode
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

/** Asks before something that can't be taken back. *Cancel* has the focus, so that Enter harms nobody. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { opened, title, confirm, cancel = 'Cancel', busy = false, disabled = false, children } = props
  return (
    <Dialog opened={opened} onClose={props.onCancel} title={title}>
      <div className={css('content')}>{children}</div>
      <div className={css('actions')}>
        <Button variant="default" onClick={props.onCancel} data-autofocus>
          {cancel}
        </Button>
        <Button color="danger" onClick={props.onConfirm} loading={busy} disabled={disabled}>
          {confirm}
        </Button>
      </div>
    </Dialog>
  )
}
