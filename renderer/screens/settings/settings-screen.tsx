import { Button, NativeSelect } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import type { Problem } from '../../../domain/problem.ts'
import type { Settings } from '../../../domain/settings.ts'
import { ForgetEverything } from '../../components/forget-everything.tsx'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { setTheme } from '../../state/appearance.ts'
import { answerOf, main, problemOf } from '../../state/calls.ts'
import { keys } from '../../state/keys.ts'
import { classesIn } from '../../styles/css.ts'
import { ChangePassphrase } from './change-passphrase.tsx'
import { InstanceSettings } from './instance-settings.tsx'
import { LockSettings, setByOrganisation } from './lock-settings.tsx'
import styles from './settings.module.css'
import { UpdateSettings } from './update-settings.tsx'

const css = classesIn(styles)

/** *Settings*: the app's own. Each is saved as soon as it is changed. */
export function SettingsScreen() {
  const client = useQueryClient()
  const { data, error } = useQuery({
    queryKey: keys.settings,
    queryFn: () => answerOf(main().settings.read()),
    staleTime: 0,
  })
  const [problem, setProblem] = useState<Problem>()
  const [savedAt, setSavedAt] = useState(0)
  const [forgetting, setForgetting] = useState(false)

  const save = async (change: Partial<Settings>) => {
    setProblem(undefined)
    const outcome = await main().settings.write(change)
    if (!outcome.ok) {
      await client.invalidateQueries({ queryKey: keys.settings })
      return setProblem(outcome.problem)
    }
    client.setQueryData(keys.settings, outcome.value)
    setTheme(outcome.value.settings.theme)
    setSavedAt(Date.now())
  }

  const themeIsFixed = data?.fixed.includes('theme') ?? false
  return (
    <Screen
      title="Settings"
      lead="Of this app on this computer. Each is saved as soon as you change it."
      aside={
        <p key={savedAt} className={css('saved')} role="status">
          {savedAt > 0 ? 'Saved.' : ''}
        </p>
      }
    >
      <div className={css('settings')}>
        {error && <ProblemNotice problem={problemOf(error)} />}
        {problem && <ProblemNotice problem={problem} />}
        {data && (
          <>
            <Section title="Lock">
              <LockSettings reading={data} onChange={(change) => void save(change)} />
            </Section>
            <Section title="Passphrase">
              <ChangePassphrase />
            </Section>
            <Section title="Appearance">
              <NativeSelect
                className={css('theme')}
                label="Theme"
                {...(themeIsFixed && { description: setByOrganisation })}
                disabled={themeIsFixed}
                value={data.settings.theme}
                onChange={(event) => void save({ theme: event.currentTarget.value as Settings['theme'] })}
                data={[
                  { value: 'system', label: 'As the system' },
                  { value: 'light', label: 'Light' },
                  { value: 'dark', label: 'Dark' },
                ]}
              />
            </Section>
            <Section title="Updates">
              <UpdateSettings reading={data} onChange={(change) => void save(change)} />
            </Section>
          </>
        )}
        <Section title="Instances">
          <InstanceSettings />
        </Section>
        <Section title="Forget everything">
          <p className="quiet">
            Deletes the passphrase, every stored password and the list of instances from this computer.
          </p>
          <div className={css('act')}>
            <Button color="danger" variant="outline" onClick={() => setForgetting(true)}>
              Forget everything…
            </Button>
          </div>
          <ForgetEverything opened={forgetting} onCancel={() => setForgetting(false)} />
        </Section>
      </div>
    </Screen>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const heading = useId()
  return (
    <section className={css('section')} aria-labelledby={heading}>
      <h2 id={heading} className={css('heading')}>
        {title}
      </h2>
      {children}
    </section>
  )
}
