import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Instance } from '../../../domain/instance.ts'
import type { Problem } from '../../../domain/problem.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { ColourMark } from '../../components/instance-colour.tsx'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { main } from '../../state/calls.ts'
import { reloadInstances, useInstances } from '../../state/instances.ts'
import { classesIn } from '../../styles/css.ts'
import { CertificatePin } from './certificate-pin.tsx'
import { DemoPassword } from './demo-password.tsx'
import styles from './settings.module.css'

const css = classesIn(styles)

/** The instances of this desktop, and taking one off it. */
export function InstanceSettings() {
  const { instances } = useInstances()
  const [removing, setRemoving] = useState<Instance>()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  const remove = async ({ id }: Instance) => {
    setBusy(true)
    const outcome = await main().instances.remove({ instance: id })
    setBusy(false)
    if (!outcome.ok) return setProblem(outcome.problem)
    setRemoving(undefined)
    await reloadInstances()
  }

  return (
    <>
      <ul>
        {instances.map(({ instance }) => (
          <li key={instance.id} className={css('instance')}>
            <ColourMark colour={instance.colour} />
            <div className={css('instanceWords')}>
              <p className={css('instanceName')}>
                {instance.name}
                {instance.environment && <span className="quiet"> · {instance.environment}</span>}
              </p>
              <p className="quiet">
                {instance.builtIn ? 'Built in, on this computer' : instance.baseUrl} · {instance.username}
              </p>
              {!instance.builtIn && instance.baseUrl.startsWith('https:') && (
                <CertificatePin instance={instance} />
              )}
              {instance.builtIn && <DemoPassword instance={instance.id} />}
            </div>
            <Button
              variant="default"
              aria-label={`Remove ${instance.name}`}
              onClick={() => {
                setProblem(undefined)
                setRemoving(instance)
              }}
            >
              Remove…
            </Button>
          </li>
        ))}
      </ul>
      <ConfirmDialog
        opened={removing !== undefined}
        title={`Remove ${removing?.name ?? ''}?`}
        confirm="Remove"
        busy={busy}
        onConfirm={() => removing && void remove(removing)}
        onCancel={() => setRemoving(undefined)}
      >
        <p>
          Curfew forgets this instance and deletes its password from the keychain. Nothing changes on the
          server itself, and nobody is signed out.
        </p>
        {problem && <ProblemNotice problem={problem} />}
      </ConfirmDialog>
    </>
  )
}
