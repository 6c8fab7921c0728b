import type { FastifyRequest } from 'fastify'
import { clientAddress } from './http/client.ts'
import { readDeviceCookie, readSessionCookie } from './http/cookies.ts'
import { Problem } from './http/problem.ts'
import { type Passwords, PasswordsBusyError } from './passwords.ts'
import type { Activity } from './store/activity.ts'
import type { Journal } from './store/journal.ts'
import type { LimitsCache } from './store/limits.ts'
import type { Sessions } from './store/sessions.ts'
import type { Holder, StoredSession } from './store/stored-session.ts'
import { permissionsOf, type StoredUser, type Users } from './store/users.ts'
import { cut } from './text.ts'
import type { Throttle } from './throttle.ts'
import { describeBrowser } from './user-agent.ts'

/** What somebody signs in with. */
export interface Credentials {
  readonly username: string
  readonly password: string
  readonly rememberMe?: boolean | undefined
  /** What the program calls itself. */
  readonly client?: string | undefined
}

/** A new session, with the token that exists nowhere else. */
export interface SignedIn {
  readonly token: string
  readonly user: StoredUser
  readonly holder: Holder
  readonly session: StoredSession
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

/**
 * Signs people in, the same way for the API and for the page.
 *
 * A name that does not exist, a wrong password and a disabled account are answered alike and take alike long.
 * The token is always new, and a session that the browser still had is ended: nobody can be handed a session
 * beforehand.
 *
 * @throws Problem `invalid-credentials`, `throttled`, `unavailable`
 */
export function createSignIn({
  users,
  sessions,
  journal,
  passwords,
  throttle,
  limits,
  activity,
}: {
  readonly users: Users
  readonly sessions: Sessions
  readonly journal: Journal
  readonly passwords: Passwords
  readonly throttle: Throttle
  readonly limits: LimitsCache
  readonly activity: Activity
}): SignIn {
  return async ({ username, password, rememberMe = false, client }, request) => {
    const address = clientAddress(request)
    const attempt = { username, address, device: readDeviceCookie(request) }
    const wait = throttle.waitSeconds(attempt)
    if (wait > 0)
      throw new Problem('throttled', `Too many attempts. Try again in ${wait} seconds.`, {
        headers: { 'retry-after': String(wait) },
      })
    throttle.begin(attempt)
    const user = await users.findByUsername(username)
    const right = await passwords.verify(password, user?.password).catch((error: unknown) => {
      if (!(error instanceof PasswordsBusyError)) throw error
      throw new Problem('unavailable', 'Many people are signing in right now. Try again in a moment.', {
        headers: { 'retry-after': '2' },
      })
    })
    const actor = { id: user?.id ?? null, name: cut(username, 64), address }
    if (!user || !right || user.disabled === 1) {
      await journal.write(async (_, record) => {
        record.audit({
          actor,
          action: 'session.sign-in',
          target: user ? `user:${user.id}` : '',
          outcome: 'refused',
        })
      }, 'hasty')
      throw new Problem('invalid-credentials', 'The username or password is not right.')
    }
    throttle.succeeded(attempt)

    const earlier = readSessionCookie(request)
    const replaced = earlier && (await sessions.validate(earlier.token))
    if (replaced) await activity.flush()

    const { token, session } = await journal.write(async (transaction, record) => {
      if (replaced?.state === 'running')
        await sessions.signOutWithin(transaction, record, actor, replaced.session.id)
      const started = await sessions.start(transaction, {
        userId: user.id,
        kind: 'web',
        remembered: rememberMe && limits.current().policy.rememberMe.enabled,
        client: client ?? describeBrowser(request.headers['user-agent']),
        address,
      })
      const { id, kind } = started.session
      record.audit({ actor, action: 'session.sign-in', target: `user:${user.id}`, after: { session: id } })
      record.event({ type: 'session-started', data: { session: { id, userId: user.id, kind } } })
      return started
    })
    return { token, user, holder: holderOf(user), session }
  }
}
