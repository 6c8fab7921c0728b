import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'

const versions = '/usr/lib/postgresql'

/** Where Debian's PostgreSQL keeps its programs, the newest version; `undefined` where there is none. */
export function findPostgres(): string | undefined {
  if (!existsSync(versions)) return undefined
  const [newest] = readdirSync(versions).sort((one, other) => Number(other) - Number(one))
  return newest === undefined ? undefined : join(versions, newest, 'bin')
}

export interface Cluster extends AsyncDisposable {
  /** Makes an empty database. @returns its URL */
  newDatabase(): Promise<string>
}

/** Starts a PostgreSQL of one's own on a socket in a temporary folder; as root, under the user `nobody`. */
export async function startCluster(bin: string): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-pg-'))
  const isRoot = process.getuid?.() === 0
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody']))
  const as = isRoot ? { uid: id('-u'), gid: id('-g') } : {}
  if (isRoot) chownSync(folder, id('-u'), id('-g'))
  const data = join(folder, 'data')
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'curfew', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'],
    {
      ...as,
      cwd: folder,
      stdio: 'ignore',
    },
  )
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'max_connections=200', '-c', 'lc_messages=C'],
    { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const lines = createInterface({ input: server.stderr })
  await new Promise<void>((resolve, reject) => {
    // Goes on reading after that, or the server would wait for room to write.
    lines.on('line', (line) => {
      if (line.includes('ready to accept connections')) resolve()
    })
    server.once('exit', () => reject(new Error('PostgreSQL did not start.')))
  })
  const url = (database: string) =>
    `postgres://curfew@localhost/${database}?host=${encodeURIComponent(folder)}`
  const ask = async (text: string) => {
    const client = new pg.Client({ connectionString: url('postgres') })
    await client.connect()
    try {
      await client.query(text)
    } finally {
      await client.end()
    }
  }
  let made = 0
  return {
    newDatabase: async () => {
      const name = `test${++made}`
      await ask(`create database ${name}`)
      return url(name)
    },
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGINT')
      await once(server, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
