import { Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { useId } from 'react'
import { type DurationUnit, formatDuration, type Seconds } from '../../../domain/duration.ts'
import type { FieldReading } from '../../../domain/policy.ts'
import type { LimitField } from '../../../domain/policy-fields.ts'
import { classesIn } from '../../styles/css.ts'
import { customLimit, echoOf, type FieldForm, offeredLengths, typedUnits, withChoice } from './policy-form.ts'
import styles from './security.module.css'

const css = classesIn(styles)

interface LengthControlProps {
  readonly field: LimitField
  readonly served: FieldReading
  /** What the limit is called whose length this one may have; absent where it needs one of its own. */
  readonly inheritedName: string | undefined
  readonly form: FieldForm
  /** What was typed, where it could be read. */
  readonly seconds: Seconds | undefined
  readonly fault: string | undefined
  readonly onChange: (form: FieldForm) => void
}

/** The length of a limit: chosen from a list (K3), typed in the server's unit (O2), or that of another limit. */
export function LengthControl(props: LengthControlProps) {
  const { field, served, inheritedName, form, fault, onChange } = props
  return (
    <>
      {inheritedName !== undefined && (
        <Checkbox
          label={`${labelOf(field, served)}: the same as ${inheritedName}`}
          checked={form.inherited}
          error={form.inherited && fault}
          onChange={(event) => onChange({ ...form, inherited: event.currentTarget.checked })}
        />
      )}
      {!form.inherited && (field.offered ? <ListedLength {...props} /> : <TypedLength {...props} />)}
    </>
  )
}

function labelOf(field: LimitField, { name, canBeOff }: FieldReading): string {
  if (name !== undefined) return name
  return canBeOff || field.offered ? (field.length ?? field.label) : field.label
}

/** In the server's unit, with what it means. */
function TypedLength({ field, served, form, seconds, fault, onChange }: LengthControlProps) {
  const meaning =
    seconds === undefined
      ? ''
      : form.unit === 'seconds'
        ? `${echoOf(seconds)}. `
        : `${formatDuration(seconds)}. `
  return (
    <TextInput
      className={css('length')}
      classNames={{ input: 'numbers' }}
      label={labelOf(field, served)}
      description={`${meaning}${served.canBeOff ? '' : field.help}`}
      inputMode="numeric"
      autoComplete="off"
      rightSection={<span className="quiet">{form.unit}</span>}
      rightSectionWidth={72}
      value={form.amount}
      onChange={(event) => onChange({ ...form, amount: event.currentTarget.value })}
      error={fault}
      errorProps={{ role: 'alert' }}
    />
  )
}

/** K3: the named lengths, and *Custom*. */
function ListedLength({ field, served, form, seconds, fault, onChange }: LengthControlProps) {
  const echoId = useId()
  const units = typedUnits(field, served)
  const custom = form.choice === customLimit
  const echo = seconds === undefined ? undefined : echoOf(seconds)
  return (
    <>
      <div className={css('limit')}>
        <NativeSelect
          className={css('list')}
          label={labelOf(field, served)}
          description={custom ? undefined : echo}
          value={form.choice}
          onChange={(event) => onChange(withChoice(form, event.currentTarget.value))}
          error={!custom && fault}
          data={[
            ...offeredLengths(field, served).map((length) => ({
              value: String(length),
              label: length === 86_400 ? '24 hours' : formatDuration(length),
            })),
            { value: customLimit, label: `Custom (in ${units[0]})` },
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
              value={form.amount}
              onChange={(event) => onChange({ ...form, amount: event.currentTarget.value })}
              error={Boolean(fault)}
              aria-describedby={echoId}
            />
            <NativeSelect
              className={css('unit')}
              label="Unit"
              value={form.unit}
              onChange={(event) => onChange({ ...form, unit: event.currentTarget.value as DurationUnit })}
              data={[...units]}
            />
          </>
        )}
      </div>
      {custom && (
        <p id={echoId} className={css(fault ? 'fault' : 'echo')} role={fault ? 'alert' : undefined}>
          {fault ?? echo}
        </p>
      )}
      {!served.canBeOff && <p className="quiet">{field.help}</p>}
    </>
  )
}
