import type { FastifyRequest } from 'fastify'
import type { Devices } from './devices.ts'
import { clientAddress } from './http/client.ts'
import { readSessionCookie } from './http/cookies.ts'
import { Problem } from './http/problem.ts'
import type { ProvePassword } from './password-proof.ts'
import type { Activity } from './store/activity.ts'
import type { Journal } from './store/journal.ts'
import type { LimitsCache } from './store/limits.ts'
import type { Sessions } from './store/sessions.ts'
import type { Holder, StoredSession } from './store/stored-session.ts'
import { permissionsOf, type StoredUser, type Users } from './store/users.ts'
import { describeBrowser } from './user-agent.ts'

/** What somebody signs in with. */
export interface Credentials {
  readonly username: string
  readonly password: string
  readonly rememberMe?: boolean | undefined
  /** What the program calls itself. */
  readonly client?: string | undefined
  /** The proof that an earlier sign-in was answered with, where it did not come as a cookie. */
  readonly device?: string | undefined
}

/** A new session, with the token that exists nowhere else. */
export interface SignedIn {
  readonly token: string
  readonly user: StoredUser
  readonly holder: Holder
  readonly session: StoredSession
  /** Proves at the next sign-in that the account was used from this device. */
  readonly device: string
}

export type SignIn = (credentials: Credentials, request: FastifyRequest) => Promise<SignedIn>

/** A stored person as the holder of a session. */
export function holderOf(user: StoredUser): Holder {
  return {
    id: user.id,
    username: user.username,
    displayName: user.display_name,
    email: user.email,
    role: user.role,
    permissions: permissionsOf(user),
  }
}

const wrong = () => new Problem('invalid-credentials', 'The username or password is not right.')

/**
 * Signs people in, the same way for the API and for the page.
 *
 * A name that does not exist, a wrong password and a disabled account are answered alike.
 * The token is always new, and a session that the browser still had is ended: nobody can be handed a session
 * beforehand.
 *
 * @throws Problem `invalid-credentials`, `throttled`, `unavailable`
 */
export function createSignIn({
  provePassword,
  users,
  sessions,
  journal,
  devices,
  limits,
  activity,
}: {
  readonly provePassword: ProvePassword
  readonly users: Users
  readonly sessions: Sessions
  readonly journal: Journal
  readonly devices: Devices
  readonly limits: LimitsCache
  readonly activity: Activity
}): SignIn {
  return async ({ username, password, rememberMe = false, client, device }, request) => {
    const address = clientAddress(request)
    const claim = { username, password, device, action: 'session.sign-in' }
    const checked = await provePassword(claim, request)
    if (!checked) throw wrong()
    const actor = { id: checked.id, name: checked.username, address }
    const noted = { actor, action: 'session.sign-in', target: `user:${checked.id}` } as const

    const earlier = readSessionCookie(request)
    const replaced = earlier && (await sessions.validate(earlier.token))
    if (replaced) await activity.flush()

    const signedIn = await journal.write(async (transaction, record) => {
      // As they are now: while the password was checked it may have been changed, or the person disabled.
      const user = await users.find(checked.id, transaction)
      if (user?.password !== checked.password || user.disabled !== 0) {
        record.audit({ ...noted, outcome: 'refused' })
        return undefined
      }
      if (replaced?.state === 'running')
        await sessions.signOutWithin(transaction, record, actor, replaced.session.id)
      const { token, session } = await sessions.start(transaction, record, {
        userId: user.id,
        kind: 'web',
        confirmed: true,
        remembered: rememberMe && limits.current().policy.rememberMe.enabled,
        client: client ?? describeBrowser(request.headers['user-agent']),
        address,
      })
      record.audit({ ...noted, after: { session: session.id } })
      const { id, kind } = session
      record.event({ type: 'session-started', data: { session: { id, userId: user.id, kind } } })
      return { token, user, holder: holderOf(user), session, device: devices.proofFor(user) }
    })
    if (!signedIn) throw wrong()
    return signedIn
  }
}
