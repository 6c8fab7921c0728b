import { Checkbox, Switch } from '@mantine/core'
import type { PolicyReading } from '../../../domain/policy.ts'
import type { PolicyField } from '../../../domain/policy-fields.ts'
import { fieldName } from '../../../domain/policy-words.ts'
import { classesIn } from '../../styles/css.ts'
import { LengthControl } from './length-control.tsx'
import type { Evaluation, FieldForm, FormFaults, PolicyForm } from './policy-form.ts'
import styles from './security.module.css'
import { Unsupported } from './unsupported.tsx'

const css = classesIn(styles)

export interface FieldControlProps {
  readonly field: PolicyField
  /** The whole catalogue: rules that depend on this one stand below it. */
  readonly fields: readonly PolicyField[]
  readonly form: PolicyForm
  readonly basis: PolicyReading
  readonly evaluation: Evaluation
  readonly faults: FormFaults
  readonly place: 'first' | 'below' | 'below-switch' | 'nested'
  readonly onEdit: (form: PolicyForm) => void
}

/** One rule of the catalogue, and the rules that depend on it. */
export function FieldControl(props: FieldControlProps) {
  const { field, fields, form, basis, evaluation, faults, place, onEdit } = props
  const [typed, served] = [form[field.id], basis.fields[field.id]]
  if (!typed || !served) return field.expected ? <Unsupported rule={field.label} /> : null
  const onChange = (next: FieldForm) => onEdit({ ...form, [field.id]: next })
  const fault = faults[field.id]
  const parent = fields.find(({ id }) => id === served.inheritsFrom)
  const length = field.kind === 'limit' && (
    <LengthControl
      field={field}
      served={served}
      inheritedName={parent && fieldName(parent, basis.fields[parent.id])}
      form={typed}
      seconds={evaluation.seconds[field.id]}
      fault={fault}
      onChange={onChange}
    />
  )
  const dependents = fields
    .filter((other) => other.dependsOn === field.id && other.section === field.section)
    .filter((other) => other.expected || basis.fields[other.id])
    .map((other) => <FieldControl key={other.id} {...props} field={other} place="nested" />)
  const note = served.note && <p className="quiet">{served.note}</p>

  if (field.kind === 'limit' && !served.canBeOff)
    return (
      <div className={css(place)}>
        {length}
        {note}
        {dependents}
      </div>
    )
  const said = {
    label: (field.kind === 'switch' && (served.name ?? field.control)) || field.label,
    description: field.help,
    checked: typed.on,
  }
  return (
    <>
      {place === 'nested' ? (
        <Checkbox
          mt="lg"
          {...said}
          onChange={(event) => onChange({ ...typed, on: event.currentTarget.checked })}
        />
      ) : (
        <Switch
          className={css(place === 'first' ? 'first' : 'below')}
          {...said}
          onChange={(event) => onChange({ ...typed, on: event.currentTarget.checked })}
        />
      )}
      {note}
      {typed.on
        ? (length || dependents.length > 0) && (
            <div className={css('dependent')}>
              {length}
              {dependents}
            </div>
          )
        : fault && (
            <p className={css('fault')} role="alert">
              {fault}
            </p>
          )}
    </>
  )
}
