import { Button, Switch } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Settings } from '../../../domain/settings.ts'
import type { Release, UpdateState } from '../../../domain/update.ts'
import type { SettingsReading } from '../../../preload/contract/settings.ts'
import { Notice } from '../../components/notice.tsx'
import { main } from '../../state/calls.ts'
import { checkForUpdates, useUpdates } from '../../state/updates.ts'
import { classesIn } from '../../styles/css.ts'
import { setByOrganisation } from './lock-settings.tsx'
import styles from './settings.module.css'

const css = classesIn(styles)

interface UpdateSettingsProps {
  readonly reading: SettingsReading
  readonly onChange: (change: Partial<Settings>) => void
}

/** What version runs, and what became of looking for a newer one. */
export function UpdateSettings({ reading, onChange }: UpdateSettingsProps) {
  const state = useUpdates()
  if (!state) return null
  const { step, current, problem } = state
  const isFixed = reading.fixed.includes('checkForUpdates')
  return (
    <>
      <div className={css('update')}>
        <p role="status">
          Curfew {current} <span className="quiet">{wordsFor(state)}</span>
        </p>
        <Actions step={step} />
      </div>
      {problem !== null && (
        <Notice tone="warning" role="alert">
          {problem}
        </Notice>
      )}
      {'release' in step && <Notes release={step.release} />}
      {step.at !== 'off' && (
        <Switch
          label="Look for updates once a day"
          description={isFixed ? setByOrganisation : 'Nothing is downloaded until you say so.'}
          checked={reading.settings.checkForUpdates}
          disabled={isFixed}
          {...(isFixed && { classNames: { track: css('fixed') } })}
          onChange={(event) => onChange({ checkForUpdates: event.currentTarget.checked })}
        />
      )}
    </>
  )
}

function wordsFor({ step, checkedAt }: UpdateState): string {
  switch (step.at) {
    case 'off':
      return step.why === 'organisation'
        ? '· Your organisation has switched updates off.'
        : '· Updates come from where you got Curfew.'
    case 'idle':
      return checkedAt === null ? '· Not yet looked for updates' : '· Up to date'
    case 'checking':
      return '· Looking for updates…'
    case 'available':
      return step.size === undefined
        ? `· ${step.release.version} is available from where you got Curfew.`
        : `· ${step.release.version} is available.`
    case 'downloading':
      return `· Downloading ${step.release.version}: ${Math.floor((step.received / step.size) * 100)} %`
    case 'ready':
      return `· ${step.release.version} is downloaded. It is installed when you quit Curfew while it is unlocked.`
  }
}

function Actions({ step }: { readonly step: UpdateState['step'] }): ReactNode {
  const check = (
    <Button variant="default" onClick={checkForUpdates}>
      Check for updates
    </Button>
  )
  switch (step.at) {
    case 'idle':
      return check
    case 'available':
      return step.size === undefined ? (
        check
      ) : (
        <Button variant="default" onClick={() => void main().updates.download()}>
          Download ({Math.ceil(step.size / 1e6)} MB)
        </Button>
      )
    case 'downloading':
      return <Drop label="Stop the download" />
    case 'ready':
      return <Drop label="Don’t install it" />
    default:
      return null
  }
}

function Drop({ label }: { readonly label: string }) {
  return (
    <Button variant="default" onClick={() => void main().updates.cancel()}>
      {label}
    </Button>
  )
}

function Notes({ release: { version, notes } }: { readonly release: Release }) {
  if (notes === '') return null
  return (
    <details className={css('notes')}>
      <summary>What is new in {version}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it. */}
      <p className={css('notesText')} tabIndex={0}>
        {notes}
      </p>
    </details>
  )
}
