import cookie from '@fastify/cookie'
import fastify, { type InjectOptions } from 'fastify'
import { onTestFinished } from 'vitest'
import { createDevices } from '../../../../../service/devices.ts'
import { createAuthors } from '../../../../../service/http/author.ts'
import { createEventStream } from '../../../../../service/http/event-stream.ts'
import { createMetrics } from '../../../../../service/http/metrics.ts'
import { mount, type Operation } from '../../../../../service/http/operation.ts'
import { createOwnOrigins } from '../../../../../service/http/own-origins.ts'
import { invalidField, Problem } from '../../../../../service/http/problem.ts'
import type { Services } from '../../../../../service/http/services.ts'
import { createCountMinting } from '../../../../../service/minting.ts'
import { createConfirmation, createOwnPassword } from '../../../../../service/own-password.ts'
import { createPasswordProof } from '../../../../../service/password-proof.ts'
import type { Passwords } from '../../../../../service/passwords.ts'
import { createSignIn } from '../../../../../service/sign-in.ts'
import { watchAudit } from '../../../../../service/store/audit.ts'
import { createRunningCount } from '../../../../../service/store/preview.ts'
import type { Quotas } from '../../../../../service/store/quotas.ts'
import { createSigningKeys } from '../../../../../service/store/signing-keys.ts'
import type { NewUser, StoredUser } from '../../../../../service/store/users.ts'
import { createThrottle } from '../../../../../service/throttle.ts'
import { openWorld } from '../../store/world.ts'

/** Costs nothing: what hashing costs in earnest is its own test. */
const passwords: Passwords = {
  hash: async (password) => `hash of ${password}`,
  verify: async (password, find) => (await find()) === `hash of ${password}`,
}

/** The password of everybody in these tests. */
export const password = 'correct horse battery'
/** Where pages of this server come from. */
export const ownOrigin = 'https://curfew.test'

interface Asked {
  /** The token of whoever asks. */
  readonly as?: string | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly from?: string
}

interface Options {
  readonly issuer?: string
  readonly timeScale?: number
  readonly quotas?: Partial<Quotas>
  readonly credentialsPerMinute?: number
  readonly isDraining?: boolean
  readonly change?: (services: Services) => Partial<Services>
}

/** Some operations of the API on an embedded database, with a clock that stands still. No port, no server beside them. */
export async function openRoutes(
  routes: (services: Services) => readonly Operation[],
  options: Options = {},
) {
  const { issuer, timeScale = 1, credentialsPerMinute = 30 } = options
  const world = await openWorld(options.quotas ? { quotas: options.quotas } : {})
  const { database, journal, activity, limits, clock, users, sessions, seal } = world
  const parts = { database, journal, activity, limits, clock }
  const authorOf = createAuthors({ journal, sessions, clock, timeScale })
  const devices = createDevices({ secret: Buffer.alloc(32).toString('base64url'), clock })
  const throttle = createThrottle({ clock: () => 0 })
  const provePassword = createPasswordProof({ users, journal, passwords, throttle, devices })
  /** What was asked of the hashing of new passwords: the password, and what it must not be made of. */
  const hashed: unknown[] = []
  const hashNewPassword: Services['hashNewPassword'] = async (plain, known, _, __, field = 'password') => {
    hashed.push([plain, known])
    if (plain.startsWith('too weak')) throw invalidField(field, 'too-weak', 'It is weak.')
    return await passwords.hash(plain)
  }
  const audit = await watchAudit({
    database,
    journal,
    seal,
    clock,
    keepDays: undefined,
    onBroken: () => {},
    everyMs: 3_600_000,
  })
  const { rotate: _, ...signingKeys } = await createSigningKeys({ ...parts, days: 90 })
  const events = createEventStream({ journal, sessions })
  const plain: Services = {
    ...parts,
    identity: { name: 'Test server', version: '1.2.3', instanceId: 'abcdefghijklmno', timeScale },
    prove: (challenge) => (challenge.startsWith('A') ? `proof of ${challenge}` : undefined),
    capabilities: () => ['policy', 'users'],
    timeScale,
    policies: world.policies,
    entries: world.entries,
    signingKeys,
    issuer: () => issuer,
    sessions,
    users,
    countMinting: createCountMinting({ clock: () => 0, perMinute: credentialsPerMinute }),
    authorOf,
    passwords,
    signIn: createSignIn({ ...parts, provePassword, sessions, users, devices }),
    confirmPassword: createConfirmation({ users, sessions, authorOf, provePassword }),
    changeOwnPassword: createOwnPassword({
      ...parts,
      users,
      sessions,
      authorOf,
      provePassword,
      hashNewPassword,
      devices,
    }),
    hashNewPassword,
    events,
    metrics: createMetrics(),
    countRunning: createRunningCount({ ...parts, limits: limits.current }),
    audit,
    isDraining: () => options.isDraining ?? false,
  }
  const services = { ...plain, ...options.change?.(plain) }

  const server = fastify({ exposeHeadRoutes: false, routerOptions: { maxParamLength: 1_000 } })
  server.decorate('cookieNames', { session: 'curfew_session_x', device: 'curfew_device_x' })
  server.decorate(
    'ownOrigins',
    createOwnOrigins({ publicOrigins: [ownOrigin], names: new Set(), behindProxy: false }),
  )
  await server.register(cookie, { hook: false })
  server.setErrorHandler((error: Error, _, reply) => {
    if (!(error instanceof Problem)) reply.code(500).send({ code: 'internal', detail: String(error) })
    else
      reply
        .code(error.status)
        .headers(error.more.headers ?? {})
        .send(error.toJSON())
  })
  for (const stated of routes(services)) mount(server, services, stated)
  onTestFinished(async () => {
    events.close()
    await server.close()
    await audit.close()
  })

  let [auditSeen, eventsSeen] = [0, 0]
  return {
    ...world,
    services,
    server,
    hashed,
    devices,
    /** Somebody with a session in which they have just typed their password. */
    join: async (username: string, more: Partial<NewUser> = {}) => {
      const user = await world.addUser(username, { password: `hash of ${password}`, ...more })
      const { token, session } = await world.startSession(user, 'web', { confirmed: true })
      return { user, id: user.id, token, session }
    },
    /** A token of somebody for a program. */
    tokenOf: async (
      user: Pick<StoredUser, 'id'>,
      ...scopes: readonly ('read' | 'policy' | 'config' | 'revoke' | 'kubernetes')[]
    ) => await world.startSession(user, 'token', { scopes }),
    ask: async (
      method: InjectOptions['method'],
      path: string,
      { as, body, headers, from = '192.0.2.7' }: Asked = {},
    ) => {
      const answer = await server.inject({
        method: method ?? 'GET',
        url: path.startsWith('/') ? path : `/api/v1/${path}`,
        remoteAddress: from,
        headers: { ...(as !== undefined && { authorization: `Bearer ${as}` }), ...headers },
        ...(body !== undefined && { payload: body as object }),
      })
      const isJson = /\/(problem\+)?json/.test(String(answer.headers['content-type']))
      // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
      const read: any = isJson ? answer.json() : answer.body
      return { status: answer.statusCode, headers: answer.headers, cookies: answer.cookies, body: read }
    },
    /** What the audit trail and those who listen were told since this was asked last. */
    told: async () => {
      const rows = await world.audit()
      const events = world.heard.map(({ event }) => event)
      const read = (text: string | null) => (text === null ? undefined : (JSON.parse(text) as unknown))
      const news = {
        audit: rows.slice(auditSeen).map(({ actor, action, target, before, after, reason, outcome }) => ({
          actor,
          action,
          target,
          ...(before !== null && { before: read(before) }),
          ...(after !== null && { after: read(after) }),
          ...(reason !== null && reason !== '' && { reason }),
          ...(outcome !== 'done' && { outcome }),
        })),
        events: events.slice(eventsSeen),
      }
      auditSeen = rows.length
      eventsSeen = events.length
      return news
    },
  }
}
