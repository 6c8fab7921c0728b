import { Button, PasswordInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { InstanceState, SignInReason } from '../../domain/instance.ts'
import type { Problem } from '../../domain/problem.ts'
import { formatInstant } from '../components/connection-words.ts'
import { Notice } from '../components/notice.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { main } from '../state/calls.ts'
import { connectAgain, useIsSomethingShown } from '../state/instances.ts'
import { classesIn } from '../styles/css.ts'
import styles from './instance-banner.module.css'

const css = classesIn(styles)

/** What keeps an instance from being administered, and the way back. */
export function InstanceBanner({ current }: { readonly current: InstanceState }) {
  const { instance, connection } = current
  if (connection.status === 'offline')
    return (
      <section className={css('banner')} aria-label="Connection">
        <OfflineBanner current={current} since={connection.since} detail={connection.detail} />
      </section>
    )
  if (connection.status === 'sign-in-needed')
    return (
      <section className={css('banner')} aria-label="Connection">
        <SignInBanner
          current={current}
          why={connection.why}
          detail={connection.detail}
          key={`${instance.id} ${connection.why}`}
        />
      </section>
    )
  return null
}

function OfflineBanner(props: {
  readonly current: InstanceState
  readonly since: string
  readonly detail: string
}) {
  const { instance } = props.current
  const isSomethingShown = useIsSomethingShown(instance.id)
  const [busy, setBusy] = useState(false)
  const retry = async () => {
    setBusy(true)
    await connectAgain(instance.id)
    setBusy(false)
  }
  return (
    <Notice
      tone="offline"
      title={`Offline since ${formatInstant(props.since)}`}
      role="status"
      actions={
        <Button variant="default" onClick={() => void retry()} loading={busy}>
          Retry
        </Button>
      }
    >
      {props.detail || `${instance.name} can’t be reached.`}
      {isSomethingShown && ' What is shown is what was last read.'}
    </Notice>
  )
}

function SignInBanner(props: {
  readonly current: InstanceState
  readonly why: SignInReason
  readonly detail: string
}) {
  const { instance } = props.current
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const keychainFails = props.why === 'keychain-locked' || props.why === 'keychain-unavailable'
  const another = props.why === 'another-server'
  const changed = props.why === 'changed-outside'
  const mustType =
    another ||
    changed ||
    props.why === 'credentials-refused' ||
    props.why === 'password-needed' ||
    problem?.code === 'invalid-credentials' ||
    problem?.code === 'password-needed'
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(undefined)
    if (props.why === 'keychain-locked') await main().lock.openKeychain()
    const outcome = await connectAgain(instance.id, mustType ? password : undefined, another || changed)
    setBusy(false)
    if (!outcome.ok) setProblem(outcome.problem)
  }
  const putBack = async () => {
    setProblem(undefined)
    const outcome = await main().instances.putBack({ instance: instance.id })
    if (!outcome.ok) setProblem(outcome.problem)
  }
  return (
    <Notice
      tone="warning"
      title={
        keychainFails
          ? `Curfew can’t read the password of ${instance.name}`
          : another
            ? `This is not the server that was added as ${instance.name}`
            : changed
              ? `${instance.name} was changed outside Curfew`
              : `Sign in to ${instance.name} again`
      }
      actions={
        another ? (
          <Button variant="default" onClick={() => void connectAgain(instance.id)}>
            Look again
          </Button>
        ) : (
          changed && (
            <Button variant="default" onClick={() => void putBack()}>
              Put back as it was
            </Button>
          )
        )
      }
    >
      <p>{signInWords(props.why, props.detail, instance.username, mustType)}</p>
      <form className={css('signIn')} onSubmit={(event) => void submit(event)}>
        {mustType && (
          <PasswordInput
            className={css('password')}
            label="Password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="off"
            maxLength={1024}
            visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed', tabIndex: 0 }}
          />
        )}
        <Button type="submit" loading={busy} disabled={mustType && password === ''}>
          {actionWords(props.why)}
        </Button>
      </form>
      {problem && <ProblemNotice problem={problem} />}
    </Notice>
  )
}

function actionWords(why: SignInReason): string {
  switch (why) {
    case 'keychain-locked':
      return 'Unlock the keychain'
    case 'keychain-unavailable':
      return 'Try again'
    case 'another-server':
      return 'Use this server'
    case 'changed-outside':
      return 'Use it as it is now'
    default:
      return 'Sign in'
  }
}

function signInWords(why: SignInReason, detail: string, username: string, mustType: boolean): string {
  const typeIt = `Type the password of ${username}; it is kept in the keychain once it works.`
  switch (why) {
    case 'session-ended':
      return mustType
        ? `Curfew’s session on this instance has ended. ${typeIt}`
        : `Curfew’s session on this instance has ended. It can sign in as ${username} with the stored password.`
    case 'credentials-refused':
      return `The stored password was refused. ${typeIt}`
    case 'password-needed':
      return `${detail} It is kept in the keychain once it works.`
    case 'another-server':
      return `${detail} If it was set up anew and is the right one, type the password of ${username} there. If you don’t know why, type nothing and ask whoever runs it.`
    case 'changed-outside':
      return `${detail} If you don’t know who changed it, put it back. If it is right as it is now, type the password of ${username} for it.`
    case 'sign-in-failed':
      return `${detail} Curfew does not send the password again by itself.`
    case 'keychain-locked':
    case 'keychain-unavailable':
      return detail
  }
}
