import { IconAlertTriangle, IconCircleCheck, IconCloudOff, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { classesIn } from '../styles/css.ts'
import styles from './notice.module.css'

const css = classesIn(styles)

const icons = {
  danger: IconAlertTriangle,
  warning: IconAlertTriangle,
  offline: IconCloudOff,
  info: IconInfoCircle,
  good: IconCircleCheck,
} as const

interface NoticeProps {
  readonly tone: keyof typeof icons
  readonly title?: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
  /** `alert` interrupts a screen reader, `status` waits its turn. */
  readonly role?: 'alert' | 'status' | undefined
}

/** Something to know, said where it happened, with what to do next. */
export function Notice({ tone, title, children, actions, role }: NoticeProps) {
  const Icon = icons[tone]
  return (
    <div className={css('notice')} data-tone={tone}>
      <Icon className={css('icon')} size={16} stroke={1.75} aria-hidden />
      <div className={css('words')} role={role}>
        {title && <p className={css('title')}>{title}</p>}
        {children && <div>{children}</div>}
      </div>
      {actions && <div className={css('actions')}>{actions}</div>}
    </div>
  )
}
