import { IconBan, IconTableOff } from '@tabler/icons-react'
import type { InstanceState } from '../../../domain/instance.ts'
import type { Problem } from '../../../domain/problem.ts'
import { may } from '../../../domain/rights.ts'
import { nameOf } from '../../../domain/user.ts'
import { BlankSlate } from '../../components/blank-slate.tsx'
import { ProblemSlate } from '../../components/problem-slate.tsx'
import { notSupported } from '../../components/problem-words.ts'
import { Screen } from '../../components/screen.tsx'
import { problemOf } from '../../state/calls.ts'
import { EntriesLoading } from './entries-table.tsx'
import { EntryList } from './entry-list.tsx'
import { useConfig } from './use-config.ts'

const title = 'System Config'

/** *System Config*: the settings of one instance, row by row (D1–D3). */
export function SystemConfigScreen({ current }: { readonly current: InstanceState }) {
  const { instance, connection } = current
  const connected = connection.status === 'connected' ? connection : undefined
  const unsupported = connected !== undefined && !connected.capabilities.includes('config.read')
  const refused = connected !== undefined && !may(connected.me, 'config.read')
  const { data, error, isFetching, refetch } = useConfig(
    instance.id,
    !unsupported && !refused && connection.status !== 'connecting',
  )
  const problem = error ? problemOf(error) : undefined

  if (unsupported)
    return (
      <Screen title={title}>
        <BlankSlate icon={IconTableOff} title={notSupported}>
          <p>{connected.serverName} has no System Config that Curfew can read.</p>
        </BlankSlate>
      </Screen>
    )
  if (refused || problem?.code === 'refused')
    return (
      <Screen title={title}>
        <Refusal
          name={instance.name}
          account={connected ? nameOf(connected.me) : instance.username}
          problem={problem}
        />
      </Screen>
    )
  if (data) return <EntryList key={instance.id} current={current} reading={data} problem={problem} />
  if (problem)
    return (
      <Screen title={title}>
        <ProblemSlate problem={problem} busy={isFetching} onRetry={() => void refetch()} />
      </Screen>
    )
  return (
    <Screen title={title} fill>
      <EntriesLoading />
    </Screen>
  )
}

function Refusal(props: {
  readonly name: string
  readonly account: string
  readonly problem: Problem | undefined
}) {
  return (
    <BlankSlate icon={IconBan} title="This account may not see System Config" role="status">
      <p>
        On {props.name} Curfew is signed in as {props.account}. System Config takes the permission
        AdministerSystem, which Owners and Admins have.
      </p>
      <p>Ask an Owner or Admin of {props.name} for it.</p>
      {props.problem && <p>The server said: {props.problem.message}</p>}
    </BlankSlate>
  )
}
