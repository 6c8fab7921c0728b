import { expect, test } from 'vitest'
import type { z } from 'zod'
import { ConfigInput } from '../../../domain/config.ts'
import { Instance, Me } from '../../../domain/instance.ts'
import { ItemOutcome, JobOrder } from '../../../domain/job.ts'
import { LockState, Resealing } from '../../../domain/lock.ts'
import { UserQuery } from '../../../domain/page.ts'
import { FieldValue } from '../../../domain/policy.ts'
import { Revision } from '../../../domain/reading.ts'
import { Settings } from '../../../domain/settings.ts'

const order = {
  kind: 'revoke-users',
  instance: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11',
  reason: 'Left',
  includeOwn: true,
}

/** A shape, and values at its bounds with whether they are within. */
const bounds: readonly (readonly [string, z.ZodType, unknown, boolean])[] = [
  ['a name', Instance.shape.name, 'x'.repeat(60), true],
  ['a longer name', Instance.shape.name, 'x'.repeat(61), false],
  ['a name of spaces', Instance.shape.name, '   ', false],
  ['a label', Instance.shape.environment, 'x'.repeat(30), true],
  ['no label', Instance.shape.environment, '', true],
  ['a longer label', Instance.shape.environment, 'x'.repeat(31), false],
  ['a server’s id', Instance.shape.serverId, 'x'.repeat(200), true],
  ['a longer one', Instance.shape.serverId, 'x'.repeat(201), false],
  ['an empty one', Instance.shape.serverId, '', false],
  ['an address', Instance.shape.baseUrl, 'x'.repeat(2000), true],
  ['a longer address', Instance.shape.baseUrl, 'x'.repeat(2001), false],
  ...[Instance.shape.username, Me.shape.username].flatMap((schema) =>
    (
      [
        ['an account of 200 characters', 'x'.repeat(200), true],
        ['a longer account', 'x'.repeat(201), false],
        ['no account', '', false],
        ['an account of spaces', '  ', false],
      ] as const
    ).map(([what, value, within]) => [what, schema, value, within] as const),
  ),
  ['a certificate’s key', Instance.shape.pin, `${'aZ0+/'.repeat(9).slice(0, 43)}=`, true],
  ['one character less', Instance.shape.pin, `${'a'.repeat(42)}=`, false],
  ['one character more', Instance.shape.pin, `${'a'.repeat(44)}=`, false],
  ['something behind it', Instance.shape.pin, `${'a'.repeat(43)}=a`, false],
  ['another character in it', Instance.shape.pin, `${'a'.repeat(42)}-=`, false],
  ...Object.entries({ type: 100, key: 200, value: 20_000 }).flatMap(([part, most]) =>
    ([0, 1, most, most + 1] as const).map((length) => {
      const row = { type: 'A', key: 'B', value: 'C', [part]: 'x'.repeat(length) }
      const within = length <= most && (length > 0 || part === 'value')
      return [`a row whose ${part} has ${length} characters`, ConfigInput, row, within] as const
    }),
  ),
  ['a search', UserQuery.shape.search, 'x'.repeat(200), true],
  ['a longer search', UserQuery.shape.search, 'x'.repeat(201), false],
  ['a role', UserQuery.shape.role, 'x'.repeat(100), true],
  ['a longer role', UserQuery.shape.role, 'x'.repeat(101), false],
  ['a cursor', UserQuery.shape.cursor, 'x'.repeat(2000), true],
  ['a longer cursor', UserQuery.shape.cursor, 'x'.repeat(2001), false],
  ['a page of one', UserQuery.shape.limit, 1, true],
  ['a page of none', UserQuery.shape.limit, 0, false],
  ['a page of 500', UserQuery.shape.limit, 500, true],
  ['a page of 501', UserQuery.shape.limit, 501, false],
  ['a revision', Revision, 'x'.repeat(200), true],
  ['a longer revision', Revision, 'x'.repeat(201), false],
  ['a reason', JobOrder, { ...order, reason: 'x'.repeat(500) }, true],
  ['a longer reason', JobOrder, { ...order, reason: 'x'.repeat(501) }, false],
  ['one ended session', ItemOutcome, { what: 'revoked', sessions: 1 }, true],
  ['no ended session', ItemOutcome, { what: 'revoked', sessions: 0 }, false],
  ['a length of nothing', FieldValue, { on: true, seconds: 0 }, true],
  ['a length below nothing', FieldValue, { on: true, seconds: -1 }, false],
  ['half a second', FieldValue, { on: true, seconds: 0.5 }, false],
  ['a try now', LockState, { status: 'locked', reason: 'idle', retryInMs: 0 }, true],
  ['a try before now', LockState, { status: 'locked', reason: 'idle', retryInMs: -1 }, false],
  ...(
    [
      [0, 1, true],
      [-1, 1, false],
      [0, 0, false],
      [0.5, 1, false],
      [0, 1.5, false],
    ] as const
  ).map(
    ([done, of, within]) =>
      [`${done} of ${of} steps`, Resealing, { what: 'drafts', done, of }, within] as const,
  ),
  ['a minute', Settings.shape.autoLockMinutes, 1, true],
  ['less than a minute', Settings.shape.autoLockMinutes, 0, false],
  ['four hours', Settings.shape.autoLockMinutes, 240, true],
  ['more than four hours', Settings.shape.autoLockMinutes, 241, false],
  ['minutes and a half', Settings.shape.autoLockMinutes, 1.5, false],
]

test.each(bounds)('%s is held against its bounds', (_, schema, value, within) => {
  expect(schema.safeParse(value).success).toBe(within)
})
