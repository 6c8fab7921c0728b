import { expect, test } from 'vitest'
import type { ServicePolicy } from '../../domain/service-policy.ts'
import { openDatabases } from './databases.ts'
import { type Client, startService, type TestService } from './support.ts'

const day = 86_400
const off = { rememberMe: { enabled: false, maximumSeconds: 20 * day } } satisfies Partial<ServicePolicy>
const on = { rememberMe: { enabled: true, maximumSeconds: 20 * day } } satisfies Partial<ServicePolicy>

/** A service with an Owner who stays active and people who were remembered and have been idle for an hour. */
async function withRemembered(service: TestService): Promise<{ owner: Client; remembered: Client[] }> {
  await service.addUser('bea')
  await service.addUser('carl')
  const remembered = [
    await service.signIn('bea', { rememberMe: true }),
    await service.signIn('bea', { rememberMe: true }),
    await service.signIn('carl', { rememberMe: true }),
  ]
  service.pass(3_600)
  return { owner: await service.signIn('owner'), remembered }
}

const previewOf = (owner: Client, change: Partial<ServicePolicy>) =>
  owner
    .call('GET', 'security/policy')
    .then(({ body: { updatedAt: _, updatedBy: __, revision: ___, ...policy } }) =>
      owner.call('POST', 'security/policy/preview', { ...policy, ...change }),
    )

for (const { name, open } of openDatabases()) {
  test(`O2: switching remember-me off ends who was remembered and idle at once, as the preview said (${name})`, async () => {
    await using service = await startService({ open })
    const { owner, remembered } = await withRemembered(service)
    expect((await previewOf(owner, off)).body).toMatchObject({
      endsSessions: 3,
      endsUsers: 2,
      endsYours: false,
    })
    await service.setPolicy(owner, off)
    for (const session of remembered) expect((await session.call('GET', 'me')).body.reason).toBe('idle')
    expect((await owner.call('GET', 'sessions')).body.total).toBe(1)
    await service.service.sweep()
    for (const session of remembered) expect((await session.call('GET', 'me')).body.reason).toBe('idle')
  })

  test(`O2: who was remembered and is active goes on as an ordinary person, also when it is switched on again (${name})`, async () => {
    for (const swept of [true, false]) {
      await using service = await startService({ open })
      const { owner, remembered } = await withRemembered(service)
      const [active, gone] = remembered
      await active?.call('GET', 'me')
      await service.setPolicy(owner, off)
      expect((await active?.call('GET', 'me'))?.body.session).toMatchObject({
        remembered: false,
        endsBecause: 'idle',
      })
      if (swept) await service.service.sweep()
      await service.setPolicy(owner, on)
      expect((await active?.call('GET', 'me'))?.body.session).toMatchObject({ remembered: false })
      expect((await gone?.call('GET', 'me'))?.body.reason).toBe('idle')
      service.pass(1_200)
      expect((await active?.call('GET', 'me'))?.body.reason).toBe('idle')
    }
  })
}

test('B1: the preview counts one’s own session among those that lose remember-me', async () => {
  await using service = await startService()
  const { remembered } = await withRemembered(service)
  const owner = await service.signIn('owner', { rememberMe: true })
  service.pass(2_000)
  const passive = { 'session-activity': 'passive' }
  const { body: policy } = await owner.call('GET', 'security/policy', undefined, passive)
  const { updatedAt: _, updatedBy: __, revision: ___, ...rest } = policy
  const preview = await owner.call('POST', 'security/policy/preview', { ...rest, ...off }, passive)
  expect(preview.body).toMatchObject({ endsSessions: remembered.length + 1, endsYours: true })
})

test('K2: with the inactivity rule off, switching remember-me off ends nothing', async () => {
  await using service = await startService()
  const { owner, remembered } = await withRemembered(service)
  await service.setPolicy(owner, { idleTimeout: { enabled: false, seconds: 1_200 } })
  expect((await previewOf(owner, off)).body.endsSessions).toBe(0)
  await service.setPolicy(owner, off)
  expect((await remembered[0]?.call('GET', 'me'))?.status).toBe(200)
})
