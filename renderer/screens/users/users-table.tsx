import { Button, Checkbox, Loader } from '@mantine/core'
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Problem } from '../../../domain/problem.ts'
import { nameOf, type User } from '../../../domain/user.ts'
import { formatInstant } from '../../components/connection-words.ts'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { classesIn } from '../../styles/css.ts'
import { sessionCountWords } from './user-words.ts'
import styles from './users-table.module.css'

const css = classesIn(styles)
const rowHeight = 36
const headHeight = 32
/** Past so many who are gone nobody knows where they were. */
const mostLookedAt = 50
const skeletonRows = Array.from({ length: 12 }, (_, index) => index)

interface UsersTableProps {
  readonly users: readonly User[]
  /** Which list this is: another one begins where its reader left it. */
  readonly listKey: string
  readonly total: number
  readonly loading: boolean
  readonly loadingMore: boolean
  readonly problem: Problem | undefined
  readonly openedId: string | undefined
  /** The ticked rows; `undefined` where rows can't be ticked. */
  readonly selected: ReadonlyMap<string, User> | undefined
  readonly onSelect: (selected: ReadonlyMap<string, User>) => void
  readonly onOpen: (user: User) => void
  readonly onMore: (() => void) | undefined
  readonly onRetry: () => void
}

/** The list of users. Only the rows in sight exist in the page, so that 100 000 of them scroll like ten. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one grid with its keys, its head and its rows; not split yet.
export function UsersTable(props: UsersTableProps) {
  const {
    users,
    listKey,
    total,
    loading,
    loadingMore,
    problem,
    openedId,
    selected,
    onSelect,
    onOpen,
    onMore,
  } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  const [wantsFocus, setWantsFocus] = useState(false)
  const current = Math.min(active, Math.max(0, users.length - 1))

  const virtualizer = useVirtualizer({
    count: users.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 16,
    scrollPaddingStart: headHeight,
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), ...(users.length > 0 ? [current] : [])])].sort(
        (a, b) => a - b,
      ),
  })
  const rows = virtualizer.getVirtualItems()
  const lastInSight = virtualizer.range?.endIndex ?? 0

  useEffect(() => {
    if (onMore && !loadingMore && !loading && lastInSight >= users.length - 60) onMore()
  }, [onMore, loadingMore, loading, lastInSight, users.length])

  // Whoever comes or goes above what is looked at does not move it, and the keys stay with the person they were on.
  const drawn = useRef({ listKey, users })
  useLayoutEffect(() => {
    const before = drawn.current
    drawn.current = { listKey, users }
    if (before.listKey !== listKey || before.users === users || !scroller.current) return
    const first = Math.floor(scroller.current.scrollTop / rowHeight)
    const shift = shiftOf(before.users, users, first)
    if (shift !== 0) scroller.current.scrollTop += shift * rowHeight
    setActive((index) => index + shiftOf(before.users, users, index))
  }, [listKey, users])

  useEffect(() => {
    if (!wantsFocus) return
    scroller.current?.querySelector<HTMLElement>(`[data-index="${current}"]`)?.focus({ preventScroll: true })
    setWantsFocus(false)
  }, [wantsFocus, current])

  const moveTo = (index: number) => {
    const next = Math.max(0, Math.min(users.length - 1, index))
    setActive(next)
    virtualizer.scrollToIndex(next)
    setWantsFocus(true)
  }
  const toggle = (user: User) => {
    const next = new Map(selected)
    if (!next.delete(user.id)) next.set(user.id, user)
    onSelect(next)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!(event.target instanceof HTMLElement) || !event.target.matches('tr')) return
    const user = users[current]
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2)
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: users.length - 1,
    }
    const to = steps[event.key]
    if (to !== undefined) moveTo(to)
    else if (event.key === 'Enter' && user) onOpen(user)
    else if (event.key === ' ' && user && selected) toggle(user)
    else return
    event.preventDefault()
  }

  const allTicked = selected !== undefined && users.length > 0 && users.every(({ id }) => selected.has(id))
  return (
    <div className={css('scroller')} ref={scroller}>
      <table
        className={css('table')}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table whose rows take the keys.
        role="grid"
        aria-label="Users"
        aria-rowcount={total + 1}
        aria-multiselectable={selected ? true : undefined}
        aria-busy={loading}
        data-selectable={selected ? true : undefined}
        onKeyDown={onKeyDown}
      >
        <thead className={css('head')}>
          <tr aria-rowindex={1}>
            {selected && (
              <th scope="col" className={css('tick')}>
                <Checkbox
                  aria-label="Select everybody shown"
                  checked={allTicked}
                  indeterminate={!allTicked && selected.size > 0}
                  onChange={() =>
                    onSelect(allTicked ? new Map() : new Map(users.map((user) => [user.id, user])))
                  }
                />
              </th>
            )}
            <th scope="col">Name</th>
            <th scope="col" className={css('email')}>
              E-mail
            </th>
            <th scope="col" className={css('role')}>
              Role
            </th>
            <th scope="col">Signed in</th>
            <th scope="col" className={css('when')}>
              Last active
            </th>
          </tr>
        </thead>
        <tbody className={css('rows')} style={{ height: virtualizer.getTotalSize() }}>
          {rows.map(({ index, start }) => {
            const user = users[index]
            if (!user) return null
            return (
              <UserRow
                key={user.id}
                user={user}
                index={index}
                start={start}
                tabbable={index === current}
                opened={user.id === openedId}
                ticked={selected?.has(user.id)}
                onOpen={() => {
                  setActive(index)
                  onOpen(user)
                }}
                onToggle={() => toggle(user)}
              />
            )
          })}
        </tbody>
      </table>
      {loading && (
        <div className={css('loading')} role="status">
          <span className="visually-hidden">Loading users</span>
          {skeletonRows.map((row) => (
            <span key={row} className={css('skeleton')} aria-hidden />
          ))}
        </div>
      )}
      {loadingMore && (
        <p className={css('more')}>
          <Loader size={12} color="gray" aria-hidden /> Loading more…
        </p>
      )}
      {problem && !loading && (
        <div className={css('more')}>
          <ProblemNotice
            problem={problem}
            actions={
              <Button variant="default" onClick={props.onRetry} loading={loadingMore}>
                Load the rest
              </Button>
            }
          />
        </div>
      )}
    </div>
  )
}

/** How far somebody's row has moved in a list that was read again; of who is gone, the next who is there counts. */
function shiftOf(before: readonly User[], after: readonly User[], index: number): number {
  for (let at = index; at < before.length; at += 1) {
    const id = before[at]?.id
    const now = after[at]?.id === id ? at : after.findIndex((user) => user.id === id)
    if (now >= 0) return now - at
    if (at - index > mostLookedAt) break
  }
  return 0
}

interface UserRowProps {
  readonly user: User
  readonly index: number
  readonly start: number
  readonly tabbable: boolean
  readonly opened: boolean
  readonly ticked: boolean | undefined
  readonly onOpen: () => void
  readonly onToggle: () => void
}

function UserRow({ user, index, start, tabbable, opened, ticked, onOpen, onToggle }: UserRowProps) {
  const name = nameOf(user)
  return (
    <tr
      className={css('row')}
      aria-rowindex={index + 2}
      aria-selected={ticked ?? opened}
      data-index={index}
      data-opened={opened || undefined}
      tabIndex={tabbable ? 0 : -1}
      style={{ transform: `translateY(${start}px)` }}
      onClick={onOpen}
    >
      {ticked !== undefined && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: it only keeps a click on the box from opening the row.
        <td className={css('tick')} onClick={(event) => event.stopPropagation()}>
          <Checkbox
            aria-label={`Select ${name}`}
            checked={ticked}
            onChange={onToggle}
            tabIndex={tabbable ? 0 : -1}
          />
        </td>
      )}
      <td>
        <span className={css('name')}>{name}</span> <span className={css('username')}>{user.username}</span>
        {user.disabled && <span className={css('disabled')}>Disabled</span>}
      </td>
      <td className={css('email')}>{user.email || '—'}</td>
      <td className={css('role')}>{user.role ?? '—'}</td>
      <td className={css('counts')}>{sessionCountWords(user.sessions)}</td>
      <td className={css('when')}>{user.lastActivityAt ? formatInstant(user.lastActivityAt) : '—'}</td>
    </tr>
  )
}
