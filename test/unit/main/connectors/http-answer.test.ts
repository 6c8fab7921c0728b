import { describe, expect, test } from 'vitest'
import { fail, succeed } from '../../../../domain/problem.ts'
import type { HttpAnswer } from '../../../../main/connectors/http/exchange.ts'
import { explainForeign, tryAgainIn } from '../../../../main/connectors/http/foreign-answer.ts'
import { settleLostWrite } from '../../../../main/connectors/http/lost-write.ts'
import {
  BrokenOff,
  deepestAnswer,
  largestAnswer,
  readAnswer,
  TooMuch,
} from '../../../../main/connectors/http/read-answer.ts'
import { revisionOfTag, tagOfRevision } from '../../../../main/connectors/http/revision.ts'

const host = 'sessions.example.com'
const json = { 'content-type': 'application/json' }
const unhurried = new AbortController().signal

const read = (body: string | ReadableStream<Uint8Array> | null, headers: Record<string, string> = {}) =>
  readAnswer(new Response(body, { headers }), unhurried)
const bytes = (size: number) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(size).fill(0x20))
      controller.close()
    },
  })

describe('the body of an answer', () => {
  test.each([
    [null, { content: 'empty' }],
    ['', { content: 'empty' }],
    [' \n\t ', { content: 'empty' }],
    ['<h1>Hello</h1>', { content: 'other' }],
    ['null', { content: 'other' }],
    ['-1', { content: 'other' }],
    ['[1, 2', { content: 'other' }],
    [' {"a":1} ', { content: 'json', body: { a: 1 } }],
    ['[1]', { content: 'json', body: [1] }],
    ['"text"', { content: 'json', body: 'text' }],
    ['12', { content: 'json', body: 12 }],
    ['x{"a":1}', { content: 'other' }],
  ])('%j is %j', async (body, content) => {
    expect(await read(body)).toEqual(content)
  })

  test('that says it is JSON and is half of it has broken off; what only sounds like it is something else', async () => {
    for (const type of ['application/json', 'application/problem+JSON; charset=utf-8'])
      await expect(read('[1, 2', { 'content-type': type })).rejects.toBeInstanceOf(BrokenOff)
    for (const type of ['application/jsonp', 'application/geojson', 'text/plain'])
      expect(await read('[1, 2', { 'content-type': type })).toEqual({ content: 'other' })
  })

  test('has broken off where it is shorter than was told, but for what was compressed on its way', async () => {
    await expect(read('{"a":1}', { ...json, 'content-length': '8' })).rejects.toBeInstanceOf(BrokenOff)
    for (const told of ['7', '6', 'many'])
      expect(await read('{"a":1}', { ...json, 'content-length': told })).toMatchObject({ content: 'json' })
    const compressed = { ...json, 'content-encoding': 'gzip', 'content-length': '900' }
    expect(await read('{"a":1}', compressed)).toMatchObject({ content: 'json' })
  })

  test('is read to its bound and not a byte further, as told and as it comes', async () => {
    expect([largestAnswer, deepestAnswer]).toEqual([16_777_216, 64])
    expect(await read(bytes(largestAnswer), { 'content-length': String(largestAnswer) })).toEqual({
      content: 'empty',
    })
    await expect(read(bytes(largestAnswer + 1))).rejects.toBeInstanceOf(TooMuch)
    await expect(read('1', { 'content-length': String(largestAnswer + 1) })).rejects.toBeInstanceOf(TooMuch)
  })

  test('comes in pieces, of which a character may be in two', async () => {
    const whole = new TextEncoder().encode('["ß"]')
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of whole) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    expect(await read(pieces)).toEqual({ content: 'json', body: ['ß'] })
  })

  test('is let go of once it was read, or can’t be', async () => {
    for (const told of ['1', String(largestAnswer + 1)]) {
      let cancelled = 0
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(largestAnswer)),
        cancel: () => {
          cancelled += 1
        },
      })
      await expect(read(body, { 'content-length': told })).rejects.toBeInstanceOf(TooMuch)
      expect([told, cancelled]).toEqual([told, 1])
    }
  })

  test('is not waited for once whoever asked has ended, before or meanwhile; afterwards nobody listens', async () => {
    const never = () => new Response(new ReadableStream<Uint8Array>({}))
    await expect(readAnswer(never(), AbortSignal.abort('over'))).rejects.toBe('over')
    const controller = new AbortController()
    const reading = readAnswer(never(), controller.signal)
    controller.abort('over now')
    await expect(reading).rejects.toBe('over now')

    let listening = 0
    const signal = {
      aborted: false,
      addEventListener: () => {
        listening += 1
      },
      removeEventListener: () => {
        listening -= 1
      },
    } as unknown as AbortSignal
    await readAnswer(new Response('[1]'), signal)
    expect(listening).toBe(0)
  })

  test.each([
    ['side by side', `[${Array(500).fill('{"a":[]}').join()}]`, true],
    ['objects only', `${'{"a":'.repeat(64)}1${'}'.repeat(64)}`, true],
    ['one object more', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, false],
    ['lists only', `${'['.repeat(64)}${']'.repeat(64)}`, true],
    ['one list more', `${'['.repeat(65)}${']'.repeat(65)}`, false],
    ['in a text', JSON.stringify(['['.repeat(100), '{'.repeat(100)]), true],
    ['behind an escaped quotation mark', JSON.stringify([`a"${'['.repeat(100)}`]), true],
    ['behind a text that ends with a backslash', `["\\\\",${'['.repeat(64)}${']'.repeat(64)}]`, false],
    ['behind closing brackets in a text', `["${']'.repeat(100)}",${'['.repeat(64)}${']'.repeat(64)}]`, false],
  ])('may be nested 64 deep: %s', async (_, body, fits) => {
    if (fits) expect(await read(body)).toEqual({ content: 'json', body: JSON.parse(body) })
    else await expect(read(body)).rejects.toBeInstanceOf(TooMuch)
  })
})

describe('an answer that is not the product’s own', () => {
  const answer = (status: number, content: HttpAnswer['content'] = 'other', pause?: number): HttpAnswer => ({
    host,
    status,
    headers: new Headers(),
    content,
    body: undefined,
    retryAfterSeconds: pause,
  })
  const gateway = `A gateway in front of ${host} answered`
  const signIn =
    ': it wants a sign-in of its own, or does not let Curfew through. Ask whoever runs the network.'
  const behind = ': the server behind it is not running, too busy or too slow.'

  test.each([
    [401, 'other', signIn],
    [403, 'other', signIn],
    [407, 'other', signIn],
    [502, 'other', behind],
    [503, 'other', behind],
    [504, 'other', behind],
    [200, 'empty', ' with nothing in it.'],
    [
      200,
      'other',
      ' with a page of its own, as networks do that want a sign-in first. Open a web page in a browser to see it.',
    ],
    [299, 'empty', ' with nothing in it.'],
    [300, 'empty', ', not the server itself.'],
    [300, 'other', ', not the server itself.'],
    [404, 'empty', ', not the server itself.'],
    [500, 'other', ', not the server itself.'],
  ] as const)('with %d and a body that is %s is told as a gateway’s', (status, content, words) => {
    expect(explainForeign(answer(status, content), 'a session service', false)).toEqual({
      code: 'gateway',
      message: `${gateway} ${status}${words}`,
    })
  })

  test.each([200, 302, 400, 404, 499])('with %d at first means another address or product', (status) => {
    expect(explainForeign(answer(status), 'a session service', true)).toEqual({
      code: 'not-this-product',
      message: `What answers at ${host} is not a session service. Check the address.`,
    })
  })

  test.each([401, 403, 407, 408, 421, 500, 503])('with %d at first is a gateway’s all the same', (status) => {
    expect(explainForeign(answer(status), 'a session service', true).code).toBe('gateway')
  })

  test('that wants a pause says for how long, where that was told', () => {
    for (const first of [true, false]) {
      expect(explainForeign(answer(429), 'a session service', first)).toEqual({
        code: 'throttled',
        message: `${gateway} 429: it wants a pause. Try again in a moment.`,
      })
      expect(explainForeign(answer(429, 'other', 40), 'a session service', first)).toEqual({
        code: 'throttled',
        message: `${gateway} 429: it wants a pause. Try again in 40 s.`,
        retryAfterSeconds: 40,
      })
      expect(explainForeign(answer(503, 'other', 40), 'a session service', first)).toMatchObject({
        retryAfterSeconds: 40,
      })
    }
    expect([undefined, 1].map(tryAgainIn)).toEqual(['Try again in a moment.', 'Try again in 1 s.'])
  })
})

test.each([
  ['w/7', '7'],
  ['W/W/7', 'W/7'],
  ['7W/', '7W/'],
  ['"7', '"7'],
  ['7"', '7"'],
  ['a"7"', 'a"7"'],
  ['"7"a', '"7"a'],
  ['"a"b"', 'a"b'],
  ['"7;gzip"', '7'],
  ['"7-br"', '7'],
  ['"7-deflate"', '7'],
  ['"7-zstd"', '7'],
  ['"7-gzip-8"', '7-gzip-8'],
  ['"7gzip"', '7gzip'],
])('the ETag %s stands for revision %s', (tag, revision) => {
  expect(revisionOfTag(tag)).toBe(revision)
  expect(tagOfRevision(revision)).toBe(`"${revision}"`)
})

describe('a write whose answer was lost', () => {
  const problem = { code: 'unreachable', message: 'It broke off.' } as const
  const settle = (stored: string | undefined) =>
    settleLostWrite({
      problem,
      what: 'the rules',
      readAgain: async () =>
        stored === undefined ? fail({ code: 'internal', message: 'No.' }) : succeed(stored),
      isMine: (now) => now === 'mine',
      isUntouched: (now) => now === 'before',
    })

  test('is done where what is stored is what was sent, and a conflict where it is something else', async () => {
    expect(await settle('mine')).toEqual(succeed({ outcome: 'written', reading: 'mine', readAgain: true }))
    expect(await settle('theirs')).toEqual(succeed({ outcome: 'conflict', reading: 'theirs' }))
  })

  test('is not done where nothing has changed, and not known where nothing can be read', async () => {
    expect(await settle('before')).toEqual(
      fail({ ...problem, message: 'It broke off. Curfew read the rules again: nothing was changed so far.' }),
    )
    expect(await settle(undefined)).toEqual(
      fail({
        code: 'not-known',
        message:
          'It broke off. The change was sent, and whether it was saved is not known: the rules could not be read again. Curfew shows them once the server answers; saving the same again does no harm.',
      }),
    )
  })
})
