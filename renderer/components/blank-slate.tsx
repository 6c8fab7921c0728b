import type { Icon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { classesIn } from '../styles/css.ts'
import styles from './blank-slate.module.css'

const css = classesIn(styles)

interface BlankSlateProps {
  readonly icon: Icon
  readonly title: string
  readonly children: ReactNode
  readonly actions?: ReactNode
  readonly role?: 'alert' | 'status'
}

/** What stands where content would be: why there is none, and what to do. */
export function BlankSlate({ icon: IconShape, title, children, actions, role }: BlankSlateProps) {
  return (
    <div className={css('slate')} role={role}>
      <IconShape className={css('icon')} size={28} stroke={1.5} aria-hidden />
      <h2 className={css('title')}>{title}</h2>
      <div className={css('words')}>{children}</div>
      {actions && <div className={css('actions')}>{actions}</div>}
    </div>
  )
}
