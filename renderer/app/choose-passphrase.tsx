import { Button, PasswordInput } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { missingCharacters, passphraseMinLength } from '../../domain/lock.ts'
import type { Problem } from '../../domain/problem.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { StrengthMeter } from '../components/strength-meter.tsx'
import { main } from '../state/calls.ts'
import { classesIn } from '../styles/css.ts'
import { Brand } from './brand.tsx'
import styles from './page.module.css'

const css = classesIn(styles)

const shown = { 'aria-label': 'Show what is typed', tabIndex: 0 }

/** First run: the passphrase that everything is sealed under. */
export function ChoosePassphrase() {
  const [passphrase, setPassphrase] = useState('')
  const [repeated, setRepeated] = useState('')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const first = useRef<HTMLInputElement>(null)
  const second = useRef<HTMLInputElement>(null)
  const tooShort = missingCharacters(passphrase) > 0
  const differs = passphrase !== repeated

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (tooShort) return first.current?.focus()
    if (differs) return second.current?.focus()
    setBusy(true)
    setProblem(undefined)
    const outcome = await main().lock.setUp({ passphrase })
    setBusy(false)
    if (!outcome.ok) setProblem(outcome.problem)
  }

  return (
    <main className={css('page')}>
      <div className={css('sheet')}>
        <Brand />
        <h1 className={css('title')}>Choose a passphrase</h1>
        <p className={css('lead')}>
          It seals the passwords of your servers on this computer. A few words that don’t belong together are
          easy to remember and hard to guess.
        </p>
        <form className={css('form')} onSubmit={(event) => void submit(event)} noValidate>
          <div>
            <PasswordInput
              ref={first}
              label="Passphrase"
              value={passphrase}
              onChange={(event) => setPassphrase(event.currentTarget.value)}
              error={tried && tooShort && `Use at least ${passphraseMinLength} characters.`}
              autoComplete="new-password"
              maxLength={1024}
              autoFocus
              aria-describedby="strength"
              visibilityToggleButtonProps={shown}
            />
            <StrengthMeter id="strength" passphrase={passphrase} />
          </div>
          <PasswordInput
            ref={second}
            label="Repeat passphrase"
            value={repeated}
            onChange={(event) => setRepeated(event.currentTarget.value)}
            error={tried && !tooShort && differs && 'The two are not the same.'}
            autoComplete="new-password"
            maxLength={1024}
            visibilityToggleButtonProps={shown}
          />
          <p>
            <strong>It can’t be recovered.</strong>{' '}
            <span className="quiet">
              Nobody else knows it, and nothing opens Curfew without it. If it is lost, Curfew has to be set
              up again; the servers themselves are not affected.
            </span>
          </p>
          {problem && <ProblemNotice problem={problem} />}
          <div className={css('actions')}>
            <Button type="submit" loading={busy}>
              Continue
            </Button>
          </div>
        </form>
      </div>
    </main>
  )
}
