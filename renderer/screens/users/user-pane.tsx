import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { InstanceState } from '../../../domain/instance.ts'
import { nameOf, type User } from '../../../domain/user.ts'
import { countOfSessions } from '../../components/count-words.ts'
import { Notice } from '../../components/notice.tsx'
import { notSupported } from '../../components/problem-words.ts'
import { SidePane } from '../../components/side-pane.tsx'
import { classesIn } from '../../styles/css.ts'
import { RevokeDialog } from './revoke-dialog.tsx'
import { SessionList } from './session-list.tsx'
import { useSessions } from './use-users.ts'
import styles from './user-pane.module.css'
import { sessionTotal } from './user-words.ts'

const css = classesIn(styles)

interface UserPaneProps {
  readonly current: InstanceState
  readonly user: User
  readonly mayRevoke: boolean
  readonly onClose: () => void
}

/** One person beside the list: who it is, and every session with when it ends and why. */
export function UserPane({ current, user, mayRevoke, onClose }: UserPaneProps) {
  const { instance, connection } = current
  const connected = connection.status === 'connected' ? connection : undefined
  const can = connected?.capabilities ?? []
  const listed = can.includes('sessions.list')
  const sessions = useSessions(instance.id, user.id, listed)
  const [revoking, setRevoking] = useState(false)
  const [ended, setEnded] = useState<number>()
  const heading = useRef<HTMLHeadingElement>(null)
  const name = nameOf(user)
  const count = sessions.data?.total ?? sessionTotal(user.sessions)

  useEffect(() => {
    heading.current?.focus()
  }, [])

  return (
    <SidePane
      title={name}
      heading={heading}
      closeLabel="Close details"
      onClose={onClose}
      lead={
        <>
          <p className="quiet">{[user.username, user.email].filter(Boolean).join(' · ')}</p>
          <p className="quiet">
            {[user.role, user.permissions.join(', '), user.disabled && 'Disabled']
              .filter(Boolean)
              .join(' · ')}
          </p>
        </>
      }
    >
      {ended !== undefined && (
        <Notice tone="good" role="status">
          {ended === 0
            ? `${name} has no running session.`
            : `Ended ${countOfSessions(ended)}. ${name} has to sign in again.`}
        </Notice>
      )}
      <div className={css('title')}>
        <h3>Sessions</h3>
        {mayRevoke && can.includes('sessions.revoke-user') && (
          <Button
            color="danger"
            variant="outline"
            disabled={count === 0}
            onClick={() => {
              setEnded(undefined)
              setRevoking(true)
            }}
          >
            Revoke sessions
          </Button>
        )}
      </div>
      {connected && !mayRevoke && (
        <p className="quiet">
          Revoking takes the permission UserEdit or AdministerSystem, which {nameOf(connected.me)} does not
          have on {instance.name}.
        </p>
      )}
      {connected && mayRevoke && !can.includes('sessions.revoke-user') && (
        <p className="quiet">Revoking all sessions of a person: {notSupported}</p>
      )}
      {listed || !connected ? (
        <SessionList
          instance={instance.id}
          user={user}
          sessions={sessions}
          revocable={mayRevoke && can.includes('sessions.revoke-one')}
        />
      ) : (
        <p className="quiet">Session list: {notSupported}</p>
      )}
      {revoking && (
        <RevokeDialog
          current={current}
          users={[user]}
          sessions={sessions.data}
          onClose={(done, endedNow) => {
            setRevoking(false)
            if (done) setEnded(endedNow)
            heading.current?.focus()
          }}
        />
      )}
    </SidePane>
  )
}
