import { Button } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconBan, IconUserOff, IconUserSearch } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import type { InstanceState } from '../../../domain/instance.ts'
import type { Problem } from '../../../domain/problem.ts'
import { may } from '../../../domain/rights.ts'
import { nameOf, type User } from '../../../domain/user.ts'
import { BlankSlate } from '../../components/blank-slate.tsx'
import { countOfPeople } from '../../components/count-words.ts'
import { ProblemSlate } from '../../components/problem-slate.tsx'
import { notSupported } from '../../components/problem-words.ts'
import { Screen } from '../../components/screen.tsx'
import { main, problemOf } from '../../state/calls.ts'
import { useWantedPerson } from '../../state/navigation.ts'
import { classesIn } from '../../styles/css.ts'
import { FoundRevocation } from './found-revocation.tsx'
import { forgetRevocation, usePreparedRevocations } from './prepared-revocations.ts'
import { RevokeDialog } from './revoke-dialog.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { type UserFilter, useUsers } from './use-users.ts'
import { UserPane } from './user-pane.tsx'
import { UserToolbar } from './user-toolbar.tsx'
import styles from './users.module.css'
import { UsersTable } from './users-table.tsx'

const css = classesIn(styles)

const everybody: UserFilter = { search: '', role: undefined, active: false }

/** *Users*: who is signed in to one instance, and signing people out (O4, O5). */
export function UsersScreen({ current }: { readonly current: InstanceState }) {
  const { instance, connection } = current
  const connected = connection.status === 'connected' ? connection : undefined
  if (connected && !connected.capabilities.includes('users.list'))
    return (
      <Screen title="Users">
        <BlankSlate icon={IconUserOff} title={notSupported}>
          <p>{connected.serverName} does not let Curfew list its users.</p>
        </BlankSlate>
      </Screen>
    )
  if (connected && !may(connected.me, 'users.view'))
    return (
      <Screen title="Users">
        <Refusal name={instance.name} account={nameOf(connected.me)} />
      </Screen>
    )
  return <UserList key={instance.id} current={current} />
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one list with its filters, pane and dialogs; not split yet.
function UserList({ current }: { readonly current: InstanceState }) {
  const { instance, connection } = current
  const [filter, setFilter] = useState(everybody)
  const [search] = useDebouncedValue(filter.search.trim(), 250)
  const [opened, setOpened] = useState<User>()
  const [selected, setSelected] = useState<ReadonlyMap<string, User>>(new Map())
  const [revoking, setRevoking] = useState(false)
  const prepared = usePreparedRevocations((prepared) => prepared[instance.id])
  const table = useRef<HTMLDivElement>(null)

  const list = useUsers(instance.id, { ...filter, search }, connection.status !== 'connecting')
  const connected = connection.status === 'connected' ? connection : undefined
  // While the instance is offline the filters stay as they were.
  const [roles, setRoles] = useState(connected?.userRoles ?? [])
  if (connected && JSON.stringify(connected.userRoles) !== JSON.stringify(roles))
    setRoles(connected.userRoles)
  const mayRevoke = connected !== undefined && may(connected.me, 'sessions.revoke')
  const mayRevokeMany = mayRevoke && connected.capabilities.includes('sessions.revoke-user')
  const problem = list.error ? problemOf(list.error) : undefined
  const narrowed = search !== '' || filter.role !== undefined || filter.active
  const shown = opened && (list.users.find(({ id }) => id === opened.id) ?? opened)

  const wanted = useWantedPerson((state) => state.wanted)
  useEffect(() => {
    if (wanted?.instance !== instance.id) return
    useWantedPerson.setState({}, true)
    void main()
      .users.read({ instance: instance.id, user: wanted.id })
      .then((read) =>
        read.ok ? setOpened(read.value) : setFilter({ ...everybody, search: wanted.username }),
      )
  }, [wanted, instance.id])

  const focusTable = () => table.current?.querySelector<HTMLElement>('tr[tabindex="0"]')?.focus()
  const closePane = () => {
    setOpened(undefined)
    focusTable()
  }

  if (problem?.code === 'refused')
    return (
      <Screen title="Users">
        <Refusal name={instance.name} account={instance.username} problem={problem} />
      </Screen>
    )
  return (
    <Screen
      title="Users"
      lead={list.isSuccess ? totalWords(list.total, narrowed) : '\u00a0'}
      aside={<UserToolbar filter={filter} roles={roles} onFilter={setFilter} />}
      fill
    >
      <div className={css('list')} ref={table}>
        {selected.size > 0 && (
          <SelectionBar
            count={selected.size}
            onRevoke={() => setRevoking(true)}
            onClear={() => setSelected(new Map())}
          />
        )}
        {list.isSuccess && list.users.length === 0 ? (
          <div className={css('slate')}>
            <NobodyFound narrowed={narrowed} onClear={() => setFilter(everybody)} />
          </div>
        ) : problem && list.users.length === 0 ? (
          <div className={css('slate')}>
            <ProblemSlate problem={problem} busy={list.isFetching} onRetry={() => void list.refetch()} />
          </div>
        ) : (
          <UsersTable
            users={list.users}
            listKey={JSON.stringify({ ...filter, search })}
            total={list.total}
            loading={list.isPending}
            loadingMore={list.isFetchingNextPage}
            problem={problem}
            openedId={opened?.id}
            selected={mayRevokeMany ? selected : undefined}
            onSelect={setSelected}
            onOpen={setOpened}
            onMore={list.hasNextPage && !problem ? () => void list.fetchNextPage() : undefined}
            onRetry={() => void list.fetchNextPage()}
          />
        )}
      </div>
      {shown && (
        <UserPane key={shown.id} current={current} user={shown} mayRevoke={mayRevoke} onClose={closePane} />
      )}
      {!prepared && <FoundRevocation instance={instance.id} onClose={focusTable} />}
      {prepared && (
        <RevokeDialog
          current={current}
          users={prepared.users}
          typed={prepared.reason}
          onClose={() => {
            forgetRevocation(instance.id)
            focusTable()
          }}
        />
      )}
      {revoking && (
        <RevokeDialog
          current={current}
          users={[...selected.values()]}
          onClose={(done) => {
            setRevoking(false)
            focusTable()
            if (done) setSelected(new Map())
          }}
        />
      )}
    </Screen>
  )
}

function totalWords(total: number, narrowed: boolean): string {
  const people = countOfPeople(total)
  return narrowed ? `${people} found` : people
}

function NobodyFound({ narrowed, onClear }: { readonly narrowed: boolean; readonly onClear: () => void }) {
  if (!narrowed)
    return (
      <BlankSlate icon={IconUserSearch} title="This instance has no users yet">
        <p>As soon as somebody has an account here, you see who is signed in, from where, and until when.</p>
      </BlankSlate>
    )
  return (
    <BlankSlate
      icon={IconUserSearch}
      title="Nobody found"
      role="status"
      actions={
        <Button variant="default" onClick={onClear}>
          Show everybody
        </Button>
      }
    >
      <p>The search looks at names, user names and e-mail addresses. Filters narrow it further.</p>
    </BlankSlate>
  )
}

function Refusal(props: { readonly name: string; readonly account: string; readonly problem?: Problem }) {
  return (
    <BlankSlate icon={IconBan} title="This account may not see the users" role="status">
      <p>
        On {props.name} Curfew is signed in as {props.account}. Seeing users takes the role Owner or Admin, or
        one of the permissions UserView, UserEdit and AdministerSystem.
      </p>
      <p>Ask an Owner or Admin of {props.name} for one of them.</p>
      {props.problem && <p>The server said: {props.problem.message}</p>}
    </BlankSlate>
  )
}
