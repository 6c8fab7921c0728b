import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { type Clock, createClock } from './clock.ts'
import { createService } from './create-service.ts'
import type { Database } from './database/database.ts'
import { openSqlite, StorageError } from './database/open-sqlite.ts'
import { demoAccounts, fillWithPeople } from './demo/fill.ts'
import { retirePublishedPassword } from './demo/retire-password.ts'
import { FoundingError, foundOrganisation } from './found.ts'
import type { Tls } from './http/create-server.ts'
import { type Options, OptionsError, readOptions, usage } from './options.ts'
import { type ParentSecrets, secretsFromParent, whenParentGoes } from './parent.ts'
import { readPasswordFile } from './password-file.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createPassword } from './secrets.ts'
import { AuditKeyError, openAuditSeal } from './store/audit-key-file.ts'
import { readAnchors } from './store/audit-verify.ts'
import { readMeta } from './store/meta.ts'
import { version } from './version.ts'

/** After so long, requests that are still running are cut off. */
const drainMs = 10_000

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

const oneLine = (text: string) => text.replace(/\s*\n\s*/g, ' ')

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new OptionsError(`${path} can't be read.`)
  }
}

/** @throws OptionsError for files that are no certificate and its key */
function readTls(cert: string, key: string): Tls {
  const tls = { cert: readPem(cert), key: readPem(key) }
  try {
    createSecureContext(tls)
  } catch {
    throw new OptionsError(`${cert} and ${key} are no certificate with its key, both PEM.`)
  }
  if (process.platform !== 'win32' && (statSync(key).mode & 0o004) !== 0)
    say(`Everybody on this machine can read the private key ${key}: chmod 640 or 600 it.`)
  return tls
}

async function openDatabase(options: Options): Promise<Database> {
  if (options.database === undefined) return await openSqlite(options.data ?? './data', say)
  // Loaded only here: the embedded database needs none of it.
  const { openPostgres } = await import('./database/open-postgres.ts')
  return await openPostgres(options.database).catch((error: unknown) => {
    // Said without the URL, which may hold a password.
    const { message, code } = error as NodeJS.ErrnoException
    throw new StorageError(oneLine(`The database of --database can't be used: ${message || code}`))
  })
}

/** The passwords that were chosen for a new database, from wherever they were to come, and what the parent told besides. */
async function readSecrets(options: Options): Promise<ParentSecrets> {
  const told: ParentSecrets = options.secretsFromParent ? await secretsFromParent() : {}
  const file = options.ownerPasswordFile
  return {
    ...told,
    ownerPassword:
      told.ownerPassword ?? (file === undefined ? options.ownerPassword : readPasswordFile(file)),
    demoPassword: told.demoPassword ?? options.demoPassword,
  }
}

/** Fills a new demo with its people, and sees to it that no demo keeps a password that was published. */
async function prepareDemo(
  parts: { readonly database: Database; readonly clock: Clock; readonly passwords: Passwords },
  {
    owner,
    isNew,
    password,
    chosen,
    timeScale,
  }: {
    readonly owner: string
    readonly isNew: boolean
    readonly password: string
    readonly chosen: string | undefined
    readonly timeScale: number
  },
): Promise<void> {
  if (isNew) await fillWithPeople({ ...parts, owner, password })
  const replaced = isNew ? undefined : await retirePublishedPassword(parts, chosen)
  const shown = chosen === undefined ? (isNew ? password : replaced) : undefined
  say(
    `Demo: sign in as ${['owner', ...demoAccounts].join(', ')}; ${
      shown === undefined
        ? 'their password is the one chosen at the first start'
        : `password: ${shown}  (shown this once)`
    }.`,
  )
  if (timeScale !== 1) say(`Demo: the clock runs ${timeScale} times faster.`)
}

async function start(options: Options): Promise<void> {
  const chosen = await readSecrets(options)
  const tls =
    options.tlsCert !== undefined && options.tlsKey !== undefined
      ? readTls(options.tlsCert, options.tlsKey)
      : undefined
  const database = await openDatabase(options)
  const notBefore = Number((await readMeta(database, 'clock')) ?? 0)
  const clock = createClock({ scale: options.timeScale, notBefore })
  const passwords = createPasswords()
  const demoPassword = chosen.demoPassword ?? createPassword()
  const logError = (error: Error) => say(error.stack ?? error.message)
  const { head, cut } = await readAnchors(database)
  const seal = await openAuditSeal(options.auditKey, {
    isSigned: head !== undefined || cut !== undefined,
    logError,
  })

  const {
    isNew,
    owner = '',
    generatedPassword,
  } = await foundOrganisation(
    { database, clock, passwords, seal },
    {
      username: options.owner,
      password: chosen.ownerPassword ?? (options.demo ? demoPassword : undefined),
      demo: options.demo,
      reserved: options.demo ? demoAccounts : [],
    },
  )
  if (options.demo && !isNew && (await readMeta(database, 'demo')) !== 'yes')
    throw new OptionsError(
      'This database holds a real organisation: --demo would mix it with invented people.',
    )
  if (generatedPassword !== undefined)
    say(`The Owner is "${owner}", password: ${generatedPassword}  (shown this once)`)
  if (options.demo)
    await prepareDemo(
      { database, clock, passwords },
      { owner, isNew, password: demoPassword, chosen: chosen.demoPassword, timeScale: options.timeScale },
    )

  const service = await createService({
    database,
    clock,
    passwords,
    seal,
    auditKeepDays: options.auditKeepDays,
    name: options.name,
    issuer: options.issuer,
    publicOrigins: options.publicOrigins,
    timeScale: options.timeScale,
    tls,
    behindProxy: options.behindProxy,
    quotas: options.quotas,
    credentialsPerMinute: options.credentialsPerMinute,
    signingKeyDays: options.signingKeyDays,
    proofKey: chosen.proofKey,
    logError,
  })

  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    setTimeout(() => {
      service.server.server.closeAllConnections()
    }, drainMs).unref()
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        say(String(error))
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  if (options.exitWithParent) whenParentGoes(stop)

  const listening = await service.listen(options)
  const line = { listening, instanceId: service.instanceId, version }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Whether what was asked for can't be done, as against what happens not to work. */
function isRefusal(error: unknown): error is Error {
  return error instanceof OptionsError || error instanceof FoundingError
}

function explain(error: unknown): string {
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string }
  if (code === 'EADDRINUSE') return `Port ${port} of ${address} is in use. Choose another with --port.`
  if (code === 'EACCES' && port !== undefined) return `This user may not listen on port ${port}.`
  if (code === 'ENOTFOUND') return `No machine is called ${(error as { hostname?: string }).hostname}.`
  if (code === 'EADDRNOTAVAIL') return `This machine has no address ${address}.`
  if (isRefusal(error) || error instanceof StorageError || error instanceof AuditKeyError)
    return oneLine(error.message)
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

try {
  const options = readOptions(process.argv.slice(2), process.env)
  // Whatever this process starts, and whoever dumps its environment later, has no use for it.
  delete process.env['CURFEW_OWNER_PASSWORD']
  if (options === 'help') process.stdout.write(usage)
  else await start(options)
} catch (error) {
  say(explain(error))
  process.exit(isRefusal(error) ? 2 : 1)
}
