import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServicePolicy } from '../../domain/service-policy.ts'
import type { Permission, Role, ServiceUser } from '../../domain/user.ts'
import { createService, type Service } from '../../service/create-service.ts'
import type { Database } from '../../service/database/database.ts'
import { openSqlite } from '../../service/database/open-sqlite.ts'
import { foundOrganisation } from '../../service/found.ts'
import type { Patience, Tls } from '../../service/http/create-server.ts'
import { createPasswords, type Passwords } from '../../service/passwords.ts'
import { openAuditSeal } from '../../service/store/audit-key-file.ts'
import type { AuditSeal } from '../../service/store/audit-seal.ts'
import { readAnchors } from '../../service/store/audit-verify.ts'
import type { Quotas } from '../../service/store/quotas.ts'
import { type Contract, readContract } from './contract.ts'

/** Cheap on purpose: what scrypt costs in earnest is its own test. */
export const cheapPasswords = createPasswords({ cost: { logN: 4, r: 8, p: 1 }, slots: 4 })
export const password = 'correct horse battery'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
  readonly body: any
}

export interface Client {
  readonly token: string
  readonly user: ServiceUser
  readonly sessionId: string
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>
}

/** A real service on a real port, with a clock that stands still until it is moved. */
export interface TestService extends AsyncDisposable {
  readonly origin: string
  readonly service: Service
  readonly seal: AuditSeal
  readonly folder: string
  /** The cookie by which a browser is signed in. */
  readonly cookieName: string
  readonly now: () => number
  /** Moves the service's clock; nothing else does. */
  pass(seconds: number): void
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>
  addUser(
    username: string,
    more?: { readonly role?: Role; readonly permissions?: readonly Permission[] },
  ): Promise<ServiceUser>
  signIn(username: string, more?: Readonly<Record<string, unknown>>): Promise<Client>
  /** Replaces the policy as the Owner would, whatever it is now. */
  setPolicy(owner: Client, change: Partial<ServicePolicy>): Promise<Reply>
}

const contracts = new Map<string, Contract>()

/** The contract of a server, as it serves it. */
export async function contractOf(origin: string): Promise<Contract> {
  const known = contracts.get(origin)
  if (known) return known
  const contract = readContract(await (await fetch(`${origin}/openapi.json`)).json())
  contracts.set(origin, contract)
  return contract
}

/** Asks a service; an answer that its OpenAPI document does not foresee fails the test, whichever it is. */
export async function call(
  origin: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(origin + (path.startsWith('/') ? path : `/api/v1/${path}`), {
    method,
    redirect: 'manual',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  const reply = {
    status: response.status,
    headers: response.headers,
    body: /\bjson|\+json/.test(type) && text !== '' ? JSON.parse(text) : text,
  }
  if (!path.startsWith('/')) {
    const contract = await contractOf(origin)
    const fault = contract.check(method, `/api/v1/${path}`, { status: reply.status, type, body: reply.body })
    if (fault !== undefined) throw new Error(`Not as documented: ${fault}`)
  }
  return reply
}

const start = Date.UTC(2026, 4, 4, 9)

export async function startService({
  open = openSqlite,
  folder,
  auditKey,
  auditKeepDays,
  patience,
  at = start,
  passwords = cheapPasswords,
  behindProxy = false,
  tls,
  stopwatch,
  publicOrigins = [],
  issuer,
  listenOn = '127.0.0.1',
  quotas,
  credentialsPerMinute,
  signingKeyDays,
  proofKey,
  expectedErrors,
}: {
  readonly open?: (folder: string) => Promise<Database>
  readonly folder?: string
  /** The audit trail's key; in the folder where it is not said. Replicas share one. */
  readonly auditKey?: string
  readonly auditKeepDays?: number
  readonly patience?: Patience
  readonly at?: number
  readonly passwords?: Passwords
  readonly behindProxy?: boolean
  readonly tls?: Tls
  readonly stopwatch?: () => number
  readonly publicOrigins?: readonly string[]
  readonly issuer?: string
  readonly listenOn?: string
  readonly quotas?: Partial<Quotas>
  readonly credentialsPerMinute?: number
  readonly signingKeyDays?: number
  /** What it proves itself with, as its parent process would have told it. */
  readonly proofKey?: string
  /** What the service may log without failing the test. */
  readonly expectedErrors?: RegExp
} = {}): Promise<TestService> {
  const data = folder ?? (await mkdtemp(join(tmpdir(), 'curfew-service-')))
  const database = await open(data)
  const seal = await openAuditSeal(auditKey ?? join(data, 'audit.key'), {
    isSigned: (await readAnchors(database)).head !== undefined,
  })
  let instant = at
  const clock = () => instant
  await foundOrganisation(
    { database, clock, passwords: cheapPasswords, seal },
    { username: 'owner', password },
  )
  const errors: Error[] = []
  const service = await createService({
    database,
    clock,
    passwords,
    seal,
    auditKeepDays,
    name: 'Test server',
    everyMs: 3_600_000,
    behindProxy,
    publicOrigins,
    issuer,
    proofKey,
    logError: (error) => {
      if (!expectedErrors?.test(error.message)) errors.push(error)
    },
    tls,
    ...(stopwatch && { stopwatch }),
    ...(patience && { patience }),
    ...(quotas && { quotas }),
    ...(signingKeyDays !== undefined && { signingKeyDays }),
    ...(credentialsPerMinute !== undefined && { credentialsPerMinute }),
  })
  const listening = await service.listen({ host: listenOn, port: 0 })
  // Nobody is reached at the address that stands for all of them.
  const origin = listening.replace('//0.0.0.0:', '//127.0.0.1:')
  const here = (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
    call(origin, method, path, body, headers)

  const signIn: TestService['signIn'] = async (username, more = {}) => {
    const reply = await here('POST', 'sign-in', { username, password, ...more })
    if (reply.status !== 201) throw new Error(`${username} can't sign in: ${JSON.stringify(reply.body)}`)
    const { token, user, session } = reply.body
    return {
      token,
      user,
      sessionId: session.id,
      call: (method, path, body, headers = {}) =>
        here(method, path, body, { authorization: `Bearer ${token}`, ...headers }),
    }
  }
  let owner: Client | undefined
  return {
    origin,
    service,
    seal,
    folder: data,
    cookieName: service.server.cookieNames.session,
    now: clock,
    pass: (seconds) => {
      instant += seconds * 1000
    },
    call: here,
    addUser: async (username, more = {}) => {
      if (!owner || (await owner.call('GET', 'me')).status !== 200) owner = await signIn('owner')
      const reply = await owner.call('POST', 'users', { username, password, ...more })
      if (reply.status !== 201) throw new Error(JSON.stringify(reply.body))
      return reply.body
    },
    signIn,
    setPolicy: async (client, change) => {
      const read = await client.call('GET', 'security/policy')
      const { updatedAt: _, updatedBy: __, revision: ___, ...policy } = read.body
      return await client.call(
        'PUT',
        'security/policy',
        { ...policy, ...change },
        {
          'if-match': read.headers.get('etag') ?? '',
        },
      )
    },
    [Symbol.asyncDispose]: async () => {
      await service.close()
      if (folder === undefined) await rm(data, { recursive: true, force: true })
      if (errors[0]) throw errors[0]
    },
  }
}
