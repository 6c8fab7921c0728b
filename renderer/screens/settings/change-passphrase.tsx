import { Button, PasswordInput } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { formatCountdown } from '../../../domain/duration.ts'
import { missingCharacters, passphraseMinLength } from '../../../domain/lock.ts'
import type { Problem } from '../../../domain/problem.ts'
import type { PassphraseChange } from '../../../preload/contract/lock.ts'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { StrengthMeter } from '../../components/strength-meter.tsx'
import { main } from '../../state/calls.ts'
import { useMonotonicNow } from '../../state/clock.ts'
import { leftOf } from '../../state/lock-store.ts'
import { classesIn } from '../../styles/css.ts'
import { ReplaceKey, useResealingWords } from './replace-key.tsx'
import styles from './settings.module.css'

const css = classesIn(styles)

const shown = { 'aria-label': 'Show what is typed', tabIndex: 0 }

type Key = Extract<PassphraseChange, { outcome: 'changed' }>['key']

const changedWords: Readonly<Record<Key, string>> = {
  kept: 'The passphrase is changed.',
  replaced:
    'The passphrase is changed, and everything is sealed with a new key. The old one opens nothing any more.',
  unfinished:
    'The passphrase is changed. Not everything is sealed with the new key yet: Curfew goes on when you unlock it the next time.',
}

/** Changing the passphrase: the passwords stay as they are, only what opens them is another. */
export function ChangePassphrase() {
  const [open, setOpen] = useState(false)
  const [changed, setChanged] = useState<Key>()
  const resealing = useResealingWords()
  if (open)
    return (
      <PassphraseForm
        onDone={(done) => {
          setChanged(done)
          setOpen(false)
        }}
      />
    )
  return (
    <>
      <p className="quiet">
        It opens Curfew, and seals the passwords of your servers. Nobody can recover it for you.
      </p>
      <div className={css('act')}>
        <Button
          variant="default"
          onClick={() => {
            setChanged(undefined)
            setOpen(true)
          }}
        >
          Change passphrase…
        </Button>
        <p className={css('saved')} role="status">
          {resealing || (changed && changedWords[changed])}
        </p>
      </div>
    </>
  )
}

interface Refusal {
  readonly words: string
  readonly retryInMs: number
  readonly saidAt: number
}

function PassphraseForm({ onDone }: { readonly onDone: (changed: Key | undefined) => void }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [repeated, setRepeated] = useState('')
  const [replaceKey, setReplaceKey] = useState(false)
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>()
  const [problem, setProblem] = useState<Problem>()
  const first = useRef<HTMLInputElement>(null)
  const second = useRef<HTMLInputElement>(null)
  const third = useRef<HTMLInputElement>(null)
  const now = useMonotonicNow(250)
  const waitMs = refusal ? leftOf(refusal.retryInMs, refusal.saidAt, now) : 0
  const tooShort = missingCharacters(next) > 0
  const differs = next !== repeated

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || waitMs > 0) return
    setTried(true)
    setProblem(undefined)
    if (current === '') return first.current?.focus()
    if (tooShort) return second.current?.focus()
    if (differs) return third.current?.focus()
    setBusy(true)
    const outcome = await main().lock.changePassphrase({ current, next, replaceKey })
    setBusy(false)
    if (!outcome.ok) return setProblem(outcome.problem)
    if (outcome.value.outcome === 'changed') return onDone(outcome.value.key)
    const words =
      outcome.value.outcome === 'wrong-passphrase'
        ? 'That is not your present passphrase.'
        : 'Too many wrong tries.'
    setRefusal({ words, retryInMs: outcome.value.retryInMs, saidAt: performance.now() })
    first.current?.select()
  }

  return (
    <form
      className={css('passphrase')}
      aria-label="Change passphrase"
      onSubmit={(event) => void submit(event)}
      noValidate
    >
      <PasswordInput
        ref={first}
        label="Present passphrase"
        value={current}
        onChange={(event) => {
          setCurrent(event.currentTarget.value)
          if (waitMs === 0) setRefusal(undefined)
        }}
        error={refusal?.words ?? (tried && current === '' && 'Type your present passphrase.')}
        errorProps={{ role: 'alert' }}
        autoComplete="current-password"
        maxLength={1024}
        autoFocus
        visibilityToggleButtonProps={shown}
      />
      <div>
        <PasswordInput
          ref={second}
          label="New passphrase"
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
          error={tried && tooShort && `Use at least ${passphraseMinLength} characters.`}
          errorProps={{ role: 'alert' }}
          autoComplete="new-password"
          maxLength={1024}
          aria-describedby="new-strength"
          visibilityToggleButtonProps={shown}
        />
        <StrengthMeter id="new-strength" passphrase={next} />
      </div>
      <PasswordInput
        ref={third}
        label="Repeat new passphrase"
        value={repeated}
        onChange={(event) => setRepeated(event.currentTarget.value)}
        error={tried && !tooShort && differs && 'The two are not the same.'}
        errorProps={{ role: 'alert' }}
        autoComplete="new-password"
        maxLength={1024}
        visibilityToggleButtonProps={shown}
      />
      <ReplaceKey checked={replaceKey} disabled={busy} onChange={setReplaceKey} />
      {problem && <ProblemNotice problem={problem} />}
      <div className={css('actions')}>
        <p className={css('wait')} role="timer">
          {waitMs > 0 ? `Try again in ${formatCountdown(waitMs / 1000)}.` : ''}
        </p>
        <Button variant="default" onClick={() => onDone(undefined)} disabled={busy}>
          Cancel
        </Button>
        <Button type="submit" loading={busy} disabled={waitMs > 0}>
          Change passphrase
        </Button>
      </div>
    </form>
  )
}
