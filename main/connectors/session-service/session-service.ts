import { z } from 'zod'
import type { Credential } from '../../../domain/credential.ts'
import type { Me } from '../../../domain/instance.ts'
import { Page, SessionPage } from '../../../domain/page.ts'
import { fail, type Outcome, succeed } from '../../../domain/problem.ts'
import { RevocationReport, type RevocationResult } from '../../../domain/revocation.ts'
import { roleNames, roles, ServiceUser } from '../../../domain/user.ts'
import type {
  Connection,
  Connector,
  ConnectTarget,
  RevokeOptions,
  SessionAccess,
  UserAccess,
} from '../connector.ts'
import { exchange, readBody } from '../http-client.ts'
import { type Api, apiUrl, createApi, passive } from './api.ts'
import { inWords, meOf } from './me.ts'
import { createPolicyAccess } from './policy-access.ts'
import { explainRefusal } from './problems.ts'

const Server = z.object({ name: z.string(), version: z.string(), capabilities: z.array(z.string()) })
type Server = z.infer<typeof Server>
const SignedIn = z.object({ token: z.string(), user: ServiceUser })
const People = Page(ServiceUser)

/** Our own session service (service/README.md). */
export const sessionService: Connector = {
  id: 'session-service',

  async probe(target) {
    const server = await readServer(target)
    return server.ok ? succeed({ name: server.value.name, version: server.value.version }) : server
  },

  async connect(target, { credential }) {
    const server = await readServer(target)
    if (!server.ok) return server
    const signedIn = await signIn(target, credential)
    if (!signedIn.ok) return signedIn
    const { token, user } = signedIn.value
    return succeed(createConnection(createApi(target, token), server.value, meOf(user)))
  },
}

async function readServer(target: ConnectTarget): Promise<Outcome<Server>> {
  const answer = await exchange(target.fetch, apiUrl(target, '/server'), { signal: target.signal })
  if (!answer.ok) return answer
  const server = Server.safeParse(answer.value.body)
  return server.success
    ? succeed(server.data)
    : fail({
        code: 'not-this-product',
        message: 'What answers there is not a session service. Check the address.',
      })
}

async function signIn(
  target: ConnectTarget,
  { kind, account, secret }: Credential,
): Promise<Outcome<z.infer<typeof SignedIn>>> {
  if (kind !== 'password')
    return fail({ code: 'unsupported', message: 'The session service takes a user name and a password.' })
  const answer = await exchange(target.fetch, apiUrl(target, '/sign-in'), {
    method: 'POST',
    body: {
      username: account,
      password: secret,
      rememberMe: false,
      client: { name: 'Curfew', kind: 'desktop' },
    },
    signal: target.signal,
  })
  if (!answer.ok) return answer
  if (answer.value.status !== 201) return fail(explainRefusal(answer.value))
  return readBody(answer.value, SignedIn)
}

function createConnection(api: Api, { name, version, capabilities }: Server, me: Me): Connection {
  /** What the server itself does not claim is left out. */
  const has = (...needed: readonly string[]) => needed.every((one) => capabilities.includes(one))
  return {
    server: { name, version },
    me,
    ...(has('policy') && { policy: createPolicyAccess(api, has('policy-preview')) }),
    ...(has('users') && { users: createUserAccess(api) }),
    ...(has('sessions') && { sessions: createSessionAccess(api, has('revoke-many')) }),
    async check() {
      const answer = await api.call('/me', { headers: passive })
      return answer.ok ? succeed(undefined) : answer
    },
    close: () => api.signOut(),
  }
}

function createUserAccess(api: Api): UserAccess {
  return {
    roles: roles.map((id) => ({ id, people: `${roleNames[id]}s` })),
    async list(query) {
      const parameters = new URLSearchParams({ limit: String(query.limit), sort: 'displayName' })
      if (query.search) parameters.set('search', query.search)
      if (query.role) parameters.set('role', query.role)
      if (query.active) parameters.set('active', 'true')
      if (query.cursor) parameters.set('cursor', query.cursor)
      const page = await api.read(`/users?${parameters}`, People, { headers: api.looking() })
      return page.ok ? succeed({ ...page.value, items: page.value.items.map(inWords) }) : page
    },
    async read(userId) {
      const path = `/users/${encodeURIComponent(userId)}`
      const user = await api.read(path, ServiceUser, { headers: api.looking() })
      return user.ok ? succeed(inWords(user.value)) : user
    },
  }
}

function createSessionAccess(api: Api, revokesMany: boolean): SessionAccess {
  return {
    ofUser: (userId) =>
      api.read(`/users/${encodeURIComponent(userId)}/sessions?limit=500`, SessionPage, {
        headers: api.looking(),
      }),
    revoke: revokesMany
      ? {
          async users(userIds, options) {
            const report = await revoke(api, { userIds }, options)
            return report.ok ? succeed({ results: report.value.results.map(withoutSession) }) : report
          },
          sessions: (sessionIds, options) => revoke(api, { sessionIds }, options),
        }
      : {},
  }
}

/** The service says “gone” of people who have no session, whether or not they are there: nothing was left to end. */
function withoutSession(result: RevocationResult): RevocationResult {
  return result.outcome === 'gone' ? { ...result, outcome: 'revoked', revoked: 0 } : result
}

function revoke(
  api: Api,
  which: { readonly userIds: readonly string[] } | { readonly sessionIds: readonly string[] },
  { reason, includeOwn }: RevokeOptions,
): Promise<Outcome<RevocationReport>> {
  return api.read('/sessions/revoke', RevocationReport, {
    method: 'POST',
    body: { ...which, reason, keepCurrent: !includeOwn },
    outlastsLock: true,
  })
}
