import { z } from 'zod'
import type { Me } from '../../../domain/instance.ts'
import { Policy, type PolicyChange } from '../../../domain/policy.ts'
import { fail, type Outcome, succeed } from '../../../domain/problem.ts'
import { Instant, Session } from '../../../domain/session.ts'
import { User } from '../../../domain/user.ts'
import {
  PolicyPreview,
  type PolicyReading,
  RevocationReport,
  type SessionPage,
} from '../../../preload/contract.ts'
import type {
  Connection,
  Connector,
  ConnectTarget,
  Credential,
  RevokeOptions,
  ServerInfo,
} from '../connector.ts'
import { exchange, type HttpAnswer, type HttpRequest, readBody } from '../http-client.ts'
import { explainRefusal } from './problems.ts'

const Server = z.object({ name: z.string(), version: z.string(), instanceId: z.string(), time: Instant })
const SignedIn = z.object({ token: z.string(), session: z.object({ id: z.string() }) })
const WhoAmI = z.object({ user: User })
const StoredPolicy = z.object({
  ...Policy.shape,
  updatedAt: Instant.nullable(),
  updatedBy: z.string().nullable(),
})
const Page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable(), total: z.int() })

/** What nobody has just asked for carries it, so that Curfew alone never keeps its session alive (service/README.md). */
const passive = { 'Session-Activity': 'passive' } as const

/** Our own session service (session-service.md). */
export const sessionService: Connector = {
  id: 'session-service',

  async probe(target) {
    const answer = await exchange(target.fetch, apiUrl(target, '/server'), { signal: target.signal })
    if (!answer.ok) return answer
    const server = Server.safeParse(answer.value.body)
    return server.success
      ? succeed({ name: server.data.name, version: server.data.version })
      : fail({
          code: 'not-this-product',
          message: 'What answers there is not a session service. Check the address.',
        })
  },

  async connect(target, credential) {
    const server = await sessionService.probe(target)
    if (!server.ok) return server
    const token = await signIn(target, credential)
    if (!token.ok) return token
    const api = createApi(target, token.value)
    const me = await readMe(api)
    return me.ok ? succeed(createConnection(api, server.value, me.value)) : me
  },
}

function apiUrl(target: ConnectTarget, path: string): string {
  return `${target.baseUrl}/api/v1${path}`
}

async function signIn(target: ConnectTarget, credential: Credential): Promise<Outcome<string>> {
  if (credential.kind !== 'password')
    return fail({ code: 'unsupported', message: 'The session service takes a user name and a password.' })
  const answer = await exchange(target.fetch, apiUrl(target, '/sign-in'), {
    method: 'POST',
    body: {
      username: credential.username,
      password: credential.password,
      rememberMe: false,
      client: { name: 'Curfew', kind: 'desktop' },
    },
    signal: target.signal,
  })
  if (!answer.ok) return answer
  if (answer.value.status !== 201) return fail(explainRefusal(answer.value))
  const body = readBody(answer.value, SignedIn)
  return body.ok ? succeed(body.value.token) : body
}

/** Calls with the session's token, JSON both ways; any status but the expected ones is a problem. */
interface Api {
  call(path: string, request?: HttpRequest & { readonly expect?: number }): Promise<Outcome<HttpAnswer>>
  read<T>(path: string, schema: z.ZodType<T>, request?: HttpRequest): Promise<Outcome<T>>
  /** The headers of a call that only looks: passive unless the admin has just done something. */
  looking(): Readonly<Record<string, string>>
  /** The same session without the abort signal, for the farewell. */
  signOut(): Promise<void>
}

function createApi(target: ConnectTarget, token: string): Api {
  const authorised = (path: string, request: HttpRequest) =>
    exchange(target.fetch, apiUrl(target, path), {
      ...request,
      headers: { authorization: `Bearer ${token}`, ...request.headers },
    })
  const api: Api = {
    async call(path, { expect = 200, ...request } = {}) {
      const answer = await authorised(path, { ...request, signal: target.signal })
      if (!answer.ok || answer.value.status === expect) return answer
      return fail(explainRefusal(answer.value, conflictReading(answer.value)))
    },
    async read(path, schema, request = {}) {
      const answer = await api.call(path, request)
      return answer.ok ? readBody(answer.value, schema) : answer
    },
    looking: () => (target.adminIsHere?.() === false ? passive : {}),
    async signOut() {
      await authorised('/sign-out', { method: 'POST' })
    },
  }
  return api
}

async function readMe(api: Api): Promise<Outcome<Me>> {
  const who = await api.read('/me', WhoAmI, { headers: passive })
  if (!who.ok) return who
  const { id, username, displayName, role, permissions } = who.value.user
  return succeed({ userId: id, username, displayName, role, permissions })
}

function createConnection(api: Api, server: ServerInfo, me: Me): Connection {
  return {
    server,
    me,
    policy: {
      async read() {
        const answer = await api.call('/security/policy', { headers: api.looking() })
        return answer.ok ? readPolicy(answer.value) : answer
      },
      async write(change, basis) {
        const merged = await mergeIntoStored(api, change, basis)
        if (!merged.ok) return merged
        const answer = await api.call('/security/policy', {
          method: 'PUT',
          headers: { 'if-match': basis },
          body: merged.value,
        })
        return answer.ok ? readPolicy(answer.value) : answer
      },
      async preview(change) {
        const merged = await mergeIntoStored(api, change)
        if (!merged.ok) return merged
        return api.read('/security/policy/preview', PolicyPreview, {
          method: 'POST',
          body: merged.value,
          headers: api.looking(),
        })
      },
    },
    users: {
      list(query) {
        const parameters = new URLSearchParams({ limit: String(query.limit), sort: 'displayName' })
        if (query.search) parameters.set('search', query.search)
        if (query.role) parameters.set('role', query.role)
        if (query.active) parameters.set('active', 'true')
        if (query.cursor) parameters.set('cursor', query.cursor)
        return api.read(`/users?${parameters}`, Page(User), { headers: api.looking() })
      },
      read: (userId) => api.read(`/users/${encodeURIComponent(userId)}`, User, { headers: api.looking() }),
    },
    sessions: {
      ofUser: (userId) => readSessions(api, userId),
      revokeUsers: (userIds, options) => revoke(api, { userIds }, options),
      revokeSessions: (sessionIds, options) => revoke(api, { sessionIds }, options),
    },
    async check() {
      const answer = await api.call('/me', { headers: passive })
      return answer.ok ? succeed(undefined) : answer
    },
    close: () => api.signOut(),
  }
}

/** The stored policy with a change laid over it: the service takes policies whole. */
async function mergeIntoStored(api: Api, change: PolicyChange, basis?: string): Promise<Outcome<Policy>> {
  const answer = await api.call('/security/policy', { headers: passive })
  if (!answer.ok) return answer
  const stored = readPolicy(answer.value)
  if (!stored.ok) return stored
  if (basis !== undefined && stored.value.revision !== basis)
    return fail({
      code: 'conflict',
      message: 'Somebody else changed this in the meantime.',
      current: stored.value,
    })
  const merged = Policy.safeParse({ ...stored.value.value, ...change })
  return merged.success
    ? succeed(merged.data)
    : fail({ code: 'unsupported', message: 'This server keeps no such rule in its policy.' })
}

function readPolicy(answer: HttpAnswer): Outcome<PolicyReading> {
  const body = readBody(answer, StoredPolicy)
  return body.ok ? succeed(toReading(body.value, answer.headers.get('etag') ?? '')) : body
}

function toReading(stored: z.infer<typeof StoredPolicy>, revision: string): PolicyReading {
  const { updatedAt, updatedBy, ...value } = stored
  return {
    value,
    units: { 'idleTimeout.seconds': 'seconds', 'rememberMe.maximumSeconds': 'seconds' },
    revision,
    asOf: new Date().toISOString(),
    updatedAt,
    updatedBy,
  }
}

/** What a 412 says is stored now, where it is a policy. */
function conflictReading(answer: HttpAnswer): PolicyReading | undefined {
  if (answer.status !== 412) return undefined
  const current = z.object({ current: StoredPolicy }).safeParse(answer.body)
  return current.success ? toReading(current.data.current, answer.headers.get('etag') ?? '') : undefined
}

async function readSessions(api: Api, userId: string): Promise<Outcome<SessionPage>> {
  const path = `/users/${encodeURIComponent(userId)}/sessions?limit=500`
  const answer = await api.call(path, { headers: api.looking() })
  if (!answer.ok) return answer
  const page = readBody(answer.value, Page(Session))
  if (!page.ok) return page
  const server = await api.read('/server', Server, { headers: passive })
  return server.ok ? succeed({ items: page.value.items, serverTime: server.value.time }) : server
}

function revoke(
  api: Api,
  which: { readonly userIds: readonly string[] } | { readonly sessionIds: readonly string[] },
  { reason, includeOwn }: RevokeOptions,
): Promise<Outcome<RevocationReport>> {
  return api.read('/sessions/revoke', RevocationReport, {
    method: 'POST',
    body: { ...which, reason, keepCurrent: !includeOwn },
  })
}
