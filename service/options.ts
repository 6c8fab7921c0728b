import { parseArgs } from 'node:util'

export interface Options {
  readonly host: string
  readonly port: number
  readonly data?: string | undefined
  readonly database?: string | undefined
  readonly demo: boolean
  readonly timeScale: number
  readonly owner: string
  readonly ownerPassword?: string | undefined
  readonly name: string
  /** The origin that clusters know this server by. */
  readonly issuer?: string | undefined
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
  readonly behindProxy: boolean
  readonly exitWithParent: boolean
}

/** What was asked for on the command line can't be done; the message says what to write instead. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError'
}

export const usage = `Usage: service --port N (--data FOLDER | --database postgres://…) [options]

  --port N              port to listen on, 0 for a free one (default 4180)
  --data FOLDER         embedded database, one file in this folder (default ./data)
  --database URL        PostgreSQL, shared by as many replicas as you like
  --host ADDRESS        address to listen on (default 127.0.0.1); any but loopback demands TLS or a proxy
  --tls-cert FILE       certificate chain, PEM
  --tls-key FILE        private key, PEM
  --behind-proxy        a reverse proxy in front does TLS and sets X-Forwarded-For and X-Forwarded-Proto
  --name NAME           what the pages call this server (default Curfew)
  --issuer URL          the address clusters know this server by, where it is not the one requests come to
  --owner NAME          the Owner of a new organisation (default owner); password in CURFEW_OWNER_PASSWORD
  --demo                fill a new database with 250 people and 600 sessions
  --time-scale N        with --demo: the clock runs N times faster
  --exit-with-parent    stop when the process that started this one is gone
`

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function number(flag: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new OptionsError(`${flag} is a whole number from ${min} to ${max}, not "${text}".`)
  return value
}

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
        options: {
          port: { type: 'string' },
          host: { type: 'string' },
          data: { type: 'string' },
          database: { type: 'string' },
          demo: { type: 'boolean' },
          'time-scale': { type: 'string' },
          owner: { type: 'string' },
          name: { type: 'string' },
          issuer: { type: 'string' },
          'tls-cert': { type: 'string' },
          'tls-key': { type: 'string' },
          'behind-proxy': { type: 'boolean' },
          'exit-with-parent': { type: 'boolean' },
          help: { type: 'boolean', short: 'h' },
        },
      })
    } catch (error) {
      throw new OptionsError((error as Error).message)
    }
  })()
  if (values.help) return 'help'
  const host = values.host ?? '127.0.0.1'
  const tlsCert = values['tls-cert']
  const tlsKey = values['tls-key']
  const behindProxy = values['behind-proxy'] ?? false
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new OptionsError('--tls-cert and --tls-key go together.')
  if (!isLoopback(host) && tlsCert === undefined && !behindProxy)
    throw new OptionsError(
      `--host ${host} can be reached from other machines: give --tls-cert and --tls-key, or --behind-proxy.`,
    )
  if (values.data !== undefined && values.database !== undefined)
    throw new OptionsError('Give --data or --database, not both.')
  if (values.database !== undefined && !/^postgres(ql)?:\/\//.test(values.database))
    throw new OptionsError('--database is a URL that begins with postgres://.')
  const demo = values.demo ?? false
  if (values['time-scale'] !== undefined && !demo)
    throw new OptionsError('--time-scale is for demos only: give --demo too.')
  return {
    host,
    port: number('--port', values.port ?? '4180', 0, 65_535),
    data: values.database === undefined ? (values.data ?? './data') : undefined,
    database: values.database,
    demo,
    timeScale: number('--time-scale', values['time-scale'] ?? '1', 1, 10_000),
    owner: values.owner ?? 'owner',
    ownerPassword: environment['CURFEW_OWNER_PASSWORD'] || undefined,
    name: values.name ?? 'Curfew',
    issuer: values.issuer?.replace(/\/+$/, ''),
    tlsCert,
    tlsKey,
    behindProxy,
    exitWithParent: values['exit-with-parent'] ?? false,
  }
}
