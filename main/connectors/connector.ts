import type { CatalogueKey, ConfigEntry, ConfigInput, EntryRemoval, EntryWrite } from '../../domain/config.ts'
import type { SignIn } from '../../domain/credential.ts'
import type { Capability, ConnectorId, Me } from '../../domain/instance.ts'
import type { Notice, Topic } from '../../domain/news.ts'
import type { SessionPage, UserPage, UserQuery } from '../../domain/page.ts'
import type { Policy, PolicyReading } from '../../domain/policy.ts'
import type { Preview } from '../../domain/preview.ts'
import type { Outcome } from '../../domain/problem.ts'
import type { Revision, WriteResult } from '../../domain/reading.ts'
import type { RevocationReport, RevocationTarget } from '../../domain/revocation.ts'
import type { User, UserRole } from '../../domain/user.ts'

/** The network as connectors see it: Electron's `net.fetch` in the app, Node's `fetch` elsewhere. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

export interface ServerInfo {
  readonly name: string
  readonly version: string
  /** The server's own id, which stays when its address changes; absent where the product has none. */
  readonly id?: string
}

/**
 * The code that speaks one product's API.
 *
 * Nothing here throws for what a server may rightly answer: refusals, conflicts, bad input, silence are
 * outcomes. Exceptions are for bugs.
 */
export interface Connector {
  readonly id: ConnectorId
  /** Asks, without any credential, whether this product answers there. */
  probe(target: ConnectTarget): Promise<Outcome<ServerInfo>>
  /** Signs in. */
  connect(target: ConnectTarget, signIn: SignIn): Promise<Outcome<Connection>>
}

export interface ConnectTarget {
  readonly baseUrl: string
  /**
   * The id of the server that must answer there, where it is known by then: any other gets no credential, and is
   * reported as `another-server`.
   */
  readonly serverId?: string
  /**
   * The key that the server must prove to have before it is sent anything secret: that of the process which main has
   * running at the moment, if any. Absent for servers that others run.
   */
  readonly proofKey?: () => string | undefined
  readonly fetch: Fetch
  /**
   * Aborted when the app locks or the instance goes away: running requests end, late answers are dropped. Only a
   * revocation that was sent finishes, so that it can be told what the server did.
   */
  readonly signal: AbortSignal
  /**
   * Whether the admin has just done something. What is read while nobody has is background refresh and must not
   * count as activity on the server, where a server can be told so. Left out, everything is the admin's doing.
   */
  readonly adminIsHere?: () => boolean
  /** Told just before the credential leaves. */
  readonly onSecretSent?: () => void
}

/**
 * A signed-in use of one server. A part that is absent is a capability this server does not have: Octopus has
 * no session list, DuploCloud no sessions at all, Katalon no policy.
 */
export interface Connection {
  readonly server: ServerInfo
  readonly me: Me
  /** What to show at the next sign-in of this account, where the server knows devices. */
  readonly device?: string
  readonly policy?: PolicyAccess
  readonly config?: ConfigAccess
  readonly users?: UserAccess
  readonly sessions?: SessionAccess
  /** Absent where the server tells nothing by itself: what it has is asked for again and again. */
  readonly events?: EventAccess
  /** Asks whether the server is there and the session still good, without counting as activity. */
  check(): Promise<Outcome<undefined>>
  /** Ends the session on the server, as far as it can be reached. */
  close(): Promise<void>
}

export interface PolicyAccess {
  read(): Promise<Outcome<PolicyReading>>
  /** Writes only if the policy still is at `basis`. */
  write(change: Policy, basis: Revision): Promise<Outcome<WriteResult<PolicyReading>>>
  /** What a change of the policy that was read at `basis` would end now. */
  preview?(change: Policy, basis: Revision): Promise<Outcome<Preview>>
}

/** All rows of System Config, values included. */
export interface StoredConfig {
  readonly types: readonly string[]
  readonly keys: readonly CatalogueKey[]
  readonly entries: readonly ConfigEntry[]
}

/** System Config (D1–D3). Rows are replaced and removed only at the revision they were read at. */
export interface ConfigAccess {
  read(): Promise<Outcome<StoredConfig>>
  add(entry: ConfigInput): Promise<Outcome<EntryWrite>>
  replace(id: string, basis: Revision, entry: ConfigInput): Promise<Outcome<EntryWrite>>
  remove(id: string, basis: Revision): Promise<Outcome<EntryRemoval>>
  /** What a row with this value would end now. */
  preview?(entry: ConfigInput): Promise<Outcome<Preview>>
}

export interface UserAccess {
  /** The roles that people can be listed by; empty where the server lists by none. */
  readonly roles: readonly UserRole[]
  list(query: UserQuery): Promise<Outcome<UserPage>>
  read(userId: string): Promise<Outcome<User>>
}

export interface SessionAccess {
  /** The running sessions of one user; absent where the server keeps no list. */
  ofUser?(userId: string): Promise<Outcome<SessionPage>>
  /** Everything of some users, or single sessions; absent where the server has no such call. */
  readonly revoke: Readonly<Partial<Record<RevocationTarget, Revoke>>>
}

export type Revoke = (ids: readonly string[], options: RevokeOptions) => Promise<Outcome<RevocationReport>>

export interface RevokeOptions {
  readonly reason: string
  /** Whether Curfew's own session is revoked too, where it is among them. */
  readonly includeOwn: boolean
}

/** What a server tells by itself of what has changed. */
export interface EventAccess {
  /**
   * Listens until the server ends it, it breaks off, or the connection ends. Nobody's activity.
   *
   * @returns `undefined` where it had begun and was ended in order
   */
  listen(listening: Listening): Promise<Outcome<undefined>>
  /** What Owners are to know since a notice; absent where the server keeps no such list. Nobody's activity. */
  notices?(after: number): Promise<Outcome<readonly Notice[]>>
}

export interface Listening {
  /** The last event that was heard, to be told what came since; `undefined` begins with what comes now. */
  readonly after: string | undefined
  /** What is to come from now on will be heard. */
  readonly onOpen: () => void
  readonly onHeard: (heard: Heard) => void
  /** What a later listening may resume after. */
  readonly onId: (id: string) => void
}

/** What is heard: something is stale, anything may be, or Owners are told something. */
export type Heard =
  | { readonly stale: Topic; readonly whose?: readonly string[] }
  | { readonly stale: 'anything' }
  | { readonly notice: Notice }

/** What a connection can do, read off its parts, so that the two can't disagree. */
export function capabilitiesOf(connection: Connection): readonly Capability[] {
  const { policy, config, users, sessions } = connection
  const has: Record<Capability, boolean> = {
    'policy.read': policy !== undefined,
    'policy.write': policy !== undefined,
    'policy.preview': policy?.preview !== undefined,
    'config.read': config !== undefined,
    'config.write': config !== undefined,
    'config.preview': config?.preview !== undefined,
    'users.list': users !== undefined,
    'sessions.list': sessions?.ofUser !== undefined,
    'sessions.revoke-one': sessions?.revoke.sessions !== undefined,
    'sessions.revoke-user': sessions?.revoke.users !== undefined,
  }
  return (Object.keys(has) as Capability[]).filter((capability) => has[capability])
}
