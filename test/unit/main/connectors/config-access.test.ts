import { describe, expect, test } from 'vitest'
import { fail } from '../../../../domain/problem.ts'
import { fakeSessionService as build, refuse, say, server } from '../../../support/fake-session-service.ts'

const then = '2026-01-01T12:00:00.000Z'
const entry = (id: string, more = {}) => ({
  id,
  type: 'AppConfig',
  key: `Key-${id}`,
  value: '60',
  revision: '7',
  updatedAt: then,
  updatedBy: 'ann',
  ...more,
})
const typed = { type: 'AppConfig', key: 'Key-a/b', value: '60' }
const page = (items: readonly object[], nextCursor: string | null = null) =>
  say({ items, nextCursor, total: items.length })

const list = 'GET /config/entries?limit=500'
const one = '/config/entries/a%2Fb'
const lose = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNRESET') }))
const broken = 'The connection to sessions.example.com broke off before it had answered.'

type Answers = NonNullable<Parameters<typeof build>[0]>

/** System Config of a server that answers as the test says. */
async function configOf(answers: Answers, capabilities: readonly string[] = ['config', 'config-preview']) {
  const service = build({ 'GET /server': () => say({ ...server, capabilities }), ...answers })
  const { config } = await service.connect()
  if (!config) throw new Error('No System Config.')
  return { ...service, config }
}

describe('D1: System Config of the session service', () => {
  const catalogue = { types: ['AppConfig'], keys: [] }

  test('is read page by page, with what the server knows of types and keys', async () => {
    const { config, requests, adminLeaves } = await configOf({
      'GET /config/catalogue': () => say(catalogue),
      [list]: () => page([entry('a')], 'two'),
      [`${list}&cursor=two`]: () => page([entry('b')]),
    })
    const wanted = { ok: true, value: { ...catalogue, entries: [entry('a'), entry('b')] } }
    expect(await config.read()).toEqual(wanted)
    expect(requests.map(({ headers }) => headers['Session-Activity'])).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    requests.length = 0
    adminLeaves()
    expect(await config.read()).toEqual(wanted)
    expect(requests.map(({ what }) => what).sort()).toEqual([
      'GET /config/catalogue',
      list,
      `${list}&cursor=two`,
    ])
    for (const { headers } of requests) expect(headers['Session-Activity']).toBe('passive')
  })

  test('is not half read: what either of the two is refused for is said', async () => {
    for (const refused of ['GET /config/catalogue', list]) {
      const { config } = await configOf({
        'GET /config/catalogue': () => say(catalogue),
        [list]: () => page([]),
        [refused]: () => refuse('forbidden', 403),
      })
      expect(await config.read()).toMatchObject({ ok: false, problem: { code: 'refused', message: 'No.' } })
    }
  })

  test('has a preview of a change where the server has one', async () => {
    const value = {
      endsSessions: 2,
      endsUsers: 1,
      endsYours: false,
      byKind: { web: 0, token: 2, kubernetes: 0 },
    }
    const { config, sent, requests, adminLeaves } = await configOf({
      'POST /config/preview': () => say(value),
    })
    expect(await config.preview?.(typed)).toEqual({ ok: true, value })
    adminLeaves()
    await config.preview?.(typed)
    expect(sent()[0]).toEqual(['POST /config/preview', typed])
    expect(requests.map(({ headers }) => headers['Session-Activity'])).toEqual([undefined, 'passive'])
    expect((await configOf({}, ['config'])).config).not.toHaveProperty('preview')
  })
})

type Config = Awaited<ReturnType<typeof configOf>>['config']
const mine = entry('a/b')
const theirs = { ...mine, value: '90', revision: '8' }
const before = { ...mine, value: '30' }

/** Each way to write: what is sent, what is stored if it was done, and what if nothing was. */
const ways: readonly {
  readonly what: string
  readonly act: (config: Config) => Promise<unknown>
  readonly call: string
  readonly sent: readonly unknown[]
  readonly basis: string | undefined
  readonly done: { readonly stored: readonly object[]; readonly result: object }
  readonly untouched: readonly object[]
  readonly other: { readonly stored: readonly object[]; readonly result: object }
}[] = [
  {
    what: 'adding a row',
    act: (config) => config.add(typed),
    call: 'POST /config/entries',
    sent: [typed],
    basis: undefined,
    done: { stored: [entry('x'), mine], result: { outcome: 'written', entry: mine } },
    untouched: [entry('x')],
    other: { stored: [entry('x'), theirs], result: { outcome: 'exists', entry: theirs } },
  },
  {
    what: 'replacing a row',
    act: (config) => config.replace('a/b', '7', typed),
    call: `PUT ${one}`,
    sent: [typed],
    basis: '"7"',
    done: { stored: [entry('x'), mine], result: { outcome: 'written', entry: mine } },
    untouched: [before],
    other: { stored: [entry('x'), theirs], result: { outcome: 'conflict', entry: theirs } },
  },
  {
    what: 'deleting a row',
    act: (config) => config.remove('a/b', '7'),
    call: `DELETE ${one}`,
    sent: [],
    basis: '"7"',
    done: { stored: [entry('x')], result: { outcome: 'removed' } },
    untouched: [before],
    other: { stored: [entry('x'), theirs], result: { outcome: 'conflict', entry: theirs } },
  },
]

describe.each(ways)('D1: $what', ({ act, call, sent, basis, done, untouched, other }) => {
  const doing = async (answers: Answers) => {
    const service = await configOf(answers)
    return { ...service, outcome: await act(service.config) }
  }
  const answered = () => (sent.length === 0 ? new Response(null, { status: 204 }) : say(mine, 201))

  test('is sent on the revision it was begun on, and is done', async () => {
    const service = await doing({ [call]: answered })
    expect(service.outcome).toEqual({ ok: true, value: done.result })
    expect(service.sent()).toEqual([[call, ...sent]])
    expect(service.requests[0]?.headers['if-match']).toBe(basis)
    expect(service.requests[0]?.headers['Session-Activity']).toBeUndefined()
  })

  test('that the server refuses is not done, and is not sent again', async () => {
    for (const [status, code] of [
      [403, 'forbidden'],
      [404, 'else'],
      [412, 'precondition-required'],
    ] as const) {
      const service = await doing({ [call]: () => refuse(code, status) })
      expect(service.outcome).toMatchObject({ ok: false, problem: { message: 'No.' } })
      expect(service.sent()).toHaveLength(1)
    }
  })

  test('that came too late says what is stored now', async () => {
    for (const [status, code] of [
      [409, 'exists'],
      [412, 'conflict'],
    ] as const) {
      const { outcome } = await doing({ [call]: () => refuse(code, status, { current: theirs }) })
      expect(outcome).toEqual({ ok: true, value: other.result })
    }
    const { outcome } = await doing({ [call]: () => refuse('not-found', 404) })
    expect(outcome).toEqual({ ok: true, value: { outcome: sent.length === 0 ? 'removed' : 'gone' } })
  })

  test.each([
    ['was lost', lose],
    ['is a fault of the server', () => refuse('internal', 500)],
    ['is a gateway’s', () => new Response('Busy', { status: 502 })],
  ])(
    'whose answer %s is settled by what is stored now, looked at without counting as activity',
    async (_, lost) => {
      const settled = async (stored: readonly object[] | undefined) => {
        const service = await doing({
          [call]: lost,
          [list]: () => (stored ? page(stored) : refuse('unavailable', 503)),
        })
        expect(
          service
            .sent()
            .map(([what]) => what)
            .filter((what) => what !== 'GET /server'),
        ).toEqual([call, list])
        expect(service.requests.at(-1)?.headers['Session-Activity']).toBe('passive')
        return service.outcome
      }
      const readAgain = sent.length > 0 && { readAgain: true }
      expect(await settled(done.stored)).toEqual({ ok: true, value: { ...done.result, ...readAgain } })
      expect(await settled(other.stored)).toEqual({ ok: true, value: other.result })
      expect(await settled(untouched)).toMatchObject({
        problem: {
          message: expect.stringMatching(/Curfew read the entries again: nothing was changed so far\.$/),
        },
      })
      expect(await settled(undefined)).toMatchObject({
        problem: { code: 'not-known', message: expect.stringMatching(/the entries could not be read again/) },
      })
    },
  )
})

test('D1: an answer that is no row is settled by what is stored', async () => {
  const { config } = await configOf({
    'POST /config/entries': () => say({ hello: 1 }),
    [list]: () => page([mine]),
  })
  expect(await config.add(typed)).toEqual({
    ok: true,
    value: { outcome: 'written', entry: mine, readAgain: true },
  })
})

test('D1: a row that took the name meanwhile is there already, one that is gone is gone, one of another name is not mine', async () => {
  const taken = { ...theirs, id: 'c' }
  const named = await configOf({ [`PUT ${one}`]: () => refuse('exists', 409, { current: taken }) })
  expect(await named.config.replace('a/b', '7', typed)).toEqual({
    ok: true,
    value: { outcome: 'exists', entry: taken },
  })

  const gone = await configOf({ [`PUT ${one}`]: lose, [list]: () => page([entry('x')]) })
  expect(await gone.config.replace('a/b', '7', typed)).toEqual({ ok: true, value: { outcome: 'gone' } })

  for (const other of [{ key: 'Else' }, { type: 'Flags' }]) {
    const stored = { ...mine, ...other, revision: '8' }
    const { config } = await configOf({
      [`PUT ${one}`]: lose,
      'POST /config/entries': lose,
      [list]: () => page([stored]),
    })
    expect(await config.replace('a/b', '7', typed)).toEqual({
      ok: true,
      value: { outcome: 'conflict', entry: stored },
    })
    expect(await config.add(typed)).toEqual(
      fail({
        code: 'unreachable',
        message: `${broken} Curfew read the entries again: nothing was changed so far.`,
      }),
    )
  }
})
