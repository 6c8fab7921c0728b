import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test, vi } from 'vitest'
import { OptionsError, readOptions } from '../../service/options.ts'
import { call, password } from './support.ts'

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
    CURFEW_OWNER_PASSWORD: 'lamp otter violin',
  })
  expect(first.line).toEqual({
    listening: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    instanceId: expect.any(String),
    version: expect.any(String),
  })
  expect(await signIn(first, 'mara', 'lamp otter violin')).toBe(201)
  first.child.kill('SIGTERM')
  expect(await exit(first.child)).toBe(0)
  expect(first.errors()).not.toContain('password:')

  const second = await start(['--data', folder, '--owner', 'other'], {
    CURFEW_OWNER_PASSWORD: 'violin otter lamp',
  })
  expect(second.line.instanceId).toBe(first.line.instanceId)
  expect(await signIn(second, 'mara', 'violin otter lamp')).toBe(401)
  expect(await signIn(second, 'other', 'violin otter lamp')).toBe(401)
  expect(await signIn(second, 'mara', 'lamp otter violin')).toBe(201)
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
    const { line } = await start([
      '--data',
      await newFolder(),
      ...['--demo', '--demo-password', 'of this demo', '--time-scale', '2'],
    ])
    const ask = async (username: string) =>
      (await call(line.listening, 'POST', 'sign-in', { username, password: 'of this demo' })).body
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
    CURFEW_OWNER_PASSWORD: password,
  })
  const asked = fetch(`${line.listening}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'owner', password }),
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

/** Starts a service that must not start. @returns its exit code and what it said */
async function refusal(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [entry, '--port', '0', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  })
  children.push(child)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  return { code: await exit(child), said }
}

test.each([
  ['a password of 11 characters', [], { CURFEW_OWNER_PASSWORD: 'xxxxxxx-zuw' }],
  ['a password of blanks', [], { CURFEW_OWNER_PASSWORD: ' '.repeat(20) }],
  ['a password that everybody tries', [], { CURFEW_OWNER_PASSWORD: 'password1234' }],
  [
    'the Owner’s name as password',
    ['--owner', 'mara.lindqvist'],
    { CURFEW_OWNER_PASSWORD: 'MaraLindqvist1' },
  ],
  ['a password of 257 characters', [], { CURFEW_OWNER_PASSWORD: 'x'.repeat(257) }],
  ['a name of 65 characters', ['--owner', 'x'.repeat(65)], {}],
  ['a name of 101 characters', ['--owner', 'x'.repeat(101)], {}],
  ['no name', ['--owner', ''], {}],
  ['a name of spaces', ['--owner', '  '], {}],
  ['a name with a space within', ['--owner', 'ma ra'], {}],
  ['a name with a line break', ['--owner', 'ma\nra'], {}],
  ['a name that looks like another', ['--owner', 'own\u034fer'], {}],
  ['a name of two alphabets', ['--owner', '\u043ewner'], {}],
  ['the name of a demo account', ['--demo', '--owner', 'Admin'], {}],
] as const)(
  'Nothing is founded with %s: exit code 2 and the reason in one line',
  async (_, args, environment) => {
    const folder = await newFolder()
    const { code, said } = await refusal(['--data', folder, ...args], environment)
    expect(code).toBe(2)
    expect(said).toMatch(/^The Owner’s (name|password) \([^)]+\): [^\n]+\n$/)
    expect(said).not.toContain('xxxxxxx')
  },
)

test.each([
  ['mara', 'zuwHqPh7LEQ4', 'mara'],
  ['x'.repeat(64), 'lamp otter violin '.repeat(15).slice(0, 256), 'x'.repeat(64)],
  ['  mara ', ' lamp  otter violin ', 'mara'],
  ['Zoë', 'πηγή 😀 λάμπα βιολί', 'zoe\u0308'],
] as const)('An Owner at the bounds, %j with %j, can enter', async (owner, secret, typed) => {
  const { line } = await start(['--data', await newFolder(), '--owner', owner], {
    CURFEW_OWNER_PASSWORD: secret,
  })
  const { status } = await call(line.listening, 'POST', 'sign-in', { username: typed, password: secret })
  expect(status).toBe(201)
})

test('On a database that exists, an Owner that could not be founded is ignored as any other is', async () => {
  const folder = await newFolder()
  const first = await start(['--data', folder])
  first.child.kill('SIGTERM')
  await exit(first.child)
  await start(['--data', folder, '--owner', ''], { CURFEW_OWNER_PASSWORD: 'short' })
})

test('A demo whose Owner is called like one of its people has everybody all the same', async () => {
  const folder = await newFolder()
  const { line } = await start([
    ...['--data', folder, '--demo', '--owner', 'maya.brandt', '--demo-password', 'of this demo'],
  ])
  const { body } = await call(line.listening, 'POST', 'sign-in', {
    username: 'maya.brandt',
    password: 'of this demo',
  })
  const users = await call(line.listening, 'GET', 'users?limit=1', undefined, {
    authorization: `Bearer ${body.token}`,
  })
  expect(users.body.total).toBe(250)
})

test('What can’t be started with is said in one line, with no stack and no password', async () => {
  const folder = await newFolder()
  const [one, other] = [join(folder, 'one.pem'), join(folder, 'other.pem')]
  for (const file of [one, other]) await writeFile(file, 'no certificate')
  const proxied = ['--behind-proxy', '--public-origin', 'https://site.example']
  for (const [args, code] of [
    [['--tls-cert', one, '--tls-key', other], 2],
    [['--tls-cert', join(folder, 'none'), '--tls-key', other], 2],
    [
      ['--database', 'postgres://curfew:secret@127.0.0.1:1/none', '--audit-key', join(folder, 'audit.key')],
      1,
    ],
    [['--data', join(one, 'x')], 1],
    [['--data', one], 1],
    [['--data', join(folder, 'data'), '--host', 'no-such-machine.invalid', ...proxied], 1],
    [['--data', join(folder, 'data'), '--host', '192.0.2.1', ...proxied], 1],
    [['--host'], 2],
    [['--host', '-x'], 2],
    [['positional'], 2],
  ] as const) {
    const refused = await refusal(args)
    expect([args, refused.code]).toEqual([args, code])
    const lines = refused.said.split('\n').filter((line) => line !== '' && !line.startsWith('The Owner is'))
    expect([args, lines.length]).toEqual([args, 1])
    expect(refused.said).not.toMatch(/secret|^ +at /m)
  }
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
  expect(refused(['--demo-password', 'x'.repeat(8)])).toContain('--demo')
  expect(refused(['--demo', '--demo-password', 'x'.repeat(8)])).toBeUndefined()
  for (const short of ['', 'x'.repeat(7), 'x'.repeat(257)])
    expect(refused(['--demo', '--demo-password', short])).toContain('--demo-password has 8')
  expect(refused(['--host', '::'])).toContain('--behind-proxy')
  expect(refused(['--host', '0.0.0.0', '--behind-proxy'])).toContain('--public-origin')
  const proxied = ['--behind-proxy', '--public-origin', 'https://site.example']
  expect(refused(['--host', '0.0.0.0', ...proxied])).toBeUndefined()
  expect(refused(['--tls-cert', 'x'])).toContain('--tls-key')
  expect(refused(['--data', 'x', '--database', 'postgres://x'])).toContain('not both')
  expect(refused(['--port', '65536'])).toContain('65535')
  expect(refused(['--signing-key-days', '0'])).toContain('from 1 to 3650')
  for (const flag of [
    '--max-web-sessions',
    '--max-tokens',
    '--max-kubernetes-sessions',
    '--credentials-per-minute',
  ]) {
    expect(refused([flag, '0'])).toContain(`${flag} is a whole number from 1 to 10000`)
    expect(refused([flag, '10000'])).toBeUndefined()
  }
  expect(refused(['--port', 'http'])).toContain('whole number')
  expect(refused(['--colour'])).toContain('--colour')
  expect(refused(['--demo', '--time-scale', '0'])).toContain('from 1')
  expect(refused(['--demo', '--time-scale', '1'])).toBeUndefined()
  expect(refused(['--demo', '--time-scale', '10000'])).toBeUndefined()
  expect(refused(['--demo', '--time-scale', '10001'])).toContain('10000')
  expect(refused(['--demo', '--time-scale', '1.5'])).toContain('whole number')
  for (const port of ['0', '1', '65535']) expect(refused(['--port', port])).toBeUndefined()
  for (const port of ['', '-1', ' 80', '0x50', '99999999999999999999'])
    expect(refused([`--port=${port}`])).toContain('--port is a whole number')
  for (const host of ['127.0.0.1', '127.255.255.254', 'localhost', '::1', '[::1]'])
    expect(refused(['--host', host])).toBeUndefined()
  for (const host of ['', ' ', '127.0.0.256', '127.0.0', 'a b', 'http://localhost', 'x'.repeat(254), '::g'])
    expect(refused([`--host=${host}`, '--behind-proxy'])).toContain('--host is an address')
  expect(refused(['--host', '126.0.0.1'])).toContain('--tls-cert')
  expect(refused(['--data', ''])).toContain('--data')
  for (const name of ['x', 'x'.repeat(100), ' Curfew ', 'Büro 🏢'])
    expect(refused(['--name', name])).toBeUndefined()
  for (const name of ['', ' ', 'x'.repeat(101), 'a\u202eb', 'a\u0007', 'a\ud800'])
    expect(refused(['--name', name])).toContain('--name')
  for (const issuer of ['https://a.example', 'https://a.example/', 'http://127.0.0.1:4180'])
    for (const flag of ['--issuer', '--public-origin']) expect(refused([flag, issuer])).toBeUndefined()
  for (const issuer of [
    '',
    'a.example',
    'ftp://a.example',
    'https://a.example/x',
    'https://u@a.example',
    'https://a?x',
    'https://a.example//',
    'https://127.1',
  ])
    for (const flag of ['--issuer', '--public-origin']) expect(refused([flag, issuer])).toContain(flag)
  for (const url of ['', 'mysql://x', 'localhost', 'postgres'])
    expect(refused(['--database', url, '--audit-key', 'x'])).toContain('--database')
  expect(refused(['--database', 'postgres://x'])).toContain('--audit-key')
  expect(refused(['--audit-key='])).toContain('--audit-key')
  for (const days of ['0', '-1', '1.5', '36501'])
    expect(refused([`--audit-keep-days=${days}`])).toContain('--audit-keep-days')
})
