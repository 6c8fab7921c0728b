import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { createClock } from './clock.ts'
import { createService } from './create-service.ts'
import type { Database } from './database/database.ts'
import { openSqlite, StorageError } from './database/open-sqlite.ts'
import { demoAccounts, demoPassword, fillWithPeople } from './demo/fill.ts'
import { FoundingError, foundOrganisation } from './found.ts'
import type { Tls } from './http/create-server.ts'
import { type Options, OptionsError, readOptions, usage } from './options.ts'
import { whenParentGoes } from './parent.ts'
import { createPasswords } from './passwords.ts'
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
  return tls
}

async function openDatabase(options: Options): Promise<Database> {
  if (options.database === undefined) return await openSqlite(options.data ?? './data')
  // Loaded only here: the embedded database needs none of it.
  const { openPostgres } = await import('./database/open-postgres.ts')
  return await openPostgres(options.database).catch((error: unknown) => {
    // Said without the URL, which may hold a password.
    const { message, code } = error as NodeJS.ErrnoException
    throw new StorageError(oneLine(`The database of --database can't be used: ${message || code}`))
  })
}

async function start(options: Options): Promise<void> {
  const tls =
    options.tlsCert !== undefined && options.tlsKey !== undefined
      ? readTls(options.tlsCert, options.tlsKey)
      : undefined
  const database = await openDatabase(options)
  const notBefore = Number((await readMeta(database, 'clock')) ?? 0)
  const clock = createClock({ scale: options.timeScale, notBefore })
  const passwords = createPasswords()

  const {
    isNew,
    owner = '',
    generatedPassword,
  } = await foundOrganisation(
    { database, clock, passwords },
    {
      username: options.owner,
      password: options.ownerPassword ?? (options.demo ? demoPassword : undefined),
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
  if (options.demo) {
    if (isNew) await fillWithPeople({ database, clock, passwords, owner })
    say(`Demo: sign in as owner, admin, helpdesk, viewer or member; the password is ${demoPassword}.`)
    if (options.timeScale !== 1) say(`Demo: the clock runs ${options.timeScale} times faster.`)
  }

  const service = await createService({
    database,
    clock,
    passwords,
    name: options.name,
    issuer: options.issuer,
    timeScale: options.timeScale,
    tls,
    behindProxy: options.behindProxy,
    logError: (error) => say(error.stack ?? error.message),
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
  if (isRefusal(error) || error instanceof StorageError) return oneLine(error.message)
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === 'help') process.stdout.write(usage)
  else await start(options)
} catch (error) {
  say(explain(error))
  process.exit(isRefusal(error) ? 2 : 1)
}
