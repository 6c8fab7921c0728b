import { Button, NativeSelect, Switch, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import { autoLockMinutes } from '../../../domain/lock.ts'
import type { Problem } from '../../../domain/problem.ts'
import type { Settings } from '../../../domain/settings.ts'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { setTheme } from '../../state/appearance.ts'
import { answerOf, problemOf } from '../../state/curfew.ts'
import { readLockState } from '../../state/lock-store.ts'
import { classesIn } from '../../styles/css.ts'
import { InstanceSettings } from './instance-settings.tsx'
import styles from './settings.module.css'

const css = classesIn(styles)
const key = ['app', 'settings'] as const

/** *Settings*: the app's own. Each is saved as soon as it is changed. */
export function SettingsScreen() {
  const client = useQueryClient()
  const { data, error } = useQuery({
    queryKey: key,
    queryFn: () => answerOf(window.curfew.settings.read()),
  })
  const [problem, setProblem] = useState<Problem>()
  const [savedAt, setSavedAt] = useState(0)

  const save = async (change: Partial<Settings>) => {
    setProblem(undefined)
    const outcome = await window.curfew.settings.write(change)
    if (!outcome.ok) return setProblem(outcome.problem)
    client.setQueryData(key, outcome.value)
    setTheme(outcome.value.theme)
    setSavedAt(Date.now())
    await readLockState()
  }

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
              <AutoLock
                minutes={data.autoLockMinutes}
                onChange={(minutes) => void save({ autoLockMinutes: minutes })}
              />
              <Switch
                label="Lock when the computer goes to sleep"
                checked={data.lockOnSuspend}
                onChange={(event) => void save({ lockOnSuspend: event.currentTarget.checked })}
              />
              <Switch
                label="Lock when the screen is locked"
                checked={data.lockOnScreenLock}
                onChange={(event) => void save({ lockOnScreenLock: event.currentTarget.checked })}
              />
              <Switch
                label="Lock when the window is minimised"
                checked={data.lockOnMinimise}
                onChange={(event) => void save({ lockOnMinimise: event.currentTarget.checked })}
              />
            </Section>
            <Section title="Appearance">
              <NativeSelect
                className={css('theme')}
                label="Theme"
                value={data.theme}
                onChange={(event) => void save({ theme: event.currentTarget.value as Settings['theme'] })}
                data={[
                  { value: 'system', label: 'As the system' },
                  { value: 'light', label: 'Light' },
                  { value: 'dark', label: 'Dark' },
                ]}
              />
            </Section>
          </>
        )}
        <Section title="Instances">
          <InstanceSettings />
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

function AutoLock(props: { readonly minutes: number; readonly onChange: (minutes: number) => void }) {
  const [typed, setTyped] = useState(String(props.minutes))
  const { min, max } = autoLockMinutes
  const minutes = /^\d{1,4}$/.test(typed.trim()) ? Number(typed) : undefined
  const valid = minutes !== undefined && minutes >= min && minutes <= max
  const changed = minutes !== props.minutes
  return (
    <form
      className={css('autoLock')}
      onSubmit={(event) => {
        event.preventDefault()
        if (valid && changed) props.onChange(minutes)
      }}
    >
      <TextInput
        className={css('minutes')}
        label="Lock after minutes without activity"
        description="Activity is input in this window; work in other programs does not count."
        inputMode="numeric"
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => valid && changed && props.onChange(minutes)}
        error={!valid && `Type a whole number of minutes from ${min} to ${max}.`}
        errorProps={{ role: 'alert' }}
      />
      {valid && changed && (
        <Button type="submit" variant="default" className={css('saveMinutes')}>
          Save
        </Button>
      )}
    </form>
  )
}
