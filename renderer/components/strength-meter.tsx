import { classesIn } from '../styles/css.ts'
import { passphraseStrength } from './passphrase-strength.ts'
import styles from './strength-meter.module.css'

const css = classesIn(styles)

/** The strength of what is being typed, as a bar and in words. */
export function StrengthMeter({ passphrase, id }: { readonly passphrase: string; readonly id: string }) {
  const { level, words } = passphraseStrength(passphrase)
  return (
    <div className={css('strength')}>
      <div className={css('bar')} data-level={level} aria-hidden>
        {[1, 2, 3, 4].map((step) => (
          <span key={step} className={step <= level ? css('full') : undefined} />
        ))}
      </div>
      <p id={id} className={css('words')} role="status">
        {level > 0 && <span className="visually-hidden">Strength: </span>}
        {words}
      </p>
    </div>
  )
}
