import type { Seconds } from './duration.ts'
import type { ServicePolicy } from './service-policy.ts'
import type { SessionKind } from './session.ts'

/** Everything that decides when sessions end, as it is now. */
export interface SessionLimits {
  readonly policy: ServicePolicy
  /** D2, *Authorization token session duration*. */
  readonly tokenSeconds: Seconds
  /** D3, *Maximum K8s Session Duration*. */
  readonly kubernetesSeconds: Seconds
}

/** What is known of a running session. Instants are milliseconds since 1970, UTC. */
export interface RunningSession {
  readonly kind: SessionKind
  readonly createdAt: number
  readonly lastActivityAt: number
  readonly remembered: boolean
}

/** When a session will end if nothing more happens, and by which rule. */
export interface SessionEnd {
  readonly at: number
  readonly because: 'idle' | 'maximum' | 'expired'
}

/**
 * Whether a session has what *Remember me* promises: the idle timeout leaves it alone.
 *
 * Switching remember-me off ends the privilege at once: such a session is an ordinary one from then on, with the
 * idle timeout counted from its last activity (docs/rules.md, Sessions).
 */
export function isRemembered(session: Pick<RunningSession, 'remembered'>, policy: ServicePolicy): boolean {
  return session.remembered && policy.rememberMe.enabled
}

/**
 * The instant at which a running session ends by itself: docs/rules.md, Sessions, computed against the
 * limits as they are now. Revocation, sign-out and a disabled user are events and not part of it.
 */
export function sessionEnd(session: RunningSession, limits: SessionLimits): SessionEnd {
  if (session.kind !== 'web') {
    const duration = session.kind === 'token' ? limits.tokenSeconds : limits.kubernetesSeconds
    return { at: session.createdAt + duration * 1000, because: 'expired' }
  }
  const { idleTimeout, idleAppliesToRemembered, rememberMe } = limits.policy
  const maximum: SessionEnd = {
    at: session.createdAt + rememberMe.maximumSeconds * 1000,
    because: 'maximum',
  }
  if (!idleTimeout.enabled || (isRemembered(session, limits.policy) && !idleAppliesToRemembered))
    return maximum
  const idleAt = session.lastActivityAt + idleTimeout.seconds * 1000
  return idleAt < maximum.at ? { at: idleAt, because: 'idle' } : maximum
}

/** Whether a running session is over at an instant. It ends *at* its end, not after it. */
export function hasEnded(session: RunningSession, limits: SessionLimits, now: number): boolean {
  return now >= sessionEnd(session, limits).at
}
