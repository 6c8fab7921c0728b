import { z } from 'zod'
import type { Credential } from '../../../domain/credential.ts'
import type { Me } from '../../../domain/instance.ts'
import { Page, SessionPage } from '../../../domain/page.ts'
import { fail, type Outcome, succeed } from '../../../domain/problem.ts'
import { RevocationReport, type RevocationResult } from '../../../domain/revocation.ts'
import { roleNames, roles, ServiceUser } from '../../../domain/user.ts'
import { lockedProblem } from '../../while-unlocked.ts'
import type {
  Connection,
  Connector,
  ConnectTarget,
  RevokeOptions,
  ServerInfo,
  SessionAccess,
  UserAccess,
} from '../connector.ts'
import { exchange, readBody } from '../http/exchange.ts'
import { readAllPages } from '../http/pages.ts'
import { type Api, apiUrl, createApi, passive } from './api.ts'
import { createConfigAccess } from './config-access.ts'
import { createEventAccess } from './event-access.ts'
import { inWords, meOf } from './me.ts'
import { createPolicyAccess } from './policy-access.ts'
import { explainRefusal } from './problems.ts'
import { createChallenge, isProven } from './service-proof.ts'

const Server = z.object({
  name: z.string(),
  version: z.string(),
  instanceId: z.string().min(1).max(200).optional(),
  capabilities: z.array(z.string()),
  proof: z.string().max(100).optional(),
})
type Server = z.infer<typeof Server>
const SignedIn = z.object({ token: z.string(), user: ServiceUser, device: z.string().max(200).optional() })
const People = Page(ServiceUser)

/** Our own session service (service/README.md). */
export const sessionService: Connector = {
  id: 'session-service',

  async probe(target) {
    const server = await readServer(target, target.signal)
    return server.ok ? succeed(infoOf(server.value)) : server
  },

  async connect(target, { credential }) {
    const server = await readServer(target, target.signal)
    if (!server.ok) return server
    if (target.signal.aborted) return fail(lockedProblem)
    const signedIn = await signIn(target, credential)
    if (!signedIn.ok) return signedIn
    const { token, user, device } = signedIn.value
    const known = {
      ...target,
      ...(server.value.instanceId !== undefined && { serverId: server.value.instanceId }),
    }
    const api = createApi(target, token, (signal) => readServer(known, signal))
    if (!target.signal.aborted) {
      const connection = createConnection(api, server.value, meOf(user))
      return succeed({ ...connection, ...(device !== undefined && { device }) })
    }
    await api.signOut()
    return fail(lockedProblem)
  },
}

function infoOf({ name, version, instanceId }: Server): ServerInfo {
  return { name, version, ...(instanceId !== undefined && { id: instanceId }) }
}

/** Asks who answers, before anything secret is sent: it must be the server that the instance is known by. */
async function readServer(target: ConnectTarget, signal: AbortSignal | undefined): Promise<Outcome<Server>> {
  const firstContact = target.serverId === undefined
  const challenge = target.proofKey && createChallenge()
  const path = challenge === undefined ? '/server' : `/server?challenge=${challenge}`
  const answer = await exchange(target.fetch, apiUrl(target, path), {
    ...(signal && { signal }),
    firstContact,
  })
  if (!answer.ok) return answer
  const server = Server.safeParse(answer.value.body)
  if (challenge !== undefined) {
    const { origin } = new URL(target.baseUrl)
    if (!isProven(target.proofKey?.(), { challenge, origin, proof: server.data?.proof }))
      return fail({
        code: 'not-proven',
        message: `Another program answers at the built-in service’s address, ${answer.value.host}. Curfew sent it no password. Quit Curfew and start it again. If this comes back, find out which program uses that port.`,
      })
  }
  if (answer.value.status !== 200 || !server.success)
    return fail(explainRefusal(answer.value, firstContact).problem)
  if (!firstContact && server.data.instanceId !== target.serverId)
    return fail({
      code: 'another-server',
      message: `Another server answers at ${answer.value.host} than the one that was added. Curfew sent it no password.`,
    })
  return succeed(server.data)
}

/** Not cut off by a lock: a session that nobody knows of would stay on the server. */
async function signIn(
  target: ConnectTarget,
  { kind, account, secret, device }: Credential,
): Promise<Outcome<z.infer<typeof SignedIn>>> {
  if (kind !== 'password')
    return fail({ code: 'unsupported', message: 'The session service takes a user name and a password.' })
  target.onSecretSent?.()
  const answer = await exchange(target.fetch, apiUrl(target, '/sign-in'), {
    method: 'POST',
    body: {
      username: account,
      password: secret,
      rememberMe: false,
      client: { name: 'Curfew', kind: 'desktop' },
      ...(device !== undefined && { device }),
    },
  })
  if (!answer.ok) return answer
  if (answer.value.status !== 201 || answer.value.content !== 'json')
    return fail(explainRefusal(answer.value).problem)
  return readBody(answer.value, SignedIn)
}

function createConnection(api: Api, server: Server, me: Me): Connection {
  /** What the server itself does not claim is left out. */
  const has = (one: string) => server.capabilities.includes(one)
  return {
    server: infoOf(server),
    me,
    ...(has('policy') && { policy: createPolicyAccess(api, has('policy-preview')) }),
    ...(has('config') && { config: createConfigAccess(api, has('config-preview')) }),
    ...(has('users') && { users: createUserAccess(api) }),
    ...(has('sessions') && { sessions: createSessionAccess(api, has('revoke-many')) }),
    ...(has('events') && { events: createEventAccess(api) }),
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
      readAllPages((cursor) => {
        const parameters = new URLSearchParams({ limit: '500', ...(cursor !== undefined && { cursor }) })
        const path = `/users/${encodeURIComponent(userId)}/sessions?${parameters}`
        return api.read(path, SessionPage, { headers: api.looking() })
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

/**
 * Revoking twice does no more than once: where the answer was lost, it is asked for again. What then is “gone” may have
 * been ended by the first.
 */
async function revoke(
  api: Api,
  which: { readonly userIds: readonly string[] } | { readonly sessionIds: readonly string[] },
  { reason, includeOwn }: RevokeOptions,
): Promise<Outcome<RevocationReport>> {
  const send = () =>
    api.call('/sessions/revoke', {
      method: 'POST',
      body: { ...which, reason, keepCurrent: !includeOwn },
      outlastsLock: true,
    })
  let answer = await send()
  if (!answer.ok && answer.mayHaveActed) {
    const { message } = answer.problem
    if (!api.hasEnded) answer = await send()
    if (!answer.ok && answer.mayHaveActed)
      return fail({
        code: 'not-known',
        message: `${message} Whether these sessions have ended is not known. Look at them once the server answers, or try again: what has ended stays ended.`,
      })
  }
  return answer.ok ? readBody(answer.value, RevocationReport) : answer
}
