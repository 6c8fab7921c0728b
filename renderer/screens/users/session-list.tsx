import { Button } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { InstanceId } from '../../../domain/instance.ts'
import type { SessionPage } from '../../../domain/page.ts'
import type { Problem } from '../../../domain/problem.ts'
import type { Session } from '../../../domain/session.ts'
import { nameOf, type User } from '../../../domain/user.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { formatInstant } from '../../components/connection-words.ts'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { main, problemOf } from '../../state/calls.ts'
import { classesIn } from '../../styles/css.ts'
import { refreshUsers } from './use-users.ts'
import styles from './user-pane.module.css'
import { endWords, kindNames, shownWords } from './user-words.ts'

const css = classesIn(styles)

interface SessionListProps {
  readonly instance: InstanceId
  readonly user: User
  readonly sessions: UseQueryResult<SessionPage, Error>
  readonly revocable: boolean
}

/** How many are drawn before more are asked for. */
const atOnce = 200

/** Somebody's running sessions. Countdowns follow the server's clock. */
export function SessionList({ instance, user, sessions, revocable }: SessionListProps) {
  const { data, error, dataUpdatedAt, refetch, isFetching } = sessions
  const serverNow = useServerNow(data?.serverTime, dataUpdatedAt)
  const problem = error ? problemOf(error) : undefined
  const [most, setMost] = useState(atOnce)

  const nextEnd = Math.min(
    ...(data?.items ?? []).map(({ endsAt }) => (endsAt ? Date.parse(endsAt) : Number.POSITIVE_INFINITY)),
  )
  const somethingEnded = nextEnd <= serverNow
  useEffect(() => {
    if (somethingEnded) void refetch()
  }, [somethingEnded, refetch])

  if (problem)
    return (
      <ProblemNotice
        problem={problem}
        actions={
          <Button variant="default" onClick={() => void refetch()} loading={isFetching}>
            Try again
          </Button>
        }
      />
    )
  if (!data)
    return (
      <div className={css('skeleton')} role="status">
        <span className="visually-hidden">Loading sessions</span>
      </div>
    )
  if (data.items.length === 0)
    return (
      <p className="quiet">
        {nameOf(user)} is not signed in anywhere now. A session appears here from sign-in until it ends.
      </p>
    )
  const { items, total } = data
  const shown = items.slice(0, most)
  return (
    <>
      <ul aria-label={`Sessions of ${nameOf(user)}`}>
        {shown.map((session) => (
          <SessionItem
            key={session.id}
            instance={instance}
            session={session}
            serverNow={serverNow}
            revocable={revocable}
          />
        ))}
      </ul>
      {shown.length < total && (
        <div className={css('more')}>
          <p className="quiet" role="status">
            {shownWords(shown.length, total, items.length)}
          </p>
          {shown.length < items.length && (
            <Button variant="default" onClick={() => setMost(most + atOnce)}>
              Show more
            </Button>
          )}
        </div>
      )}
    </>
  )
}

/** The server's clock, ticking. */
function useServerNow(serverTime: string | undefined, readAt: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return serverTime === undefined ? now : Date.parse(serverTime) + Math.max(0, now - readAt)
}

interface SessionItemProps {
  readonly instance: InstanceId
  readonly session: Session
  readonly serverNow: number
  readonly revocable: boolean
}

function SessionItem({ instance, session, serverNow, revocable }: SessionItemProps) {
  const [busy, setBusy] = useState(false)
  const [asking, setAsking] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  const revoke = async () => {
    setAsking(false)
    setBusy(true)
    setProblem(undefined)
    const outcome = await main().sessions.revoke({
      instance,
      ids: [session.id],
      includeOwn: session.current,
    })
    setBusy(false)
    if (!outcome.ok) return setProblem(outcome.problem)
    if (outcome.value.results.some((result) => result.outcome === 'forbidden'))
      return setProblem({ code: 'refused', message: 'This account may not end this session.' })
    await refreshUsers(instance, [session.userId])
  }

  return (
    <li className={css('session')}>
      <div className={css('sessionHead')}>
        <div>
          <p className={css('client')}>
            <bdi>{session.client || 'Unknown device'}</bdi>
          </p>
          <p className="quiet">
            {[kindNames[session.kind], session.remembered && 'Remembered'].filter(Boolean).join(' · ')}
            {session.address && (
              <>
                {' · '}
                <bdi>{session.address}</bdi>
              </>
            )}
          </p>
        </div>
        {revocable && (
          <Button
            variant="default"
            loading={busy}
            onClick={() => (session.current ? setAsking(true) : void revoke())}
          >
            Revoke
          </Button>
        )}
      </div>
      {session.current && <p className={css('own')}>This is Curfew’s own session</p>}
      <dl className={css('facts')}>
        <dt>Signed in</dt>
        <dd>{formatInstant(session.createdAt)}</dd>
        <dt>Last active</dt>
        <dd>{session.lastActivityAt ? formatInstant(session.lastActivityAt) : 'Not told by the server'}</dd>
        <dt>End</dt>
        <dd>{endWords(session, serverNow)}</dd>
      </dl>
      {problem && <ProblemNotice problem={problem} />}
      <ConfirmDialog
        opened={asking}
        title="End Curfew’s own session?"
        confirm="Revoke and sign me out"
        onConfirm={() => void revoke()}
        onCancel={() => setAsking(false)}
      >
        <p>Curfew works on this instance with this session, and will have to sign in again.</p>
      </ConfirmDialog>
    </li>
  )
}
