import { z } from 'zod'

/** What a server may take as proof. */
export const CredentialKind = z.enum(['password', 'api-key', 'client-secret', 'bearer'])
export type CredentialKind = z.infer<typeof CredentialKind>

/** How Curfew proves who it is to a server. */
export interface Credential {
  readonly kind: CredentialKind
  /** The user name or the client's id; empty for a key or a token, which names nobody. */
  readonly account: string
  /** The password, key, secret or token. */
  readonly secret: string
  /** What the server gave at an earlier sign-in, to know this device by. */
  readonly device?: string | undefined
}

/** What is given to sign in: the credential, and the code of the moment where the account has a second factor. */
export interface SignIn {
  readonly credential: Credential
  readonly oneTimeCode?: string
}

/** What a credential was given for. It goes nowhere else. */
export const Destination = z.strictObject({
  /** The address as it was checked; empty for the built-in service, whose port is another when its own is taken. */
  address: z.string(),
  account: z.string(),
  connector: z.string(),
  builtIn: z.boolean(),
  serverId: z.string().optional(),
  /** The only certificate key that the server may show. */
  pin: z.string().optional(),
})
export type Destination = Readonly<z.infer<typeof Destination>>

/** What of an instance makes it the one that a credential is for. */
type Described = Pick<Destination, 'connector' | 'builtIn' | 'serverId' | 'pin'> & {
  readonly baseUrl: string
  readonly username: string
}

/** Where an instance's credential goes, as its record has it. */
export function destinationOf({
  baseUrl,
  username,
  connector,
  builtIn,
  serverId,
  pin,
}: Described): Destination {
  return {
    address: builtIn ? '' : baseUrl,
    account: username,
    connector,
    builtIn,
    ...(serverId !== undefined && { serverId }),
    ...(pin !== undefined && { pin }),
  }
}

/** The parts of a destination, each with its fields and how one would name it. */
const aspects: readonly {
  readonly what: string
  readonly fields: readonly (keyof Destination)[]
  readonly words: (destination: Destination) => string
}[] = [
  {
    what: 'the server',
    fields: ['address', 'builtIn'],
    words: ({ address, builtIn }) => (builtIn ? 'the built-in service' : address),
  },
  { what: 'the account', fields: ['account'], words: ({ account }) => `“${account}”` },
  { what: 'the product', fields: ['connector'], words: ({ connector }) => connector },
  { what: 'the server’s id', fields: ['serverId'], words: ({ serverId }) => serverId ?? 'none' },
  { what: 'the certificate', fields: ['pin'], words: ({ pin }) => pin ?? 'any that this computer trusts' },
]

/** In what two destinations differ, both named: `the server was https://a, now https://b`. Empty where they are one. */
export function differenceOf(was: Destination, now: Destination): string {
  return aspects
    .filter(({ fields }) => fields.some((field) => was[field] !== now[field]))
    .map(({ what, words }) => `${what} was ${words(was)}, now ${words(now)}`)
    .join('; ')
}

/** A credential as it was stored, and what for; an earlier Curfew did not note that. */
export interface StoredCredential {
  readonly kind: CredentialKind
  readonly secret: string
  readonly destination: Destination | undefined
  /** What the server gave at the last sign-in, to know this device by. */
  readonly device?: string | undefined
  /** Of the built-in service: the password of its sample people. */
  readonly demoPassword?: string | undefined
}

/** What is sealed of a credential. Curfew 0.1 sealed passwords only, without a version. */
const Sealed = z.union([
  z
    .strictObject({
      version: z.literal(2),
      kind: CredentialKind,
      secret: z.string(),
      for: Destination,
      device: z.string().optional(),
      demoPassword: z.string().optional(),
    })
    .transform(
      ({ kind, secret, for: destination, device, demoPassword }): StoredCredential => ({
        kind,
        secret,
        destination,
        ...(device !== undefined && { device }),
        ...(demoPassword !== undefined && { demoPassword }),
      }),
    ),
  z
    .strictObject({ version: z.literal(1), kind: CredentialKind, secret: z.string() })
    .transform(({ kind, secret }): StoredCredential => ({ kind, secret, destination: undefined })),
  z
    .strictObject({ password: z.string() })
    .transform(
      ({ password }): StoredCredential => ({ kind: 'password', secret: password, destination: undefined }),
    ),
])

/** A credential, with what it is for, as the text that is sealed. */
export function credentialText(
  { kind, secret, device, demoPassword }: Omit<StoredCredential, 'destination'>,
  destination: Destination,
): string {
  const sealed: z.input<typeof Sealed> = { version: 2, kind, secret, for: destination, device, demoPassword }
  return JSON.stringify(sealed)
}

/** The credential that a sealed text stands for; `undefined` where a newer Curfew wrote it. */
export function readCredential(text: string): StoredCredential | undefined {
  return z.string().transform(parseJson).pipe(Sealed).safeParse(text).data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
