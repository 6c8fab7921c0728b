import { describe, expect, test } from 'vitest'
import type { ConnectionState, InstanceState, Me } from '../../../../domain/instance.ts'
import { fail, succeed } from '../../../../domain/problem.ts'
import type { Right } from '../../../../domain/rights.ts'
import { createSystemConfig } from '../../../../main/administration/config.ts'
import { createPeople } from '../../../../main/administration/people.ts'
import { createPolicies } from '../../../../main/administration/policies.ts'
import { createRevokeUsers } from '../../../../main/administration/revoke-users.ts'
import type { ConfigAccess, Connection, Revoke } from '../../../../main/connectors/connector.ts'
import type { Connections } from '../../../../main/instances/connections.ts'
import type { NewItem } from '../../../../main/jobs/jobs.ts'
import { readingOf } from '../../../support/policies.ts'

const instance = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const jobId = '5d1c7e34-31a7-4a8e-9d37-0d4d5b1e7c22'
const known = {
  name: 'Production',
  colour: 'red',
  environment: '',
  baseUrl: 'https://sessions.example.com',
  connector: 'session-service',
  builtIn: false,
  username: 'ann',
} as const
const unsupported = fail({ code: 'unsupported', message: 'This server does not support this.' })

const meAs = (userId: string): Me => ({
  userId,
  username: 'ann',
  displayName: 'Ann',
  role: 'Owner',
  rights: {},
})
const connectedAs = (userId: string): ConnectionState => ({
  status: 'connected',
  since: '2026-01-01T00:00:00Z',
  serverName: 'Test',
  serverVersion: '1',
  me: meAs(userId),
  capabilities: [],
  userRoles: [],
})

/** The use cases over one connection that has only the parts the test gives it. */
function build(
  parts: Pick<Connection, 'policy' | 'config' | 'users' | 'sessions'>,
  others: readonly InstanceState[] = [],
) {
  const asked: (Right | undefined)[] = []
  const started: (readonly NewItem[])[] = []
  const orders: unknown[] = []
  const connection: Connection = {
    server: { name: 'Test', version: '1' },
    me: meAs('u1'),
    ...parts,
    check: async () => succeed(undefined),
    close: async () => {},
  }
  const connections: Pick<Connections, 'use' | 'states'> = {
    use: (_, work, right) => {
      asked.push(right)
      return work(connection)
    },
    states: () => [
      ...others,
      {
        instance: { ...known, id: instance },
        connection: connectedAs('u1'),
      },
    ],
  }
  const start = (given: unknown, items: readonly NewItem[]) => {
    orders.push(given)
    started.push(items)
    return succeed(jobId)
  }
  return {
    asked,
    started,
    orders,
    policies: createPolicies(connections),
    systemConfig: createSystemConfig(connections, () => new Date('2026-01-01T00:00:00Z')),
    people: createPeople({ connections, jobs: { start }, confirmMany: async () => succeed(undefined) }),
    revokeUsers: createRevokeUsers(connections),
  }
}

const flag = { type: 'Flags', key: 'beta', value: 'on' }
/** System Config of a server that can do only what the test says. */
const configThat = (parts: Partial<ConfigAccess>): ConfigAccess => ({
  read: async () => unsupported,
  add: async () => unsupported,
  replace: async () => unsupported,
  remove: async () => unsupported,
  ...parts,
})

const options = { reason: 'Left', includeOwn: true }
const order = { kind: 'revoke-users', instance, ...options } as const

describe('the use cases', () => {
  test('answer “not supported” for a part, or a function of it, that the server lacks', async () => {
    const nothing = build({})
    expect(await nothing.policies.read(instance)).toEqual(unsupported)
    expect(await nothing.people.sessionsOf(instance, 'u1')).toEqual(unsupported)
    const some = build({
      policy: {
        read: async () => succeed(readingOf({})),
        write: async () => succeed({ outcome: 'written', reading: readingOf({}) }),
      },
      sessions: { revoke: {} },
    })
    expect(await some.policies.read(instance)).toEqual(succeed(readingOf({})))
    expect(await some.policies.preview(instance, {}, '"1"')).toEqual(unsupported)
    expect(await some.people.revokeSessions(instance, ['s1'], options)).toEqual(unsupported)
    expect(await some.revokeUsers(order, ['u1'])).toEqual(unsupported)
  })

  test('O4: revoke what was named, people or sessions, with the reason', async () => {
    const revoked: unknown[] = []
    const record =
      (what: string): Revoke =>
      async (ids, given) => {
        revoked.push([what, ids, given])
        return succeed({ results: [] })
      }
    const { people, revokeUsers } = build({
      sessions: { revoke: { users: record('users'), sessions: record('sessions') } },
    })
    await revokeUsers(order, ['u1'])
    await people.revokeSessions(instance, ['s1', 's2'], options)
    expect(revoked).toEqual([
      ['users', ['u1'], options],
      ['sessions', ['s1', 's2'], options],
    ])
  })

  test('O4: tell for each person what became of their sessions', async () => {
    const { revokeUsers } = build({
      sessions: {
        revoke: {
          users: async () =>
            succeed({
              results: [
                { id: 'a', outcome: 'revoked', revoked: 2 },
                { id: 'b', outcome: 'revoked', revoked: 0 },
                { id: 'c', outcome: 'gone', revoked: 0 },
                { id: 'd', outcome: 'forbidden', revoked: 0 },
              ],
            }),
        },
      },
    })
    const outcomes = await revokeUsers(order, ['a', 'b', 'c', 'd'])
    expect(outcomes.ok && [...outcomes.value.values()]).toEqual([
      { what: 'revoked', sessions: 2 },
      { what: 'had-no-session' },
      { what: 'gone' },
      { what: 'forbidden' },
    ])
  })

  test('O4: Curfew’s own account comes last, since nothing can be sent once its session has ended', async () => {
    const { people, started } = build({})
    const users = ['u1', 'u2', 'u3'].map((id) => ({ id, name: id }))
    await people.revokeUsers({ instance, ...options }, users)
    expect(started[0]?.map(({ id }) => id)).toEqual(['u2', 'u3', 'u1'])
  })

  test('O4: a job is told what to do, and on which instance; who Curfew is elsewhere does not matter', async () => {
    const elsewhere = { ...known, id: jobId }
    const { people, started, orders } = build({}, [
      {
        instance: { ...elsewhere, id: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c12' },
        connection: { status: 'connecting' },
      },
      { instance: elsewhere, connection: connectedAs('u2') },
    ])
    const users = ['u1', 'u2', 'u3'].map((id) => ({ id, name: id }))
    await people.revokeUsers({ instance, ...options }, users)
    await people.revokeUsers({ instance: jobId, ...options }, users)
    await people.revokeUsers({ instance: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c12', ...options }, users)
    await people.revokeUsers({ instance: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c13', ...options }, users)
    expect(orders.slice(0, 2)).toEqual([order, { ...order, instance: jobId }])
    expect(started.map((items) => items.map(({ id }) => id).join())).toEqual([
      'u2,u3,u1',
      'u1,u3,u2',
      // Where it is not known who Curfew is, the order is that of the window.
      'u1,u2,u3',
      'u1,u2,u3',
    ])
  })

  test('hand on what was asked, and answer what the server said', async () => {
    const heard: unknown[] = []
    const hear =
      <T>(what: string, value: T) =>
      async (...given: unknown[]) => {
        heard.push([what, ...given])
        return succeed(value)
      }
    const user = { id: 'u1' } as never
    const page = { items: [], nextCursor: null, total: 0 }
    const preview = {
      endsSessions: 1,
      endsUsers: 1,
      endsYours: false,
      byKind: { web: 1, token: 0, kubernetes: 0 },
    }
    const written = { outcome: 'written', reading: readingOf({}) } as const
    const { people, policies } = build({
      policy: {
        read: hear('read', readingOf({})),
        preview: hear('preview', preview),
        write: hear('write', written),
      },
      users: { roles: [], list: hear('list', page), read: hear('user', user) },
      sessions: { ofUser: hear('sessions', { ...page, serverTime: '' }), revoke: {} },
    })
    const query = { search: 'ann', active: true, limit: 7 }
    const change = { inactivity: { on: true, seconds: 60 } }
    expect(await people.list(instance, query)).toEqual(succeed(page))
    expect(await people.read(instance, 'u1')).toEqual(succeed(user))
    expect(await people.sessionsOf(instance, 'u1')).toEqual(succeed({ ...page, serverTime: '' }))
    expect(await policies.preview(instance, change, '7')).toEqual(succeed(preview))
    expect(await policies.write(instance, change, '7')).toEqual(succeed(written))
    expect(heard).toEqual([
      ['list', query],
      ['user', 'u1'],
      ['sessions', 'u1'],
      ['preview', change, '7'],
      ['write', change, '7'],
    ])
  })

  test('hand on what a server refused, as it said it', async () => {
    const refusal = fail({ code: 'refused', message: 'Not for you.' })
    const { people, revokeUsers } = build({
      users: { roles: [], list: async () => refusal, read: async () => refusal },
      sessions: { revoke: { users: async () => refusal } },
    })
    expect(await people.read(instance, 'u1')).toEqual(refusal)
    expect(await revokeUsers(order, ['u1'])).toEqual(refusal)
    expect(await people.sessionsOf(instance, 'u1')).toEqual(unsupported)
  })

  test('K1, O4: say for each call which right it takes', async () => {
    const { asked, policies, systemConfig, people, revokeUsers } = build({})
    await policies.read(instance)
    await policies.preview(instance, {}, '"1"')
    await policies.write(instance, {}, '"1"')
    await systemConfig.read(instance)
    await systemConfig.reveal(instance, 'e1')
    await systemConfig.preview(instance, flag)
    await systemConfig.add(instance, flag)
    await systemConfig.replace(instance, 'e1', '1', flag)
    await systemConfig.remove(instance, 'e1', '1')
    await people.list(instance, { search: '', active: false, limit: 1 })
    await people.read(instance, 'u1')
    await people.sessionsOf(instance, 'u1')
    await people.revokeSessions(instance, ['s1'], options)
    await revokeUsers(order, ['u1'])
    expect(asked).toEqual([
      'policy.read',
      'policy.read',
      'policy.write',
      'config.read',
      'config.read',
      'config.read',
      'config.write',
      'config.write',
      'config.write',
      'users.view',
      'users.view',
      'users.view',
      'sessions.revoke',
      'sessions.revoke',
    ])
  })
})

describe('D1: System Config', () => {
  const row = { id: 'e1', revision: '1', updatedAt: '2026-01-01T00:00:00Z', updatedBy: 'ann' }
  const registry = { ...row, id: 'e2', type: 'DockerRegistryCreds', key: 'main', value: '{"auth":"b3c="}' }
  const plain = { ...row, ...flag }
  const stored = { types: ['Flags'], keys: [], entries: [plain, registry] }

  test('is listed without what may be a secret, which is answered one by one', async () => {
    const { systemConfig } = build({ config: configThat({ read: async () => succeed(stored) }) })
    const { value } = registry
    expect(await systemConfig.read(instance)).toEqual(
      succeed({
        ...stored,
        entries: [plain, { ...registry, value: null }],
        asOf: '2026-01-01T00:00:00.000Z',
      }),
    )
    expect(await systemConfig.reveal(instance, 'e2')).toEqual(succeed(value))
    expect(await systemConfig.reveal(instance, 'e3')).toMatchObject({ problem: { code: 'not-found' } })
  })

  test('answers no secret to a write either, whatever came of it', async () => {
    for (const outcome of ['written', 'conflict', 'exists'] as const) {
      const write = async () => succeed({ outcome, entry: registry })
      const { systemConfig } = build({ config: configThat({ add: write, replace: write }) })
      const hidden = succeed({ outcome, entry: { ...registry, value: null } })
      expect(await systemConfig.add(instance, flag)).toEqual(hidden)
      expect(await systemConfig.replace(instance, 'e2', '1', flag)).toEqual(hidden)
    }
    const remove = async () => succeed({ outcome: 'conflict', entry: registry } as const)
    const { systemConfig } = build({ config: configThat({ remove }) })
    expect(await systemConfig.remove(instance, 'e2', '1')).toEqual(
      succeed({ outcome: 'conflict', entry: { ...registry, value: null } }),
    )
  })

  test('hands on that a row is gone, and every refusal', async () => {
    const refusal = fail({ code: 'refused', message: 'Not for you.' })
    const { systemConfig } = build({
      config: configThat({ read: async () => refusal, replace: async () => succeed({ outcome: 'gone' }) }),
    })
    expect(await systemConfig.replace(instance, 'e1', '1', flag)).toEqual(succeed({ outcome: 'gone' }))
    expect(await systemConfig.add(instance, flag)).toEqual(unsupported)
    expect(await systemConfig.read(instance)).toEqual(refusal)
    expect(await systemConfig.reveal(instance, 'e1')).toEqual(refusal)
    expect(await systemConfig.preview(instance, flag)).toEqual(unsupported)
  })
})
