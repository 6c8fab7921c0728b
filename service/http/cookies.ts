import type { FastifyReply, FastifyRequest } from 'fastify'
import { deviceSeconds } from '../devices.ts'
import { isSecure } from './client.ts'

/** What this server's cookies are called. */
export interface CookieNames {
  readonly session: string
  readonly device: string
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly cookieNames: CookieNames
  }
}

/**
 * Browsers keep one set of cookies a host, whatever the port: the names say which organisation they belong to, so that
 * two services on one machine don't sign each other's people out. Replicas of one organisation share them.
 */
export function cookieNamesOf(instanceId: string): CookieNames {
  const short = instanceId.slice(0, 10)
  return { session: `curfew_session_${short}`, device: `curfew_device_${short}` }
}

/** As long as browsers keep any cookie, and longer than any session may last. */
const longestSeconds = 400 * 86_400
/** Before the token in a cookie that outlives the browser's window, so that the server knows which kind it is. */
const lasting = 'lasting.'

/**
 * A cookie's name on this connection. Over TLS browsers take a name that begins so from this very host alone, over TLS and
 * for every path: no other host of the domain, and nobody between, can put one in its place.
 */
function nameOn(request: FastifyRequest, which: keyof CookieNames): string {
  const name = request.server.cookieNames[which]
  return isSecure(request) ? `__Host-${name}` : name
}

function cookieOf(request: FastifyRequest, which: keyof CookieNames): string | undefined {
  const { cookie } = request.headers
  return cookie === undefined ? undefined : request.server.parseCookie(cookie)[nameOn(request, which)]
}

/** The session that a browser believes it has. Cookies are read only where they are asked for. */
export function readSessionCookie(
  request: FastifyRequest,
): { readonly token: string; readonly isLasting: boolean } | undefined {
  const value = cookieOf(request, 'session')
  if (value === undefined) return undefined
  const isLasting = value.startsWith(lasting)
  return { token: isLasting ? value.slice(lasting.length) : value, isLasting }
}

const common = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure(request) }) as const

/**
 * Gives a browser its session. How long a session lasts is the server's to say, at every request and by the policy as it
 * is then: so the browser keeps a remembered one as long as it keeps anything, and any other until it is closed.
 */
export function writeSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
  isRemembered: boolean,
): void {
  reply.setCookie(nameOn(request, 'session'), isRemembered ? lasting + token : token, {
    ...common(request),
    ...(isRemembered && { maxAge: longestSeconds }),
  })
}

/** Takes the session cookie from the browser; the session itself goes on. */
export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(nameOn(reply.request, 'session'), common(reply.request))
}

/** What an account that was used in this browser before has left there. */
export function readDeviceCookie(request: FastifyRequest): string | undefined {
  return cookieOf(request, 'device')
}

/** Marks a browser as one that somebody has signed in with, so that others' failures don't slow them. */
export function writeDeviceCookie(request: FastifyRequest, reply: FastifyReply, proof: string): void {
  reply.setCookie(nameOn(request, 'device'), proof, {
    ...common(request),
    sameSite: 'strict',
    maxAge: deviceSeconds,
  })
}
