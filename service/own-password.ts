import type { FastifyRequest } from 'fastify'
import type { Devices } from './devices.ts'
import type { AuthorOf } from './http/author.ts'
import type { Caller } from './http/caller.ts'
import { invalidField } from './http/problem.ts'
import type { HashNewPassword } from './new-password.ts'
import type { ProvePassword } from './password-proof.ts'
import type { Activity } from './store/activity.ts'
import type { Sessions } from './store/sessions.ts'
import { mentionEnded } from './store/sweep.ts'
import type { Users } from './store/users.ts'

/** What came of a change. */
interface Changed {
  /** How many other sessions it ended. */
  readonly ended: number
  /** The device's new proof: the old one went with the old password. */
  readonly device: string
}

/** The password is typed with it, so it need not have been before. */
const byPerson = { rights: [], scope: 'never', fresh: false } as const

/** Changes somebody's own password and ends their other sessions. */
export type ChangeOwnPassword = (
  caller: Caller,
  typed: { readonly currentPassword: string; readonly newPassword: string },
  request: FastifyRequest,
) => Promise<Changed>

/** Lets somebody who is signed in type their password again, for what takes a fresh sign-in. */
export type ConfirmPassword = (caller: Caller, password: string, request: FastifyRequest) => Promise<void>

/** Tries at it are slowed as at sign-in. @throws Problem `invalid`, `throttled`, `unavailable` */
export function createConfirmation({
  users,
  sessions,
  authorOf,
  provePassword,
}: {
  readonly users: Users
  readonly sessions: Sessions
  readonly authorOf: AuthorOf
  readonly provePassword: ProvePassword
}): ConfirmPassword {
  return async (caller, password, request) => {
    const { holder, session } = caller
    const claim = { username: holder.username, password, action: 'session.confirm' }
    const proved = await provePassword(claim, request)
    const wrong = () => invalidField('password', 'wrong', 'This is not your password.')
    if (proved?.id !== holder.id) throw wrong()
    const author = authorOf(caller, request, byPerson)
    await author.write(async (transaction, record) => {
      if ((await users.find(holder.id, transaction))?.password !== proved.password) throw wrong()
      await sessions.confirm(transaction, session.id)
      record.audit({
        actor: author.actor,
        action: 'session.confirm',
        target: `user:${holder.id}`,
        after: { session: session.id },
      })
      record.event({ type: 'user-changed', data: { userId: holder.id, change: 'changed' } })
    })
  }
}

/**
 * The same for the API and for the page. The present password is asked for again and tries at it are slowed as at sign-in:
 * whoever found a browser open can't take the account with it.
 */
export function createOwnPassword({
  users,
  sessions,
  activity,
  authorOf,
  provePassword,
  hashNewPassword,
  devices,
}: {
  readonly users: Users
  readonly sessions: Sessions
  readonly activity: Activity
  readonly authorOf: AuthorOf
  readonly provePassword: ProvePassword
  readonly hashNewPassword: HashNewPassword
  readonly devices: Devices
}): ChangeOwnPassword {
  return async (caller, { currentPassword, newPassword }, request) => {
    const { holder, session } = caller
    const claim = { username: holder.username, password: currentPassword, action: 'password.change' }
    const proved = await provePassword(claim, request)
    const wrong = () => invalidField('currentPassword', 'wrong', 'This is not your present password.')
    if (proved?.id !== holder.id) throw wrong()
    if (newPassword.normalize('NFC') === currentPassword.normalize('NFC'))
      throw invalidField('newPassword', 'unchanged', 'This is the password you have already.')
    const known = [holder.username, holder.displayName, holder.email]
    const password = await hashNewPassword(newPassword, known, caller, request, 'newPassword')
    await activity.flush()
    const author = authorOf(caller, request, byPerson)
    return await author.write(async (transaction, record) => {
      const now = await users.find(holder.id, transaction)
      // Somebody may have set another meanwhile: what was proved is no longer theirs.
      if (now?.password !== proved.password) throw wrong()
      const after = await users.change(transaction, now, { password })
      await sessions.confirm(transaction, session.id)
      const ended = await sessions.endWithin(transaction, holder.id, 'revoked', session.id)
      if (ended.length > 0) mentionEnded(record, 'revoked', ended)
      record.audit({
        actor: author.actor,
        action: 'password.change',
        target: `user:${holder.id}`,
        after: { endedSessions: ended.length },
      })
      record.event({ type: 'user-changed', data: { userId: holder.id, change: 'changed' } })
      return { ended: ended.length, device: devices.proofFor(after) }
    })
  }
}
