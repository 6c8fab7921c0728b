import { Button, Checkbox, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { InstanceId } from '../../../domain/instance.ts'
import type { Problem } from '../../../domain/problem.ts'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { TypedIsBack } from '../../components/typed-is-back.tsx'
import { main } from '../../state/calls.ts'
import { keepDraft } from '../../state/drafts.ts'
import { reloadInstances } from '../../state/instances.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './add-instance-form.module.css'
import { ColourField } from './colour-field.tsx'
import {
  emptyForm,
  faultsOfMain,
  fieldOfProblem,
  type NewInstanceFaults,
  type NewInstanceForm,
  readForm,
} from './new-instance-form.ts'
import { forgetTypedInstance, useTypedInstance } from './typed-instance.ts'

const css = classesIn(styles)

interface AddInstanceFormProps {
  readonly onCancel: () => void
  readonly onAdded: (instance: InstanceId) => void
}

/** Where a server is, what to call it, and the account to administer it with. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one form with its state and its markup; not split yet.
export function AddInstanceForm({ onCancel, onAdded }: AddInstanceFormProps) {
  const [before] = useState(() => useTypedInstance.getState().instance)
  const [form, setForm] = useState<NewInstanceForm>({ ...emptyForm, ...before })
  const [faults, setFaults] = useState<NewInstanceFaults>({})
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)
  const abandoned = useRef(false)
  const element = useRef<HTMLFormElement>(null)

  useEffect(() => {
    const { password: _, ...draft } = form
    const typed = Object.values(draft).some((value, at) => value !== Object.values(emptyForm)[at])
    keepDraft({ what: 'add-instance' }, typed ? draft : undefined)
  }, [form])
  useEffect(
    () => () => {
      forgetTypedInstance()
      keepDraft({ what: 'add-instance' }, undefined)
    },
    [],
  )

  const cancel = () => {
    abandoned.current = true
    onCancel()
  }

  const set = (change: Partial<NewInstanceForm>) => {
    setForm((before) => ({ ...before, ...change }))
    setFaults((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in change))))
    setProblem(undefined)
  }
  const text = (field: 'baseUrl' | 'name' | 'environment' | 'username' | 'password') => ({
    name: field,
    value: form[field],
    onChange: (event: { readonly currentTarget: HTMLInputElement }) =>
      set({ [field]: event.currentTarget.value }),
    error: faults[field],
    errorProps: { role: 'alert' },
  })
  const showFaults = (found: NewInstanceFaults) => {
    setFaults(found)
    const first = Object.keys(emptyForm).find((field) => field in found)
    element.current?.querySelector<HTMLInputElement>(`input[name="${first}"]`)?.focus()
  }

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    const read = readForm(form)
    if ('faults' in read) return showFaults(read.faults)
    setBusy(true)
    setProblem(undefined)
    const outcome = await main().instances.add(read.instance)
    if (abandoned.current) {
      if (outcome.ok) await main().instances.remove({ instance: outcome.value })
      return
    }
    setBusy(false)
    if (outcome.ok) {
      await reloadInstances()
      return onAdded(outcome.value)
    }
    const field = fieldOfProblem(outcome.problem)
    if (outcome.problem.code === 'invalid') showFaults(faultsOfMain(outcome.problem.errors))
    else if (field) showFaults({ [field]: outcome.problem.message })
    else setProblem(outcome.problem)
  }

  return (
    <form ref={element} className={css('form')} onSubmit={(event) => void submit(event)} noValidate>
      {before && <TypedIsBack />}
      <TextInput
        {...text('baseUrl')}
        label="Server address"
        description="As in the browser, without a page: https://sessions.example.com"
        inputMode="url"
        spellCheck={false}
        autoComplete="off"
        autoFocus
      />
      <div className={css('pair')}>
        <TextInput {...text('name')} label="Name" description="As you call it." autoComplete="off" />
        <TextInput
          {...text('environment')}
          label="Environment"
          description="Such as Production or Test. Optional."
          autoComplete="off"
        />
      </div>
      <ColourField value={form.colour} onChange={(colour) => set({ colour })} />
      <div className={css('pair')}>
        <TextInput
          {...text('username')}
          label="User name"
          description="An account that may administer the server."
          autoComplete="off"
          spellCheck={false}
        />
        <PasswordInput
          {...text('password')}
          label="Password"
          description="Kept in the operating system’s keychain only."
          autoComplete="off"
          maxLength={1024}
          visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed', tabIndex: 0 }}
        />
      </div>
      <Checkbox
        name="pinCertificate"
        checked={form.pinCertificate}
        onChange={(event) => set({ pinCertificate: event.currentTarget.checked })}
        label="Pin this server’s certificate"
        description="Curfew shows you the fingerprint of what the server presents before it sends anything, and from then on talks to nobody who shows another. The certificate has to be one that this computer trusts all the same."
      />
      {problem && <ProblemNotice problem={problem} />}
      <div className={css('actions')}>
        <p className={css('progress')} role="status">
          {busy ? `Connecting to ${form.baseUrl.trim()} and signing in…` : ''}
        </p>
        <Button variant="default" onClick={cancel}>
          Cancel
        </Button>
        <Button type="submit" loading={busy}>
          Add instance
        </Button>
      </div>
    </form>
  )
}
