import type { ReactNode } from 'react'
import { classesIn } from '../styles/css.ts'
import styles from './screen.module.css'

const css = classesIn(styles)

interface ScreenProps {
  readonly title: string
  readonly lead?: ReactNode
  readonly aside?: ReactNode
  readonly footer?: ReactNode
  /** `table` lets the content fill the screen and scroll by itself. */
  readonly fill?: boolean
  readonly children: ReactNode
}

/** The frame of a screen: heading, content that scrolls, and the bar with its actions. */
export function Screen({ title, lead, aside, footer, fill = false, children }: ScreenProps) {
  return (
    <div className={css('screen')}>
      <header className={css('header')}>
        <div>
          <h1 className={css('title')}>{title}</h1>
          {lead && <p className="quiet">{lead}</p>}
        </div>
        {aside}
      </header>
      <div className={fill ? css('fill') : css('body')}>{children}</div>
      {footer && <footer className={css('footer')}>{footer}</footer>}
    </div>
  )
}
