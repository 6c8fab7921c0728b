import { useId } from 'react'
import {
  type PolicyField,
  type PolicySection,
  policyFields,
  policySections,
} from '../../../domain/policy-fields.ts'
import { classesIn } from '../../styles/css.ts'
import { FieldControl, type FieldControlProps } from './field-control.tsx'
import styles from './security.module.css'

const css = classesIn(styles)

const sections = Object.keys(policySections) as PolicySection[]

type PolicySectionsProps = Omit<FieldControlProps, 'field' | 'place' | 'fields'> & {
  readonly fields?: readonly PolicyField[]
}

/** The rules of a server, section by section: those that it has, and word of those that one would look for. */
export function PolicySections({ fields = policyFields, ...rest }: PolicySectionsProps) {
  return sections.map((section) => {
    const own = fields.filter((field) => field.section === section)
    const shown = own.filter(({ id, expected }) => expected || rest.basis.fields[id])
    if (shown.length === 0) return null
    return <Section key={section} section={section} own={own} fields={fields} {...rest} />
  })
}

/** Below the switch of its section a rule stands in line with the switch's label. */
function placeOf(before: readonly PolicyField[]): FieldControlProps['place'] {
  if (before.length === 0) return 'first'
  return before.some(({ kind }) => kind === 'switch') ? 'below-switch' : 'below'
}

function Section({
  section,
  own,
  ...rest
}: Omit<FieldControlProps, 'field' | 'place'> & {
  readonly section: PolicySection
  readonly own: readonly PolicyField[]
}) {
  const heading = useId()
  // What depends on another rule of the section stands below that one.
  const roots = own.filter(({ dependsOn }) => !own.some(({ id }) => id === dependsOn))
  return (
    <section className={css('section')} aria-labelledby={heading}>
      <h2 id={heading} className={css('heading')}>
        {policySections[section]}
      </h2>
      {roots.map((field, at) => (
        <FieldControl
          key={field.id}
          {...rest}
          field={field}
          place={placeOf(roots.slice(0, at).filter(({ id }) => rest.basis.fields[id]))}
        />
      ))}
    </section>
  )
}
