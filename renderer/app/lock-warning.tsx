import { Button } from '@mantine/core'
import { useEffect } from 'react'
import { formatCountdown } from '../../domain/duration.ts'
import { useMonotonicNow } from '../state/clock.ts'
import { leftOf, readLockState, useLock } from '../state/lock-store.ts'
import { classesIn } from '../styles/css.ts'
import styles from './lock-warning.module.css'

const css = classesIn(styles)

const inputs = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

/** Says that the app is about to lock. Any input keeps it open; the preload has told main of it already. */
export function LockWarning() {
  const { state, saidAt } = useLock()
  const showing = state?.status === 'unlocked' && state.warning

  useEffect(() => {
    if (!showing) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const askSoon = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        void readLockState()
      }, 150)
    }
    for (const name of inputs) window.addEventListener(name, askSoon, { passive: true })
    return () => {
      clearTimeout(timer)
      for (const name of inputs) window.removeEventListener(name, askSoon)
    }
  }, [showing])

  return (
    <div className={css('place')} role="status" aria-live="polite">
      {showing && (
        <div className={css('bar')}>
          <p>
            Curfew is about to lock because nothing is being done in it.{' '}
            <Countdown leftMs={state.locksInMs} saidAt={saidAt} /> Any key or movement keeps it open.
          </p>
          <Button onClick={() => void readLockState()}>Stay unlocked</Button>
        </div>
      )}
    </div>
  )
}

function Countdown({ leftMs, saidAt }: { readonly leftMs: number; readonly saidAt: number }) {
  const now = useMonotonicNow(250)
  return (
    <span className="numbers" aria-hidden>
      {formatCountdown(leftOf(leftMs, saidAt, now) / 1000)} left.
    </span>
  )
}
