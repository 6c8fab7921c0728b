import { describe, expect, test, vi } from 'vitest'
import { News } from '../../domain/news.ts'
import type { Permission, Role } from '../../domain/user.ts'
import { heardBy, readers } from '../../service/http/event-readers.ts'
import { openDatabases } from './databases.ts'
import { listen } from './event-listener.ts'
import { password, startService, type TestService } from './support.ts'

const another = 'lamp otter violin 31'

/** Owner, admin and helpdesk, each listening. */
async function listeners(service: TestService) {
  await service.addUser('anna', { role: 'admin' })
  await service.addUser('hans', { permissions: ['UserEdit'] })
  const owner = await service.signIn('owner')
  const anna = await service.signIn('anna')
  const hans = await service.signIn('hans')
  const ears = {
    owner: await listen(service.origin, owner.token),
    anna: await listen(service.origin, anna.token),
    hans: await listen(service.origin, hans.token),
  }
  const noticesOf = (who: keyof typeof ears) =>
    ears[who].heard.filter(({ type }) => type === 'notice').map(({ data }) => data as Record<string, unknown>)
  return {
    owner,
    anna,
    hans,
    ears,
    noticesOf,
    [Symbol.dispose]: () => {
      for (const ear of Object.values(ears)) ear.close()
    },
  }
}

for (const { name, open } of openDatabases())
  describe(`what Owners are told, ${name}`, () => {
    test('B7: an Admin makes an Admin, an Owner an Owner, an Admin wakes a disabled Admin: Owners are told each time, nobody else', async () => {
      await using service = await startService({ open })
      using all = await listeners(service)
      const { owner, anna, noticesOf } = all
      const bea = await service.addUser('bea')
      const told: unknown[] = []
      const expectNotice = async (what: string, by: string, username: string) => {
        told.push({ what, by, username })
        await vi.waitFor(() =>
          expect(
            noticesOf('owner').map(({ what: kind, by: who, person }) => ({
              what: kind,
              by: who,
              username: (person as { username: string } | undefined)?.username,
            })),
          ).toEqual(told),
        )
      }
      const made = await anna.call('POST', 'users', { username: 'carl', password: another, role: 'admin' })
      expect(made.status).toBe(201)
      await expectNotice('admin-made', 'anna', 'carl')
      await owner.call('PATCH', `users/${bea.id}`, { role: 'owner' })
      await expectNotice('owner-made', 'owner', 'bea')
      await anna.call('PATCH', `users/${made.body.id}`, { disabled: true })
      await anna.call('PATCH', `users/${made.body.id}`, { disabled: false })
      await expectNotice('admin-made', 'anna', 'carl')
      await anna.call('PATCH', `users/${made.body.id}`, { password })
      await expectNotice('password-reset', 'anna', 'carl')
      await anna.call('PATCH', `users/${made.body.id}`, { password: another, role: 'member' })
      await expectNotice('password-reset', 'anna', 'carl')
      // What changes nobody's power is told to nobody.
      await anna.call('PATCH', `users/${made.body.id}`, { displayName: 'Carl', password })
      await service.addUser('dora', { permissions: ['UserEdit'] })
      await owner.call('DELETE', `users/${bea.id}/sessions`)
      await vi.waitFor(() =>
        expect(all.ears.anna.heard.some(({ data }) => JSON.stringify(data).includes('added'))).toBe(true),
      )
      expect(noticesOf('owner')).toHaveLength(told.length)
      expect([noticesOf('anna'), noticesOf('hans')]).toEqual([[], []])
      for (const { type, data } of all.ears.owner.heard)
        expect(News.parse({ type, data })).toEqual({ type, data })
    })

    test('B7: an Owner who was away is told later; an Admin who asks is refused', async () => {
      await using service = await startService({ open })
      await service.addUser('anna', { role: 'admin' })
      const anna = await service.signIn('anna')
      const carl = await anna.call('POST', 'users', { username: 'carl', password: another, role: 'admin' })
      await anna.call('PATCH', `users/${carl.body.id}`, { password })
      const refused = await anna.call('GET', 'notices')
      expect([refused.status, refused.body.permission]).toEqual([403, 'Owner'])
      const owner = await service.signIn('owner')
      const { items } = (await owner.call('GET', 'notices')).body
      expect(items.map(({ what, by }: { what: string; by: string }) => [what, by])).toEqual([
        ['password-reset', 'anna'],
        ['admin-made', 'anna'],
        ['admin-made', 'owner'],
      ])
      expect((await owner.call('GET', `notices?after=${items[0].id}`)).body.items).toEqual([])
      expect((await owner.call('GET', `notices?after=${items[1].id}`)).body.items).toHaveLength(1)
      expect((await owner.call('GET', 'notices?after=-1')).status).toBe(422)
    })

    test('B7: more than 50 sessions ended by one act are told once, also in many pieces; 50 are not', async () => {
      await using service = await startService({ open })
      using all = await listeners(service)
      const bea = await service.addUser('bea')
      const { sessions, journal } = service.service.services
      const startSessions = async (count: number) =>
        await journal.write(async (transaction, record) => {
          const ids: string[] = []
          for (let index = 0; index < count; index++) {
            const started = await sessions.start(transaction, record, {
              userId: bea.id,
              kind: 'web',
              remembered: false,
              client: 'Firefox',
              address: '192.0.2.7',
            })
            ids.push(started.session.id)
          }
          return ids
        })
      await startSessions(50)
      expect((await all.owner.call('DELETE', `users/${bea.id}/sessions`)).body.revoked).toBe(50)
      await startSessions(51)
      expect((await all.anna.call('DELETE', `users/${bea.id}/sessions`)).body.revoked).toBe(51)
      await vi.waitFor(() => expect(all.noticesOf('owner')).toHaveLength(1))
      expect(all.noticesOf('owner')[0]).toMatchObject({ what: 'many-sessions-ended', by: 'anna' })
      // Sixty sessions, no more than forty of them in one piece of the list.
      const ids = await startSessions(60)
      const nobodys = (count: number, mark: string) =>
        Array.from({ length: count }, (_, index) => `${mark}${String(index).padStart(21, '0')}`)
      const sessionIds = [...ids.slice(0, 40), ...nobodys(460, 'A'), ...ids.slice(40), ...nobodys(600, 'B')]
      const reply = await all.anna.call('POST', 'sessions/revoke', { sessionIds, reason: 'all of them' })
      expect(reply.status).toBe(200)
      await vi.waitFor(() => expect(all.noticesOf('owner')).toHaveLength(2))
      // A disabling ends sessions too.
      await startSessions(51)
      await all.anna.call('PATCH', `users/${bea.id}`, { disabled: true })
      await vi.waitFor(() => expect(all.noticesOf('owner')).toHaveLength(3))
      expect(all.noticesOf('anna')).toEqual([])
    })

    test('B7: each kind of event reaches who may read what it is about, and nobody else', async () => {
      await using service = await startService({ open })
      using all = await listeners(service)
      const bea = await service.addUser('bea')
      await service.setPolicy(all.owner, { idleTimeout: { enabled: true, seconds: 3_600 } })
      await all.owner.call('POST', 'config/entries', { type: 'Flags', key: 'beta', value: 'on' })
      await all.owner.call('PATCH', `users/${bea.id}`, { role: 'admin' })
      await service.signIn('bea')
      await all.owner.call('DELETE', `users/${bea.id}/sessions`)
      for (const ear of Object.values(all.ears)) await ear.until('session-ended')
      const heard = (who: keyof typeof all.ears) =>
        [...new Set(all.ears[who].heard.map(({ type }) => type))].sort()
      const ofPeople = ['session-ended', 'session-started', 'user-changed']
      expect(heard('owner')).toEqual(['entry-changed', 'notice', 'policy-changed', ...ofPeople].sort())
      expect(heard('anna')).toEqual(['entry-changed', 'policy-changed', ...ofPeople].sort())
      expect(heard('hans')).toEqual(ofPeople)
    })

    test('B7: an Admin who becomes a member hears no more of what Admins hear', async () => {
      await using service = await startService({ open })
      using all = await listeners(service)
      await all.owner.call('PATCH', `users/${all.anna.user.id}`, {
        role: 'member',
        permissions: ['UserView'],
      })
      await vi.waitFor(() => expect(all.ears.anna.ended()).toBe(true))
      await all.owner.call('POST', 'config/entries', { type: 'Flags', key: 'beta', value: 'on' })
      const again = await listen(service.origin, all.anna.token, '0')
      await again.until('user-changed')
      await all.owner.call('PATCH', `users/${all.hans.user.id}`, { displayName: 'Hans H' })
      await vi.waitFor(() => expect(again.heard.at(-1)?.data).toMatchObject({ userId: all.hans.user.id }))
      expect(again.heard.map(({ type }) => type)).not.toContain('entry-changed')
      expect(again.heard.map(({ type }) => type)).not.toContain('notice')
      again.close()
    })
  })

/** Written by hand: who hears all of a kind of event, who what concerns themselves (`own`). */
const hears: Readonly<Record<News['type'], Readonly<Record<string, boolean | 'own'>>>> = {
  'policy-changed': {
    owner: true,
    admin: true,
    AdministerSystem: false,
    UserEdit: false,
    UserView: false,
    member: false,
  },
  'entry-changed': {
    owner: true,
    admin: true,
    AdministerSystem: true,
    UserEdit: false,
    UserView: false,
    member: false,
  },
  notice: {
    owner: true,
    admin: false,
    AdministerSystem: false,
    UserEdit: false,
    UserView: false,
    member: false,
  },
  'session-started': {
    owner: true,
    admin: true,
    AdministerSystem: true,
    UserEdit: true,
    UserView: true,
    member: 'own',
  },
  'session-ended': {
    owner: true,
    admin: true,
    AdministerSystem: true,
    UserEdit: true,
    UserView: true,
    member: 'own',
  },
  'user-changed': {
    owner: true,
    admin: true,
    AdministerSystem: true,
    UserEdit: true,
    UserView: true,
    member: 'own',
  },
}

const eventsAbout = (userId: string): readonly News[] => [
  { type: 'policy-changed', data: { etag: '"1"', by: 'x' } },
  { type: 'entry-changed', data: { id: 'e', type: 'Flags', key: 'k', change: 'added', by: 'x' } },
  {
    type: 'notice',
    data: {
      id: 1,
      at: '2026-05-04T09:00:00.000Z',
      what: 'admin-made',
      by: 'x',
      person: { id: userId, username: 'u' },
    },
  },
  { type: 'session-started', data: { session: { id: 's', userId, kind: 'web' } } },
  { type: 'session-ended', data: { reason: 'revoked', sessions: [{ id: 's', userId, kind: 'web' }] } },
  { type: 'user-changed', data: { userId, change: 'changed' } },
]

test('B7: the table of who hears what holds for every kind of event and every right', () => {
  expect(Object.keys(hears).sort()).toEqual(Object.keys(readers).sort())
  expect(
    eventsAbout('x')
      .map(({ type }) => type)
      .sort(),
  ).toEqual(Object.keys(readers).sort())
  for (const own of [true, false])
    for (const event of eventsAbout(own ? 'me' : 'somebody'))
      for (const [who, wanted] of Object.entries(hears[event.type])) {
        const isRole = who === 'owner' || who === 'admin' || who === 'member'
        const holder = {
          id: 'me',
          username: 'me',
          displayName: 'me',
          email: '',
          role: (isRole ? who : 'member') as Role,
          permissions: isRole ? [] : [who as Permission],
        }
        const expected = wanted === 'own' ? own : wanted
        expect([event.type, who, own, heardBy(event, holder) !== undefined]).toEqual([
          event.type,
          who,
          own,
          expected,
        ])
      }
})
