import { expect, test } from 'vitest'
import type { Problem } from '../../../../domain/problem.ts'
import { fakeSessionService as build, refuse, say } from '../../../support/fake-session-service.ts'

/** What the service says, and what that is to Curfew. */
test.each<[string, number, object, Problem]>([
  ['not-signed-in', 401, {}, { code: 'sign-in-needed', message: 'Curfew is not signed in to this server.' }],
  ...Object.entries({
    idle: 'Curfew’s session on this server ended because it was inactive.',
    maximum: 'Curfew’s session on this server reached its maximum duration.',
    revoked: 'Curfew’s session on this server was revoked.',
    'signed-out': 'Curfew was signed out of this server.',
    expired: 'Curfew’s session on this server expired.',
    disabled: 'The account that Curfew uses on this server is disabled.',
    displaced: 'Curfew’s session on this server ended because its account has signed in many times since.',
  }).map(
    ([reason, message]) =>
      ['session-ended', 401, { reason }, { code: 'sign-in-needed', message }] as [
        string,
        number,
        object,
        Problem,
      ],
  ),
  ['session-ended', 401, {}, { code: 'sign-in-needed', message: 'Curfew’s session on this server expired.' }],
  ['forbidden', 403, {}, { code: 'refused', message: 'No.' }],
  ['forbidden', 403, { permission: 'UserEdit' }, { code: 'refused', message: 'No.', permission: 'UserEdit' }],
  [
    'not-found',
    404,
    { detail: 'Nobody of that name.' },
    { code: 'not-found', message: 'Nobody of that name.' },
  ],
  ['not-found', 404, { detail: 'x'.repeat(600) }, { code: 'not-found', message: 'x'.repeat(500) }],
  [
    'not-found',
    404,
    { title: undefined },
    { code: 'not-found', message: 'The server answered with status 404.' },
  ],
  ['invalid', 400, {}, { code: 'invalid', message: 'No.', errors: [] }],
  [
    'invalid',
    400,
    { errors: [{ field: 'a', code: 'b', message: 'c' }] },
    { code: 'invalid', message: 'No.', errors: [{ field: 'a', code: 'b', message: 'c' }] },
  ],
  ...[
    'exists',
    'conflict',
    'too-large',
    'precondition-required',
    'headers-too-large',
    'internal',
    'unavailable',
    'new',
  ].map(
    (code) => [code, 500, {}, { code: 'server-error', message: 'No.' }] as [string, number, object, Problem],
  ),
])('“%s” with status %d and %j is told as what it means', async (code, status, more, problem) => {
  const { connect } = build({ 'GET /users/u1': () => refuse(code, status, more) })
  expect(await (await connect()).users?.read('u1')).toMatchObject({ problem })
})

test.each(['throttled', 'unavailable'])('C2: the pause that comes with “%s” is kept', async (code) => {
  const { connect } = build({
    'GET /users/u1': () => say({ code, title: 'Busy.' }, 429, { 'retry-after': '40' }),
  })
  const read = await (await connect()).users?.read('u1')
  expect(read).toMatchObject({ problem: { retryAfterSeconds: 40 } })
  if (code === 'throttled')
    expect(read).toMatchObject({
      problem: { message: 'The server wants a pause after several attempts. Try again in 40 s.' },
    })
})

test.each([
  'not-signed-in',
  'session-ended',
  'invalid-credentials',
  'forbidden',
  'not-found',
  'exists',
  'too-many',
  'conflict',
  'too-large',
  'not-json',
  'invalid',
  'precondition-required',
  'throttled',
  'headers-too-large',
  'internal',
  'unavailable',
])(
  '“%s” is the service’s own word even where a proxy changed its type; a word it does not have is not',
  async (code) => {
    const plain = (said: string) => build({ 'GET /users/u1': () => say({ code: said, title: 'No.' }, 418) })
    const own = await (await plain(code).connect()).users?.read('u1')
    expect(own).not.toMatchObject({ problem: { code: 'gateway' } })
    const foreign = await (await plain(`${code}s`).connect()).users?.read('u1')
    expect(foreign).toMatchObject({ problem: { code: 'gateway' } })
  },
)
