import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { IconEye, IconEyeOff } from '@tabler/icons-react'
import { useState } from 'react'
import { type ConfigReading, mayBeSecret } from '../../../domain/config.ts'
import type { InstanceId } from '../../../domain/instance.ts'
import { classesIn } from '../../styles/css.ts'
import { type EntryEditor, reveal } from './entry-editor.ts'
import { type EntryFaults, type EntryForm, keysOf, knownKey, meaningOf, nameIn, other } from './entry-form.ts'
import styles from './system-config.module.css'

const css = classesIn(styles)

interface EntryFieldsProps {
  readonly instance: InstanceId
  readonly draft: NonNullable<EntryEditor['draft']>
  readonly catalogue: Pick<ConfigReading, 'types' | 'keys'>
  /** Whether the stored value was revealed. */
  readonly revealed: boolean
  readonly faults: EntryFaults
  readonly readOnly: boolean
  readonly onChange: (form: EntryForm) => void
}

/** Type and key are chosen once; afterwards only the value changes. */
export function EntryFields(props: EntryFieldsProps) {
  const { draft } = props
  return (
    <>
      {draft.basis ? (
        <dl className={css('facts')}>
          <dt>Config Type</dt>
          <dd>
            <bdi>{draft.basis.type}</bdi>
          </dd>
          <dt>Key</dt>
          <dd>
            <bdi>{draft.basis.key}</bdi>
          </dd>
        </dl>
      ) : (
        <NameFields {...props} />
      )}
      <ValueField {...props} />
    </>
  )
}

function NameFields({ draft: { form }, catalogue, faults, onChange }: EntryFieldsProps) {
  const listed = keysOf(nameIn(form, catalogue).type, catalogue)
  const typesKey = listed.length === 0 || form.key === other
  const fault = (message: string | undefined) => ({ error: message, errorProps: { role: 'alert' } })
  return (
    <>
      <NativeSelect
        label="Config Type"
        name={form.type === other ? undefined : 'type'}
        data={[
          ...catalogue.types.map((type) => ({ value: type, label: type })),
          { value: other, label: 'Other' },
        ]}
        value={form.type}
        onChange={(event) => onChange({ ...form, type: event.currentTarget.value, key: '' })}
      />
      {form.type === other && (
        <TextInput
          label="Other type"
          name="type"
          maxLength={100}
          spellCheck={false}
          autoComplete="off"
          value={form.otherType}
          onChange={(event) => onChange({ ...form, otherType: event.currentTarget.value })}
          {...fault(faults.type)}
        />
      )}
      {listed.length > 0 && (
        <NativeSelect
          label="Key"
          name={typesKey ? undefined : 'key'}
          data={[
            { value: '', label: 'Choose a key', disabled: true },
            ...listed.map(({ key, label }) => ({ value: key, label })),
            { value: other, label: 'Other key' },
          ]}
          value={form.key}
          onChange={(event) => onChange({ ...form, key: event.currentTarget.value })}
          {...(!typesKey && fault(faults.key))}
        />
      )}
      {typesKey && (
        <TextInput
          label={listed.length > 0 ? 'Other key' : 'Key'}
          name="key"
          maxLength={200}
          spellCheck={false}
          autoComplete="off"
          value={form.otherKey}
          onChange={(event) => onChange({ ...form, otherKey: event.currentTarget.value })}
          {...fault(faults.key)}
        />
      )}
    </>
  )
}

function ValueField({ instance, draft, catalogue, revealed, faults, readOnly, onChange }: EntryFieldsProps) {
  const { basis, form } = draft
  const [shown, setShown] = useState(false)
  const name = nameIn(form, catalogue)
  const known = knownKey(name, catalogue)
  const secret = !known && mayBeSecret({ ...name, value: form.value })
  const common = {
    label: 'Value',
    name: 'value',
    spellCheck: false,
    autoComplete: 'off',
    readOnly,
    value: form.value,
    error: faults.value,
    errorProps: { role: 'alert' },
  } as const
  if (known)
    return (
      <TextInput
        {...common}
        classNames={{ input: 'numbers' }}
        description={known.description}
        inputMode="numeric"
        rightSection={<span className="quiet">{known.unit}</span>}
        rightSectionWidth={72}
        inputContainer={(input) => (
          <>
            {input}
            <p className="quiet">{meaningOf(known, form.value) ?? '\u00a0'}</p>
          </>
        )}
        onChange={(event) => onChange({ ...form, value: event.currentTarget.value })}
      />
    )
  const isKept = basis?.value === null && !revealed
  return (
    <>
      <Textarea
        {...common}
        className={secret && !shown && !revealed ? css('hidden') : undefined}
        autosize
        minRows={secret ? 1 : 2}
        maxRows={12}
        maxLength={20_000}
        placeholder={isKept ? 'Not shown. What you type replaces it.' : undefined}
        onChange={(event) => onChange({ ...form, value: event.currentTarget.value })}
      />
      {secret && (
        <div className={css('reveal')}>
          <p className="quiet">
            This may be a secret: Curfew shows it only when you ask, and keeps it nowhere.
          </p>
          {isKept && form.value === '' ? (
            <Button
              variant="default"
              leftSection={<IconEye size={16} stroke={1.75} aria-hidden />}
              onClick={() => void reveal(instance, draft)}
            >
              Reveal
            </Button>
          ) : (
            !revealed && (
              <Button
                variant="default"
                leftSection={
                  shown ? (
                    <IconEyeOff size={16} stroke={1.75} aria-hidden />
                  ) : (
                    <IconEye size={16} stroke={1.75} aria-hidden />
                  )
                }
                onClick={() => setShown(!shown)}
              >
                {shown ? 'Hide' : 'Show'}
              </Button>
            )
          )}
        </div>
      )}
    </>
  )
}
