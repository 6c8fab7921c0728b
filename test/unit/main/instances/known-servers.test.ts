import { describe, expect, test } from 'vitest'
import type { Instance } from '../../../../domain/instance.ts'
import { sessionService } from '../../../../main/connectors/session-service/session-service.ts'
import { createConnections } from '../../../../main/instances/connections.ts'
import { accessWithPassword } from '../../../support/access.ts'
import { sampleInstance as older } from '../../../support/sample-instance.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const { id } = older
const user = {
  id: 'u1',
  username: 'ann',
  displayName: 'Ann',
  email: '',
  role: 'owner',
  permissions: [],
  disabled: false,
}

/** Curfew with one instance, and whichever server answers at its address just now. */
function build(instance: Instance, serverId: string | undefined) {
  let stored = instance
  let answering = serverId
  const asked: string[] = []
  const registry = {
    list: () => [stored],
    get: () => stored,
    put: async (next: Instance) => {
      stored = next
    },
    remove: async () => {},
    clear: async () => {},
  }
  const access = {
    registry,
    connectorOf: () => sessionService,
    fetch: async (url: string) => {
      asked.push(new URL(url).pathname.replace('/api/v1', ''))
      if (url.endsWith('/sign-in')) return Response.json({ token: 'token', user }, { status: 201 })
      return Response.json({
        name: 'Test',
        version: '1',
        capabilities: [],
        ...(answering && { instanceId: answering }),
      })
    },
  }
  const connections = createConnections({
    registry,
    access: accessWithPassword(access, 'x'),
    after: createVirtualTime().after,
    now: () => new Date(0),
  })
  const period = new AbortController().signal
  connections.open(period)
  return {
    connections,
    period,
    asked,
    stored: () => stored,
    state: () => connections.states()[0]?.connection,
    answerAs(next: string | undefined) {
      answering = next
      asked.length = 0
    },
  }
}

describe('an instance and its server', () => {
  test.each(['server-2', undefined])(
    'C1: another server (%s) at the address gets no password and is reported; the right one is taken back',
    async (other) => {
      const world = build({ ...older, serverId: 'server-1' }, other)
      await expect.poll(() => world.state()?.status).toBe('sign-in-needed')
      expect(world.state()).toMatchObject({
        why: 'another-server',
        detail: expect.stringMatching(
          /Another server answers at sessions\.example\.com.*sent it no password/,
        ),
      })
      expect(world.asked).toEqual(['/server'])
      world.answerAs('server-1')
      expect(await world.connections.reconnect(id)).toMatchObject({ ok: true })
      expect(world.state()?.status).toBe('connected')
    },
  )

  test('C1: what was typed goes to the server that it was meant for, and to no other', async () => {
    const world = build({ ...older, serverId: 'server-1' }, 'server-2')
    const signIn = { credential: { kind: 'password', account: 'ann', secret: 'typed' } } as const
    await expect.poll(() => world.state()?.status).toBe('sign-in-needed')
    world.answerAs('server-2')
    expect(await world.connections.signIn(world.stored(), signIn, world.period)).toMatchObject({
      problem: { code: 'another-server' },
    })
    expect(world.asked).toEqual(['/server'])
    expect(
      await world.connections.signIn({ ...older, serverId: 'server-2' }, signIn, world.period),
    ).toMatchObject({
      ok: true,
    })
  })
})
