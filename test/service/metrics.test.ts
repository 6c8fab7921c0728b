import { expect, test } from 'vitest'
import { startService } from './support.ts'

test('Numbers about the service are for this machine, and from elsewhere for who administers it', async () => {
  await using service = await startService({ behindProxy: true })
  const elsewhere = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'http' }
  const ask = (token?: string, from: Readonly<Record<string, string>> = elsewhere) =>
    service.call('GET', '/metrics', undefined, {
      ...from,
      ...(token && { authorization: `Bearer ${token}` }),
    })
  expect((await ask()).status).toBe(401)
  await service.addUser('mia')
  await service.addUser('hal', { permissions: ['UserView'] })
  await service.addUser('ann', { role: 'admin' })
  const status = async (name: string) => (await ask((await service.signIn(name)).token)).status
  expect([await status('mia'), await status('hal'), await status('ann'), await status('owner')]).toEqual([
    403, 403, 200, 200,
  ])
  expect((await ask('cfs_nobody.nothing')).status).toBe(401)
  expect((await ask(undefined, {})).body).toContain('curfew_event_listeners')
  // A client can’t say of itself that it is this machine: the proxy’s word comes last.
  expect((await ask(undefined, { 'x-forwarded-for': '127.0.0.1, 192.0.2.7' })).status).toBe(401)
})

test('Over TLS that a proxy does, browsers are told to stay with it, and cookies are this host’s alone', async () => {
  await using service = await startService({ behindProxy: true })
  const behind = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https' }
  const secure = await service.call('GET', '/health/live', undefined, behind)
  expect(secure.headers.get('strict-transport-security')).toBe('max-age=31536000')
  const plain = await service.call('GET', '/health/live', undefined, {
    ...behind,
    'x-forwarded-proto': 'http',
  })
  expect(plain.headers.get('strict-transport-security')).toBeNull()
})
