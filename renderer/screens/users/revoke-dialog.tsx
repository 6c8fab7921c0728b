import { Button, Checkbox, TextInput } from '@mantine/core'
import { useEffect, useMemo, useState } from 'react'
import type { InstanceState } from '../../../domain/instance.ts'
import type { JobId } from '../../../domain/job.ts'
import type { SessionPage } from '../../../domain/page.ts'
import type { Problem } from '../../../domain/problem.ts'
import { nameOf, type User } from '../../../domain/user.ts'
import { countOfPeople, countOfSessions } from '../../components/count-words.ts'
import { Dialog } from '../../components/dialog.tsx'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { TypedIsBack } from '../../components/typed-is-back.tsx'
import { main } from '../../state/calls.ts'
import { keepDraft } from '../../state/drafts.ts'
import { meOn } from '../../state/instances.ts'
import { classesIn } from '../../styles/css.ts'
import { beginAsking } from './found-revocation.tsx'
import styles from './revoke-dialog.module.css'
import { RevokeJob } from './revoke-job.tsx'
import { sessionTotal } from './user-words.ts'

const css = classesIn(styles)

interface RevokeDialogProps {
  readonly current: InstanceState
  readonly users: readonly User[]
  /** The sessions of the one user, where they have been read. */
  readonly sessions?: SessionPage | undefined
  /** The reason as it was typed before a lock. */
  readonly typed?: string
  readonly onClose: (done: boolean, ended: number) => void
}

/** O4: asks before revoking, names whom and where; then shows how far it is, and what became of each. */
export function RevokeDialog({ current, users, sessions, typed, onClose }: RevokeDialogProps) {
  const { instance, connection } = current
  const [reason, setReason] = useState(typed ?? '')
  const [includeOwn, setIncludeOwn] = useState(false)
  const [busy, setBusy] = useState(false)
  const [job, setJob] = useState<JobId>()
  const [problem, setProblem] = useState<Problem>()
  const me = meOn(connection)
  const allRead = sessions !== undefined && sessions.items.length === sessions.total
  const own = allRead
    ? sessions.items.some((session) => session.current)
    : users.some(({ id }) => id === me?.userId)
  const only = users.length === 1 ? users[0] : undefined
  const name = only ? nameOf(only) : countOfPeople(users.length)
  const place = instance.environment ? `${instance.name} (${instance.environment})` : instance.name

  const begun = busy || job !== undefined
  const key = useMemo(() => ({ what: 'revocation', instance: instance.id }) as const, [instance.id])
  useEffect(() => {
    // Without the counts: they will have changed.
    const whom = users.map(({ sessions: _, ...user }) => user)
    const open = reason !== '' && !begun
    keepDraft(key, open ? { users: whom, reason } : undefined)
  }, [key, users, reason, begun])
  useEffect(() => () => keepDraft(key, undefined), [key])
  useEffect(beginAsking, [])

  const revoke = async () => {
    setBusy(true)
    setProblem(undefined)
    const named = users.map((user) => ({
      id: user.id,
      name: nameOf(user).slice(0, 200),
    }))
    const started = await main().jobs.revokeUsers({
      instance: instance.id,
      users: named,
      reason,
      includeOwn,
    })
    setBusy(false)
    if (started.ok) setJob(started.value)
    else setProblem(started.problem)
  }

  if (job !== undefined) return <RevokeJob id={job} closesWhenDone={only !== undefined} onClose={onClose} />
  return (
    <Dialog opened onClose={() => onClose(false, 0)} title={`Revoke all sessions of ${name}?`}>
      <div className={css('content')}>
        <p>{whatEnds()}</p>
        {typed !== undefined && <TypedIsBack />}
        {problem && <ProblemNotice problem={problem} />}
        <TextInput
          label="Reason"
          description="May stay empty. Kept with the record of this."
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {own && (
          <Checkbox
            label="Also end Curfew’s own session"
            description={`It is left out otherwise. Curfew would have to sign in to ${instance.name} again.`}
            checked={includeOwn}
            onChange={(event) => setIncludeOwn(event.currentTarget.checked)}
          />
        )}
      </div>
      <div className={css('actions')}>
        <Button variant="default" onClick={() => onClose(false, 0)} data-autofocus>
          Cancel
        </Button>
        <Button color="danger" loading={busy} onClick={() => void revoke()}>
          Revoke sessions
        </Button>
      </div>
    </Dialog>
  )

  function whatEnds(): string {
    const listed = sessions && sessions.total - (own && !includeOwn ? 1 : 0)
    const known = users.every((user) => user.sessions !== undefined)
    const counted = listed ?? users.reduce((sum, user) => sum + sessionTotal(user.sessions), 0)
    const count = listed !== undefined || known ? countOfSessions(counted) : 'every session'
    const left = own && !includeOwn ? ' Curfew’s own session is left out.' : ''
    const again = only ? `${name} has to sign in again.` : 'They have to sign in again.'
    return `Ends ${count} of ${name} on ${place} now. ${again}${left}`
  }
}
