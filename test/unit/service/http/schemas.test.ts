import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as schemas from '../../../../service/http/schemas.ts'
import {
  clientName,
  displayName,
  email,
  grantable,
  idParams,
  pageQuery,
  password,
  plainText,
  reason,
  reasonBody,
  sessionsQuery,
  typedPassword,
  username,
  usersQuery,
} from '../../../../service/http/schemas.ts'

/** What a schema makes of something: the value, or the codes and words of what is wrong. */
function read(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  return {
    refused: parsed.error.issues.map((issue) =>
      issue.code === 'custom' ? [issue.params?.['code'], issue.message] : issue.code,
    ),
  }
}
const hidden = ['hidden-characters', 'Characters that can’t be seen are not allowed.']
const malformed = [
  'malformed',
  'A username has letters, digits and . _ - @ + only, and begins with a letter or digit.',
]
const mixed = ['mixed-scripts', 'A username keeps to one alphabet, so that it can’t pass for another.']

describe('Text', () => {
  test('for people is NFC and trimmed, and hides nothing', () => {
    const text = plainText(2, 5)
    expect(read(text, ' e\u0301x ')).toBe('éx')
    expect(read(text, 'abcde')).toBe('abcde')
    expect(read(text, 'abcdef')).toEqual({ refused: ['too_big'] })
    expect(read(text, 'a')).toEqual({ refused: ['too_small'] })
    expect(read(text, ' a  ')).toEqual({ refused: [['required', 'This field is needed.']] })
    expect(read(text, 'a\u202eb')).toEqual({ refused: [hidden] })
    expect(read(text, 5)).toEqual({ refused: ['invalid_type'] })
  })

  test.each([
    [displayName, 1, 100],
    [email, 0, 0],
    [reason, 0, 500],
    [username, 1, 64],
    [password, 12, 256],
    [typedPassword, 1, 256],
    [clientName, 1, 100],
  ] as const)('has as many characters as it may: %#', (schema, least, most) => {
    if (least > 0) expect(schema.safeParse('a'.repeat(least - 1)).success).toBe(false)
    expect(schema.safeParse('a'.repeat(least)).success).toBe(true)
    if (most === 0) return
    expect(schema.safeParse('a'.repeat(most)).success).toBe(true)
    expect(schema.safeParse('a'.repeat(most + 1)).success).toBe(false)
  })
})

describe('A username', () => {
  test.each(['a', 'Z9', '9a', 'anna.b_c-d@e+f', 'żółć', 'अनिल', 'ａnna'])('may be %s', (name) => {
    expect(read(username, name)).toBe(name)
  })

  test.each([
    ['', ['too_small']],
    ['.a', [malformed]],
    ['@a', [malformed]],
    ['a b', [malformed]],
    ['a/b', [malformed]],
    ['a(b)', [malformed]],
    ['a\u200db', [hidden]],
    // A joiner that Hindi needs is seen there, and still makes no other name.
    ['क्\u200dष', [hidden]],
    ['p\u0430ypal', [mixed]],
  ] as const)('may not be %j', (name, refused) => {
    const said = read(username, name) as { refused: readonly unknown[] }
    for (const fault of refused) expect(said.refused).toContainEqual(fault)
  })
})

describe('An e-mail address', () => {
  test.each([
    '',
    'a@b.cd',
    'a.b+c@example.org',
    'jörg@example.org',
    'a@bücher.example',
    'a@xn--bcher-kva.example',
    'a@1a.b-c.example',
    'a@b.xn--p1ai',
    `${'a'.repeat(64)}@b.cd`,
    `a@${'b'.repeat(63)}.cd`,
  ])('may be %s', (text) => {
    expect(read(email, text)).toBe(text)
  })

  test.each([
    'a',
    '@b.cd',
    'a@',
    'a@b',
    'a@b@c.de',
    'a@b.cd@c.de',
    'x a@b.cd',
    'a b@c.de',
    'a"b@c.de',
    'a,b@c.de',
    'a<b@c.de',
    '.a@b.cd',
    'a.@b.cd',
    'a..b@c.de',
    'a@.cd',
    'a@b..cd',
    'a@-b.cd',
    'a@b-.cd',
    'a@b.c',
    'a@b.c1',
    'a@b.cd.',
    'a@b_c.de',
    'a@127.0.0.1',
    `${'a'.repeat(65)}@b.cd`,
    `a@${'b'.repeat(64)}.cd`,
    `a@b.${'c'.repeat(64)}`,
    // Longer than a host's name may be, once it is written as machines write it.
    `a@${`${'ü'.repeat(45)}.`.repeat(5)}de`,
  ])('may not be %s', (text) => {
    expect(read(email, text)).toEqual({ refused: [['malformed', 'This is not an e-mail address.']] })
  })
})

test('What a program calls itself loses what can’t be seen, and has a name if nothing is left', () => {
  expect(read(clientName, 'ci \u200bbot')).toBe('ci bot')
  expect(read(clientName, '\u200b')).toBe('Unknown program')
})

test('D1: the right to administer everything is given to nobody as a permission', () => {
  expect(read(grantable, ['UserEdit', 'UserView'])).toEqual(['UserEdit', 'UserView'])
  expect(read(grantable, [])).toEqual([])
  expect(read(grantable, ['AdministerSystem'])).toEqual({ refused: ['invalid_value'] })
  expect(read(grantable, ['UserEdit', 'UserView', 'UserEdit'])).toEqual({ refused: ['too_big'] })
})

test('An id in a path has 1 to 100 characters', () => {
  expect(read(idParams, { id: 'x'.repeat(100) })).toEqual({ id: 'x'.repeat(100) })
  for (const id of ['', 'x'.repeat(101), undefined]) expect(read(idParams, { id })).toHaveProperty('refused')
})

describe('A query', () => {
  const page = z.strictObject(pageQuery)

  test('asks for 1 to 500 items, 50 where it does not say, and a cursor of bounded length', () => {
    expect(read(page, {})).toEqual({ limit: 50 })
    for (const [limit, read_] of [
      ['1', 1],
      ['500', 500],
      ['0050', 50],
    ] as const)
      expect(read(page, { limit })).toEqual({ limit: read_ })
    for (const limit of ['0', '501', '-1', '1.5', '1e1', ' 1', '1 ', '', 'x', '9999999999999'])
      expect([limit, read(page, { limit })]).toEqual([limit, { refused: [expect.any(String)] }])
    expect(read(page, { cursor: 'x'.repeat(2_000) })).toMatchObject({ cursor: 'x'.repeat(2_000) })
    expect(read(page, { cursor: 'x'.repeat(2_001) })).toEqual({ refused: ['too_big'] })
  })

  test('of people says whom, in which order, and nothing else', () => {
    expect(read(usersQuery, {})).toEqual({ limit: 50, sort: 'username' })
    for (const sort of ['username', 'displayName', 'email', 'lastActivityAt'])
      for (const way of ['', '-'])
        expect(read(usersQuery, { sort: way + sort })).toMatchObject({ sort: way + sort })
    expect(read(usersQuery, { active: 'true' })).toMatchObject({ active: true })
    expect(read(usersQuery, { active: 'false' })).toMatchObject({ active: false })
    expect(read(usersQuery, { search: 'x'.repeat(200), role: 'admin' })).toMatchObject({ role: 'admin' })
    for (const query of [
      { sort: '+username' },
      { sort: 'password' },
      { active: '1' },
      { active: '' },
      { role: 'king' },
      { search: 'x'.repeat(201) },
      { other: '1' },
    ])
      expect(read(usersQuery, query)).toHaveProperty('refused')
  })

  test('of sessions says whose, of which kind, idle for how long, and nothing else', () => {
    expect(read(sessionsQuery, { user: 'x'.repeat(100), kind: 'token', idleOver: '0' })).toEqual({
      limit: 50,
      user: 'x'.repeat(100),
      kind: 'token',
      idleOver: 0,
    })
    expect(read(sessionsQuery, { idleOver: '31622400' })).toMatchObject({ idleOver: 31_622_400 })
    for (const query of [{ idleOver: '31622401' }, { kind: 'x' }, { user: 'x'.repeat(101) }, { other: '1' }])
      expect(read(sessionsQuery, query)).toHaveProperty('refused')
  })

  test('a reason may be given, and nothing beside it', () => {
    expect(read(reasonBody, {})).toEqual({})
    expect(read(reasonBody, { reason: ' why ' })).toEqual({ reason: 'why' })
    expect(read(reasonBody, { other: '' })).toEqual({ refused: ['unrecognized_keys'] })
  })
})

/** What the document calls each shape, and what is in it. Written by hand. */
const shapes: readonly (readonly [z.ZodType, string, readonly string[]])[] = [
  [
    schemas.sessionSchema,
    'Session',
    [
      'id',
      'userId',
      'kind',
      'createdAt',
      'lastActivityAt',
      'remembered',
      'client',
      'address',
      'scopes',
      'endsAt',
      'endsBecause',
      'current',
    ],
  ],
  [
    schemas.userSchema,
    'User',
    [
      'id',
      'username',
      'displayName',
      'email',
      'role',
      'permissions',
      'disabled',
      'sessions',
      'lastActivityAt',
    ],
  ],
  [schemas.policyInput, 'PolicyInput', ['idleTimeout', 'idleAppliesToRemembered', 'rememberMe']],
  [
    schemas.policySchema,
    'Policy',
    ['idleTimeout', 'idleAppliesToRemembered', 'rememberMe', 'revision', 'updatedAt', 'updatedBy'],
  ],
  [schemas.entrySchema, 'ConfigEntry', ['id', 'type', 'key', 'value', 'revision', 'updatedAt', 'updatedBy']],
  [schemas.previewSchema, 'Preview', ['endsSessions', 'endsUsers', 'endsYours', 'byKind']],
  [schemas.sessionPage, 'SessionPage', ['items', 'total', 'nextCursor', 'serverTime']],
  [
    schemas.problemSchema,
    'Problem',
    ['type', 'title', 'status', 'detail', 'code', 'reason', 'permission', 'current', 'errors'],
  ],
  [
    schemas.serverSchema,
    'Server',
    ['name', 'version', 'instanceId', 'time', 'timeScale', 'capabilities', 'proof'],
  ],
  [schemas.meSchema, 'Me', ['user', 'permissions', 'session']],
  [schemas.revokedSchema, 'Revoked', ['revoked']],
]

test.each(shapes.map(([schema, id, fields]) => [id, schema, fields] as const))(
  'The shape %s is called so in the document, and has its fields',
  (id, schema, fields) => {
    expect(z.globalRegistry.get(schema)?.id).toBe(id)
    expect(Object.keys((schema as z.ZodObject).shape).sort()).toEqual(fields.toSorted())
  },
)
