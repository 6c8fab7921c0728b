import { Button, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { autoLockMinutes } from '../../../domain/lock.ts'
import type { Settings } from '../../../domain/settings.ts'
import type { SettingsReading } from '../../../preload/contract/settings.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './settings.module.css'

const css = classesIn(styles)

/** Beside what an administrator has laid down for this computer. */
export const setByOrganisation = 'Set by your organisation.'

const switches = [
  {
    name: 'lockOnSystemIdle',
    label: 'Also lock when the computer is idle',
    description: 'When nothing was typed or moved anywhere on it for that long.',
  },
  { name: 'lockOnSuspend', label: 'Lock when the computer goes to sleep' },
  { name: 'lockOnScreenLock', label: 'Lock when the screen is locked' },
  { name: 'lockOnMinimise', label: 'Lock when the window is minimised' },
] as const

interface LockSettingsProps {
  readonly reading: SettingsReading
  readonly onChange: (change: Partial<Settings>) => void
}

/** When Curfew locks itself. */
export function LockSettings({ reading, onChange }: LockSettingsProps) {
  const { settings, fixed, mostAutoLockMinutes } = reading
  return (
    <>
      <AutoLock
        key={settings.autoLockMinutes}
        minutes={settings.autoLockMinutes}
        most={mostAutoLockMinutes}
        fixed={fixed.includes('autoLockMinutes')}
        onChange={(minutes) => onChange({ autoLockMinutes: minutes })}
      />
      {switches.map(({ name, label, ...more }) => {
        const isFixed = fixed.includes(name)
        const description = isFixed ? setByOrganisation : 'description' in more ? more.description : undefined
        return (
          <Switch
            key={name}
            label={label}
            {...(description && { description })}
            checked={settings[name]}
            disabled={isFixed}
            {...(isFixed && { classNames: { track: css('fixed') } })}
            onChange={(event) => onChange({ [name]: event.currentTarget.checked })}
          />
        )
      })}
    </>
  )
}

interface AutoLockProps {
  readonly minutes: number
  readonly most: number
  readonly fixed: boolean
  readonly onChange: (minutes: number) => void
}

function AutoLock(props: AutoLockProps) {
  const [typed, setTyped] = useState(String(props.minutes))
  const { min } = autoLockMinutes
  const bounded = props.most < autoLockMinutes.max
  const minutes = /^\d{1,4}$/.test(typed.trim()) ? Number(typed) : undefined
  const valid = minutes !== undefined && minutes >= min && minutes <= props.most
  const changed = minutes !== props.minutes
  const words = 'Activity is input in this window; work in other programs does not count.'
  const bound = ` Your organisation allows at most ${props.most} minutes.`
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
        description={props.fixed ? `${setByOrganisation} ${words}` : `${words}${bounded ? bound : ''}`}
        inputMode="numeric"
        autoComplete="off"
        disabled={props.fixed}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => valid && changed && props.onChange(minutes)}
        error={!valid && `Type a whole number of minutes from ${min} to ${props.most}.`}
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
