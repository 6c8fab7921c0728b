import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import autocannon from 'autocannon'
import fastify from 'fastify'
import { openSqlite } from '../../service/database/open-sqlite.ts'
import { foundOrganisation } from '../../service/found.ts'
import { createPasswords } from '../../service/passwords.ts'
import { createToken, hashToken } from '../../service/secrets.ts'
import type { Row } from './row.ts'

const entry = new URL('../../service/index.ts', import.meta.url).pathname
const password = 'bench password'
const tokensAtMost = 20_000

interface Filled {
  readonly folder: string
  readonly tokens: readonly string[]
}

/** Makes an embedded database with people and running sessions, written straight into its tables. */
async function fill(people: number, sessions: number): Promise<Filled> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-bench-'))
  const database = await openSqlite(folder)
  const passwords = createPasswords({ cost: { logN: 4, r: 8, p: 1 } })
  await foundOrganisation({ database, clock: Date.now, passwords }, { username: 'owner', password })
  await database.close()

  const raw = new DatabaseSync(join(folder, 'curfew.db'))
  raw.exec('pragma synchronous = off; pragma journal_mode = memory; pragma cache_size = -200000')
  const indexes = raw
    .prepare(
      "select name, sql from sqlite_master where type = 'index' and tbl_name = 'sessions' and sql is not null",
    )
    .all() as { name: string; sql: string }[]
  for (const { name } of indexes) raw.exec(`drop index ${name}`)
  raw.exec('begin')
  const now = Date.now()
  const person = raw.prepare('insert into users values (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)')
  for (let index = 0; index < people; index++) {
    const name = `person.${index.toString(36).padStart(4, '0')}`
    const display = `${['Ada', 'Björn', 'Chidi', 'Deepa', 'Elif'][index % 5]} Number${index}`
    const email = `${name}@example.com`
    const search = `${name}\n${display}\n${email}`.toLowerCase()
    person.run(`user-${index}`, name, name, display, email, 'member', '[]', 'none', search, now, now)
  }
  const session = raw.prepare(
    "insert into sessions values (?, ?, ?, ?, ?, ?, ?, 'Chrome on Windows', '192.0.2.7', null, null)",
  )
  const tokens: string[] = []
  for (let index = 0; index < sessions; index++) {
    const token = createToken()
    const hashed = hashToken(token)
    const kind = index % 10 === 8 ? 'token' : index % 10 === 9 ? 'kubernetes' : 'web'
    // Active within the last ten minutes, so that nothing ends while it is measured.
    const active = now - (index % 600) * 1000
    const step = Math.max(1, Math.floor(sessions / tokensAtMost))
    if (kind === 'web' && tokens.length < tokensAtMost && index % step === 0) tokens.push(token)
    session.run(
      hashed?.id ?? '',
      hashed?.hash ?? '',
      `user-${index % people}`,
      kind,
      active - 60_000,
      active,
      0,
    )
  }
  raw.exec('commit')
  for (const { sql } of indexes) raw.exec(sql)
  raw.close()
  return { folder, tokens }
}

interface Running extends AsyncDisposable {
  readonly origin: string
  readonly owner: string
  readonly memory: () => number
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; took: number; body: never }>
}

async function startService(folder: string): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [entry, '--port', '0', '--data', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!child.stdout) throw new Error('The service has no output.')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const origin = JSON.parse(line).listening as string
  const send = async (method: string, path: string, body?: unknown, token?: string) => {
    const started = performance.now()
    const response = await fetch(`${origin}/api/v1/${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      took: performance.now() - started,
      body: JSON.parse(text || 'null') as never,
    }
  }
  const signedIn = await send('POST', 'sign-in', { username: 'owner', password })
  const owner = (signedIn.body as { token: string }).token
  return {
    origin,
    owner,
    memory: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    ask: (method, path, body) => send(method, path, body, owner),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const sorted = (numbers: readonly number[]) => [...numbers].sort((one, other) => one - other)
const quantile = (numbers: readonly number[], part: number) =>
  sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))] ?? Number.NaN

/** Asks `GET /me` with one token after another on one connection. @returns milliseconds each took */
async function askInTurn(
  origin: string,
  tokens: readonly string[],
  times: number,
): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const took: number[] = []
  for (let index = 0; index < times; index++) {
    const started = performance.now()
    await new Promise<void>((resolve, reject) => {
      request(
        `${origin}/api/v1/me`,
        { agent, headers: { authorization: `Bearer ${tokens[(index * 7_919) % tokens.length]}` } },
        (response) => {
          if (response.statusCode !== 200) reject(new Error(`GET /me: ${response.statusCode}`))
          response.resume().on('end', resolve)
        },
      )
        .on('error', reject)
        .end()
    })
    took.push(performance.now() - started)
  }
  agent.destroy()
  return took
}

const ms = (value: number) => `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`
const times = (value: number) => `${value.toFixed(2)} ×`
const megabytes = (value: number) => `${Math.round(value / 1_048_576)} MB`

/** Requests each second of an empty route and of `GET /me`, by turns, so that both meet the same machine. */
async function rate(running: Running, tokens: readonly string[]): Promise<Row> {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import fastify from ${JSON.stringify(import.meta.resolve('fastify'))}
       const server = fastify(); server.get('/', (_, reply) => { reply.send({ ok: true }) })
       console.log(await server.listen({ port: 0, host: '127.0.0.1' }))`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [address] = await once(createInterface({ input: child.stdout }), 'line')
  const requests = tokens.slice(0, 1_000).map((token) => ({ headers: { authorization: `Bearer ${token}` } }))
  const ratios: number[] = []
  for (let round = 0; round < 5; round++) {
    const empty = await autocannon({ url: String(address), connections: 50, duration: 3 })
    const me = await autocannon({
      url: `${running.origin}/api/v1/me`,
      connections: 50,
      duration: 3,
      requests,
    })
    if (round > 0) ratios.push(me.requests.average / empty.requests.average)
  }
  child.kill()
  const value = quantile(ratios, 0.5)
  return {
    name: 'GET /me, requests/s beside an empty Fastify route',
    value: times(value),
    target: 'at least 0.5 ×',
    ok: value >= 0.5,
  }
}

async function crowd(running: Running, tokens: readonly string[], seconds: number): Promise<Row> {
  const requests = tokens.slice(0, 500).map((token) => ({ headers: { authorization: `Bearer ${token}` } }))
  const result = await autocannon({
    url: `${running.origin}/api/v1/me`,
    connections: 500,
    duration: seconds,
    requests,
  })
  const { p50, p99 } = result.latency
  const errors = result.errors + result.non2xx
  return {
    name: `500 clients for ${seconds} s`,
    value: `${errors} errors, p99 ${p99} ms, p50 ${p50} ms`,
    target: 'no error, p99 at most 10 × p50',
    ok: errors === 0 && p99 <= 10 * p50,
  }
}

/** The longest that a small request had to wait while something else was going on. */
async function longestPause(running: Running, until: Promise<unknown>): Promise<number> {
  let going = true
  until
    .finally(() => {
      going = false
    })
    .catch(() => {})
  let longest = 0
  while (going) {
    const started = performance.now()
    await (await fetch(`${running.origin}/health/live`)).text()
    longest = Math.max(longest, performance.now() - started)
  }
  return longest
}

/**
 * The figures of session-service.md and of issue 3, on the embedded database.
 *
 * @param quick leaves out the long ones
 */
export async function measure(print: (row: Row) => void, { quick = false } = {}): Promise<void> {
  // The client's own code is warm before anything is measured.
  const warm = fastify()
  warm.get('/api/v1/me', (_, reply) => {
    reply.send({})
  })
  await askInTurn(await warm.listen({ port: 0, host: '127.0.0.1' }), ['x'], 3_000)
  await warm.close()

  const sizes = [
    [250, 1_000],
    [20_000, 100_000],
    [100_000, 1_000_000],
  ] as const
  const medians: number[] = []
  const memories: number[] = []
  for (const [people, sessions] of sizes) {
    const { folder, tokens } = await fill(people, sessions)
    await using running = await startService(folder)
    await askInTurn(running.origin, tokens, 5_000)
    medians.push(quantile(await askInTurn(running.origin, tokens, 10_000), 0.5))
    const [smallest = 0] = medians
    const count = sessions.toLocaleString('en')
    print({
      name: `GET /me at ${count} stored sessions, p50`,
      value: `${ms(medians.at(-1) ?? 0)}, ${times((medians.at(-1) ?? 0) / smallest)}`,
      target: 'within 1.3 × of 1,000',
      ok: (medians.at(-1) ?? 0) <= 1.3 * smallest,
    })
    memories.push(running.memory())
    if (sessions === 1_000) {
      print(await rate(running, tokens))
      print(await crowd(running, tokens, quick ? 5 : 30))
    }
    if (sessions !== 1_000_000) continue

    const [few = 0, many = 0] = [memories[0], memories.at(-1)]
    print({
      name: 'Memory at 1,000,000 stored sessions',
      value: `${megabytes(many)}, ${times(many / few)}`,
      target: 'at most 1.5 × that at 1,000',
      ok: many <= 1.5 * few,
    })

    const searches: number[] = []
    for (let index = 0; index < 60; index++) {
      const text =
        ['1234', 'björn', 'person.0a', 'example.com', 'nobody at all', 'b7', 'NUMBER99'][index % 7] ?? ''
      searches.push((await running.ask('GET', `users?search=${encodeURIComponent(text)}`)).took)
    }
    const p95 = quantile(searches, 0.95)
    print({
      name: 'Search over 100,000 people, p95',
      value: ms(p95),
      target: 'at most 100 ms',
      ok: p95 <= 100,
    })

    const policy = (seconds: number) => ({
      idleTimeout: { enabled: true, seconds },
      idleAppliesToRemembered: false,
      rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
    })
    const previews: number[] = []
    let pause = 0
    for (let index = 0; index < 3; index++) {
      const asked = running.ask('POST', 'security/policy/preview', policy(300))
      pause = Math.max(pause, await longestPause(running, asked))
      previews.push((await asked).took)
    }
    print({
      name: 'Preview over 1,000,000 sessions',
      value: `${ms(quantile(previews, 0.5))}, others wait ${ms(pause)} at most`,
      target: 'under 1 s',
      ok: quantile(previews, 0.5) < 1_000,
    })

    const userIds = Array.from({ length: 10_000 }, (_, index) => `user-${index}`)
    const revoked = await running.ask('POST', 'sessions/revoke', { userIds, reason: 'bench' })
    const ended = (revoked.body as { results: { revoked: number }[] }).results.reduce(
      (sum, { revoked: count }) => sum + count,
      0,
    )
    print({
      name: `Revoking all ${ended.toLocaleString('en')} sessions of 10,000 people`,
      value: ms(revoked.took),
      target: 'under 2 s',
      ok: revoked.status === 200 && revoked.took < 2_000,
    })

    // A shorter limit ends some hundred thousand at once; they are swept while small requests are measured.
    const etag = '"1"'
    const changed = await fetch(`${running.origin}/api/v1/security/policy`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${running.owner}`,
        'if-match': etag,
        'content-type': 'application/json',
      },
      body: JSON.stringify(policy(300)),
    })
    const sweeping = new Promise<void>((resolve) => setTimeout(resolve, quick ? 5_000 : 15_000))
    const swept = await longestPause(running, sweeping)
    print({
      name: 'Sweeping ended sessions, longest pause',
      value: ms(swept),
      target: 'at most 50 ms',
      ok: changed.status === 200 && swept <= 50,
    })
  }
}

if (import.meta.main) {
  const quick = process.argv.includes('--quick')
  await measure(
    ({ name, value, target, ok }) => console.log(`${ok ? '✓' : '✗'} ${name}: ${value} (${target})`),
    { quick },
  )
}
