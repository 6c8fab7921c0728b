import { Readable } from 'node:stream'
import fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createAuthors } from '../../../../service/http/author.ts'
import { createMetrics } from '../../../../service/http/metrics.ts'
import {
  demandsOf,
  ifMatch,
  mount,
  type Operation,
  operation,
  problemsOf,
  revisionsIn,
} from '../../../../service/http/operation.ts'
import { Problem } from '../../../../service/http/problem.ts'
import { rights } from '../../../../service/http/rights.ts'
import type { Author } from '../../../../service/store/author.ts'
import { openWorld } from '../store/world.ts'
import { requestOf } from './request.ts'

const stated = (more: Partial<Operation> = {}): Operation => ({
  id: 'one',
  method: 'GET',
  path: '/one',
  summary: '',
  tag: '',
  access: 'anyone',
  answers: { 200: { description: '' } },
  handle: () => ({ status: 200 }),
  ...more,
})

describe('What an operation demands', () => {
  test.each([
    [{}, { rights: [], scope: 'read', fresh: false }],
    [{ method: 'POST' }, { rights: [], scope: 'never', fresh: false }],
    [
      { method: 'POST', scope: 'policy' },
      { rights: [], scope: 'policy', fresh: false },
    ],
    [{ scope: 'any' }, { rights: [], scope: 'any', fresh: false }],
    [{ access: 'signed-in' }, { rights: [], scope: 'read', fresh: false }],
    [{ access: rights.owner }, { rights: [rights.owner], scope: 'read', fresh: false }],
    [{ fresh: true }, { rights: [], scope: 'read', fresh: true }],
  ] as const)('of %j is told by what is stated of it', (more, demands) => {
    expect(demandsOf(stated(more as Partial<Operation>))).toEqual(demands)
  })

  test('may depend on its body, once that is there', () => {
    const fresh = (body: unknown) => (body as { isGrave: boolean }).isGrave
    expect(demandsOf(stated({ fresh })).fresh).toBe(false)
    expect(demandsOf(stated({ fresh }), { isGrave: true }).fresh).toBe(true)
    expect(demandsOf(stated({ fresh }), { isGrave: false }).fresh).toBe(false)
  })
})

test('The refusals of an operation follow from what is stated of it', () => {
  const schema = z.strictObject({})
  const of = (more: Partial<Operation>) => [...problemsOf(stated(more))].sort()
  expect(of({})).toEqual([])
  expect(of({ problems: ['exists'] })).toEqual(['exists'])
  expect(of({ access: 'signed-in' })).toEqual(['forbidden', 'not-signed-in', 'session-ended'])
  expect(of({ access: 'signed-in', scope: 'any' })).toEqual(['not-signed-in', 'session-ended'])
  expect(of({ access: rights.owner, scope: 'any' })).toEqual(['forbidden', 'not-signed-in', 'session-ended'])
  expect(of({ fresh: true })).toEqual(['fresh-sign-in-needed'])
  expect(of({ method: 'POST' })).toEqual(['forbidden', 'not-json', 'unavailable'])
  expect(of({ params: schema })).toEqual(['invalid'])
  expect(of({ query: schema })).toEqual(['invalid'])
  expect(of({ body: schema })).toEqual(['invalid', 'too-large'])
  expect(of({ ifMatch: true })).toEqual(['conflict', 'precondition-required'])
})

describe('If-Match', () => {
  test.each([
    ['"1"', ['1']],
    ['W/"1"', ['1']],
    ['1', ['1']],
    ['12', ['12']],
    ['"1", W/"2",3', ['1', '2', '3']],
    ['"1-gzip"', ['1']],
    ['"1;br"', ['1']],
    ['W/"12-deflate"', ['12']],
    ['"1-zstd"', ['1']],
    ['"1-gzip-x"', ['1-gzip-x']],
    ['"a b"', ['a b']],
    ['""', []],
    ['', []],
    [' , ', []],
  ])('%s names %j', (header, revisions) => {
    expect(revisionsIn(header)).toEqual(revisions)
  })

  test('must name what was read', () => {
    const read = (...headers: readonly (readonly [string, string])[]) => {
      try {
        return ifMatch(requestOf({ headers }))
      } catch (error) {
        return error instanceof Problem ? [error.code, error.message] : error
      }
    }
    expect(read(['If-Match', '"1", "2"'])).toEqual(['1', '2'])
    const needed = [
      'precondition-required',
      'Send the ETag or the revision you have read as If-Match, so that nobody’s change is lost.',
    ]
    for (const header of ['*', '"*"', '""', '"1", *']) expect(read(['If-Match', header])).toEqual(needed)
    expect(read()).toEqual(needed)
  })
})

/** A server with some operations, without a port. */
async function serve(...operations: readonly Operation[]) {
  const world = await openWorld()
  const anna = await world.addUser('anna', { permissions: ['UserView'] })
  const { token, session } = await world.startSession(anna, 'web', { confirmed: true })
  const metrics = createMetrics()
  const server = fastify()
  server.decorate('cookieNames', { session: 'session', device: 'device' })
  server.setErrorHandler((error: Error, _, reply) => {
    if (error instanceof Problem) reply.code(error.status).send(error.toJSON())
    else reply.code(500).send({ message: error.message })
  })
  const authorOf = createAuthors({ ...world, timeScale: 1 })
  for (const one of operations) mount(server, { ...world, metrics, authorOf, timeScale: 1 }, one)
  onTestFinished(() => server.close())
  const ask = async (method: 'GET' | 'POST', url: string, body?: unknown, isAnna = true) => {
    const answer = await server.inject({
      method,
      url,
      ...(isAnna && { headers: { authorization: `Bearer ${token}` } }),
      ...(body !== undefined && { payload: body as object }),
    })
    return { status: answer.statusCode, headers: answer.headers, text: answer.body }
  }
  return { ...world, anna, token, session, metrics, ask }
}

describe('An operation on the server', () => {
  test('is given what was asked for as its schemas read it, and answers by its own', async () => {
    const given: unknown[] = []
    const answer = z.object({ a: z.string(), n: z.string().nullable(), d: z.string().regex(/^x/).optional() })
    const one = operation({
      id: 'one',
      method: 'POST',
      path: '/things/{id}/parts/{part}',
      summary: '',
      tag: '',
      access: 'anyone',
      params: z.strictObject({ id: z.string(), part: z.string() }),
      query: z.strictObject({ size: z.string().transform(Number) }),
      body: z.strictObject({ name: z.string().trim() }),
      answers: {
        201: { description: '', schema: answer },
        200: { description: '', schema: z.object({}), mediaType: 'x' },
      },
      handle: ({ params, query, body, caller, author }) => {
        given.push(params, query, body, caller, author)
        return { status: 201, body: { a: 'x', n: null, d: 'other', more: 1 }, headers: { etag: '"1"' } }
      },
    })
    const { ask, metrics } = await serve(one)
    const reply = await ask('POST', '/things/7/parts/x%20y?size=5', { name: ' n ' })
    expect(given).toEqual([{ id: '7', part: 'x y' }, { size: 5 }, { name: 'n' }, undefined, undefined])
    expect([reply.status, JSON.parse(reply.text), reply.headers['etag']]).toEqual([
      201,
      { a: 'x', n: null, d: 'other' },
      '"1"',
    ])
    expect(metrics.render([])).toContain(
      'curfew_requests_total{method="POST",route="/things/{id}/parts/{part}",status="201"} 1',
    )
    expect(Number(/_sum (\S+)/.exec(metrics.render([]))?.[1])).toBeLessThan(5)
  })

  test('answers later too, with a stream, with nothing, or not at all where it has taken over', async () => {
    const { ask } = await serve(
      stated({ path: '/later', handle: async () => ({ status: 200, body: { a: 1 } }) }),
      stated({ path: '/stream', handle: () => ({ status: 200, body: Readable.from(['a', 'b']) }) }),
      stated({ path: '/nothing', handle: () => ({ status: 204 }) }),
      stated({
        path: '/own',
        handle: (({ reply }: { reply: { hijack(): void; raw: { end(text: string): void } } }) => {
          reply.hijack()
          reply.raw.end('own')
          return undefined
        }) as never,
      }),
    )
    expect((await ask('GET', '/later')).text).toBe('{"a":1}')
    expect((await ask('GET', '/stream')).text).toBe('ab')
    expect((await ask('GET', '/nothing')).status).toBe(204)
    expect((await ask('GET', '/own')).text).toBe('own')
  })

  test('writes shared shapes and alternatives out as they are documented', async () => {
    const inner = z.object({ id: z.string() }).meta({ id: 'InnerOfTest' })
    const schema = z.object({
      one: inner,
      many: z.array(inner),
      maybe: inner.nullable(),
      either: z.union([z.object({ x: z.int() }), z.object({ y: z.int() })]),
      count: z.int().nullable(),
    })
    const body = {
      one: { id: '1', more: 1 },
      many: [{ id: '2' }],
      maybe: null,
      either: { y: 2 },
      count: null,
    }
    const { ask } = await serve(
      stated({ answers: { 200: { description: '', schema } }, handle: () => ({ status: 200, body }) }),
    )
    expect(JSON.parse((await ask('GET', '/one')).text)).toEqual({ ...body, one: { id: '1' } })
  })

  test('is refused to nobody, and to whom its right is missing, before anything of it is read', async () => {
    const ran: string[] = []
    const one = (path: string, access: Operation['access'], more: Partial<Operation> = {}) =>
      stated({
        path,
        access,
        query: z.strictObject({}),
        handle: (({ caller }: { caller: { holder: { username: string } } }) => {
          ran.push(`${path} ${caller.holder.username}`)
          return { status: 204 }
        }) as never,
        ...more,
      })
    const { ask, pass } = await serve(
      one('/view', rights.viewUsers),
      one('/owner', rights.owner),
      one('/any', 'signed-in'),
      one('/fresh', 'signed-in', { fresh: true }),
      one('/grave', 'signed-in', {
        method: 'POST',
        body: z.strictObject({ isGrave: z.boolean() }),
        fresh: (body) => (body as { isGrave: boolean }).isGrave,
      }),
    )
    for (const path of ['/view', '/owner', '/any', '/fresh'])
      expect((await ask('GET', `${path}?wrong=1`, undefined, false)).status).toBe(401)
    expect((await ask('GET', '/owner?wrong=1')).status).toBe(403)
    expect((await ask('GET', '/view?wrong=1')).status).toBe(422)
    expect(ran).toEqual([])
    for (const path of ['/view', '/any', '/fresh']) expect((await ask('GET', path)).status).toBe(204)
    expect((await ask('POST', '/grave', { isGrave: true })).status).toBe(204)
    expect(ran).toEqual(['/view anna', '/any anna', '/fresh anna', '/grave anna'])
    pass(600)
    expect((await ask('GET', '/fresh?wrong=1')).status).toBe(403)
    expect((await ask('POST', '/grave', { isGrave: true })).status).toBe(403)
    expect((await ask('POST', '/grave', { isGrave: false })).status).toBe(204)
  })

  test('O1: is its caller’s activity, unless it is stated to be nobody’s', async () => {
    for (const passive of [true, false]) {
      const { ask, pass, sessions, session } = await serve(stated({ access: 'signed-in', passive }))
      pass(1_000)
      await ask('GET', '/one')
      pass(1_000)
      expect((await sessions.recheck(session.id)).state).toBe(passive ? 'ended' : 'running')
    }
  })

  test('has an author whose change is demanded the same of, with the body', async () => {
    const { ask, users, anna, database, audit } = await serve(
      stated({
        method: 'POST',
        access: rights.viewUsers,
        body: z.strictObject({ isGrave: z.boolean() }),
        fresh: (body) => (body as { isGrave: boolean }).isGrave,
        handle: (async ({ author, body }: { author: Author; body: { isGrave: boolean } }) => {
          if (body.isGrave) await database.write((db) => users.change(db, anna, { permissions: [] }))
          await author.write(async (_, record) =>
            record.audit({ actor: author.actor, action: 'test', target: '' }),
          )
          return { status: 204 }
        }) as never,
      }),
    )
    expect((await ask('POST', '/one', { isGrave: false })).status).toBe(204)
    expect(await audit()).toMatchObject([{ actor: 'anna', action: 'test' }])
    expect((await ask('POST', '/one', { isGrave: true })).status).toBe(403)
    expect(await audit()).toHaveLength(1)
  })
})

describe('What is not valid', () => {
  const body = z.strictObject({
    text: z.string().min(2).max(4),
    list: z.array(z.int().min(1).max(9).multipleOf(2)).optional(),
    kind: z.enum(['a', 'b']).optional(),
    at: z.string().regex(/^x/).optional(),
    own: z
      .string()
      .refine((text) => text !== 'no', { error: 'Not this.', params: { code: 'mine' } })
      .refine((text) => text !== 'nor', { error: 'Nor this.' })
      .optional(),
    deep: z.strictObject({ value: z.string() }).optional(),
  })
  const start = () =>
    serve(
      stated({ method: 'POST', body, query: z.strictObject({ q: z.string().optional() }) }),
      stated({ path: '/things/{id}', params: z.strictObject({ id: z.string().max(3) }) }),
    )
  type Served = Awaited<ReturnType<typeof start>>
  const faults = async ({ ask }: Served, sent: unknown) => {
    const { status, text } = await ask('POST', '/one', sent)
    expect(status).toBe(422)
    const { detail, errors } = JSON.parse(text)
    return [
      detail,
      ...errors.map(({ field, code, min, max }: Record<string, unknown>) => [field, code, min, max]),
    ]
  }

  test('is said field by field, with a code, words and bounds', async () => {
    const server = await start()
    expect(await faults(server, {})).toEqual([
      'text: This field is needed.',
      ['text', 'required', undefined, undefined],
    ])
    expect((await faults(server, { text: 'a' })).slice(1)).toEqual([['text', 'too-short', 2, undefined]])
    expect((await faults(server, { text: 'abcde' })).slice(1)).toEqual([['text', 'too-long', undefined, 4]])
    expect((await faults(server, { text: 5 })).slice(1)).toEqual([
      ['text', 'wrong-type', undefined, undefined],
    ])
    expect((await faults(server, { text: 'ab', list: [2, 0, 11, 3] })).slice(1)).toEqual([
      ['list.1', 'too-short', 1, undefined],
      ['list.2', 'too-long', undefined, 9],
      ['list.2', 'not-whole', undefined, undefined],
      ['list.3', 'not-whole', undefined, undefined],
    ])
    expect((await faults(server, { text: 'ab', kind: 'c', at: 'y' })).slice(1)).toEqual([
      ['kind', 'not-allowed', undefined, undefined],
      ['at', 'malformed', undefined, undefined],
    ])
    expect(await faults(server, { text: 'ab', own: 'no' })).toEqual([
      'own: Not this.',
      ['own', 'mine', undefined, undefined],
    ])
    expect((await faults(server, { text: 'ab', own: 'nor' })).slice(1)).toEqual([
      ['own', 'invalid', undefined, undefined],
    ])
  })

  test('are fields that nobody knows, the first twenty by name', async () => {
    const server = await start()
    expect(await faults(server, { text: 'ab', x: 1, deep: { value: '', y: 1 } })).toEqual([
      'deep.y: There is no such field.',
      ['deep.y', 'unknown', undefined, undefined],
      ['x', 'unknown', undefined, undefined],
    ])
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`${index}${'x'.repeat(300)}`, 1]),
    )
    const said = await faults(server, { text: 'ab', ...many })
    expect(said).toHaveLength(21)
    expect((said[1] as string[])[0]).toHaveLength(200)
  })

  test('are fifty faults at the most', async () => {
    const server = await start()
    expect(await faults(server, { text: 'ab', list: Array<number>(80).fill(0) })).toHaveLength(51)
  })

  test('is a body that is none, and a parameter of path or query', async () => {
    const server = await start()
    expect((await faults(server, [1]))[0]).toBe('The body is not valid.')
    const { ask } = server
    const query = JSON.parse((await ask('POST', '/one?w=1', { text: 'ab' })).text)
    expect(query.detail).toBe('w: There is no such field.')
    const params = JSON.parse((await ask('GET', '/things/long')).text)
    expect([params.status, params.errors[0].field]).toEqual([422, 'id'])
  })

  test('is text that no database keeps, wherever it stands, names of fields too', async () => {
    const server = await start()
    const message = 'This is not well-formed text.'
    for (const [sent, field] of [
      [{ text: 'a\0' }, 'text'],
      [{ text: 'ab', deep: { value: '\ud83d' } }, 'deep.value'],
      [{ text: 'ab', list: ['\0'] }, 'list.0'],
      [{ 'te\0xt': 1 }, 'te\ufffdxt'],
      [{ [`\0${'x'.repeat(300)}`]: 1 }, `\ufffd${'x'.repeat(199)}`],
    ] as const)
      expect((await server.ask('POST', '/one', JSON.parse(JSON.stringify(sent)))).text).toBe(
        JSON.stringify(
          new Problem('invalid', `${field}: ${message}`, { errors: [{ field, code: 'malformed', message }] }),
        ),
      )
  })
})
