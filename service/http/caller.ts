import type { FastifyRequest } from 'fastify'
import type { SessionEndReason } from '../../domain/session.ts'
import { type Awaitable, whenReady } from '../database/database.ts'
import type { Sessions } from '../store/sessions.ts'
import type { Holder, StoredSession } from '../store/stored-session.ts'
import { isFromOwnPage } from './client.ts'
import { readSessionCookie } from './cookies.ts'
import { Problem } from './problem.ts'

/** Who is asking. */
export interface Caller {
  readonly holder: Holder
  readonly session: StoredSession
  readonly via: 'bearer' | 'cookie'
}

/** What a request's credentials come to. */
export type Recognition =
  | { readonly state: 'caller'; readonly caller: Caller }
  | { readonly state: 'ended'; readonly reason: SessionEndReason; readonly via: 'bearer' | 'cookie' }
  | { readonly state: 'nobody' }

const endings: Record<SessionEndReason, string> = {
  idle: 'You were signed out because you were inactive.',
  maximum: 'Your session reached its longest duration.',
  revoked: 'Your session was revoked.',
  'signed-out': 'You signed out.',
  expired: 'Your authorization has expired.',
  disabled: 'Your account is disabled.',
  displaced: 'You have signed in many times since: of your sessions, the one unused for longest was ended.',
}

/** Why a session ended, in a sentence to its holder. */
export function explainEnd(reason: SessionEndReason): string {
  return endings[reason]
}

const bearerShape = /^Bearer +(\S+) *$/i

/** Whether a request asks not to count as activity. */
function isPassive(request: FastifyRequest): boolean {
  return request.headers['session-activity'] === 'passive'
}

/** Finds out who is asking, and counts it as their activity unless it is passive. */
export function recognise(
  sessions: Sessions,
  request: FastifyRequest,
  passive = false,
): Awaitable<Recognition> {
  const { authorization } = request.headers
  const via = authorization === undefined ? 'cookie' : 'bearer'
  const token =
    authorization === undefined ? readSessionCookie(request)?.token : bearerShape.exec(authorization)?.[1]
  if (token === undefined) return { state: 'nobody' }
  return whenReady(sessions.validate(token), (validation): Recognition => {
    if (validation.state === 'unknown') return { state: 'nobody' }
    if (validation.state === 'ended') return { state: 'ended', reason: validation.reason, via }
    const { holder, session } = validation
    if (!passive && !isPassive(request)) sessions.touch(session)
    return { state: 'caller', caller: { holder, session, via } }
  })
}

/** The refusal for a session that is over. */
export function sessionEnded(reason: SessionEndReason): Problem {
  return new Problem('session-ended', explainEnd(reason), {
    reason,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}

/** @throws Problem `not-signed-in`, `session-ended` or, for a cookie from elsewhere, `forbidden` */
export function demandCaller(recognition: Recognition, request: FastifyRequest): Caller {
  if (recognition.state === 'nobody')
    throw new Problem('not-signed-in', 'Sign in first.', { headers: { 'www-authenticate': 'Bearer' } })
  if (recognition.state === 'ended') throw sessionEnded(recognition.reason)
  const { caller } = recognition
  if (caller.via === 'cookie' && request.method !== 'GET' && !isFromOwnPage(request))
    throw new Problem('forbidden', 'This request did not come from a page of this server.')
  return caller
}
