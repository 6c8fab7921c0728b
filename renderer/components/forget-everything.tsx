import { Checkbox } from '@mantine/core'
import { useState } from 'react'
import type { Problem } from '../../domain/problem.ts'
import { main } from '../state/calls.ts'
import { readLockState } from '../state/lock-store.ts'
import { classesIn } from '../styles/css.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import styles from './forget-everything.module.css'
import { ProblemNotice } from './problem-notice.tsx'

const css = classesIn(styles)

interface ForgetEverythingProps {
  readonly opened: boolean
  readonly onCancel: () => void
}

/** Asks before everything is deleted, and says what that is. Also for whoever forgot the passphrase. */
export function ForgetEverything({ opened, onCancel }: ForgetEverythingProps) {
  const [understood, setUnderstood] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  const forget = async () => {
    setBusy(true)
    setProblem(undefined)
    const outcome = await main().lock.forgetEverything({ confirmed: 'forget everything' })
    setBusy(false)
    if (!outcome.ok) return setProblem(outcome.problem)
    await readLockState()
  }

  return (
    <ConfirmDialog
      opened={opened}
      title="Forget everything?"
      confirm="Forget everything"
      busy={busy}
      disabled={!understood}
      onConfirm={() => void forget()}
      onCancel={() => {
        setUnderstood(false)
        onCancel()
      }}
    >
      <p>This deletes from this computer:</p>
      <ul className={css('deleted')}>
        <li>your passphrase, and every password that Curfew keeps in the keychain</li>
        <li>the list of instances</li>
        <li>the built-in service, if you started it, with its people, sessions and rules</li>
        <li>what was typed and not saved</li>
      </ul>
      <p>
        Your settings stay. Nothing changes on any other server. Curfew then starts as new, and you add your
        instances again.
      </p>
      <Checkbox
        label="I know that this can’t be taken back"
        checked={understood}
        onChange={(event) => setUnderstood(event.currentTarget.checked)}
      />
      {problem && <ProblemNotice problem={problem} />}
    </ConfirmDialog>
  )
}
