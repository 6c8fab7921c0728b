import { Checkbox } from '@mantine/core'
import type { Resealing } from '../../../domain/lock.ts'
import { useLock } from '../../state/lock-store.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './settings.module.css'

const css = classesIn(styles)

const what: Readonly<Record<Resealing['what'], string>> = {
  passwords: 'passwords',
  reports: 'reports',
  notices: 'notices seen',
  drafts: 'what you have typed',
}

/** How far sealing everything with a new key has come, in words; nothing while there is nothing to do. */
export function useResealingWords(): string {
  const resealing = useLock(({ state }) => (state?.status === 'unlocked' ? state.resealing : undefined))
  if (!resealing) return ''
  return `Sealing with the new key: ${what[resealing.what]}, ${resealing.done} of ${resealing.of} done…`
}

interface ReplaceKeyProps {
  readonly checked: boolean
  readonly disabled: boolean
  readonly onChange: (checked: boolean) => void
}

/** Whether a passphrase change makes a new key too, and how far that has come. */
export function ReplaceKey({ checked, disabled, onChange }: ReplaceKeyProps) {
  const words = useResealingWords()
  return (
    <div>
      <Checkbox
        label="Also replace the key that everything is sealed with"
        description="For when somebody may have had your old passphrase and a copy of the keychain: with both they could open what is sealed later, too."
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <p className={css('resealing')} role="status">
        {words}
      </p>
    </div>
  )
}
