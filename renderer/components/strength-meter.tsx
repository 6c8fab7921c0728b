import { useEffect, useRef, useState } from 'react'
import { missingCharacters, passphraseMinLength } from '../../domain/lock.ts'
import type { PassphraseVerdict } from '../../preload/contract/lock.ts'
import { main } from '../state/calls.ts'
import { classesIn } from '../styles/css.ts'
import styles from './strength-meter.module.css'

const css = classesIn(styles)

/** The strength of what is being typed, as a bar and in words: main's own verdict, so that it takes what is called strong. */
export function StrengthMeter({ passphrase, id }: { readonly passphrase: string; readonly id: string }) {
  const verdict = useVerdict(passphrase)
  const missing = missingCharacters(passphrase)
  const level = missing > 0 || !verdict ? 0 : Math.max(1, verdict.score)
  return (
    <div className={css('strength')}>
      <div className={css('bar')} data-level={level} aria-hidden>
        {[1, 2, 3, 4].map((step) => (
          <span key={step} className={step <= level ? css('full') : undefined} />
        ))}
      </div>
      <p id={id} className={css('words')} role="status">
        {level > 0 && <span className="visually-hidden">Strength: </span>}
        {missing === 0 ? verdict && (verdict.fault ?? 'Strong.') : lengthWords(passphrase, missing)}
      </p>
    </div>
  )
}

const lengthWords = (passphrase: string, missing: number) =>
  passphrase === '' ? `At least ${passphraseMinLength} characters.` : `${missing} more to go.`

async function verdictOf(passphrase: string): Promise<PassphraseVerdict | undefined> {
  if (missingCharacters(passphrase) > 0) return undefined
  const outcome = await main().lock.ratePassphrase({ candidate: passphrase })
  return outcome.ok ? outcome.value : undefined
}

/** What main says of it; of what was typed just before, until main has answered. Asked one at a time, the newest next. */
function useVerdict(passphrase: string): PassphraseVerdict | undefined {
  const [verdict, setVerdict] = useState<PassphraseVerdict>()
  const newest = useRef('')
  const asking = useRef(false)
  useEffect(() => {
    const ask = async () => {
      asking.current = true
      let asked: string
      do {
        asked = newest.current
        setVerdict(await verdictOf(asked))
      } while (asked !== newest.current)
      asking.current = false
    }
    newest.current = passphrase
    if (!asking.current) void ask()
  }, [passphrase])
  return verdict
}
