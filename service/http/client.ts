import { isIPv4, isIPv6 } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import { canonicalIPv6 } from '../address.ts'

/**
 * An address without whatever proxies write around it: a port, brackets, quotes, a zone.
 *
 * @returns `undefined` for what is none, such as `unknown` or the `_hidden` of RFC 7239
 */
export function bareAddress(text: string): string | undefined {
  const plain = text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d*$/.exec(plain)?.[1] ?? /^\[([^\]]+)\](?::\d*)?$/.exec(plain)?.[1]
  const address = withPort ?? plain
  if (isIPv4(address)) return address
  return isIPv6(address) ? canonicalIPv6(address) : undefined
}

/**
 * The address of whoever asks. Behind a proxy it is what the proxy says; where that is no address it is the proxy's own,
 * so that whoever hides theirs shares one count with all who do.
 */
export function clientAddress(request: FastifyRequest): string {
  return bareAddress(request.ip) ?? bareAddress(request.socket.remoteAddress ?? '') ?? ''
}

function scheme(request: FastifyRequest): string {
  const told = request.protocol.toLowerCase()
  if (told === 'http' || told === 'https') return told
  return (request.socket as Partial<TLSSocket>).encrypted ? 'https' : 'http'
}

/** Whether the client's own connection is encrypted, by this server or by the proxy in front of it. */
export function isSecure(request: FastifyRequest): boolean {
  return scheme(request) === 'https'
}

/** What sends a request, as far as its headers say: browsers say it of every page, whatever the page would have them say. */
type Sender = 'own-page' | 'foreign-page' | 'program'

function senderOf(request: FastifyRequest): Sender {
  const { origin, 'sec-fetch-site': site = 'none' } = request.headers
  if (site !== 'none' && site !== 'same-origin') return 'foreign-page'
  if (origin === undefined) return 'program'
  return request.server.ownOrigins.includes(origin, request) ? 'own-page' : 'foreign-page'
}

/** Whether a browser says that a request comes from a page of this server. */
export function isFromOwnPage(request: FastifyRequest): boolean {
  return senderOf(request) === 'own-page'
}

/** Whether a browser says that a request comes from a page of another site, another port or host of this one included. */
export function isFromForeignPage(request: FastifyRequest): boolean {
  return senderOf(request) === 'foreign-page'
}
