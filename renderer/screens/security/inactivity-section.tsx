import { Checkbox, NativeSelect, Switch, TextInput } from '@mantine/core'
import { useId } from 'react'
import { type DurationUnit, formatDuration } from '../../../domain/duration.ts'
import type { PolicyReading } from '../../../domain/policy.ts'
import {
  customLimit,
  customUnits,
  type Evaluation,
  echoOf,
  type FormFaults,
  offeredLimits,
  type PolicyForm,
  withLimit,
} from '../../state/policy-form.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './security.module.css'
import { Unsupported } from './unsupported.tsx'

const css = classesIn(styles)

/** What both sections of the form work on. */
export interface SectionProps {
  readonly form: PolicyForm
  readonly basis: PolicyReading
  readonly evaluation: Evaluation
  readonly faults: FormFaults
  readonly onEdit: (form: PolicyForm) => void
}

/** *Session timeout*: K2, K3 and O1, which are one rule. */
export function InactivitySection({ form, basis, evaluation, faults, onEdit }: SectionProps) {
  const heading = useId()
  return (
    <section className={css('section')} aria-labelledby={heading}>
      <h2 id={heading} className={css('heading')}>
        Session timeout
      </h2>
      {basis.value.idleTimeout ? (
        <>
          <Switch
            label="Automatically sign out inactive users"
            description="Whoever does nothing for the limit is signed out, and the next page they open is the sign-in page."
            checked={form.idleEnabled}
            onChange={(event) => onEdit({ ...form, idleEnabled: event.currentTarget.checked })}
          />
          {form.idleEnabled ? (
            <LimitFields form={form} basis={basis} evaluation={evaluation} faults={faults} onEdit={onEdit} />
          ) : (
            faults.idle && (
              <p className={css('fault')} role="alert">
                {faults.idle}
              </p>
            )
          )}
        </>
      ) : (
        <Unsupported rule="Automatically sign out inactive users" />
      )}
    </section>
  )
}

function LimitFields({ form, basis, evaluation, faults, onEdit }: SectionProps) {
  const units = customUnits(basis)
  const custom = form.limit === customLimit
  const echo = evaluation.idleSeconds === undefined ? undefined : echoOf(evaluation.idleSeconds)
  const unitInWords = units.length === 1 ? `in ${units[0]}` : 'in minutes'
  return (
    <div className={css('dependent')}>
      <div className={css('limit')}>
        <NativeSelect
          className={css('list')}
          label="Timeout limit"
          description={custom ? undefined : echo}
          value={form.limit}
          onChange={(event) => onEdit(withLimit(form, event.currentTarget.value))}
          error={!custom && faults.idle}
          data={[
            ...offeredLimits(basis).map((limit) => ({
              value: String(limit),
              label: limit === 86_400 ? '24 hours' : formatDuration(limit),
            })),
            { value: customLimit, label: `Custom (${unitInWords})` },
          ]}
        />
        {custom && (
          <>
            <TextInput
              className={css('amount')}
              classNames={{ input: 'numbers' }}
              label="Custom limit"
              inputMode="numeric"
              autoComplete="off"
              value={form.customAmount}
              onChange={(event) => onEdit({ ...form, customAmount: event.currentTarget.value })}
              error={Boolean(faults.idle)}
              aria-describedby="idle-echo"
            />
            <NativeSelect
              className={css('unit')}
              label="Unit"
              value={form.customUnit}
              onChange={(event) => onEdit({ ...form, customUnit: event.currentTarget.value as DurationUnit })}
              data={[...units]}
            />
          </>
        )}
      </div>
      {custom && <Echo id="idle-echo" echo={echo} fault={faults.idle} />}
      {basis.value.idleAppliesToRemembered === undefined ? (
        <Unsupported rule="Also sign out remembered sessions that are inactive" />
      ) : (
        <Checkbox
          mt="lg"
          label="Also sign out remembered sessions that are inactive"
          description="Off: whoever chose “Remember me” stays signed in while inactive, up to the maximum below."
          checked={form.idleAppliesToRemembered}
          onChange={(event) => onEdit({ ...form, idleAppliesToRemembered: event.currentTarget.checked })}
        />
      )}
    </div>
  )
}

function Echo(props: {
  readonly id: string
  readonly echo: string | undefined
  readonly fault: string | undefined
}) {
  return (
    <p
      id={props.id}
      className={props.fault ? css('fault') : css('echo')}
      role={props.fault ? 'alert' : undefined}
    >
      {props.fault ?? props.echo}
    </p>
  )
}
