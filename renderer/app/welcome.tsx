import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Problem } from '../../domain/problem.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { AddInstanceForm } from '../screens/add-instance/add-instance-form.tsx'
import { useTypedInstance } from '../screens/add-instance/typed-instance.ts'
import { main } from '../state/calls.ts'
import { reloadInstances } from '../state/instances.ts'
import { goToInstance } from '../state/navigation.ts'
import { classesIn } from '../styles/css.ts'
import { Brand } from './brand.tsx'
import { Notices } from './notices.tsx'
import styles from './page.module.css'

const css = classesIn(styles)

/** The first choice: try the service that comes with Curfew, or begin with a server of one's own. */
export function Welcome() {
  const [adding, setAdding] = useState(() => useTypedInstance.getState().instance !== undefined)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  const start = async () => {
    setBusy(true)
    setProblem(undefined)
    const outcome = await main().instances.startBuiltIn()
    if (outcome.ok) {
      await reloadInstances()
      goToInstance(outcome.value)
    } else setProblem(outcome.problem)
    setBusy(false)
  }

  if (adding)
    return (
      <main className={css('page')}>
        <div className={`${css('sheet')} ${css('wide')}`}>
          <Brand />
          <h1 className={css('title')}>Add an instance</h1>
          <AddInstanceForm onCancel={() => setAdding(false)} onAdded={goToInstance} />
        </div>
      </main>
    )
  return (
    <main className={css('page')}>
      <div className={`${css('sheet')} ${css('wide')}`}>
        <Brand />
        <h1 className={css('title')}>What would you like to administer?</h1>
        <p className={css('lead')}>You can do the other one later.</p>
        <div className={css('choices')}>
          <div className={css('choice')}>
            <p>
              Curfew brings a session service of its own. It runs on this computer only and is ready in a few
              seconds.
            </p>
            <Button onClick={() => void start()} loading={busy} autoFocus>
              Start with the built-in service
            </Button>
            {busy && (
              <p className="quiet" role="status">
                Starting the service…
              </p>
            )}
            {problem && <ProblemNotice problem={problem} />}
          </div>
          <div className={css('choice')}>
            <p>You already run a server: give its address and an account that may administer it.</p>
            <Button variant="default" onClick={() => setAdding(true)} disabled={busy}>
              Add an instance
            </Button>
          </div>
        </div>
      </div>
      <Notices floating />
    </main>
  )
}
