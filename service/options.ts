import { isIP } from 'node:net'
import { join } from 'node:path'
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { isLoopback, readOrigin } from './http/own-origins.ts'
import { displayName } from './http/schemas.ts'
import { defaultCredentialsPerMinute } from './minting.ts'
import { defaultQuotas, type Quotas } from './store/quotas.ts'
import { defaultSigningKeyDays } from './store/signing-keys.ts'
import { cut, isStorable } from './text.ts'

export interface Options {
  readonly host: string
  readonly port: number
  readonly data?: string | undefined
  readonly database?: string | undefined
  /** The file with the key that signs the audit trail. */
  readonly auditKey: string
  /** For how many days records of the audit trail are kept; for ever where it is not set. */
  readonly auditKeepDays?: number | undefined
  readonly demo: boolean
  /** The password of everybody in a new demo; a random one where nobody chose. */
  readonly demoPassword?: string | undefined
  readonly timeScale: number
  readonly owner: string
  readonly ownerPassword?: string | undefined
  readonly ownerPasswordFile?: string | undefined
  readonly secretsFromParent: boolean
  readonly name: string
  /** The origin that clusters know this server by. */
  readonly issuer?: string | undefined
  /** The origins that people reach this server by. */
  readonly publicOrigins: readonly string[]
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
  readonly behindProxy: boolean
  readonly exitWithParent: boolean
  /** What one person may have and make. */
  readonly quotas: Quotas
  readonly credentialsPerMinute: number
  readonly signingKeyDays: number
}

/** What was asked for on the command line can't be done; the message says what to write instead. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError'
}

export const usage = `Usage: service --port N (--data FOLDER | --database postgres://…) [options]

  --port N              port to listen on, 0 for a free one (default 4180)
  --data FOLDER         embedded database, one file in this folder (default ./data)
  --database URL        PostgreSQL, shared by as many replicas as you like
  --audit-key FILE      the key that signs the audit trail, made where it is missing (default audit.key in the data
                        folder); needed with --database, and the same for all replicas
  --audit-keep-days N   remove records of the audit trail after so many days (default: keep them for ever)
  --host ADDRESS        address to listen on (default 127.0.0.1); any but loopback demands TLS or a proxy
  --tls-cert FILE       certificate chain, PEM
  --tls-key FILE        private key, PEM
  --behind-proxy        a reverse proxy in front does TLS and sets X-Forwarded-For and X-Forwarded-Proto
  --name NAME           what the pages call this server (default Curfew)
  --public-origin URL   an address that people reach this server by, such as https://sessions.example.com; may be
                        given several times. What comes for any other name is refused
  --issuer URL          the address clusters know this server by; without it only a server on loopback makes
                        Kubernetes credentials
  --owner NAME          the Owner of a new organisation (default owner)
  --owner-password-file FILE
                        their password: the first line of a file that only this user can read; without it what
                        CURFEW_OWNER_PASSWORD holds, or else a random one that is printed once
  --secrets-from-parent passwords come in one message from the process that started this one
  --demo                fill a new database with 250 people and 600 sessions; their password is random and printed once
  --demo-password TEXT  that password, for tests: whoever else uses this machine sees it in the list of processes
  --time-scale N        with --demo: the clock runs N times faster
  --max-web-sessions N  so many running web sessions a person (default 100): one more ends the one unused for longest
  --max-tokens N        so many authorization tokens a person (default 100): one more is refused
  --max-kubernetes-sessions N
                        so many Kubernetes sessions a person (default 100): one more is refused
  --credentials-per-minute N
                        so many tokens and Kubernetes credentials a person makes in a minute (default 30)
  --signing-key-days N  so old the key that signs Kubernetes credentials gets before it is replaced (default 90)
  --exit-with-parent    stop when the process that started this one is gone
`

/** A host as one listens on it: brackets are for URLs. */
function readHost(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 || (isHostname(host) && !/^[\d.]+$/.test(host))) return host
  throw new OptionsError(`--host is an address or a name of this machine, not ${quoted(text)}.`)
}

function isHostname(text: string): boolean {
  return /^(?=.{1,253}$)([a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?\.?)+$/i.test(text)
}

function readAddress(flag: string, text: string): string {
  const origin = readOrigin(text.replace(/\/$/, ''))
  if (origin !== undefined && URL.parse(origin)?.origin === origin) return origin
  throw new OptionsError(`${flag} is an address such as https://sessions.example.com, not ${quoted(text)}.`)
}

function readName(text: string): string {
  const read = isStorable(text) ? displayName.safeParse(text) : undefined
  if (read?.success) return read.data
  throw new OptionsError('--name has 1 to 100 characters, all of which can be seen.')
}

function readDatabase(text: string): string {
  const url = URL.parse(text)
  if (url && /^postgres(ql)?:$/.test(url.protocol)) return text
  throw new OptionsError('--database is a URL that begins with postgres://.')
}

function readDemoPassword(text: string): string {
  if (text.length >= 8 && text.length <= 256) return text
  throw new OptionsError('--demo-password has 8 to 256 characters.')
}

/** Where the audit trail's key is: with a database of its own it has no folder that all replicas see. */
function readAuditKey(
  file: string | undefined,
  { data, database }: { readonly data?: string | undefined; readonly database?: string | undefined },
): string {
  if (file === '') throw new OptionsError('--audit-key is the name of a file.')
  if (file === undefined && database !== undefined)
    throw new OptionsError(
      'With --database say where the key of the audit trail is, the same for all replicas: --audit-key FILE.',
    )
  return file ?? join(data ?? './data', 'audit.key')
}

/** What was typed, on one line and not endless. */
function quoted(text: string): string {
  return JSON.stringify(cut(text, 80))
}

function number(flag: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new OptionsError(`${flag} is a whole number from ${min} to ${max}, not ${quoted(text)}.`)
  return value
}

const flags = {
  port: { type: 'string' },
  host: { type: 'string' },
  data: { type: 'string' },
  database: { type: 'string' },
  'audit-key': { type: 'string' },
  'audit-keep-days': { type: 'string' },
  demo: { type: 'boolean' },
  'demo-password': { type: 'string' },
  'owner-password-file': { type: 'string' },
  'secrets-from-parent': { type: 'boolean' },
  'time-scale': { type: 'string' },
  owner: { type: 'string' },
  name: { type: 'string' },
  issuer: { type: 'string' },
  'public-origin': { type: 'string', multiple: true },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'behind-proxy': { type: 'boolean' },
  'exit-with-parent': { type: 'boolean' },
  'max-web-sessions': { type: 'string' },
  'max-tokens': { type: 'string' },
  'max-kubernetes-sessions': { type: 'string' },
  'credentials-per-minute': { type: 'string' },
  'signing-key-days': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig

/**
 * Reads the command line and the environment.
 *
 * @throws OptionsError when they don't go together
 */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Options | 'help' {
  const { values } = (() => {
    try {
      return parseArgs({
        args: [...args],
        strict: true,
        options: flags,
      })
    } catch (error) {
      throw new OptionsError((error as Error).message.replace(/\s*\n\s*/g, ' '))
    }
  })()
  if (values.help) return 'help'
  const host = readHost(values.host ?? '127.0.0.1')
  const tlsCert = values['tls-cert']
  const tlsKey = values['tls-key']
  const behindProxy = values['behind-proxy'] ?? false
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new OptionsError('--tls-cert and --tls-key go together.')
  if (host !== 'localhost' && !isLoopback(host) && tlsCert === undefined && !behindProxy)
    throw new OptionsError(
      `--host ${host} can be reached from other machines: give --tls-cert and --tls-key, or --behind-proxy.`,
    )
  const publicOrigins = (values['public-origin'] ?? []).map((text) => readAddress('--public-origin', text))
  if (behindProxy && publicOrigins.length === 0)
    throw new OptionsError(
      '--behind-proxy goes with --public-origin, the address that people type, such as https://sessions.example.com.',
    )
  if (values.data !== undefined && values.database !== undefined)
    throw new OptionsError('Give --data or --database, not both.')
  if (values.data === '') throw new OptionsError('--data is the name of a folder.')
  const most = (
    flag: 'max-web-sessions' | 'max-tokens' | 'max-kubernetes-sessions' | 'credentials-per-minute',
    otherwise: number,
  ) => number(`--${flag}`, values[flag] ?? String(otherwise), 1, 10_000)
  const keepDays = values['audit-keep-days']
  const demo = values.demo ?? false
  if (values['time-scale'] !== undefined && !demo)
    throw new OptionsError('--time-scale is for demos only: give --demo too.')
  const demoPassword = values['demo-password']
  if (demoPassword !== undefined && !demo)
    throw new OptionsError('--demo-password is for demos only: give --demo too.')
  const ownerPassword = environment['CURFEW_OWNER_PASSWORD'] || undefined
  const ownerPasswordFile = values['owner-password-file']
  if (ownerPassword !== undefined && ownerPasswordFile !== undefined)
    throw new OptionsError('Give --owner-password-file or CURFEW_OWNER_PASSWORD, not both.')
  return {
    host,
    port: number('--port', values.port ?? '4180', 0, 65_535),
    data: values.database === undefined ? (values.data ?? './data') : undefined,
    database: values.database === undefined ? undefined : readDatabase(values.database),
    auditKey: readAuditKey(values['audit-key'], values),
    auditKeepDays: keepDays === undefined ? undefined : number('--audit-keep-days', keepDays, 1, 36_500),
    demo,
    demoPassword: demoPassword === undefined ? undefined : readDemoPassword(demoPassword),
    timeScale: number('--time-scale', values['time-scale'] ?? '1', 1, 10_000),
    owner: values.owner ?? 'owner',
    ownerPassword,
    ownerPasswordFile,
    secretsFromParent: values['secrets-from-parent'] ?? false,
    name: readName(values.name ?? 'Curfew'),
    issuer: values.issuer === undefined ? undefined : readAddress('--issuer', values.issuer),
    publicOrigins,
    tlsCert,
    tlsKey,
    behindProxy,
    exitWithParent: values['exit-with-parent'] ?? false,
    quotas: {
      web: most('max-web-sessions', defaultQuotas.web),
      token: most('max-tokens', defaultQuotas.token),
      kubernetes: most('max-kubernetes-sessions', defaultQuotas.kubernetes),
    },
    credentialsPerMinute: most('credentials-per-minute', defaultCredentialsPerMinute),
    signingKeyDays: number(
      '--signing-key-days',
      values['signing-key-days'] ?? String(defaultSigningKeyDays),
      1,
      3_650,
    ),
  }
}
