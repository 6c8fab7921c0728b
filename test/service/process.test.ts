import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test, vi } from 'vitest'
import { OptionsError, readOptions } from '../../service/options.ts'
import { call } from './support.ts'

const entry = new URL('../../service/index.ts', import.meta.url).pathname
const folders: string[] = []
const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-process-'))
  folders.push(folder)
  return folder
}

interface Started {
  readonly child: ChildProcess
  readonly line: { readonly listening: string; readonly instanceId: string; readonly version: string }
  readonly errors: () => string
}

async function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const child = spawn(process.execPath, [entry, '--port', '0', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  children.push(child)
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => {
      throw new Error(errors)
    }),
  ])
  return { child, line: JSON.parse(line), errors: () => errors }
}

const exit = async (child: ChildProcess) => {
  if (child.exitCode === null) await once(child, 'exit')
  return child.exitCode
}

test('The first start makes the organisation and its Owner, says so in one line, and later starts change nothing', async () => {
  const folder = await newFolder()
  const signIn = async ({ line }: Started, username: string, password: string) =>
    (await call(line.listening, 'POST', 'sign-in', { username, password })).status
  const first = await start(['--data', folder, '--owner', 'mara'], {
    CURFEW_OWNER_PASSWORD: 'first password',
  })
  expect(first.line).toEqual({
    listening: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    instanceId: expect.any(String),
    version: expect.any(String),
  })
  expect(await signIn(first, 'mara', 'first password')).toBe(201)
  first.child.kill('SIGTERM')
  expect(await exit(first.child)).toBe(0)
  expect(first.errors()).not.toContain('password:')

  const second = await start(['--data', folder, '--owner', 'other'], {
    CURFEW_OWNER_PASSWORD: 'second password',
  })
  expect(second.line.instanceId).toBe(first.line.instanceId)
  expect(await signIn(second, 'mara', 'second password')).toBe(401)
  expect(await signIn(second, 'other', 'second password')).toBe(401)
  expect(await signIn(second, 'mara', 'first password')).toBe(201)
})

test('Without a password the Owner gets a random one, shown once', async () => {
  const folder = await newFolder()
  const started = await start(['--data', folder])
  const password = /password: (\S+)/.exec(started.errors())?.[1] ?? ''
  expect(
    (await call(started.line.listening, 'POST', 'sign-in', { username: 'owner', password })).status,
  ).toBe(201)
  started.child.kill('SIGTERM')
  await exit(started.child)
  expect((await start(['--data', folder])).errors()).not.toContain('password')
})

test('The demo has 250 people and 600 sessions, the same ones each time, and accounts to try each right', async () => {
  const people = async () => {
    const { line } = await start(['--data', await newFolder(), '--demo', '--time-scale', '2'])
    const ask = async (username: string) =>
      (await call(line.listening, 'POST', 'sign-in', { username, password: 'curfew-demo' })).body
    const { token } = await ask('owner')
    const get = async (path: string) =>
      (await call(line.listening, 'GET', path, undefined, { authorization: `Bearer ${token}` })).body
    expect((await get('sessions?limit=1')).total).toBeGreaterThan(580)
    expect((await get('server')).timeScale).toBe(2)
    expect((await ask('helpdesk')).user.permissions).toEqual(['UserEdit'])
    expect((await ask('admin')).user.role).toBe('admin')
    const users = await get('users?limit=500')
    expect(users.total).toBe(250)
    const page = await fetch(`${line.listening}/sign-in`)
    expect(await page.text()).toContain('runs 2 times faster')
    return users.items.map(({ username, displayName }: { username: string; displayName: string }) => [
      username,
      displayName,
    ])
  }
  const [one, other] = await Promise.all([people(), people()])
  expect(one).toEqual(other)
})

const noSignals = process.platform === 'win32' ? ' (skipped: Windows ends a process without asking it)' : ''

test.skipIf(noSignals !== '')(`SIGTERM finishes what has begun and exits with 0${noSignals}`, async () => {
  const { child, line } = await start(['--data', await newFolder()], {
    CURFEW_OWNER_PASSWORD: 'the password',
  })
  const asked = fetch(`${line.listening}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'owner', password: 'the password' }),
  })
  const live = await call(line.listening, 'GET', '/health/live')
  expect(live.status).toBe(200)
  child.kill('SIGTERM')
  expect((await asked).status).toBe(201)
  expect(await exit(child)).toBe(0)
})

test('With --exit-with-parent it ends when its parent lets go of it', async () => {
  const { child } = await start(['--data', await newFolder(), '--exit-with-parent'])
  child.stdin?.end()
  expect(await exit(child)).toBe(0)
})

test('With --exit-with-parent it ends when its parent is killed', async () => {
  const folder = await newFolder()
  const script = `
    const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, ${JSON.stringify([entry, '--port', '0', '--data', folder, '--exit-with-parent'])}, { stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout.once('data', () => console.log(child.pid))`
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(parent)
  const [chunk] = await once(parent.stdout, 'data')
  const pid = Number(String(chunk))
  parent.kill('SIGKILL')
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 10_000, interval: 50 })
})

test('What goes wrong at the start is said in a sentence', async () => {
  const folder = await newFolder()
  await start(['--data', folder])
  await expect(start(['--data', folder])).rejects.toThrow(/^Another service is already running on /)
  await expect(start(['--data', await newFolder(), '--host', '0.0.0.0'])).rejects.toThrow(/--tls-cert/)
  const file = join(await newFolder(), 'file')
  await writeFile(file, '')
  await expect(start(['--data', join(file, 'x')])).rejects.toThrow(/data folder|ENOTDIR/)
  const damaged = await newFolder()
  await writeFile(join(damaged, 'curfew.db'), 'This is no database.'.repeat(500))
  await expect(start(['--data', damaged])).rejects.toThrow(/is damaged/)
})

test('Flags that do not go together are refused with what to write instead', () => {
  const refused = (args: readonly string[]) => {
    try {
      readOptions(args, {})
    } catch (error) {
      if (error instanceof OptionsError) return error.message
      throw error
    }
    return undefined
  }
  expect(refused(['--time-scale', '60'])).toContain('--demo')
  expect(refused(['--host', '::'])).toContain('--behind-proxy')
  expect(refused(['--host', '0.0.0.0', '--behind-proxy'])).toBeUndefined()
  expect(refused(['--tls-cert', 'x'])).toContain('--tls-key')
  expect(refused(['--data', 'x', '--database', 'postgres://x'])).toContain('not both')
  expect(refused(['--port', '65536'])).toContain('65535')
  expect(refused(['--port', 'http'])).toContain('whole number')
  expect(refused(['--colour'])).toContain('--colour')
  expect(refused(['--demo', '--time-scale', '0'])).toContain('from 1')
})
