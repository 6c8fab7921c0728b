import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { classesIn } from '../styles/css.ts'
import styles from './dialog.module.css'

const css = classesIn(styles)

interface DialogProps {
  readonly opened: boolean
  readonly title: string
  readonly children: ReactNode
  readonly onClose: () => void
}

/** A question that has to be answered first. The focus stays within, Esc closes, and it then returns. */
export function Dialog({ opened, title, children, onClose }: DialogProps) {
  return (
    <Modal.Root
      opened={opened}
      onClose={onClose}
      classNames={{ content: css('content'), title: css('title') }}
    >
      <Modal.Overlay backgroundOpacity={0.4} />
      <Modal.Content>
        <Modal.Body>
          <Modal.Title>{title}</Modal.Title>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
