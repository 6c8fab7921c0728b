import { Button } from '@mantine/core'
import { formatCountdown } from '../../domain/duration.ts'
import { main } from '../state/calls.ts'
import { useMonotonicNow } from '../state/clock.ts'
import { leftOf, useLock } from '../state/lock-store.ts'
import { classesIn } from '../styles/css.ts'
import styles from './lock-warning.module.css'

const css = classesIn(styles)

/** Says that the app is about to lock. Any input keeps it open: the preload tells main, which says so. */
export function LockWarning() {
  const { state, saidAt } = useLock()
  const showing = state?.status === 'unlocked' && state.warning

  return (
    <div className={css('place')} role="status" aria-live="polite">
      {showing && (
        <div className={css('bar')}>
          <p>
            Curfew is about to lock because nothing is being done in it.{' '}
            <Countdown leftMs={state.locksInMs} saidAt={saidAt} /> Any key or movement keeps it open.
          </p>
          <Button onClick={() => void main().lock.stayUnlocked()}>Stay unlocked</Button>
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
