import { describe, expect, test } from 'vitest'
import { succeed } from '../../../../domain/problem.ts'
import type { Right } from '../../../../domain/rights.ts'
import type { Connection, Revoke } from '../../../../main/connectors/connector.ts'
import { createPolicyHandlers } from '../../../../main/ipc/handlers/policy.ts'
import { createUsersHandlers } from '../../../../main/ipc/handlers/users.ts'
import { contract } from '../../../../preload/contract/index.ts'
import { readingOf } from '../../../support/policies.ts'

const instance = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const unsupported = { ok: false, problem: { code: 'unsupported' } }

/** The handlers over one connection that has only the parts the test gives it. */
function build(parts: Pick<Connection, 'policy' | 'users' | 'sessions'>) {
  const asked: (Right | undefined)[] = []
  const connection: Connection = {
    server: { name: 'Test', version: '1' },
    me: { userId: 'u1', username: 'ann', displayName: 'Ann', role: 'Owner', rights: {} },
    ...parts,
    check: async () => succeed(undefined),
    close: async () => {},
  }
  const connections: Parameters<typeof createPolicyHandlers>[0]['connections'] = {
    use: (_, work, right) => {
      asked.push(right)
      return work(connection)
    },
  }
  return { asked, policy: createPolicyHandlers({ connections }), users: createUsersHandlers({ connections }) }
}

describe('the handlers', () => {
  test('answer “not supported” for a part, or a function of it, that the server lacks', async () => {
    const nothing = build({})
    expect(await nothing.policy['policy.read']({ instance })).toMatchObject(unsupported)
    expect(await nothing.users['users.sessions']({ instance, user: 'u1' })).toMatchObject(unsupported)
    const some = build({
      policy: {
        read: async () => succeed(readingOf({})),
        write: async () => succeed({ outcome: 'written', reading: readingOf({}) }),
      },
      sessions: { revoke: {} },
    })
    expect(await some.policy['policy.read']({ instance })).toEqual(succeed(readingOf({})))
    expect(await some.policy['policy.preview']({ instance, basis: '"1"', change: {} })).toMatchObject(
      unsupported,
    )
    const options = { reason: '', includeOwn: false }
    expect(
      await some.users['sessions.revoke']({ instance, what: 'users', ids: ['u1'], ...options }),
    ).toMatchObject(unsupported)
  })

  test('O4: revoke what was named, people or sessions, with the reason', async () => {
    const revoked: unknown[] = []
    const record =
      (what: string): Revoke =>
      async (ids, options) => {
        revoked.push([what, ids, options])
        return succeed({ results: [] })
      }
    const { users } = build({
      sessions: { revoke: { users: record('users'), sessions: record('sessions') } },
    })
    const options = { reason: 'Left', includeOwn: true }
    await users['sessions.revoke']({ instance, what: 'users', ids: ['u1'], ...options })
    await users['sessions.revoke']({ instance, what: 'sessions', ids: ['s1', 's2'], ...options })
    expect(revoked).toEqual([
      ['users', ['u1'], options],
      ['sessions', ['s1', 's2'], options],
    ])
  })

  test('O4: a revocation names people or sessions, and at least one', () => {
    const parse = (input: object) => contract['sessions.revoke'].in.safeParse({ instance, ...input }).success
    expect(parse({ what: 'users', ids: ['u1'] })).toBe(true)
    expect(parse({ what: 'users', ids: [] })).toBe(false)
    expect(parse({ ids: ['u1'] })).toBe(false)
    expect(parse({ what: 'users', ids: ['u1'], sessionIds: ['s1'] })).toBe(false)
  })

  test('K1, O4: say for each call which right it takes', async () => {
    const { asked, policy, users } = build({})
    const change = { instance, basis: '"1"', change: {} }
    await policy['policy.read']({ instance })
    await policy['policy.preview'](change)
    await policy['policy.write'](change)
    await users['users.list']({ instance, query: { search: '', active: false, limit: 1 } })
    await users['sessions.revoke']({ instance, what: 'users', ids: ['u1'], reason: '', includeOwn: false })
    expect(asked).toEqual(['policy.read', 'policy.read', 'policy.write', 'users.view', 'sessions.revoke'])
  })
})
