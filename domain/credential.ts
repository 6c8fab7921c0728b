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
}

/** What is given to sign in: the credential, and the code of the moment where the account has a second factor. */
export interface SignIn {
  readonly credential: Credential
  readonly oneTimeCode?: string
}

/**
 * What is sealed of a credential; the account is with the instance. Curfew 0.1 sealed passwords only, without a
 * version.
 */
const Sealed = z.union([
  z.strictObject({ version: z.literal(1), kind: CredentialKind, secret: z.string() }),
  z
    .strictObject({ password: z.string() })
    .transform(({ password }) => ({ kind: 'password', secret: password }) as const),
])

/** A credential as the text that is sealed. */
export function credentialText({ kind, secret }: Credential): string {
  const sealed: z.input<typeof Sealed> = { version: 1, kind, secret }
  return JSON.stringify(sealed)
}

/** The credential that a sealed text stands for; `undefined` where a newer Curfew wrote it. */
export function readCredential(text: string, account: string): Credential | undefined {
  const { data } = z.string().transform(parseJson).pipe(Sealed).safeParse(text)
  return data && { kind: data.kind, account, secret: data.secret }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
