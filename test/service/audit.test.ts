import { expect, test } from 'vitest'
import { password, startService } from './support.ts'

test('B6: the audit trail says who did what, to whom, before and after, and why', async () => {
  await using service = await startService()
  const bea = await service.addUser('bea')
  await service.signIn('bea')
  const owner = await service.signIn('owner')
  await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 3_600 } })
  await owner.call('DELETE', `users/${bea.id}/sessions?reason=left%20the%20company`)
  await service.call('POST', 'sign-in', { username: 'bea', password: 'wrong' })
  const all = await owner.call('GET', 'audit?limit=500')
  expect(all.body.intact).toBe(true)
  const of = (action: string) => all.body.items.find((record: { action: string }) => record.action === action)
  expect(of('session.sign-in')).toMatchObject({ actor: 'bea', outcome: 'refused', actorId: bea.id })
  expect(of('session.revoke')).toMatchObject({
    actor: 'owner',
    target: `user:${bea.id}`,
    reason: 'left the company',
    outcome: 'done',
  })
  const change = of('policy.change')
  expect(JSON.parse(change.before).idleTimeout.seconds).toBe(1_200)
  expect(JSON.parse(change.after).idleTimeout.seconds).toBe(3_600)
  expect(JSON.stringify(all.body)).not.toContain(password)
  expect((await owner.call('GET', 'audit?actor=bea')).body.total).toBe(2)
  expect((await owner.call('GET', 'audit?action=policy.change')).body.total).toBe(1)
  service.pass(60)
  const from = new Date(service.now()).toISOString()
  expect((await owner.call('GET', `audit?from=${from}`)).body.total).toBe(0)
  expect((await owner.call('GET', `audit?from=yesterday`)).status).toBe(422)
})

test('Metrics count answers by route and sessions by kind, and name nobody', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  await owner.call('GET', 'me')
  await owner.call('GET', `users/${owner.user.id}`)
  const { body } = await service.call('GET', '/metrics')
  expect(body).toContain('curfew_sessions{kind="web"} 1\n')
  expect(body).toContain('curfew_requests_total{method="GET",route="/api/v1/users/{id}",status="200"} 1\n')
  expect(body).not.toContain(owner.user.id)
})

test('Health: live and ready answer, and ready says so when the service is stopping', async () => {
  const service = await startService()
  expect((await service.call('GET', '/health/live')).body).toEqual({ status: 'ok' })
  expect((await service.call('GET', '/health/ready')).body).toEqual({ status: 'ok', audit: 'intact' })
  await service[Symbol.asyncDispose]()
})
