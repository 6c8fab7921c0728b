import { Button, Checkbox, TextInput } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'
import { formatCount } from '../../../domain/duration.ts'
import type { InstanceState } from '../../../domain/instance.ts'
import type { SessionPage } from '../../../domain/page.ts'
import { nameOf, type User } from '../../../domain/user.ts'
import { countOfPeople, countOfSessions } from '../../components/count-words.ts'
import { Dialog } from '../../components/dialog.tsx'
import { TypedIsBack } from '../../components/typed-is-back.tsx'
import { main } from '../../state/calls.ts'
import { keepDraft } from '../../state/drafts.ts'
import { meOn } from '../../state/instances.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './revoke-dialog.module.css'
import { failedIds, type RevocationRun, revokeMany } from './revoke-many.ts'
import { RevokeReport } from './revoke-report.tsx'
import { refreshUsers } from './use-users.ts'
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

/** O4: asks before revoking, names whom and where, and reports what became of each. */
export function RevokeDialog({ current, users, sessions, typed, onClose }: RevokeDialogProps) {
  const { instance, connection } = current
  const [reason, setReason] = useState(typed ?? '')
  const [includeOwn, setIncludeOwn] = useState(false)
  const [done, setDone] = useState<number>()
  const [run, setRun] = useState<RevocationRun>()
  const [asked, setAsked] = useState<readonly string[]>(() => users.map(({ id }) => id))
  const ended = useRef(0)
  const stop = useRef<AbortController>(undefined)
  const me = meOn(connection)
  const allRead = sessions !== undefined && sessions.items.length === sessions.total
  const own = allRead
    ? sessions.items.some((session) => session.current)
    : users.some(({ id }) => id === me?.userId)
  const only = users.length === 1 ? users[0] : undefined
  const name = only ? nameOf(only) : countOfPeople(users.length)
  const place = instance.environment ? `${instance.name} (${instance.environment})` : instance.name

  const begun = done !== undefined || run !== undefined
  const key = useMemo(() => ({ what: 'revocation', instance: instance.id }) as const, [instance.id])
  useEffect(() => {
    // Without the counts: they will have changed.
    const whom = users.map(({ sessions: _, ...user }) => user)
    const open = reason !== '' && !begun
    keepDraft(key, open ? { users: whom, reason } : undefined)
  }, [key, users, reason, begun])
  useEffect(() => () => keepDraft(key, undefined), [key])

  const revoke = async (ids: readonly string[]) => {
    const controller = new AbortController()
    stop.current = controller
    setAsked(ids)
    setRun(undefined)
    setDone(0)
    const result = await revokeMany(
      ids,
      (part) =>
        main().sessions.revoke({
          instance: instance.id,
          what: 'users',
          ids: part,
          reason,
          includeOwn,
        }),
      setDone,
      controller.signal,
    )
    setDone(undefined)
    ended.current += result.results.reduce((sum, { revoked }) => sum + revoked, 0)
    await refreshUsers(
      instance.id,
      result.results.filter(({ outcome }) => outcome === 'revoked').map(({ id }) => id),
    )
    if (only && failedIds(result.results).length === 0) onClose(true, ended.current)
    else setRun(result)
  }
  const close = () => {
    if (done !== undefined) return stop.current?.abort()
    onClose(run !== undefined && failedIds(run.results).length === 0, ended.current)
  }

  return (
    <Dialog opened onClose={close} title={run ? 'What was done' : `Revoke all sessions of ${name}?`}>
      {run ? (
        <RevokeReport users={users} run={run} ended={ended.current} />
      ) : (
        <div className={css('content')}>
          <p>{whatEnds()}</p>
          {typed !== undefined && <TypedIsBack />}
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
      )}
      <div className={css('actions')}>
        <p className={css('progress')} role="status">
          {done !== undefined && `${formatCount(done)} of ${formatCount(asked.length)} done…`}
        </p>
        <Button variant="default" onClick={close} data-autofocus>
          {run ? 'Done' : done === undefined ? 'Cancel' : 'Stop'}
        </Button>
        {run ? (
          failedIds(run.results).length > 0 && (
            <Button color="danger" onClick={() => void revoke(failedIds(run.results))}>
              Retry what failed
            </Button>
          )
        ) : (
          <Button color="danger" loading={done !== undefined} onClick={() => void revoke(asked)}>
            Revoke sessions
          </Button>
        )}
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
