import { Switch, TextInput } from '@mantine/core'
import { useId } from 'react'
import { formatDuration } from '../../../domain/duration.ts'
import { echoOf, maximumUnit } from '../../state/policy-form.ts'
import { classesIn } from '../../styles/css.ts'
import type { SectionProps } from './inactivity-section.tsx'
import styles from './security.module.css'
import { Unsupported } from './unsupported.tsx'

const css = classesIn(styles)

/** *Remember me*: O2. */
export function RememberSection({ form, basis, evaluation, faults, onEdit }: SectionProps) {
  const heading = useId()
  const unit = maximumUnit(basis)
  const { maximumSeconds } = evaluation
  const meaning =
    maximumSeconds === undefined
      ? ''
      : unit === 'seconds'
        ? `${echoOf(maximumSeconds)}. `
        : `${formatDuration(maximumSeconds)}. `
  return (
    <section className={css('section')} aria-labelledby={heading}>
      <h2 id={heading} className={css('heading')}>
        Remember me
      </h2>
      {basis.value.rememberMe ? (
        <>
          <Switch
            label="Let people stay signed in with “Remember me”"
            description="Off: the sign-in page does not offer it."
            checked={form.rememberEnabled}
            onChange={(event) => onEdit({ ...form, rememberEnabled: event.currentTarget.checked })}
          />
          <TextInput
            className={css('maximum')}
            classNames={{ input: 'numbers' }}
            label="Maximum Session Duration"
            description={`${meaning}The longest anyone stays signed in, remembered or not.`}
            inputMode="numeric"
            autoComplete="off"
            rightSection={<span className="quiet">{unit}</span>}
            rightSectionWidth={72}
            value={form.maximum}
            onChange={(event) => onEdit({ ...form, maximum: event.currentTarget.value })}
            error={faults.maximum}
            errorProps={{ role: 'alert' }}
          />
        </>
      ) : (
        <Unsupported rule="Remember me and Maximum Session Duration" />
      )}
    </section>
  )
}
