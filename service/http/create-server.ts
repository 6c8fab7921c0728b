import type { Server as HttpsServer } from 'node:https'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import fastify, {
  type FastifyError,
  type FastifyHttpsOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
} from 'fastify'
import { mountPages, problemPage, wantsPage } from '../pages/page-routes.ts'
import { allOperations } from './all-operations.ts'
import { isFromForeignPage, isSecure } from './client.ts'
import { limitConnections, mostConnections, networkOf } from './connection-limit.ts'
import { cookieNamesOf } from './cookies.ts'
import { parseJsonBody } from './json-body.ts'
import { openApiOperation } from './openapi.ts'
import { mount } from './operation.ts'
import { type OwnOrigins, pathOfTarget } from './own-origins.ts'
import { Problem } from './problem.ts'
import type { Services } from './services.ts'

export interface Tls {
  readonly cert: Buffer
  readonly key: Buffer
}

/** How long slow clients are waited for, in milliseconds. */
export interface Patience {
  readonly headersMs: number
  readonly requestMs: number
}

const defaultPatience: Patience = { headersMs: 10_000, requestMs: 30_000 }
const largestBody = 1_000_000
const largestHeaders = 16_384

/** SQLite's result codes that are about the disk. */
const storageFaults: Readonly<Record<number, string>> = {
  8: 'The data folder of the service can’t be written. Nothing was changed.',
  10: 'The disk of the service fails. Nothing was changed.',
  13: 'The disk of the service is full. Nothing was changed.',
}

/** Fastify's own refusals in this API's words; anything unforeseen says nothing of the inside. */
function asProblem(error: FastifyError | Error): Problem {
  if (error instanceof Problem) return error
  const { code, statusCode, errcode } = error as Partial<FastifyError> & { readonly errcode?: number }
  if (errcode !== undefined && storageFaults[errcode & 0xff])
    return new Problem('unavailable', storageFaults[errcode & 0xff] ?? '')
  if (statusCode === 413) return new Problem('too-large', 'The body is larger than 1 MB.')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new Problem('not-json', 'The body must be JSON, and must say so: application/json.')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new Problem('invalid', 'The request can’t be read.')
  return new Problem('internal', 'Something went wrong in the service. Its log says what.')
}

const pagePolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** How the server reads requests, and refuses those that never become one. */
function settingsFor(patience: Patience, behindProxy: boolean): FastifyServerOptions {
  return {
    bodyLimit: largestBody,
    requestTimeout: patience.requestMs,
    keepAliveTimeout: 72_000,
    // One proxy is believed: what it says of the client, and nothing that the client says itself.
    trustProxy: behindProxy ? (_: string, hop: number) => hop === 0 : false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    // Longer ids are refused by their schema, in this API's words.
    routerOptions: { maxParamLength: largestHeaders },
    frameworkErrors: (error, _, reply) => {
      const problem = asProblem(error)
      ;(reply as unknown as FastifyReply)
        .code(problem.status)
        .type('application/problem+json')
        .send(JSON.stringify(problem))
    },
    logger: false,
    rewriteUrl: ({ url = '' }) => pathOfTarget(url),
    clientErrorHandler: (error, socket) => {
      if (!socket.writable) return
      const status = {
        HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
        ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
      }[error.code as string]
      const problem =
        error.code === 'HPE_HEADER_OVERFLOW'
          ? new Problem('headers-too-large', 'The headers are larger than 16 KB.')
          : new Problem('invalid', 'The request can’t be read.')
      const body = JSON.stringify(problem)
      socket.end(
        `HTTP/1.1 ${status ?? '400 Bad Request'}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      )
    },
  }
}

/** Builds the HTTP server; it listens when told to. */
export async function createServer(
  services: Services,
  {
    tls,
    behindProxy = false,
    ownOrigins,
    patience = defaultPatience,
    logError,
  }: {
    readonly tls?: Tls | undefined
    readonly behindProxy?: boolean
    readonly ownOrigins: OwnOrigins
    readonly patience?: Patience
    readonly logError: (error: Error) => void
  },
): Promise<FastifyInstance> {
  const listening = {
    maxHeaderSize: largestHeaders,
    headersTimeout: patience.headersMs,
    requestTimeout: patience.requestMs,
    connectionsCheckingInterval: Math.min(1_000, patience.headersMs),
  }
  const settings = settingsFor(patience, behindProxy)
  // The two kinds of server differ in type only where nothing here looks.
  const server = tls
    ? (fastify({
        ...settings,
        https: { ...tls, ...listening },
      } as unknown as FastifyHttpsOptions<HttpsServer>) as unknown as FastifyInstance)
    : fastify({ ...settings, http: listening })
  // Behind a proxy all come from its address: there the limits are the proxy's.
  if (!behindProxy) limitConnections(server.server, mostConnections, networkOf)
  server.decorate('ownOrigins', ownOrigins)
  server.decorate('cookieNames', cookieNamesOf(services.identity.instanceId))
  await server.register(cookie, { hook: false })
  server.removeContentTypeParser(['application/json', 'text/plain'])

  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff')
    if (request.url.startsWith('/api/')) {
      reply.header('cache-control', 'no-store, no-transform')
    } else {
      reply.header('cache-control', 'no-transform')
      reply.header('content-security-policy', pagePolicy)
      reply.header('referrer-policy', 'same-origin')
      reply.header('x-frame-options', 'DENY')
      reply.header('cross-origin-opener-policy', 'same-origin')
    }
    if (isSecure(request)) reply.header('strict-transport-security', 'max-age=31536000')
    try {
      ownOrigins.demand(request)
      // Before anything is read or counted: no page of another site can write here, or use up its visitor's attempts.
      if (request.method !== 'GET' && isFromForeignPage(request))
        throw new Problem('forbidden', 'This request came from a page of another site.')
      done()
    } catch (error) {
      done(error as Error)
    }
  })
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = asProblem(error)
    if (problem.code === 'internal') logError(error)
    // The session ended between the page's form being sent and what it asks for.
    if (wantsPage(request) && problem.code === 'session-ended') {
      reply.redirect(`/sign-in?ended=${problem.more.reason}`, 303)
      return
    }
    reply.code(problem.status).headers(problem.more.headers ?? {})
    if (wantsPage(request)) reply.type('text/html; charset=utf-8').send(problemPage(services, problem))
    else reply.type('application/problem+json').send(JSON.stringify(problem))
  })
  server.setNotFoundHandler((request, reply) => {
    const problem = new Problem('not-found', 'There is nothing here.')
    reply.code(404)
    if (wantsPage(request)) reply.type('text/html; charset=utf-8').send(problemPage(services, problem))
    else reply.type('application/problem+json').send(JSON.stringify(problem))
  })

  await server.register(async (api) => {
    api.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => {
      try {
        done(null, parseJsonBody(body as Buffer))
      } catch (error) {
        done(error as Error)
      }
    })
    for (const stated of [...allOperations(services), openApiOperation(services)])
      mount(api, services, stated)
  })
  await server.register(async (pages) => {
    await pages.register(formbody, { bodyLimit: 16_384 })
    mountPages(pages, services)
  })
  return server
}
