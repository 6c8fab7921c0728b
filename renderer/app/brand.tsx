import { classesIn } from '../styles/css.ts'
import styles from './page.module.css'

const css = classesIn(styles)

/** The name of the app with its mark: a clock face at the hour of curfew. */
export function Brand() {
  return (
    <div className={css('brand')}>
      <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="9" fill="var(--accent)" />
        <path d="M10 4.5V10l-3.2 3" fill="none" stroke="#fff" strokeWidth="1.8" strokeLinecap="round" />
      </svg>
      Curfew
    </div>
  )
}
