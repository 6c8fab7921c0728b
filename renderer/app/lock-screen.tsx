import { Button, PasswordInput } from '@mantine/core'
import { type FormEvent, lazy, Suspense, useEffect, useRef, useState } from 'react'
import { formatCountdown } from '../../domain/duration.ts'
import type { LockState } from '../../domain/lock.ts'
import { main } from '../state/calls.ts'
import { useMonotonicNow } from '../state/clock.ts'
import { acceptLockState, leftOf } from '../state/lock-store.ts'
import { classesIn } from '../styles/css.ts'
import { Brand } from './brand.tsx'
import { lockReasonWords } from './lock-words.ts'
import styles from './page.module.css'

const css = classesIn(styles)

const ForgetEverything = lazy(async () => ({
  default: (await import('../components/forget-everything.tsx')).ForgetEverything,
}))

interface LockScreenProps {
  readonly state: Extract<LockState, { status: 'locked' }>
  readonly saidAt: number
}

/** Asks for the passphrase, and says why. */
export function LockScreen({ state, saidAt }: LockScreenProps) {
  const [passphrase, setPassphrase] = useState('')
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const [forgetting, setForgetting] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const now = useMonotonicNow(250)
  const waitMs = leftOf(state.retryInMs, saidAt, now)
  const waiting = waitMs > 0

  useEffect(() => {
    if (!waiting) input.current?.focus({ preventScroll: true })
  }, [waiting])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || waiting) return
    if (passphrase === '') return setFault('Type your passphrase.')
    setBusy(true)
    setFault(undefined)
    const outcome = await main().lock.unlock({ passphrase })
    setBusy(false)
    if (!outcome.ok) return setFault(outcome.problem.message)
    // Main has said by itself that it is open.
    if (outcome.value.outcome === 'unlocked') return setPassphrase('')
    if (outcome.value.outcome === 'wrong-passphrase') setFault('That is not the passphrase.')
    acceptLockState({ ...state, retryInMs: outcome.value.retryInMs })
    input.current?.select()
  }

  const wait = `Try again in ${formatCountdown(waitMs / 1000)}.`
  return (
    <main className={css('page')}>
      <div className={css('sheet')}>
        <Brand />
        <h1 className={css('title')}>Curfew is locked</h1>
        <p className={css('lead')}>{lockReasonWords(state.reason)}</p>
        <form className={css('form')} onSubmit={(event) => void submit(event)} noValidate>
          <PasswordInput
            ref={input}
            label="Passphrase"
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
            error={fault}
            errorProps={{ role: 'alert' }}
            autoComplete="current-password"
            maxLength={1024}
            visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed', tabIndex: 0 }}
          />
          <div className={css('unlock')}>
            <p className="quiet numbers" role="timer">
              {waiting ? wait : ''}
            </p>
            <Button type="submit" loading={busy} disabled={waiting}>
              Unlock
            </Button>
          </div>
        </form>
        <p className={css('forgot')}>
          <Button variant="subtle" onClick={() => setForgetting(true)}>
            Forgot your passphrase?
          </Button>
        </p>
        {forgetting && (
          <Suspense fallback={null}>
            <ForgetEverything opened onCancel={() => setForgetting(false)} />
          </Suspense>
        )}
      </div>
    </main>
  )
}
