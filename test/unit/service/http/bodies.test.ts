import { describe, expect, test } from 'vitest'
import { keyOf } from '../../../../service/http/cursor.ts'
import { parseJsonBody } from '../../../../service/http/json-body.ts'
import { invalidField, Problem, type ProblemCode, problemStatus } from '../../../../service/http/problem.ts'
import { safeReturnTo } from '../../../../service/http/return-to.ts'
import { toCursor } from '../../../../service/store/paging.ts'

const read = (text: string | Buffer) => {
  try {
    return { value: parseJsonBody(Buffer.from(text)) }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    expect(error.code).toBe('invalid')
    return { said: error.message, ...(error.more.errors && { errors: error.more.errors }) }
  }
}

describe('A body', () => {
  test('of JSON is what it says, and an empty one is none', () => {
    const deep = `${'['.repeat(32)}${']'.repeat(32)}`
    for (const text of [
      '{}',
      '[]',
      '"x"',
      '1',
      'null',
      'true',
      '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}',
      '{"a":"b","b":"a"}',
      '{"a":["a","a"],"b":"a"}',
      '[{"a":1},"a",{"a":1}]',
      '{ "a" : "\\"a\\"" ,\n"b\\\\" : "}{" }',
      '{"a":{},"b":[],"c":{"d":[1,{"e":2}]}}',
      '{"a":[],"b":1}',
      '{"a":[1,2],"1":3,"2":4}',
      deep,
    ])
      expect([text, read(text)]).toEqual([text, { value: JSON.parse(text) }])
    for (const text of ['', ' ', '\n\t']) expect(read(text)).toEqual({ value: undefined })
    expect(read('"ä"')).toEqual({ value: 'ä' })
  })

  test('that is no JSON, no UTF-8, or nested too deeply is refused', () => {
    for (const text of ['{', '{a:1}', '{"a":1,}', 'x', '"', "'x'"])
      expect([text, read(text)]).toEqual([text, { said: 'The body is not JSON.' }])
    expect(read(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ said: 'The body is not UTF-8.' })
    const tooDeep = { said: 'The body is nested too deeply.' }
    for (const depth of [33, 10_000]) {
      expect(read(`${'['.repeat(depth)}${']'.repeat(depth)}`)).toEqual(tooDeep)
      expect(read(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)).toEqual(tooDeep)
    }
    // What is closed again does not add up.
    expect(read(`[${'[{}],'.repeat(50)}1]`)).toHaveProperty('value')
    expect(read(`${'[{"a":'.repeat(16)}1${'}]'.repeat(16)}`)).toHaveProperty('value')
  })

  test('that names a key twice is refused, however it is written and wherever it stands', () => {
    for (const [text, field] of [
      ['{"a":1,"a":2}', 'a'],
      ['{"a":1,"b":2,"a":3}', 'a'],
      ['{"\\u0061":1,"a":2}', 'a'],
      ['[1,{"b":{"x":1,"x":1}}]', 'x'],
      ['{"a":{"a":1},"a":2}', 'a'],
      ['{"a":[1,"b"],"a":2}', 'a'],
      ['{"a":[{"q":1}],"a":2}', 'a'],
      ['{"a":"x","a":"y"}', 'a'],
      ['{"\\"":1,"\\"":2}', '"'],
      ['{"a\\\\":1,"a\\\\":2}', 'a\\'],
      ['{"":1,"":2}', ''],
      ['{"a" :1 , "a" :2}', 'a'],
      ['{"__proto__":1,"__proto__":2}', '__proto__'],
      [`{"${'k'.repeat(200)}":1,"${'k'.repeat(200)}":2}`, 'k'.repeat(100)],
      ['{"\\ud83d":1,"\\ud83d":2}', '\ufffd'],
    ] as const)
      expect([text, read(text)]).toEqual([
        text,
        {
          said: 'The body names a key twice.',
          errors: [{ field, code: 'duplicate', message: 'This key is given twice.' }],
        },
      ])
  })
})

test('Who returns after signing in stays on this server, whatever the address says', () => {
  for (const path of [
    '/',
    '/profile',
    '/profile?x=1',
    '/a/b',
    '/%41',
    `/${'a'.repeat(499)}`,
    '/a//b',
    '/a:b',
    '/x?sign-in=/sign-in',
    '/a?b=//c',
  ])
    expect([path, safeReturnTo(path)]).toEqual([path, path])
  for (const path of [
    undefined,
    null,
    5,
    ['/x'],
    '',
    'x',
    'profile/',
    '//evil.example',
    '/\\evil.example',
    '/a\\b',
    '\\',
    '/\t/evil.example',
    '/\n',
    '/a b',
    '/ä',
    'http://evil.example/',
    ' /x',
    '/x\n',
    'x/y',
    '/sign-in',
    '/sign-out?x',
    '/./sign-in',
    '/.//evil.example',
    '/x/..//evil.example',
    `/${'a'.repeat(500)}`,
  ])
    expect([path, safeReturnTo(path)]).toEqual([path, '/'])
  // What a fragment says is for the page.
  expect(safeReturnTo('/x#y')).toBe('/x')
})

test('A cursor is one that this server gave out for this order, or none', () => {
  expect(keyOf(undefined, 'text')).toBeUndefined()
  expect(keyOf(toCursor({ value: 'x', id: 'y' }) ?? '', 'text')).toEqual({ value: 'x', id: 'y' })
  const message = 'This cursor is not one that this server gave out.'
  const problem = (cursor: string) => {
    try {
      return keyOf(cursor, 'number')
    } catch (error) {
      return error
    }
  }
  for (const cursor of ['', 'x', toCursor({ value: 'x', id: 'y' }) ?? '']) {
    expect(problem(cursor)).toMatchObject({ code: 'invalid', message })
    expect((problem(cursor) as Problem).more).toEqual({
      errors: [{ field: 'cursor', code: 'malformed', message }],
    })
  }
})

describe('A problem', () => {
  /** Its code, status and title. Written by hand. */
  const table: Readonly<Record<ProblemCode, readonly [number, string]>> = {
    'bad-request': [400, 'Not a request'],
    'not-signed-in': [401, 'Sign-in needed'],
    'session-ended': [401, 'Session ended'],
    'invalid-credentials': [401, 'Wrong username or password'],
    forbidden: [403, 'Not allowed'],
    'fresh-sign-in-needed': [403, 'Password needed again'],
    'not-found': [404, 'Not found'],
    exists: [409, 'Already there'],
    'too-many': [409, 'Too many sessions'],
    conflict: [412, 'Changed by someone else'],
    'too-large': [413, 'Too large'],
    'not-json': [415, 'Not JSON'],
    misdirected: [421, 'Another server was asked for'],
    invalid: [422, 'Not valid'],
    'precondition-required': [428, 'If-Match needed'],
    throttled: [429, 'Too many attempts'],
    'headers-too-large': [431, 'Headers too large'],
    internal: [500, 'Something went wrong'],
    unavailable: [503, 'Not available'],
  }

  test('says what it is as RFC 9457 has it, and keeps its headers out of its body', () => {
    expect(Object.keys(table)).toEqual(Object.keys(problemStatus))
    for (const [code, [status, title]] of Object.entries(table) as [ProblemCode, [number, string]][]) {
      const problem = new Problem(code, 'Words.', { headers: { 'retry-after': '5' }, permission: 'Owner' })
      expect(problem).toBeInstanceOf(Error)
      expect([problem.name, problem.status]).toEqual(['Problem', status])
      expect(JSON.parse(JSON.stringify(problem))).toEqual({
        type: `urn:curfew:problem:${code}`,
        title,
        status,
        detail: 'Words.',
        code,
        permission: 'Owner',
      })
    }
    expect(new Problem('internal', 'x').more).toEqual({})
  })

  test('with a field names it, in words and for programs', () => {
    expect(JSON.parse(JSON.stringify(invalidField('name', 'taken', 'It is taken.')))).toMatchObject({
      status: 422,
      detail: 'It is taken.',
      errors: [{ field: 'name', code: 'taken', message: 'It is taken.' }],
    })
  })
})
