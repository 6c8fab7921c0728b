import { type AddressInfo, isIP, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Clock } from './clock.ts'
import type { Database } from './database/database.ts'
import { createDevices } from './devices.ts'
import { createAuthors } from './http/author.ts'
import { createServer, type Patience, type Tls } from './http/create-server.ts'
import { createEventStream } from './http/event-stream.ts'
import { createMetrics } from './http/metrics.ts'
import { createOwnOrigins, isLoopback } from './http/own-origins.ts'
import { type AllServices, withoutJournal } from './http/services.ts'
import { createCountMinting, defaultCredentialsPerMinute } from './minting.ts'
import { createNewPasswords } from './new-password.ts'
import { createConfirmation, createOwnPassword } from './own-password.ts'
import { proveOwn } from './own-proof.ts'
import { createPasswordProof } from './password-proof.ts'
import type { Passwords } from './passwords.ts'
import { createSignIn } from './sign-in.ts'
import { createActivity } from './store/activity.ts'
import { explainAudit, watchAudit } from './store/audit.ts'
import type { AuditSeal } from './store/audit-seal.ts'
import { adoptUnsignedTrail } from './store/audit-verify.ts'
import { createConfigEntries } from './store/config-entries.ts'
import { createJournal } from './store/journal.ts'
import { createLimitsCache } from './store/limits.ts'
import { readMeta, writeMeta } from './store/meta.ts'
import { createPolicies } from './store/policy.ts'
import { createRunningCount } from './store/preview.ts'
import { defaultQuotas, type Quotas } from './store/quotas.ts'
import { createSessions } from './store/sessions.ts'
import { createSigningKeys, defaultSigningKeyDays } from './store/signing-keys.ts'
import { createSweeper, settleClockSetBack } from './store/sweep.ts'
import { createUsers } from './store/users.ts'
import { createThrottle } from './throttle.ts'
import { version } from './version.ts'

/** What a service is made of; what is left out has its default. */
export interface ServiceOptions {
  readonly database: Database
  readonly clock: Clock
  readonly passwords: Passwords
  /** Signs the audit trail. */
  readonly seal: AuditSeal
  /** For how many days records of the audit trail are kept; for ever where it is not set. */
  readonly auditKeepDays?: number | undefined
  readonly name: string
  readonly timeScale?: number
  readonly tls?: Tls | undefined
  /** The address that clusters know this server by; its own where it is for this machine alone. */
  readonly issuer?: string | undefined
  readonly behindProxy?: boolean
  /** The origins that people reach this server by, beside the address it listens on. */
  readonly publicOrigins?: readonly string[]
  readonly patience?: Patience
  /** How many running sessions of each kind one person may have. */
  readonly quotas?: Partial<Quotas>
  /** After how many days the key that signs Kubernetes credentials is replaced. */
  readonly signingKeyDays?: number
  /** How many tokens and Kubernetes credentials one person makes at a replica in a minute. */
  readonly credentialsPerMinute?: number
  /** Real milliseconds that only go forward, for slowing guesses. */
  readonly stopwatch?: Clock
  /** With it the service proves who it is to whoever gave it; without one it proves nothing. */
  readonly proofKey?: string | undefined
  readonly logError?: (error: Error) => void
  /** Real milliseconds between sweeps and between stores of activity; tests call them themselves. */
  readonly everyMs?: number
}

/** A service, ready to listen. */
export interface Service {
  readonly server: FastifyInstance
  readonly services: AllServices
  readonly instanceId: string
  readonly sweep: () => Promise<void>
  /** @returns the origin it can be reached at */
  listen(at: { readonly host: string; readonly port: number }): Promise<string>
  /** Finishes what has begun, stores what is held back, and closes the database. */
  close(): Promise<void>
}

const capabilities = [
  'policy',
  'policy-preview',
  'config',
  'config-preview',
  'users',
  'edit-users',
  'sessions',
  'revoke-session',
  'revoke-user',
  'revoke-many',
  'tokens',
  'kubernetes',
  'events',
  'audit',
  'audit-export',
]

/** Puts the service together on an opened, migrated database. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the composition root of the service: its order is to be read from top to bottom.
export async function createService(options: ServiceOptions): Promise<Service> {
  const { database, clock, passwords, seal, name, timeScale = 1, tls, everyMs, behindProxy = false } = options
  const logError = options.logError ?? (() => {})
  const instanceId = await readMeta(database, 'instance_id')
  const deviceSecret = await readMeta(database, 'device_secret')
  if (instanceId === undefined || deviceSecret === undefined)
    throw new Error('The database has no organisation yet.')

  let draining = false
  let { issuer } = options
  let listening: string | undefined
  const hostNames = new Set<string>()
  const limits = await createLimitsCache(database)
  await adoptUnsignedTrail(database, seal, clock)
  const journal = createJournal({ database, clock, seal })
  const audit = await watchAudit({
    database,
    journal,
    seal,
    clock,
    keepDays: options.auditKeepDays,
    onBroken: (state) => logError(new Error(explainAudit(state))),
    ...(everyMs !== undefined && { everyMs }),
  })
  const activity = createActivity(database, everyMs === undefined ? {} : { everyMs })
  const parts = { database, journal, activity, limits, clock }
  const seen = Number((await readMeta(database, 'clock')) ?? 0)
  if (await settleClockSetBack(parts, limits.current(), { seen, now: clock() }))
    logError(new Error('The clock of this machine was set back since the service last ran.'))
  const sessions = createSessions({ ...parts, quotas: { ...defaultQuotas, ...options.quotas } })
  const users = createUsers(parts)
  const authorOf = createAuthors({ journal, sessions, clock, timeScale })
  const stopwatch = options.stopwatch ?? (() => performance.now())
  const throttle = createThrottle({ clock: stopwatch })
  const devices = createDevices({ secret: deviceSecret, clock: Date.now })
  const provePassword = createPasswordProof({ users, journal, passwords, throttle, devices })
  const hashNewPassword = createNewPasswords(passwords, name)
  const { rotate: rotateSigningKeys, ...signingKeys } = await createSigningKeys({
    ...parts,
    days: options.signingKeyDays ?? defaultSigningKeyDays,
  })
  const services: AllServices = {
    ...parts,
    identity: { name, version, instanceId, timeScale },
    prove: (challenge) =>
      options.proofKey === undefined || listening === undefined
        ? undefined
        : proveOwn(options.proofKey, challenge, listening),
    capabilities: () =>
      issuer === undefined ? capabilities.filter((one) => one !== 'kubernetes') : capabilities,
    timeScale,
    sessions,
    users,
    countMinting: createCountMinting({
      clock: stopwatch,
      perMinute: options.credentialsPerMinute ?? defaultCredentialsPerMinute,
    }),
    authorOf,
    policies: createPolicies(parts),
    entries: createConfigEntries(parts),
    signingKeys,
    issuer: () => issuer,
    passwords,
    hashNewPassword,
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
    events: createEventStream({ journal, sessions }),
    metrics: createMetrics(),
    countRunning: createRunningCount({ ...parts, limits: limits.current }),
    audit,
    isDraining: () => draining,
  }
  const sweeper = createSweeper({
    journal,
    activity,
    limits: limits.current,
    clock,
    rotateSigningKeys,
    ...(everyMs !== undefined && { everyMs }),
  })
  const rememberTime = setInterval(() => {
    writeMeta(database, 'clock', String(clock())).catch(logError)
  }, 5_000)
  rememberTime.unref()

  const server = await createServer(withoutJournal(services), {
    tls,
    behindProxy,
    ownOrigins: createOwnOrigins({
      publicOrigins: options.publicOrigins ?? [],
      names: hostNames,
      behindProxy,
    }),
    ...(options.patience && { patience: options.patience }),
    logError,
  })
  const sockets = new Set<Socket>()
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return {
    server,
    services,
    instanceId,
    sweep: sweeper.sweep,
    listen: async ({ host, port }) => {
      if (isIP(host) === 0) hostNames.add(host.toLowerCase())
      await server.listen({ host, port })
      const address = server.server.address() as AddressInfo
      const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
      const origin = `${tls ? 'https' : 'http'}://${shown}:${address.port}`
      if (isLoopback(address.address) && !behindProxy) issuer ??= origin
      listening = origin
      return origin
    },
    close: async () => {
      if (draining) return
      draining = true
      clearInterval(rememberTime)
      services.events.close()
      // Connections that were busy when the closing began are let go as soon as they are not. One that never
      // asked for anything does not count as idle with Node, so those are let go by hand.
      const closeIdle = setInterval(() => {
        server.server.closeIdleConnections()
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
      }, 20)
      await server.close().finally(() => clearInterval(closeIdle))
      await sweeper.close()
      await audit.close()
      await activity.close()
      await writeMeta(database, 'clock', String(clock()))
      await journal.close()
      await database.close()
    },
  }
}
