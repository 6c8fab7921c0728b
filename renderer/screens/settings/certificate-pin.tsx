import { Button, PasswordInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { Instance } from '../../../domain/instance.ts'
import type { Problem } from '../../../domain/problem.ts'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { main } from '../../state/calls.ts'
import { reloadInstances } from '../../state/instances.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './settings.module.css'

const css = classesIn(styles)

/** The certificate key that an instance is held to, if any, and choosing another or none. */
export function CertificatePin({ instance }: { readonly instance: Instance }) {
  const [wanted, setWanted] = useState<'pin' | 'no-pin'>()
  const { name, pin } = instance
  if (wanted)
    return (
      <div className={css('more')}>
        <PinForm instance={instance} pinned={wanted === 'pin'} onDone={() => setWanted(undefined)} />
      </div>
    )
  return (
    <div className={css('more')}>
      <p className="quiet">
        {pin === undefined
          ? 'Any certificate that this computer trusts.'
          : 'Pinned to the key with the fingerprint '}
        {pin !== undefined && <code>{pin}</code>}
      </p>
      <div className={css('act')}>
        <Button
          variant="default"
          size="compact-sm"
          aria-label={
            pin === undefined ? `Pin the certificate of ${name}` : `Pin another certificate of ${name}`
          }
          onClick={() => setWanted('pin')}
        >
          {pin === undefined ? 'Pin its certificate…' : 'Pin what it shows now…'}
        </Button>
        {pin !== undefined && (
          <Button
            variant="default"
            size="compact-sm"
            aria-label={`Take the pin off ${name}`}
            onClick={() => setWanted('no-pin')}
          >
            Take the pin off…
          </Button>
        )}
      </div>
    </div>
  )
}

interface PinFormProps {
  readonly instance: Instance
  readonly pinned: boolean
  readonly onDone: () => void
}

/** The password again: the stored one is for the server as it was held to until now. */
function PinForm({ instance, pinned, onDone }: PinFormProps) {
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || password === '') return
    setBusy(true)
    setProblem(undefined)
    const outcome = await main().instances.pin({ instance: instance.id, password, pinned })
    setBusy(false)
    if (!outcome.ok) return setProblem(outcome.problem)
    await reloadInstances()
    onDone()
  }

  return (
    <form
      className={css('passphrase')}
      aria-label={`Certificate of ${instance.name}`}
      onSubmit={(event) => void submit(event)}
      noValidate
    >
      <PasswordInput
        label={`Password of ${instance.username}`}
        description={
          pinned
            ? 'What is stored is for the server as it was. Before it is sent, Curfew asks you about the fingerprint that the server shows.'
            : 'What is stored is for the pinned key only. Without a pin Curfew takes any certificate that this computer trusts.'
        }
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="off"
        autoFocus
        maxLength={1024}
        visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed', tabIndex: 0 }}
      />
      {problem && <ProblemNotice problem={problem} />}
      <div className={css('actions')}>
        <Button variant="default" onClick={onDone} disabled={busy}>
          Cancel
        </Button>
        <Button type="submit" loading={busy} disabled={password === ''}>
          {pinned ? 'Look at the certificate' : 'Take the pin off'}
        </Button>
      </div>
    </form>
  )
}
