import { isIPv4, type Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { bareAddress, isSecure } from './client.ts'
import { Problem } from './problem.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly ownOrigins: OwnOrigins
  }
}

/**
 * Which origins are this server's. It knows them from how it was started and from the connection, never from what a
 * request says of itself: whoever makes a name point here (DNS rebinding) gets nothing.
 */
export interface OwnOrigins {
  /**
   * Refuses a request that came for another server.
   *
   * @throws Problem `bad-request` where the host is missing, double or no host; `misdirected` where it is another's
   */
  demand(request: FastifyRequest): void
  /** Whether an `Origin` is one of this server's, for a request that passed {@link OwnOrigins.demand}. */
  includes(origin: string, request: FastifyRequest): boolean
}

/** A host as `Host` names it: lower case, without a default port. */
interface Host {
  readonly name: string
  readonly port: number
}

const hostShape = /^(\[[\da-f:.]+\]|[a-z\d._-]+)(?::([1-9]\d{0,4}))?$/i

/** @returns `undefined` for what is no host, or one that is written so that two readers could take it for two */
function readHost(text: string, secure: boolean): Host | undefined {
  const [, name, port] = hostShape.exec(text) ?? []
  if (name === undefined || Number(port ?? 1) > 65_535) return undefined
  // An address has many spellings; this is the one that the socket's own is compared with.
  const bare = name.startsWith('[') ? bareAddress(name) : name.toLowerCase()
  return bare === undefined ? undefined : { name: bare, port: Number(port ?? (secure ? 443 : 80)) }
}

const written = ({ name, port }: Host, secure: boolean) => {
  const shown = name.includes(':') ? `[${name}]` : name
  const isDefault = port === (secure ? 443 : 80)
  return `${secure ? 'https' : 'http'}://${shown}${isDefault ? '' : `:${port}`}`
}

/** The one way an origin of http or https is written; `undefined` for what is none. */
export function readOrigin(text: string): string | undefined {
  const [, scheme, host] = /^(https?):\/\/([^/]+)$/i.exec(text) ?? []
  if (scheme === undefined || host === undefined) return undefined
  const secure = scheme.toLowerCase() === 'https'
  const read = readHost(host, secure)
  return read && written(read, secure)
}

/** Whether an address is of this machine alone. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'))
}

/** The hosts that a connection itself proves to be this server's: its own end of it, and its names. */
function isOwnEnd(host: Host, socket: Socket, names: ReadonlySet<string>): boolean {
  if (host.port !== socket.localPort) return false
  const address = bareAddress(socket.localAddress ?? '')
  if (address === undefined) return false
  return host.name === address || names.has(host.name) || (host.name === 'localhost' && isLoopback(address))
}

/** The one `Host` of a request. @throws Problem `bad-request` */
function onlyHost({ raw }: FastifyRequest): string {
  const { rawHeaders } = raw
  let found: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length !== 4 || name.toLowerCase() !== 'host') continue
    if (found !== undefined) throw new Problem('bad-request', 'The request names two hosts.')
    found = rawHeaders[at + 1]
  }
  if (found === undefined || found === '') throw new Problem('bad-request', 'The request names no host.')
  return found
}

/** A target that names the server too (RFC 9112, 3.2.2) names the same one as `Host`. @throws Problem `bad-request` */
function demandSameTarget(target: string, host: string): void {
  if (target.startsWith('/') || target === '*') return
  const authority = /^https?:\/\/([^/?#]*)/i.exec(target)?.[1]
  if (authority?.toLowerCase() !== host.toLowerCase())
    throw new Problem('bad-request', 'The request’s target and its Host header name two servers.')
}

/** The path of a target that names the server too; every other target as it is. */
export function pathOfTarget(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '')
  return path.startsWith('?') || path === '' ? `/${path}` : path
}

const misdirected =
  'This server does not answer to this name or address. Whoever runs it allows one with --public-origin.'

/**
 * @param publicOrigins what people type to reach this server from elsewhere, each as {@link readOrigin} writes it
 * @param names what the address it listens on is called on this machine
 * @param behindProxy whether the next hop is a proxy that is believed about what it was asked for
 */
export function createOwnOrigins({
  publicOrigins,
  names,
  behindProxy,
}: {
  readonly publicOrigins: readonly string[]
  readonly names: ReadonlySet<string>
  readonly behindProxy: boolean
}): OwnOrigins {
  const known = new Set(publicOrigins)
  /** Whether the proxy says for which host a request came. */
  const isForwarded = ({ headers }: FastifyRequest) => behindProxy && Boolean(headers['x-forwarded-host'])
  /** The last host that was let in on a connection: most ask for the same one every time. */
  const passed = new WeakMap<Socket, string>()

  return {
    demand: (request) => {
      const host = onlyHost(request)
      demandSameTarget(request.originalUrl, host)
      const forwarded = isForwarded(request)
      if (!forwarded && passed.get(request.socket) === host) return
      const secure = isSecure(request)
      const read = readHost(forwarded ? request.host : host, secure)
      if (!read) throw new Problem('bad-request', 'The request’s Host header is no host.')
      if (known.has(written(read, secure))) return
      if (forwarded || !isOwnEnd(read, request.socket, names)) throw new Problem('misdirected', misdirected)
      passed.set(request.socket, host)
    },
    includes: (origin, request) => {
      const read = readOrigin(origin)
      if (read === undefined) return false
      if (known.has(read)) return true
      // A page at this machine's own address, where that is what was asked for and no proxy's.
      if (isForwarded(request)) return false
      const secure = isSecure(request)
      const host = readHost(read.replace(/^https?:\/\//, ''), secure)
      return host !== undefined && written(host, secure) === read && isOwnEnd(host, request.socket, names)
    },
  }
}
