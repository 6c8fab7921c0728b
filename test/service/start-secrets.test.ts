import { type ChildProcess, fork, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { openSqlite } from '../../service/database/open-sqlite.ts'
import { fillWithPeople } from '../../service/demo/fill.ts'
import { foundOrganisation } from '../../service/found.ts'
import { createToken, hashToken } from '../../service/secrets.ts'
import { openAuditSeal } from '../../service/store/audit-key-file.ts'
import { call, cheapPasswords } from './support.ts'

/** What every demo had in version 0.1.0. */
const published = 'curfew-demo'
const entry = new URL('../../service/index.ts', import.meta.url).pathname
const folders: string[] = []
const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-secrets-'))
  folders.push(folder)
  return folder
}

interface Began {
  readonly child: ChildProcess
  readonly said: () => string
  /** Where it listens; rejects with what it said where it ends instead. */
  readonly origin: Promise<string>
}

function watch(child: ChildProcess): Began {
  children.push(child)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  if (!child.stdout) throw new Error('The service has no output.')
  const origin = Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(
      ([line]) => JSON.parse(String(line)).listening as string,
    ),
    once(child, 'close').then(() => {
      throw new Error(said)
    }),
  ])
  origin.catch(() => {})
  return { child, said: () => said, origin }
}

const begin = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  watch(
    spawn(process.execPath, [entry, '--port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    }),
  )

const beginForked = (args: readonly string[], message?: object) => {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'ipc']
  const child = fork(entry, ['--port', '0', '--secrets-from-parent', ...args], { stdio })
  if (message) child.send(message)
  return watch(child)
}

async function stop({ child }: Began): Promise<void> {
  child.kill('SIGTERM')
  await once(child, 'exit')
}

const accounts = ['owner', 'admin', 'helpdesk', 'viewer', 'member']

/** What each of a demo's accounts answers to a password. */
async function answers(origin: string, password: string): Promise<readonly number[]> {
  const statuses: number[] = []
  for (const username of accounts)
    statuses.push((await call(origin, 'POST', 'sign-in', { username, password })).status)
  return statuses
}
const all = (status: number) => accounts.map(() => status)

test('A stranger on this computer who has read every README opens no demo: its password is random, and shown once', async () => {
  const folder = await newFolder()
  const [one, other] = [begin(['--data', folder, '--demo']), begin(['--data', await newFolder(), '--demo'])]
  const origin = await one.origin
  await other.origin
  const passwordIn = (said: string) => /password: (\S+) {2}\(shown this once\)/.exec(said)?.[1] ?? ''
  const password = passwordIn(one.said())
  expect(password).toMatch(/^[\w-]{24}$/)
  expect(passwordIn(other.said())).not.toBe(password)
  expect(await answers(origin, password)).toEqual(all(201))
  expect(await answers(origin, published)).toEqual(all(401))
  await stop(one)
  const again = begin(['--data', folder, '--demo'])
  await again.origin
  expect(again.said()).toContain('the one chosen at the first start')
  expect(again.said()).not.toContain(password)
})

test('A demo that was filled with the published password does not listen with it again, and who came in with it is out', async () => {
  const folder = await newFolder()
  const database = await openSqlite(folder)
  const seal = await openAuditSeal(join(folder, 'audit.key'), { isSigned: false })
  const parts = { database, clock: Date.now, passwords: cheapPasswords, seal }
  await foundOrganisation(parts, { username: 'owner', password: 'lamp otter violin', demo: true })
  // Nobody can choose it any more.
  const hash = await cheapPasswords.hash(published)
  await database.write((transaction) =>
    transaction.updateTable('users').set({ password: hash }).where('role', '=', 'owner').execute(),
  )
  await fillWithPeople({ ...parts, owner: 'owner', password: published })
  const token = createToken()
  await database.write(async (transaction) => {
    await transaction.deleteFrom('meta').where('key', '=', 'demo_password').execute()
    const admin = await transaction
      .selectFrom('users')
      .select('id')
      .where('username', '=', 'admin')
      .executeTakeFirstOrThrow()
    await transaction
      .insertInto('sessions')
      .values({
        id: hashToken(token)?.id ?? '',
        token_hash: hashToken(token)?.hash ?? '',
        user_id: admin.id,
        kind: 'token',
        created_at: Date.now(),
        last_activity_at: Date.now(),
        remembered: 0,
        client: 'a script of a stranger',
        address: '127.0.0.1',
        scopes: 'read',
        ended_at: null,
        end_reason: null,
      })
      .execute()
  })
  await database.close()

  const began = beginForked(['--data', folder, '--demo'], { demoPassword: 'chosen by the app' })
  const origin = await began.origin
  expect(await answers(origin, published)).toEqual(all(401))
  expect(await answers(origin, 'chosen by the app')).toEqual(all(201))
  const me = await call(origin, 'GET', 'me', undefined, { authorization: `Bearer ${token}` })
  expect(me.body.code).toBe('session-ended')
  await stop(began)
  // The people and their sessions are still there.
  const again = beginForked(['--data', folder, '--demo'], { demoPassword: 'not taken any more' })
  const signedIn = await call(await again.origin, 'POST', 'sign-in', {
    username: 'owner',
    password: 'chosen by the app',
  })
  const sessions = await call(await again.origin, 'GET', 'sessions?limit=1', undefined, {
    authorization: `Bearer ${signedIn.body.token}`,
  })
  expect(sessions.body.total).toBeGreaterThan(500)
})

test('What the parent process tells is found neither in what is printed nor in the environment nor in the arguments', async () => {
  const secrets = { ownerPassword: 'the owner of the app', demoPassword: 'everybody in the demo' }
  const began = beginForked(['--data', await newFolder(), '--demo'], secrets)
  const origin = await began.origin
  expect(await answers(origin, secrets.demoPassword)).toEqual([401, 201, 201, 201, 201])
  const owner = { username: 'owner', password: secrets.ownerPassword }
  expect((await call(origin, 'POST', 'sign-in', owner)).status).toBe(201)
  const seen = [began.said(), began.child.spawnargs.join(' ')]
  if (process.platform === 'linux')
    for (const what of ['environ', 'cmdline'])
      seen.push(readFileSync(`/proc/${began.child.pid}/${what}`, 'utf8'))
  for (const secret of Object.values(secrets)) expect(seen.join('\n')).not.toContain(secret)
})

test.each([
  ['another message', { ownerPassword: 1 }],
  ['a password of seven characters', { demoPassword: 'x'.repeat(7) }],
  ['more than was asked for', { ownerPassword: 'x'.repeat(8), port: 1 }],
])('From its parent the service takes passwords and nothing else: %s is refused', async (_, message) => {
  const began = beginForked(['--data', await newFolder(), '--demo'], message)
  await expect(began.origin).rejects.toThrow(/^--secrets-from-parent: the message is /)
  expect(began.child.exitCode).toBe(2)
})

test('Without a parent to tell them, --secrets-from-parent is refused at once', async () => {
  const began = begin(['--data', await newFolder(), '--secrets-from-parent'])
  await expect(began.origin).rejects.toThrow('another has forked')
})

test('The Owner’s password is gone from the environment once it is read, for whatever the service starts later', async () => {
  const report = 'process.on("exit",()=>console.error("left:"+process.env.CURFEW_OWNER_PASSWORD))'
  const began = begin(['--data', await newFolder()], {
    CURFEW_OWNER_PASSWORD: 'the password of the Owner',
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}`,
  })
  const owner = { username: 'owner', password: 'the password of the Owner' }
  expect((await call(await began.origin, 'POST', 'sign-in', owner)).status).toBe(201)
  began.child.kill('SIGTERM')
  await once(began.child, 'close')
  expect(began.said()).toContain('left:undefined')
})

test('The Owner’s password can be given in a file that only this user can read', async () => {
  const folder = await newFolder()
  const file = join(folder, 'password')
  await writeFile(file, 'the first line\nnot this one\n', { mode: 0o600 })
  const began = begin(['--data', join(folder, 'data'), '--owner-password-file', file])
  const owner = { username: 'owner', password: 'the first line' }
  expect((await call(await began.origin, 'POST', 'sign-in', owner)).status).toBe(201)
})

const noModes = process.platform === 'win32' ? ' (skipped: Windows keeps no such bits)' : ''

test.skipIf(noModes !== '')(
  `A password file that others can read, or that is none, is refused${noModes}`,
  async () => {
    const folder = await newFolder()
    const file = join(folder, 'password')
    await writeFile(file, 'the password', { mode: 0o600 })
    const refused = (path: string, environment = {}) =>
      begin(['--data', join(folder, 'data'), '--owner-password-file', path], environment).origin
    for (const mode of [0o640, 0o604, 0o660, 0o644]) {
      await chmod(file, mode)
      await expect(refused(file)).rejects.toThrow('chmod 600')
    }
    await writeFile(join(folder, 'empty'), '', { mode: 0o600 })
    await expect(refused(join(folder, 'empty'))).rejects.toThrow('is empty')
    await expect(refused(join(folder, 'none'))).rejects.toThrow('can’t be read')
    await mkdir(join(folder, 'folder'), { mode: 0o700 })
    await expect(refused(join(folder, 'folder'))).rejects.toThrow('is a file')
    await expect(refused(file, { CURFEW_OWNER_PASSWORD: 'another one' })).rejects.toThrow('not both')
  },
)
