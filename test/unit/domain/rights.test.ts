import { describe, expect, test } from 'vitest'
import { learnt, may, Right, type Rights } from '../../../domain/rights.ts'
import {
  holds,
  mayAdministerPolicy,
  mayRevokeOthers,
  mayViewUsers,
  nameOf,
  permissions,
  type Standing,
} from '../../../domain/user.ts'

const [system, edit, view] = ['AdministerSystem', 'UserEdit', 'UserView'] as const

/** Who, and what is theirs: the policy, a look at people, the sessions of others. Written by hand. */
const people: readonly (readonly [Standing, policy: boolean, look: boolean, revoke: boolean])[] = [
  [{ role: 'owner', permissions: [] }, true, true, true],
  [{ role: 'admin', permissions: [] }, true, true, true],
  [{ role: 'member', permissions: [] }, false, false, false],
  [{ role: 'member', permissions: [view] }, false, true, false],
  [{ role: 'member', permissions: [edit] }, false, true, true],
  [{ role: 'member', permissions: [system] }, false, true, true],
  [{ role: 'member', permissions: [view, edit] }, false, true, true],
  [{ role: 'member', permissions: [system, edit, view] }, false, true, true],
]

describe('what somebody may do on the session service', () => {
  test.each(people)(
    'K1, O4: %j: the policy %s, a look at people %s, others’ sessions %s',
    (who, ...wanted) => {
      expect([mayAdministerPolicy(who), mayViewUsers(who), mayRevokeOthers(who)]).toEqual(wanted)
    },
  )

  test('owners and admins hold every permission; a member those that were given, and no other', () => {
    expect([...permissions].sort()).toEqual([system, edit, view])
    for (const permission of permissions) {
      for (const role of ['owner', 'admin'] as const)
        expect(holds({ role, permissions: [] }, permission)).toBe(true)
      for (const given of permissions)
        expect(holds({ role: 'member', permissions: [given] }, permission)).toBe(given === permission)
    }
  })
})

describe('the rights of an account, whatever the server calls them', () => {
  const rights: Rights = { 'policy.read': 'held', 'users.view': 'assumed' }

  test('what is held or assumed may be tried, and nothing else', () => {
    for (const right of Right.options)
      expect([right, may({ rights }, right)]).toEqual([right, right in rights])
  })

  test('an assumed right that worked is held, one that was refused is gone; the others stay', () => {
    expect(learnt(rights, 'users.view', 'done')).toEqual({ 'policy.read': 'held', 'users.view': 'held' })
    expect(learnt(rights, 'users.view', 'refused')).toEqual({ 'policy.read': 'held' })
  })

  test('what the server has told of is not unlearnt by one refusal, nor learnt by one success', () => {
    for (const attempt of ['done', 'refused'] as const) {
      expect(learnt(rights, 'policy.read', attempt)).toEqual(rights)
      expect(learnt(rights, 'config.write', attempt)).toEqual(rights)
    }
  })
})

test('somebody is called by the display name, and by the user name where there is none', () => {
  expect(nameOf({ displayName: 'Ann Lee', username: 'ann' })).toBe('Ann Lee')
  expect(nameOf({ displayName: '', username: 'ann' })).toBe('ann')
})
