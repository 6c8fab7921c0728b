import { notSupported } from '../../components/problem-words.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './security.module.css'

const css = classesIn(styles)

/** A rule that the server does not have: said, not left out. */
export function Unsupported({ rule }: { readonly rule: string }) {
  return (
    <p className={css('unsupported')}>
      {rule}: <span className="quiet">{notSupported}</span>
    </p>
  )
}
