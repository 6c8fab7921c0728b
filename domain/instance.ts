import { z } from 'zod'
import { Rights } from './rights.ts'
import { UserRole } from './user.ts'

/** What a connector can do on one server, decided when it connects. */
const capabilities = [
  'policy.read',
  'policy.write',
  'policy.preview',
  'config.read',
  'config.write',
  'config.preview',
  'users.list',
  'sessions.list',
  'sessions.revoke-one',
  'sessions.revoke-user',
] as const
export const Capability = z.enum(capabilities)
export type Capability = z.infer<typeof Capability>

/** The colours an instance may carry, by name, so that both themes can render them well. */
export const instanceColours = ['blue', 'teal', 'green', 'yellow', 'orange', 'red', 'pink', 'grape'] as const
export const InstanceColour = z.enum(instanceColours)
export type InstanceColour = z.infer<typeof InstanceColour>

export const InstanceId = z.uuid()
export type InstanceId = z.infer<typeof InstanceId>

/** The products Curfew speaks to. */
const connectorIds = ['session-service'] as const
export const ConnectorId = z.enum(connectorIds)
export type ConnectorId = z.infer<typeof ConnectorId>

/** The SHA-256 of a certificate's public key (SPKI), in base64. */
const CertificatePin = z.string().regex(/^[A-Za-z0-9+/]{43}=$/)

/** One server that Curfew administers, without any secret. */
export const Instance = z.strictObject({
  id: InstanceId,
  name: z.string().trim().min(1, 'Give the instance a name.').max(60, 'A name has at most 60 characters.'),
  colour: InstanceColour,
  /** "Production", "Test", …; empty where the admin gave none. */
  environment: z.string().trim().max(30, 'An environment label has at most 30 characters.'),
  /** Where the server is. The built-in service keeps its port, unless that is taken when it starts. */
  baseUrl: z.string().max(2000),
  connector: ConnectorId,
  builtIn: z.boolean(),
  /** The account that Curfew signs in with; its password is in the keyring. */
  username: z.string().trim().min(1).max(200),
  /** The server's own id: another server at the same address is not this instance. Absent until it is known. */
  serverId: z.string().min(1).max(200).optional(),
  /** The only certificate that the server may show: the SHA-256 of its public key, in base64. */
  pin: CertificatePin.optional(),
})
export type Instance = Readonly<z.infer<typeof Instance>>

/** Who Curfew is on an instance. */
export const Me = z.object({
  userId: z.string(),
  username: z.string().trim().min(1).max(200),
  displayName: z.string(),
  /** The account's role in the server's own words, to be shown; nothing is decided by it. */
  role: z.string(),
  rights: Rights,
})
export type Me = Readonly<z.infer<typeof Me>>

/** Why Curfew has to sign in to an instance again. */
export const signInReasons = [
  'session-ended',
  'credentials-refused',
  /** The stored password is gone or can't be used. */
  'password-needed',
  /** The system's keychain can't be read just now: it is locked, or something else. */
  'keychain-locked',
  'keychain-unavailable',
  /** Another server answers at the address; it was sent nothing. */
  'another-server',
  /** The list of instances was changed outside Curfew: what is stored is for something else. Nothing was sent. */
  'changed-outside',
  /** The stored password was sent once and came to nothing; it is not sent again unasked. */
  'sign-in-failed',
] as const
export type SignInReason = (typeof signInReasons)[number]

/** How Curfew and an instance stand to each other right now. Instants are ISO 8601, UTC. */
export const ConnectionState = z.discriminatedUnion('status', [
  z.object({ status: z.literal('connecting') }),
  z.object({
    status: z.literal('connected'),
    since: z.iso.datetime(),
    serverName: z.string(),
    serverVersion: z.string(),
    me: Me,
    capabilities: z.array(Capability),
    /** The roles that people can be listed by; none where the server has no such list. */
    userRoles: z.array(UserRole),
  }),
  z.object({ status: z.literal('offline'), since: z.iso.datetime(), detail: z.string() }),
  z.object({
    status: z.literal('sign-in-needed'),
    since: z.iso.datetime(),
    why: z.enum(signInReasons),
    detail: z.string(),
  }),
])
export type ConnectionState = Readonly<z.infer<typeof ConnectionState>>

export const InstanceState = z.object({ instance: Instance, connection: ConnectionState })
export type InstanceState = Readonly<z.infer<typeof InstanceState>>
