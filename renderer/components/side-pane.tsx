import { CloseButton } from '@mantine/core'
import { type ReactNode, type RefObject, useId } from 'react'
import { classesIn } from '../styles/css.ts'
import styles from './side-pane.module.css'
import { useEscape } from './use-escape.ts'

const css = classesIn(styles)

interface SidePaneProps {
  readonly title: string
  /** Takes the heading, for the focus to be put there. */
  readonly heading?: RefObject<HTMLHeadingElement | null>
  /** Under the title. */
  readonly lead?: ReactNode
  readonly closeLabel: string
  readonly children: ReactNode
  readonly onClose: () => void
}

/** One thing of a list beside it. Esc closes it. */
export function SidePane({ title, heading, lead, closeLabel, children, onClose }: SidePaneProps) {
  const headingId = useId()
  useEscape(onClose)
  return (
    <aside className={css('pane')} aria-labelledby={headingId}>
      <header className={css('header')}>
        <div className={css('who')}>
          <h2 className={css('name')} id={headingId} ref={heading} tabIndex={-1}>
            {title}
          </h2>
          {lead}
        </div>
        <CloseButton aria-label={closeLabel} onClick={onClose} />
      </header>
      <div className={css('body')}>{children}</div>
    </aside>
  )
}
