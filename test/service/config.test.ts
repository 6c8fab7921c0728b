import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { password, startService } from './support.ts'

const tokenKey = { type: 'AppConfig', key: 'AuthorizationTokenSessionDuration' }
const kubernetesKey = { type: 'AppConfig', key: 'MaximumK8sSessionDuration' }
const minute = 60

test('D1: entries are added, changed and removed, and unknown types and keys are kept as they are', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const catalogue = await owner.call('GET', 'config/catalogue')
  expect(catalogue.body.types).toEqual(['AppConfig', 'Flags', 'TenantConfig', 'DockerRegistryCreds'])
  expect(catalogue.body.keys[0]).toMatchObject({
    ...tokenKey,
    unit: 'minutes',
    min: 1,
    max: 43_200,
    default: 60,
  })

  const added = await owner.call('POST', 'config/entries', { type: 'Ours', key: 'Colour', value: '{"a": 1}' })
  expect([added.status, added.headers.get('etag')]).toEqual([201, '"1"'])
  const again = await owner.call('POST', 'config/entries', { type: 'Ours', key: 'Colour', value: 'x' })
  expect([again.status, again.body.code, again.body.current.value]).toEqual([409, 'exists', '{"a": 1}'])

  const path = `config/entries/${added.body.id}`
  const change = { type: 'Ours', key: 'Colour', value: 'blue' }
  expect((await owner.call('PUT', path, change)).body.code).toBe('precondition-required')
  const changed = await owner.call('PUT', path, change, { 'if-match': '"1"' })
  expect([changed.status, changed.body.value, changed.headers.get('etag')]).toEqual([200, 'blue', '"2"'])
  const stale = await owner.call('PUT', path, { ...change, value: 'red' }, { 'if-match': '"1"' })
  expect([stale.status, stale.body.current.value]).toEqual([412, 'blue'])
  expect((await owner.call('DELETE', path, undefined, { 'if-match': '"1"' })).status).toBe(412)
  expect((await owner.call('DELETE', path, undefined, { 'if-match': '"2"' })).status).toBe(204)
  expect((await owner.call('DELETE', path, undefined, { 'if-match': '"2"' })).status).toBe(404)
  expect((await owner.call('GET', 'config/entries')).body).toMatchObject({ items: [], total: 0 })
})

test('D2: an authorization token works for 60 minutes, whatever its activity, and then no longer', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const made = await owner.call('POST', 'tokens', { name: 'nightly' })
  expect(made.body.session).toMatchObject({ kind: 'token', client: 'nightly', endsBecause: 'expired' })
  const bearer = { authorization: `Bearer ${made.body.token}` }
  service.pass(59 * minute)
  expect((await service.call('GET', 'me', undefined, bearer)).status).toBe(200)
  service.pass(minute)
  const reply = await service.call('GET', 'me', undefined, bearer)
  expect([reply.status, reply.body.reason]).toEqual([401, 'expired'])
})

test('D2: the stored duration governs tokens already issued, at once, and revives none', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner', { rememberMe: true })
  const issue = async () => {
    await owner.call('POST', 'me/confirm', { password })
    return (await owner.call('POST', 'tokens', { name: 'x' })).body.token as string
  }
  const status = async (token: string) =>
    (await service.call('GET', 'me', undefined, { authorization: `Bearer ${token}` })).status
  const first = await issue()
  const entry = await owner.call('POST', 'config/entries', { ...tokenKey, value: '120' })
  service.pass(119 * minute)
  expect(await status(first)).toBe(200)
  const second = await issue()
  const preview = await owner.call('POST', 'config/preview', { ...tokenKey, value: '30' })
  expect(preview.body).toEqual({
    endsSessions: 1,
    endsUsers: 1,
    endsYours: false,
    byKind: { web: 0, token: 1, kubernetes: 0 },
  })
  const path = `config/entries/${entry.body.id}`
  await owner.call('PUT', path, { ...tokenKey, value: '30' }, { 'if-match': '"1"' })
  expect([await status(first), await status(second)]).toEqual([401, 200])
  await owner.call('PUT', path, { ...tokenKey, value: '43200' }, { 'if-match': '"2"' })
  expect([await status(first), await status(second)]).toEqual([401, 200])
  // Without the entry the default of 60 minutes is back.
  await owner.call('DELETE', path, undefined, { 'if-match': '"3"' })
  service.pass(60 * minute)
  expect(await status(second)).toBe(401)
})

test('D2: a known key takes whole minutes within its bounds only', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  for (const value of ['0', '43201', '1.5', 'soon', '']) {
    const reply = await owner.call('POST', 'config/entries', { ...tokenKey, value })
    expect([reply.status, reply.body.errors[0]]).toEqual([
      422,
      expect.objectContaining({ field: 'value', min: 1, max: 43_200 }),
    ])
  }
})

test('D2: a revoked token can do nothing, and no token can make another', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const made = await owner.call('POST', 'tokens', { name: 'x' })
  const bearer = { authorization: `Bearer ${made.body.token}` }
  expect((await service.call('POST', 'tokens', { name: 'y' }, bearer)).status).toBe(403)
  await owner.call('DELETE', `me/sessions/${made.body.session.id}`)
  expect((await service.call('GET', 'me', undefined, bearer)).body.reason).toBe('revoked')
})

test('D3: a Kubernetes credential is a signed token that verifies against the published keys', async () => {
  await using service = await startService({ at: Date.now() })
  await service.addUser('anna', { role: 'admin' })
  const anna = await service.signIn('anna')
  const made = await anna.call('POST', 'kubernetes/credential')
  expect(made.status).toBe(201)
  expect(made.body).toMatchObject({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' })
  const discovery = await service.call('GET', '/.well-known/openid-configuration')
  expect(discovery.body.issuer).toBe(service.origin)
  const keys = await (await fetch(discovery.body.jwks_uri)).json()
  expect(JSON.stringify(keys)).not.toContain('"d"')
  const { payload } = await jwtVerify(made.body.status.token, createLocalJWKSet(keys), {
    issuer: service.origin,
    audience: 'kubernetes',
  })
  expect(payload).toMatchObject({ sub: anna.user.id, preferred_username: 'anna' })
  expect(payload['groups']).toContain('curfew:role:admin')
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3_600)
})

test('D3: a Kubernetes session must be re-authenticated after its duration, also when that is shortened', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner', { rememberMe: true })
  const issue = async () => {
    await owner.call('POST', 'me/confirm', { password })
    return (await owner.call('POST', 'kubernetes/credential')).body.status.token as string
  }
  const verify = async (token: string) =>
    (await service.call('GET', 'kubernetes/verify', undefined, { authorization: `Bearer ${token}` })).body
  const first = await issue()
  expect(await verify(first)).toMatchObject({ active: true, username: 'owner' })
  service.pass(59 * minute)
  expect(await verify(first)).toMatchObject({ active: true })
  service.pass(minute)
  expect(await verify(first)).toEqual({ active: false, reason: 'expired' })

  const second = await issue()
  service.pass(10 * minute)
  await owner.call('POST', 'config/entries', { ...kubernetesKey, value: '10' })
  expect(await verify(second)).toEqual({ active: false, reason: 'expired' })
  const third = await issue()
  const claims = decodeJwt(third)
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(600)
  await owner.call('DELETE', 'me/sessions?keep=current')
  expect(await verify(third)).toEqual({ active: false, reason: 'revoked' })
  expect(await verify(`${third.slice(0, -6)}AAAAAA`)).toEqual({ active: false, reason: 'invalid' })
  expect(await verify(owner.token)).toEqual({ active: false, reason: 'invalid' })
})

test('O5: a Kubernetes session’s id, which is no secret, opens nothing', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const { token } = (await owner.call('POST', 'kubernetes/credential')).body.status
  for (const bearer of [token, String(decodeJwt(token)['sid']), owner.sessionId])
    expect(
      (await service.call('GET', 'me', undefined, { authorization: `Bearer ${bearer}` })).body.code,
    ).toBe('not-signed-in')
})
