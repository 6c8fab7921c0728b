import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openPostgres } from '../../service/database/open-postgres.ts'
import type { Documented } from './contract.ts'
import { findPostgres, startCluster } from './postgres-cluster.ts'
import { contractOf, startService, type TestService } from './support.ts'

const requestsInAll = Number(process.env['CURFEW_FUZZ'] ?? 20_000)
const atOnce = 16

// biome-ignore lint/suspicious/noExplicitAny: a JSON Schema is data
type Json = any

const hostile = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    "' or 1=1 --",
    '\0',
    '../../etc/passwd',
    '%00',
    '__proto__',
    'constructor',
    '\ud800',
    '\u202e',
    'null',
    '-1',
    '1e309',
    '9'.repeat(30),
    'x'.repeat(3_000),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
)

/** Values that a schema allows, and values that it does not. */
function valuesOf(schema: Json, components: Json): fc.Arbitrary<unknown> {
  if (schema === undefined || typeof schema !== 'object') return fc.jsonValue()
  if (schema.$ref) return valuesOf(components[schema.$ref.split('/').pop()], components)
  const right = ((): fc.Arbitrary<unknown> => {
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (schema.enum) return fc.constantFrom(...schema.enum)
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one: Json) => valuesOf(one, components)))
    switch (schema.type) {
      case 'object':
        return fc.record(
          Object.fromEntries(
            Object.entries(schema.properties ?? {}).map(([key, value]) => [key, valuesOf(value, components)]),
          ),
          { requiredKeys: [] },
        )
      case 'array':
        return fc.array(valuesOf(schema.items, components), { maxLength: 5 })
      case 'integer':
        return fc.oneof(fc.integer({ min: 0, max: 40_000_000 }), fc.maxSafeInteger())
      case 'boolean':
        return fc.boolean()
      case 'string':
        return fc.oneof(
          hostile,
          fc.string({ minLength: 1, maxLength: 20 }),
          fc.constantFrom('owner', 'AppConfig'),
        )
      default:
        return fc.jsonValue()
    }
  })()
  return fc.oneof(
    { arbitrary: right, weight: 6 },
    { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 },
    { arbitrary: hostile, weight: 1 },
  )
}

interface Request {
  readonly documented: Documented
  readonly path: string
  readonly body: string | undefined
  readonly ifMatch: string | undefined
  readonly as: 'owner' | 'member' | 'nobody'
}

const encode = (value: unknown) => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  return encodeURIComponent(text.toWellFormed())
}

function requestsOf(documented: Documented, components: Json, ids: readonly string[]): fc.Arbitrary<Request> {
  const { operation, path } = documented
  const parameters: Json[] = operation.parameters ?? []
  const query = parameters.filter((parameter) => parameter.in === 'query')
  const schema = operation.requestBody?.content['application/json'].schema
  return fc
    .record({
      id: fc.oneof(
        fc.constantFrom(...ids),
        // Dots alone are another path to whoever sends them.
        hostile.filter((text) => !['', '.', '..'].includes(text)),
      ),
      query: fc.record(Object.fromEntries(query.map((one) => [one.name, valuesOf(one.schema, components)])), {
        requiredKeys: [],
      }),
      extra: fc.option(fc.tuple(hostile, hostile), { freq: 8 }),
      body: schema
        ? fc.oneof(
            { arbitrary: valuesOf(schema, components).map((value) => JSON.stringify(value)), weight: 8 },
            { arbitrary: hostile, weight: 1 },
          )
        : fc.constant(undefined),
      ifMatch: fc.constantFrom('"1"', '"2"', '*', 'x', undefined),
      as: fc.constantFrom('owner', 'owner', 'owner', 'member', 'nobody') as fc.Arbitrary<Request['as']>,
    })
    .map(({ id, query: values, extra, body, ifMatch, as }) => {
      const pairs = Object.entries(values).map(([name, value]) => `${name}=${encode(value)}`)
      if (extra) pairs.push(`${encode(extra[0])}=${encode(extra[1])}`)
      const concrete = path.replace(/\{\w+\}/g, () => encode(id))
      return {
        documented,
        path: pairs.length > 0 ? `${concrete}?${pairs.join('&')}` : concrete,
        body,
        ifMatch,
        as,
      }
    })
}

/** Asks a service so many times; the answers are what the test is about. */
async function fuzz(service: TestService, count: number): Promise<void> {
  const contract = await contractOf(service.origin)
  const components = contract.document.components.schemas
  const person = await service.addUser('member')
  // Listening never ends, so it is not for here; its own test has it.
  const operations = contract.operations.filter(({ id }) => id !== 'listenToEvents')
  const seed = Number(process.env['CURFEW_FUZZ_SEED'] ?? Date.now() % 1_000_000_000)
  const { sessions, users, journal } = service.service.services
  const tokenOf = async (username: string) => {
    const user = await users.findByUsername(username)
    return (
      await journal.write((transaction, record) =>
        sessions.start(transaction, record, {
          userId: user?.id ?? '',
          kind: 'web',
          remembered: true,
          client: 'fuzz',
          address: '127.0.0.1',
        }),
      )
    ).token
  }
  const tokens = new Map<string, string>()
  const ids = [person.id, 'nothing']
  const all = operations.flatMap((documented) =>
    fc.sample(requestsOf(documented, components, ids), {
      numRuns: Math.ceil(count / operations.length),
      seed,
    }),
  )
  // By turns, so that operations meet what others have left behind.
  const order = fc.sample(fc.shuffledSubarray(all, { minLength: all.length }), { numRuns: 1, seed })[0] ?? all
  const faults: string[] = []
  const statuses = new Map<number, number>()
  let next = 0
  const work = async () => {
    for (let request = order[next++]; request; request = order[next++]) {
      const { documented, path, body, ifMatch, as } = request
      const token = tokens.get(as)
      const response = await fetch(service.origin + path, {
        method: documented.method,
        redirect: 'manual',
        headers: {
          ...(as !== 'nobody' && token && { authorization: `Bearer ${token}` }),
          ...(ifMatch !== undefined && { 'if-match': ifMatch }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
      })
      const text = await response.text()
      const type = response.headers.get('content-type') ?? ''
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      if (response.status === 401 && as !== 'nobody') tokens.set(as, await tokenOf(as))
      const what = `${documented.method} ${path} ${body ?? ''} (seed ${seed})`
      if (/\bat \S+ \(|node:internal|\.ts:\d/.test(text)) faults.push(`A stack trace: ${what}: ${text}`)
      const json = /\bjson|\+json/.test(type) && text !== '' ? JSON.parse(text) : text
      // An id of dots or of nothing is another path, and what is there is not this operation.
      const found = contract.check(documented.method, new URL(service.origin + path).pathname, {
        status: response.status,
        type,
        body: json,
      })
      if (response.status >= 500 && response.status !== 503) faults.push(`${response.status}: ${what}`)
      else if (found !== undefined && response.status !== 404) faults.push(`${found}: ${what}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  expect(faults.slice(0, 5)).toEqual([])
  expect(order.length).toBeGreaterThanOrEqual(count)
  // It was not all refused at the door.
  expect(statuses.get(200) ?? 0).toBeGreaterThan(count / 20)
}

const claim = 'random and hostile requests to every operation: none is a 500, each answer is as documented'

test(`${requestsInAll} ${claim}`, { timeout: 400_000 }, async () => {
  await using service = await startService()
  await fuzz(service, requestsInAll)
})

const bin = findPostgres()
if (bin === undefined) console.log('PostgreSQL: skipped, Debian’s package postgresql is not installed.')
const requestsToPostgres = Math.ceil(requestsInAll / 10)

test.skipIf(bin === undefined)(
  `${requestsToPostgres} on PostgreSQL, ${claim}`,
  { timeout: 400_000 },
  async () => {
    await using cluster = await startCluster(bin ?? '')
    const url = await cluster.newDatabase()
    await using service = await startService({ open: () => openPostgres(url) })
    await fuzz(service, requestsToPostgres)
  },
)
