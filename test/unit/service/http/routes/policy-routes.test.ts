import { describe, expect, test } from 'vitest'
import { policyRoutes } from '../../../../../service/http/routes/policy-routes.ts'
import { start } from '../../store/world.ts'
import { openRoutes } from './open-routes.ts'

const at = (seconds: number) => new Date(start + seconds * 1000).toISOString()
const fresh = {
  idleTimeout: { enabled: true, seconds: 1_200 },
  idleAppliesToRemembered: false,
  rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
}
const wanted = {
  idleTimeout: { enabled: true, seconds: 600 },
  idleAppliesToRemembered: true,
  rememberMe: { enabled: false, maximumSeconds: 86_400 },
}
const path = 'security/policy'

test('The policy is read with its version and who changed it last', async () => {
  const { ask, join } = await openRoutes(policyRoutes)
  const { token } = await join('anna', { role: 'admin' })
  const { status, body, headers } = await ask('GET', path, { as: token })
  expect([status, headers['etag']]).toEqual([200, `"${body.revision}"`])
  expect(body).toEqual({
    ...fresh,
    revision: expect.any(String),
    updatedAt: expect.any(String),
    updatedBy: expect.any(String),
  })
})

test('The policy is replaced by who has read it, and by nobody who has not', async () => {
  const { ask, join, told, pass, limits } = await openRoutes(policyRoutes)
  const { token: as } = await join('anna', { role: 'owner' })
  const { revision } = (await ask('GET', path, { as })).body
  await told()
  pass(5)
  const { status, body, headers } = await ask('PUT', path, {
    as,
    body: wanted,
    headers: { 'if-match': revision },
  })
  expect(status).toBe(200)
  expect(body).toEqual({ ...wanted, revision: expect.any(String), updatedAt: at(5), updatedBy: 'anna' })
  expect(body.revision).not.toBe(revision)
  expect(headers['etag']).toBe(`"${body.revision}"`)
  expect(limits.current().policy).toEqual(wanted)
  expect(await told()).toEqual({
    audit: [{ actor: 'anna', action: 'policy.change', target: 'policy', before: fresh, after: wanted }],
    events: [{ type: 'policy-changed', data: { etag: headers['etag'], by: 'anna' } }],
  })
  expect((await ask('GET', path, { as })).body).toEqual(body)
  const late = await ask('PUT', path, { as, body: fresh, headers: { 'if-match': `"${revision}"` } })
  expect(late).toMatchObject({
    status: 412,
    headers: { etag: headers['etag'] },
    body: { code: 'conflict', detail: 'The policy has been changed since you read it.', current: body },
  })
  expect(await ask('PUT', path, { as, body: fresh })).toMatchObject({
    status: 428,
    body: { code: 'precondition-required' },
  })
  expect(limits.current().policy).toEqual(wanted)
})

test('What a policy would end now is counted, and nothing ends (B1)', async () => {
  const { ask, join, startSession, pass, sessions, told } = await openRoutes(policyRoutes)
  const anna = await join('anna', { role: 'admin' })
  const bob = await join('bob')
  await startSession(bob.user, 'web', { remembered: true })
  await startSession(bob.user, 'token', { scopes: ['read'] })
  pass(700)
  await told()
  const preview = async (body: object, as = anna.token) =>
    await ask('POST', `${path}/preview`, { as, body, headers: { 'session-activity': 'passive' } })
  expect(await preview(fresh)).toMatchObject({
    status: 200,
    body: { endsSessions: 0, endsUsers: 0, endsYours: false, byKind: { web: 0, token: 0, kubernetes: 0 } },
  })
  expect((await preview(wanted)).body).toEqual({
    endsSessions: 3,
    endsUsers: 2,
    endsYours: true,
    byKind: { web: 3, token: 0, kubernetes: 0 },
  })
  expect(await sessions.validate(bob.token)).toMatchObject({ state: 'running' })
  expect(await told()).toEqual({ audit: [], events: [] })
})

describe('A policy out of bounds is refused, also in a preview', () => {
  test.each([
    [{ idleTimeout: { enabled: true, seconds: 59 } }, 'idleTimeout.seconds', 'too-short'],
    [{ idleTimeout: { enabled: true, seconds: 2_592_001 } }, 'idleTimeout.seconds', 'too-long'],
    [{ rememberMe: { enabled: true, maximumSeconds: 299 } }, 'rememberMe.maximumSeconds', 'too-short'],
    [{ rememberMe: { enabled: true, maximumSeconds: 600 } }, 'rememberMe.maximumSeconds', 'below-idle'],
    [{ idleTimeout: { enabled: true, seconds: 60.5 } }, 'idleTimeout.seconds', 'wrong-type'],
    [{ idleAppliesToRemembered: undefined }, 'idleAppliesToRemembered', 'required'],
    [{ more: 1 }, 'more', 'unknown'],
  ])('%j', async (more, field, code) => {
    const { ask, join, limits } = await openRoutes(policyRoutes)
    const { token: as } = await join('anna', { role: 'owner' })
    const { revision } = (await ask('GET', path, { as })).body
    const body = { ...fresh, ...more }
    const put = await ask('PUT', path, { as, body, headers: { 'if-match': revision } })
    const preview = await ask('POST', `${path}/preview`, { as, body })
    for (const answer of [put, preview]) {
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid', errors: [{ field, code }] } })
      expect(answer.body.detail).toContain(answer.body.errors[0].message)
    }
    expect(limits.current().policy).toEqual(fresh)
  })
})

test('K1: the policy is for Owners and Admins, and for tokens that are made for it', async () => {
  const { ask, join, tokenOf } = await openRoutes(policyRoutes)
  const bob = await join('bob', { permissions: ['UserEdit'] })
  for (const [method, where] of [
    ['GET', path],
    ['PUT', path],
    ['POST', `${path}/preview`],
  ] as const)
    expect(
      await ask(method, where, { as: bob.token, body: method === 'GET' ? undefined : fresh }),
    ).toMatchObject({
      status: 403,
      body: { permission: 'Owner or Admin' },
    })
  const { user } = await join('anna', { role: 'admin' })
  const read = (await tokenOf(user, 'read')).token
  expect((await ask('POST', `${path}/preview`, { as: read, body: fresh })).status).toBe(200)
  expect((await ask('PUT', path, { as: read, body: fresh })).body).toMatchObject({
    permission: 'scope policy',
  })
})
