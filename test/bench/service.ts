import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import autocannon from 'autocannon'
import fastify from 'fastify'
import { createPasswords } from '../../service/passwords.ts'
import { userSorts } from '../../service/store/users.ts'
import { findPostgres, startCluster } from '../service/postgres-cluster.ts'
import type { Row } from './row.ts'
import { fill, fillPostgres, password } from './service-data.ts'
import {
  askInTurn,
  longestPause,
  megabytes,
  ms,
  quantile,
  type Running,
  startService,
  times,
} from './service-process.ts'

type Print = (row: Row) => void

/** Requests each second of an empty route and of `GET /me`, by turns, so that both meet the same machine. */
async function rate(running: Running, tokens: readonly string[]): Promise<number> {
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
  return quantile(ratios, 0.5)
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

/**
 * A sign-in's time beside one bare hash of a password, by turns, so that both meet the same machine. The person is added
 * through the service, so that their password costs what the service makes passwords cost.
 */
async function signInBesideHash(running: Running): Promise<Row> {
  const username = 'signs-in'
  const added = await running.ask('POST', 'users', { username, password })
  const passwords = createPasswords()
  const hashes: number[] = []
  const signIns: number[] = []
  let worked = added.status === 201
  for (let round = 0; round < 21; round++) {
    const started = performance.now()
    await passwords.hash(password)
    const hashed = performance.now() - started
    const signedIn = await running.ask('POST', 'sign-in', { username, password })
    worked &&= signedIn.status === 201
    if (round === 0) continue
    hashes.push(hashed)
    signIns.push(signedIn.took)
  }
  const [hash, signIn] = [quantile(hashes, 0.5), quantile(signIns, 0.5)]
  return {
    name: 'Signing in beside one bare password hash, p50',
    value: `${ms(signIn)}, ${times(signIn / hash)}`,
    target: 'at most 1.5 ×',
    ok: worked && signIn / hash <= 1.5,
  }
}

const policy = (seconds: number) => ({
  idleTimeout: { enabled: true, seconds },
  idleAppliesToRemembered: false,
  rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
})

/**
 * What an administrator of 100,000 people and 1,000,000 sessions does, and what the others notice of it.
 *
 * @param idle a service with nothing to do, whose pauses are the machine's
 */
async function administer(running: Running, sweepMs: number, idle?: Running) {
  const searches: number[] = []
  for (let index = 0; index < 60; index++) {
    const text =
      ['1234', 'björn', 'person.0a', 'example.com', 'nobody at all', 'b7', 'NUMBER99'][index % 7] ?? ''
    searches.push((await running.ask('GET', `users?search=${encodeURIComponent(text)}`)).took)
  }
  const orders = Object.keys(userSorts).flatMap((sort) => [sort, `-${sort}`])
  const sortings: number[] = []
  let sorted = true
  for (let round = 0; round < 8; round++)
    for (const order of orders) {
      const { status, took } = await running.ask('GET', `users?sort=${order}`)
      sorted &&= status === 200
      sortings.push(took)
    }
  const previews: number[] = []
  let previewPause = 0
  for (let index = 0; index < 3; index++) {
    const asked = running.ask('POST', 'security/policy/preview', policy(300))
    previewPause = Math.max(previewPause, await longestPause(running, asked))
    previews.push((await asked).took)
  }
  const userIds = Array.from({ length: 10_000 }, (_, index) => `user-${index}`)
  const revoked = await running.ask('POST', 'sessions/revoke', { userIds, reason: 'bench' })
  const { results } = revoked.body as { results: { revoked: number }[] }
  // A shorter limit ends some hundred thousand at once; they are swept, after those revoked, while small
  // requests are measured.
  const changed = await fetch(`${running.origin}/api/v1/security/policy`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${running.owner}`,
      'if-match': '"1"',
      'content-type': 'application/json',
    },
    body: JSON.stringify(policy(300)),
  })
  const over = new Promise<void>((resolve) => setTimeout(resolve, sweepMs))
  const [sweepPause, idlePause = 0] = await Promise.all(
    [running, ...(idle ? [idle] : [])].map((one) => longestPause(one, over)),
  )
  return {
    searchP95: quantile(searches, 0.95),
    sortP95: quantile(sortings, 0.95),
    sorted,
    preview: quantile(previews, 0.5),
    previewPause,
    revoked: results.reduce((sum, { revoked: count }) => sum + count, 0),
    revocation: revoked.took,
    sweepPause: sweepPause ?? Number.NaN,
    idlePause,
    worked: revoked.status === 200 && changed.status === 200,
  }
}

const sizes = [
  [250, 1_000],
  [20_000, 100_000],
  [100_000, 1_000_000],
] as const
/** There are as many at every size, so that at every size as much is remembered and as much is not. */
const tokensAsked = 400
const atATime = 50

/**
 * What a request costs at each size: with tokens the service has seen lately, and with tokens it has never seen, each
 * asked with once. All sizes by turns, so that they meet the same machine.
 */
async function costBySize(
  services: readonly { readonly running: Running; readonly tokens: readonly string[] }[],
) {
  const seen: number[][] = services.map(() => [])
  const fresh: number[][] = services.map(() => [])
  for (const { running, tokens } of services)
    await askInTurn(running.origin, tokens.slice(0, tokensAsked), 5_000)
  for (let round = 0; round < 24; round++)
    for (const [index, { running, tokens }] of services.entries())
      seen[index]?.push(...(await askInTurn(running.origin, tokens.slice(0, tokensAsked), 500)))
  for (let first = tokensAsked; first < 2 * tokensAsked; first += atATime)
    for (const [index, { running, tokens }] of services.entries())
      fresh[index]?.push(...(await askInTurn(running.origin, tokens.slice(first, first + atATime), atATime)))
  return [seen, fresh].map((kind) => kind.map((took) => quantile(took, 0.5)))
}

/** The figures of the service on the embedded database (service/README.md, "Figures"). */
async function measureEmbedded(print: Print, quick: boolean): Promise<void> {
  await using started = new AsyncDisposableStack()
  const services: { readonly running: Running; readonly tokens: readonly string[] }[] = []
  for (const [people, sessions] of sizes) {
    const { folder, tokens } = await fill(people, sessions)
    started.defer(() => rmSync(folder, { recursive: true, force: true }))
    services.push({ running: started.use(await startService(['--data', folder])), tokens })
  }
  const [few, , many] = services
  if (!few || !many) throw new Error('There is a service of each size.')

  const [seen = [], fresh = []] = await costBySize(services)
  for (const [medians, what] of [
    [seen, 'tokens seen before'],
    [fresh, 'tokens never seen'],
  ] as const)
    for (const [index, [, sessions]] of sizes.entries()) {
      const ratio = (medians[index] ?? Number.NaN) / (medians[0] ?? 0)
      print({
        name: `GET /me at ${sessions.toLocaleString('en')} stored sessions, ${what}, p50`,
        value: `${ms(medians[index] ?? 0)}, ${times(ratio)}`,
        target: 'within 1.3 × of 1,000',
        ok: ratio <= 1.3,
      })
    }

  const memory = many.running.memory() / few.running.memory()
  print({
    name: 'Memory at 1,000,000 stored sessions',
    value: `${megabytes(many.running.memory())}, ${times(memory)}`,
    target: 'at most 1.5 × that at 1,000',
    ok: memory <= 1.5,
  })
  const perSecond = await rate(few.running, few.tokens)
  print({
    name: 'GET /me, requests/s beside an empty Fastify route',
    value: times(perSecond),
    target: 'at least 0.5 ×',
    ok: perSecond >= 0.5,
  })
  print(await signInBesideHash(few.running))
  print(await crowd(few.running, few.tokens, quick ? 5 : 30))

  const figures = await administer(many.running, quick ? 5_000 : 15_000, few.running)
  print({
    name: 'Search over 100,000 people, p95',
    value: ms(figures.searchP95),
    target: 'at most 100 ms',
    ok: figures.searchP95 <= 100,
  })
  print({
    name: 'First page of each order over 100,000 people, p95',
    value: ms(figures.sortP95),
    target: 'at most 100 ms',
    ok: figures.sorted && figures.sortP95 <= 100,
  })
  print({
    name: 'Preview over 1,000,000 sessions',
    value: `${ms(figures.preview)}, others wait ${ms(figures.previewPause)} at most`,
    target: 'under 1 s',
    ok: figures.preview < 1_000,
  })
  print({
    name: `Revoking all ${figures.revoked.toLocaleString('en')} sessions of 10,000 people`,
    value: ms(figures.revocation),
    target: 'under 2 s',
    ok: figures.worked && figures.revocation < 2_000,
  })
  print({
    name: 'Sweeping ended sessions, longest pause',
    value: `${ms(figures.sweepPause)}, of an idle service meanwhile ${ms(figures.idlePause)}`,
    target: 'at most 50 ms more than idle',
    ok: figures.worked && figures.sweepPause - figures.idlePause <= 50,
  })
}

/** The same on a PostgreSQL of this machine, to stand beside the others; only `GET /me` has a target of its own. */
async function measurePostgres(print: Print, quick: boolean): Promise<void> {
  const bin = findPostgres()
  if (bin === undefined) {
    console.log('PostgreSQL: not measured, Debian’s package postgresql is not installed.')
    return
  }
  await using cluster = await startCluster(bin)
  const url = await cluster.newDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'curfew-bench-'))
  using left = new DisposableStack()
  left.defer(() => rmSync(folder, { recursive: true, force: true }))
  const auditKey = join(folder, 'audit.key')
  const tokens = await fillPostgres(url, auditKey, 100_000, 1_000_000)
  await using running = await startService(['--database', url, '--audit-key', auditKey])
  const beside = (name: string, value: string, ok = true) =>
    print({ name: `PostgreSQL: ${name}`, value, target: 'none', ok })
  const perSecond = await rate(running, tokens)
  print({
    name: 'PostgreSQL: GET /me, requests/s beside an empty Fastify route',
    value: times(perSecond),
    target: 'at least 0.4 ×',
    ok: perSecond >= 0.4,
  })
  await askInTurn(running.origin, tokens, 2_000)
  beside(
    'GET /me at 1,000,000 stored sessions, p50',
    ms(quantile(await askInTurn(running.origin, tokens, 3_000), 0.5)),
  )
  const figures = await administer(running, quick ? 5_000 : 15_000)
  beside('Search over 100,000 people, p95', ms(figures.searchP95))
  beside('First page of each order over 100,000 people, p95', ms(figures.sortP95), figures.sorted)
  beside(
    'Preview over 1,000,000 sessions',
    `${ms(figures.preview)}, others wait ${ms(figures.previewPause)} at most`,
  )
  beside(
    `Revoking all ${figures.revoked.toLocaleString('en')} sessions of 10,000 people`,
    ms(figures.revocation),
    figures.worked,
  )
  beside('Sweeping ended sessions, longest pause', ms(figures.sweepPause))
}

/**
 * The figures of the session service, on the embedded database and on PostgreSQL.
 *
 * @param quick makes the long ones short
 */
export async function measure(print: Print, { quick = false } = {}): Promise<void> {
  // The client's own code is warm before anything is measured.
  const warm = fastify()
  warm.get('/api/v1/me', (_, reply) => {
    reply.send({})
  })
  await askInTurn(await warm.listen({ port: 0, host: '127.0.0.1' }), ['x'], 3_000)
  await warm.close()
  await measureEmbedded(print, quick)
  await measurePostgres(print, quick)
}

if (import.meta.main) {
  const quick = process.argv.includes('--quick')
  await measure(
    ({ name, value, target, ok }) => console.log(`${ok ? '✓' : '✗'} ${name}: ${value} (${target})`),
    { quick },
  )
}
