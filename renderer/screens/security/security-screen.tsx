import { IconBan, IconShieldOff } from '@tabler/icons-react'
import type { InstanceState } from '../../../domain/instance.ts'
import type { Problem } from '../../../domain/problem.ts'
import { may } from '../../../domain/rights.ts'
import { nameOf } from '../../../domain/user.ts'
import { BlankSlate } from '../../components/blank-slate.tsx'
import { ProblemSlate } from '../../components/problem-slate.tsx'
import { notSupported } from '../../components/problem-words.ts'
import { Screen } from '../../components/screen.tsx'
import { problemOf } from '../../state/calls.ts'
import { classesIn } from '../../styles/css.ts'
import { PolicyFormScreen } from './policy-form-screen.tsx'
import styles from './security.module.css'
import { usePolicy } from './use-policy.ts'

const css = classesIn(styles)

/** *Security*: how long people may stay signed in to one instance (K1–K4, O1, O2, B1). */
export function SecurityScreen({ current }: { readonly current: InstanceState }) {
  const { instance, connection } = current
  const connected = connection.status === 'connected' ? connection : undefined
  const refused = connected !== undefined && !may(connected.me, 'policy.read')
  const unsupported = connected !== undefined && !connected.capabilities.includes('policy.read')
  const { data, error, isFetching, refetch } = usePolicy(
    instance.id,
    !refused && !unsupported && connection.status !== 'connecting',
  )
  const problem = error ? problemOf(error) : undefined

  if (unsupported)
    return (
      <Screen title="Security">
        <BlankSlate icon={IconShieldOff} title={notSupported}>
          <p>{connected.serverName} has no session rules that Curfew can read.</p>
        </BlankSlate>
      </Screen>
    )
  if (refused || problem?.code === 'refused')
    return (
      <Screen title="Security">
        <Refusal
          name={instance.name}
          account={connected ? nameOf(connected.me) : instance.username}
          role={connected?.me.role}
          problem={problem}
        />
      </Screen>
    )
  if (data) return <PolicyFormScreen key={instance.id} current={current} reading={data} />
  if (problem)
    return (
      <Screen title="Security">
        <ProblemSlate problem={problem} busy={isFetching} onRetry={() => void refetch()} />
      </Screen>
    )
  return (
    <Screen title="Security">
      <div className={css('skeleton')} role="status" aria-label="Reading the session rules">
        {['40%', '70%', '55%', '100%', '45%'].map((width) => (
          <span key={width} style={{ width }} />
        ))}
      </div>
    </Screen>
  )
}

function Refusal(props: {
  readonly name: string
  readonly account: string
  readonly role: string | undefined
  readonly problem: Problem | undefined
}) {
  return (
    <BlankSlate icon={IconBan} title="Only Owners and Admins may see and change this" role="status">
      <p>
        The rule that signs people out is for Owners and Admins of the organisation. On {props.name} Curfew is
        signed in as {props.account}
        {props.role && `, whose role is ${props.role}`}.
      </p>
      <p>
        Ask an Owner or Admin of {props.name} to change the role of this account, or add the instance again
        with an account that has it.
      </p>
      {props.problem && <p>The server said: {props.problem.message}</p>}
    </BlankSlate>
  )
}
