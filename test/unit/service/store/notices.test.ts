import { describe, expect, test } from 'vitest'
import type { AuditTable } from '../../../../service/database/tables.ts'
import { listNotices, noticesOf } from '../../../../service/store/notices.ts'
import { openWorld, start } from './world.ts'

const record = (values: Partial<AuditTable>): AuditTable => ({
  seq: 7,
  at: start,
  actor_id: 'a',
  actor: 'anna',
  action: 'user.change',
  target: 'user:b',
  before: null,
  after: null,
  outcome: 'done',
  reason: null,
  address: '',
  previous_hash: '',
  hash: '',
  ...values,
})
const about = { id: 7, at: '2026-05-04T09:00:00.000Z', by: 'anna' }
const bea = { id: 'b', username: 'bea' }

const standings = {
  member: { role: 'member', permissions: [], disabled: false },
  viewer: { role: 'member', permissions: ['UserView', 'UserEdit'], disabled: false },
  system: { role: 'member', permissions: ['UserView', 'AdministerSystem'], disabled: false },
  admin: { role: 'admin', permissions: [], disabled: false },
  owner: { role: 'owner', permissions: [], disabled: false },
  'disabled admin': { role: 'admin', permissions: [], disabled: true },
  'disabled owner': { role: 'owner', permissions: [], disabled: true },
} as const
type Standing = keyof typeof standings
const all = Object.keys(standings) as Standing[]

/** Who has become what, and what the Owners are told of it; whatever is not here is nothing to tell. Written by hand. */
const told: Readonly<Record<Standing, Partial<Record<Standing | 'nobody', 'owner-made' | 'admin-made'>>>> = {
  member: {},
  viewer: {},
  system: {
    nobody: 'admin-made',
    member: 'admin-made',
    viewer: 'admin-made',
    'disabled admin': 'admin-made',
    'disabled owner': 'admin-made',
  },
  admin: {
    nobody: 'admin-made',
    member: 'admin-made',
    viewer: 'admin-made',
    'disabled admin': 'admin-made',
    'disabled owner': 'admin-made',
  },
  owner: {
    nobody: 'owner-made',
    member: 'owner-made',
    viewer: 'owner-made',
    system: 'owner-made',
    admin: 'owner-made',
    'disabled admin': 'owner-made',
    'disabled owner': 'owner-made',
  },
  'disabled admin': {},
  'disabled owner': {},
}
const written = (who: Standing, more: object = {}) =>
  JSON.stringify({ username: 'bea', ...standings[who], ...more })

describe('B7: the Owners are told', () => {
  test.each(all)('who was made %s, if that gives power', (now) => {
    for (const was of [...all, 'nobody'] as const) {
      const what = told[now][was]
      const notices = noticesOf(
        record({ before: was === 'nobody' ? null : written(was), after: written(now) }),
      )
      expect([was, now, notices]).toEqual([was, now, what ? [{ ...about, what, person: bea }] : []])
    }
    const added = told[now].nobody
    expect(noticesOf(record({ action: 'user.add', after: written(now) }))).toEqual(
      added ? [{ ...about, what: added, person: bea }] : [],
    )
  })

  test.each(all)(
    'when %s is given a new password by somebody, if they have power, disabled or not',
    (was) => {
      const hasPower = !['member', 'viewer'].includes(was)
      const after = written('member', { password: 'changed' })
      const notice = { ...about, what: 'password-reset', person: bea }
      expect(noticesOf(record({ before: written(was), after }))).toEqual(hasPower ? [notice] : [])
      expect(noticesOf(record({ before: written(was), after: written('member') }))).toEqual([])
      expect(noticesOf(record({ action: 'user.add', after }))).toEqual([])
    },
  )

  test('of more than fifty sessions ended by one change of a person, after whatever else it was', () => {
    const change = (endedSessions: number) =>
      noticesOf(
        record({ before: written('admin'), after: written('owner', { password: 'changed', endedSessions }) }),
      ).map(({ what }) => what)
    expect(change(50)).toEqual(['owner-made', 'password-reset'])
    expect(change(51)).toEqual(['owner-made', 'password-reset', 'many-sessions-ended'])
    expect(
      noticesOf(record({ before: written('member'), after: written('member', { endedSessions: 51 }) })),
    ).toEqual([{ ...about, what: 'many-sessions-ended' }])
  })

  test.each([
    [50, undefined, false],
    [51, undefined, true],
    [51, 0, true],
    [1, 50, true],
    [1, 49, false],
    [0, 50, false],
    [500, 51, false],
    [500, 500, false],
  ])('once of many sessions that one act ends: %i after %s', (ended, endedBefore, isTold) => {
    const notices = noticesOf(
      record({ action: 'session.revoke', after: JSON.stringify({ ended, endedBefore }) }),
    )
    expect(notices).toEqual(isTold ? [{ ...about, what: 'many-sessions-ended' }] : [])
  })

  test('nothing of other acts, nor of what nobody can read', () => {
    const after = written('owner')
    for (const action of ['session.sign-out', 'policy.change', 'organisation.found', 'user.changes', ''])
      expect(noticesOf(record({ action, after }))).toEqual([])
    expect(noticesOf(record({ action: 'session.sign-out', after: '{"ended":100}' }))).toEqual([])
    for (const text of [
      null,
      '{',
      '1',
      '{}',
      written('owner', { role: 'king' }),
      written('owner', { disabled: 1 }),
    ])
      for (const action of ['user.add', 'user.change', 'session.revoke'])
        expect(noticesOf(record({ action, after: text }))).toEqual([])
    for (const more of [{ username: 1 }, { permissions: ['All'] }, { password: 1 }, { endedSessions: 1.5 }])
      expect(noticesOf(record({ after: written('owner', more) }))).toEqual([])
    for (const ending of [{ ended: 51.5 }, { ended: 51, endedBefore: 'x' }])
      expect(noticesOf(record({ action: 'session.revoke', after: JSON.stringify(ending) }))).toEqual([])
  })
})

test('B7: whoever was away is told later, the newest first, of what comes after what they have seen', async () => {
  const { journal, database, owner, heard } = await openWorld()
  const note = async (action: string, before: unknown, after: unknown) =>
    await journal.write(async (_, { audit }) =>
      audit({ actor: owner.actor, action, target: 'user:b', before, after }),
    )
  const person = (who: Standing, more: object = {}) => ({ username: 'bea', ...standings[who], ...more })
  await note('user.add', undefined, person('admin'))
  await note('user.change', person('admin'), person('owner', { password: 'changed' }))
  await note('policy.change', 1, 2)
  await note('session.revoke', undefined, { ended: 60 })
  const kinds = async (after: number) =>
    (await listNotices(database, after)).map(({ id, what }) => [id, what])
  const all = [
    [4, 'many-sessions-ended'],
    [2, 'password-reset'],
    [2, 'owner-made'],
    [1, 'admin-made'],
  ]
  expect(await kinds(0)).toEqual(all)
  expect(await kinds(1)).toEqual(all.slice(0, 3))
  expect(await kinds(2)).toEqual(all.slice(0, 1))
  expect(await kinds(4)).toEqual([])
  // Those who listen hear the same at once.
  expect(heard.map(({ event }) => [event.type, (event.data as { what?: string }).what])).toEqual([
    ['notice', 'admin-made'],
    ['notice', 'owner-made'],
    ['notice', 'password-reset'],
    ['notice', 'many-sessions-ended'],
  ])
})

test('B7: a thousand acts are looked through, the newest', async () => {
  const { journal, database, owner } = await openWorld()
  await journal.write(async (_, { audit }) => {
    for (let index = 0; index < 1_001; index++)
      audit({ actor: owner.actor, action: 'session.revoke', target: '', after: { ended: 51 } })
  })
  const notices = await listNotices(database, 0)
  expect([notices.length, notices[0]?.id, notices.at(-1)?.id]).toEqual([1_000, 1_001, 2])
})
