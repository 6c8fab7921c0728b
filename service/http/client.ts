import { isIPv4, isIPv6 } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'

/** An IPv6 address in its one canonical form; one that only wraps an IPv4 address is that. */
function canonical(address: string): string | undefined {
  const [bare = ''] = address.split('%')
  const hostname = URL.parse(`http://[${bare}]/`)?.hostname.slice(1, -1)
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(hostname ?? '')
  if (!mapped) return hostname
  const bytes = mapped.slice(1).flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
  return bytes.join('.')
}

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
  return isIPv6(address) ? canonical(address) : undefined
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

/** Whether a browser says that a request comes from a page of this server. */
export function isFromOwnPage(request: FastifyRequest): boolean {
  const { origin } = request.headers
  return origin !== undefined && request.server.ownOrigins.includes(origin, request)
}
