import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openSqlite, StorageError } from '../../service/database/open-sqlite.ts'
import { call } from './support.ts'

const entry = new URL('../../service/index.ts', import.meta.url).pathname
const folders: string[] = []
const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function newFolder(mode: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-private-'))
  chmodSync(folder, mode)
  folders.push(folder)
  return folder
}

const bits = (path: string) => (statSync(path).mode & 0o7777).toString(8)
const files = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, bits(join(folder, name))]))

/** Starts a real service under a umask that takes nothing away. */
async function startLoosely(folder: string) {
  const child = spawn(
    'sh',
    ['-c', 'umask 000; exec "$0" "$@"', process.execPath, entry, '--port', '0', '--data', folder],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CURFEW_OWNER_PASSWORD: 'lamp otter violin' },
    },
  )
  children.push(child)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const origin = JSON.parse(String(line)).listening as string
  expect(
    (await call(origin, 'POST', 'sign-in', { username: 'owner', password: 'lamp otter violin' })).status,
  ).toBe(201)
  return { said: () => said }
}

const noModes = process.platform === 'win32' ? ' (skipped: Windows keeps no such bits)' : ''

describe.skipIf(noModes !== '')(`files of the embedded database${noModes}`, () => {
  test('A folder that is there and open to everybody holds only files that nobody else can read, and the service says so', async () => {
    const folder = newFolder(0o755)
    const { said } = await startLoosely(folder)
    const wanted = {
      'audit.key': '600',
      'audit.key.head': '600',
      'curfew.db': '600',
      'curfew.db-shm': '600',
      'curfew.db-wal': '600',
      'curfew.lock': '600',
      'curfew.lock-journal': '600',
    }
    await vi.waitFor(() => expect(files(folder)).toEqual(wanted))
    expect(said()).toContain('Others can look into the data folder')
  })

  test('A folder that the service makes is private, with every folder above it that it makes', async () => {
    const folder = join(newFolder(0o700), 'new', 'data')
    const { said } = await startLoosely(folder)
    expect([bits(folder), bits(join(folder, '..'))]).toEqual(['700', '700'])
    expect(said()).toBe('')
  })

  test('Files that an earlier version left readable are mended at the next start, logs and copies too', async () => {
    const folder = newFolder(0o700)
    const names = [
      'curfew.db',
      'curfew.lock',
      'curfew.db-journal',
      'curfew.db.bak',
      'curfew.backup.db',
      'audit.key.head',
      'notes.txt',
    ]
    for (const name of names) {
      writeFileSync(join(folder, name), '')
      chmodSync(join(folder, name), 0o666)
    }
    await (await openSqlite(folder)).close()
    const left = files(folder)
    // It is not the service's.
    expect(left['notes.txt']).toBe('666')
    for (const [name, mode] of Object.entries(left))
      if (name !== 'notes.txt') expect([name, mode]).toEqual([name, '600'])
    expect(left['curfew.backup.db']).toBe('600')
  })

  test('Somebody else’s hand in the folder is named: who can write there can replace the database', async () => {
    for (const [mode, warning] of [
      [0o777, 'can replace'],
      [0o770, 'can replace'],
      [0o1777, 'can replace'],
      [0o750, 'can look into'],
      [0o711, 'can look into'],
    ] as const) {
      const said: string[] = []
      await (await openSqlite(newFolder(mode), (text) => said.push(text))).close()
      expect([mode, said]).toEqual([mode, [expect.stringContaining(warning)]])
    }
  })

  test.each(['curfew.db', 'curfew.lock', 'curfew.db-wal', 'curfew.db-shm', 'curfew.db-journal', 'audit.key'])(
    'A link in the place of %s is refused, and what it points to is left alone',
    async (name) => {
      const folder = newFolder(0o700)
      const target = join(newFolder(0o700), 'target')
      writeFileSync(target, '')
      chmodSync(target, 0o644)
      for (const to of [target, join(target, 'missing')]) {
        rmSync(join(folder, name), { force: true })
        symlinkSync(to, join(folder, name))
        await expect(openSqlite(folder)).rejects.toThrow(StorageError)
        await expect(openSqlite(folder)).rejects.toThrow('is a link')
      }
      expect([bits(target), statSync(target).size]).toEqual(['644', 0])
    },
  )

  test('A folder may be reached by a link: that is the choice of whoever starts the service', async () => {
    const folder = newFolder(0o700)
    mkdirSync(join(folder, 'real'), { mode: 0o700 })
    symlinkSync(join(folder, 'real'), join(folder, 'data'))
    await (await openSqlite(join(folder, 'data'))).close()
    expect(files(join(folder, 'real'))['curfew.db']).toBe('600')
  })

  test('A folder in the place of the database is refused in a sentence', async () => {
    const folder = newFolder(0o700)
    mkdirSync(join(folder, 'curfew.db'))
    await expect(openSqlite(folder)).rejects.toThrow('is no file')
  })

  test('A copy put in the place of the database is closed to others at the next start', async () => {
    const folder = newFolder(0o700)
    await (await openSqlite(folder)).close()
    renameSync(join(folder, 'curfew.db'), join(folder, 'curfew.copy'))
    writeFileSync(join(folder, 'curfew.db'), '', { mode: 0o644 })
    await (await openSqlite(folder)).close()
    expect(files(folder)['curfew.db']).toBe('600')
  })

  const notRoot = process.getuid?.() === 0 ? '' : ' (skipped: only root can give files away)'
  test.skipIf(notRoot !== '')(`A database that another user has put there is refused${notRoot}`, async () => {
    const folder = newFolder(0o700)
    writeFileSync(join(folder, 'curfew.db'), '')
    chownSync(join(folder, 'curfew.db'), 12_345, 12_345)
    await expect(openSqlite(folder)).rejects.toThrow('belongs to another user')
  })
})
