import cookie from '@fastify/cookie'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { createOwnOrigins } from '../../../../service/http/own-origins.ts'

/** A request as it came in at a connection; what is left out is as an ordinary program would send it. */
export interface Sent {
  readonly method?: string
  readonly target?: string
  /** As they were sent, in order, doubles included. */
  readonly headers?: readonly (readonly [string, string])[]
  readonly from?: string | undefined
  readonly at?: string | undefined
  readonly port?: number
  readonly encrypted?: boolean
  /** What a proxy that is believed says. */
  readonly proxied?: { readonly ip?: string; readonly protocol?: string; readonly host?: string }
  readonly socket?: object
}

const server = fastify()
await server.register(cookie, { hook: false })
await server.ready()

const origins = createOwnOrigins({ publicOrigins: [], names: new Set(), behindProxy: false })

/** The parts of a request that our own code looks at. */
export function requestOf(
  {
    method = 'GET',
    target = '/',
    headers = [['Host', '127.0.0.1:8080']],
    from = '192.0.2.7',
    at = '127.0.0.1',
    port = 8080,
    encrypted = false,
    proxied = {},
    socket,
  }: Sent = {},
  ownOrigins = origins,
): FastifyRequest {
  const byName = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))
  return {
    method,
    originalUrl: target,
    url: target,
    headers: byName,
    raw: { rawHeaders: headers.flat() },
    ip: proxied.ip ?? from,
    protocol: proxied.protocol ?? (encrypted ? 'https' : 'http'),
    host: proxied.host ?? byName['host'] ?? '',
    socket: socket ?? { remoteAddress: from, localAddress: at, localPort: port, encrypted },
    server: {
      ownOrigins,
      cookieNames: { session: 'curfew_session_x', device: 'curfew_device_x' },
      parseCookie: server.parseCookie,
    },
  } as unknown as FastifyRequest
}

/** A reply that keeps what was done with its cookies. */
export function replyTo(request: FastifyRequest) {
  const set: unknown[] = []
  const reply = {
    request,
    setCookie: (...given: readonly unknown[]) => set.push(['set', ...given]),
    clearCookie: (...given: readonly unknown[]) => set.push(['clear', ...given]),
  } as unknown as FastifyReply
  return { reply, set }
}
