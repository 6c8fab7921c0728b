import { describe, expect, test } from 'vitest'
import { earlierKey, nameColumns } from '../../../../service/store/name-columns.ts'
import type { Key } from '../../../../service/store/paging.ts'
import { permissionsOf, type UserFilter } from '../../../../service/store/users.ts'
import { openWorld, start, type World } from './world.ts'

/** What comes of a list, page by page, each as large as it is said. */
async function read(world: World, filter: Partial<UserFilter>, limit = 2) {
  const names: string[] = []
  let after: Key | undefined
  let total = 0
  do {
    const page = await world.users.list({ sort: 'username', descending: false, ...filter }, { limit, after })
    names.push(...page.items.map(({ username }) => username))
    total = page.total
    after = page.next
    if (after) expect(page.items).toHaveLength(limit)
  } while (after)
  expect(total).toBe(names.length)
  return names
}

describe('A person', () => {
  test('is stored as they are given, and found by id and by any spelling of their name', async () => {
    const { users, addUser, pass, database } = await openWorld()
    expect(await users.isEmpty()).toBe(true)
    pass(3)
    const anna = await addUser('Anna.Ä', {
      displayName: 'Anna Ä',
      email: 'a@example.org',
      role: 'admin',
      permissions: ['UserView', 'UserEdit'],
      password: 'hash',
    })
    await addUser('bea')
    expect(anna).toEqual({
      id: anna.id,
      username: 'Anna.Ä',
      display_name: 'Anna Ä',
      email: 'a@example.org',
      role: 'admin',
      permissions: '["UserView","UserEdit"]',
      disabled: 0,
      password: 'hash',
      created_at: start + 3_000,
      last_activity_at: null,
    })
    expect(permissionsOf(anna)).toEqual(['UserView', 'UserEdit'])
    expect(await users.find(anna.id)).toEqual(anna)
    expect(await users.find('nobody')).toBeUndefined()
    for (const name of ['Anna.Ä', 'anna.ä', ' ANNA.Ä '])
      expect((await users.findByUsername(name))?.id).toBe(anna.id)
    expect(await users.findByUsername('anna')).toBeUndefined()
    expect(await users.isEmpty()).toBe(false)
    const stored = await database.read
      .selectFrom('users')
      .selectAll()
      .where('id', '=', anna.id)
      .executeTakeFirst()
    expect(stored).toMatchObject(
      nameColumns({ username: 'Anna.Ä', displayName: 'Anna Ä', email: 'a@example.org' }),
    )
  })

  test('is found within a transaction as they are there', async () => {
    const { users, addUser, database } = await openWorld()
    const anna = await addUser('anna')
    await database.write(async (db) => {
      await users.change(db, anna, { role: 'admin' })
      expect((await users.find(anna.id, db))?.role).toBe('admin')
      expect((await users.find(anna.id))?.role).toBe('member')
    })
  })

  test('whose name an earlier version told from another’s is found by their own spelling', async () => {
    const { users, addUser, database } = await openWorld()
    const first = await addUser('admin')
    const second = await addUser('other')
    expect([earlierKey('ADMın'), earlierKey('ﬁx')]).toEqual(['admın', 'fix'])
    await database.write((db) =>
      db.updateTable('users').set({ username_key: 'admın' }).where('id', '=', second.id).execute(),
    )
    for (const name of ['admın', ' Admın ']) expect((await users.findByUsername(name))?.id).toBe(second.id)
    for (const name of ['admin', ' ADMIN ']) expect((await users.findByUsername(name))?.id).toBe(first.id)
  })

  test('is changed in what is named, and in nothing else, of nobody else', async () => {
    const { users, addUser, journal, database } = await openWorld()
    const anna = await addUser('anna', { displayName: 'Anna', email: 'a@example.org' })
    const bea = await addUser('bea')
    await database.write((db) =>
      db.updateTable('users').set({ username_key: 'kept' }).where('id', '=', anna.id).execute(),
    )
    const changes = [
      [{ displayName: 'Ann' }, { display_name: 'Ann' }],
      [{ email: 'b@example.org' }, { email: 'b@example.org' }],
      [{ role: 'owner' }, { role: 'owner' }],
      [{ permissions: ['UserView'] }, { permissions: '["UserView"]' }],
      [{ disabled: true }, { disabled: 1 }],
      [{ displayName: 'Anne' }, { display_name: 'Anne' }],
      [{ disabled: false }, { disabled: 0 }],
      [{ password: 'new' }, { password: 'new' }],
      [
        { displayName: '', email: '' },
        { display_name: '', email: '' },
      ],
      [{}, {}],
    ] as const
    let wanted = anna
    for (const [change, columns] of changes) {
      wanted = { ...wanted, ...columns }
      const before = await users.find(anna.id)
      if (!before) throw new Error('anna')
      expect(await journal.write((db) => users.change(db, before, change))).toEqual(wanted)
      expect(await users.find(anna.id)).toEqual(wanted)
    }
    expect(await users.find(bea.id)).toEqual(bea)
    const stored = await database.read
      .selectFrom('users')
      .selectAll()
      .where('id', '=', anna.id)
      .executeTakeFirst()
    const { username_key: _, ...names } = nameColumns({ username: 'anna', displayName: '', email: '' })
    expect(stored).toMatchObject({ ...names, username_key: 'kept' })
  })

  test('is shown with their running sessions, their rights, and when they last did something', async () => {
    const { users, addUser, startSession, sessions, pass, owner } = await openWorld()
    const anna = await addUser('anna', {
      role: 'admin',
      permissions: ['UserView'],
      displayName: 'A',
      email: 'e',
    })
    expect(await users.present(anna)).toEqual({
      id: anna.id,
      username: 'anna',
      displayName: 'A',
      email: 'e',
      role: 'admin',
      permissions: ['UserView'],
      disabled: false,
      sessions: { web: 0, token: 0, kubernetes: 0 },
      lastActivityAt: null,
    })
    const { session } = await startSession(anna, 'web')
    await startSession(anna, 'web')
    await startSession(anna, 'token')
    const gone = await startSession(anna, 'kubernetes')
    await sessions.endByIds({ author: owner, because: 'revoked' }, [gone.session.id])
    await startSession(await addUser('bea'), 'kubernetes')
    pass(60)
    sessions.touch(session)
    expect(await users.present(anna)).toMatchObject({
      sessions: { web: 2, token: 1, kubernetes: 0 },
      lastActivityAt: '2026-05-04T09:01:00.000Z',
    })
    pass(1_190)
    expect(await users.present(anna)).toMatchObject({ sessions: { web: 1, token: 1, kubernetes: 0 } })
    // Somebody who is not stored any more is shown as they are known.
    expect(await users.present({ ...anna, id: 'gone', disabled: 1 })).toMatchObject({
      id: 'gone',
      disabled: true,
    })
  })
})

test('Owners who can sign in are counted, as a transaction sees them', async () => {
  const { users, addUser, database } = await openWorld()
  const owner = await addUser('owner', { role: 'owner' })
  const second = await addUser('second', { role: 'owner' })
  await addUser('admin', { role: 'admin' })
  await database.write(async (db) => {
    expect(await users.countOwners(db)).toBe(2)
    await users.change(db, second, { disabled: true })
    expect(await users.countOwners(db)).toBe(1)
    await users.change(db, owner, { role: 'admin' })
    expect(await users.countOwners(db)).toBe(0)
  })
})

describe('People are listed', () => {
  async function openPeople() {
    const world = await openWorld()
    const add = (username: string, displayName: string, email: string, role: 'member' | 'admin' = 'member') =>
      world.addUser(username, { displayName, email, role })
    const anna = await add('anna', 'Zoe', 'c@example.org')
    const bea = await add('Bea', 'yann', '', 'admin')
    const carl = await add('carl', '100%_\\ "it"', 'a@example.org')
    const dora = await add('dora', 'Xaver', 'b@example.org')
    await world.startSession(carl, 'web')
    world.pass(10)
    const { session } = await world.startSession(bea, 'token')
    return { ...world, anna, bea, carl, dora, session }
  }

  test('in the order that is asked for, to and fro, each once', async () => {
    const world = await openPeople()
    const orders = {
      username: ['anna', 'Bea', 'carl', 'dora'],
      displayName: ['carl', 'dora', 'Bea', 'anna'],
      email: ['Bea', 'carl', 'dora', 'anna'],
    } as const
    for (const [sort, names] of Object.entries(orders))
      for (const limit of [1, 2, 3, 10]) {
        const by = sort as keyof typeof orders
        expect(await read(world, { sort: by }, limit)).toEqual(names)
        expect(await read(world, { sort: by, descending: true }, limit)).toEqual(names.toReversed())
      }
    const byActivity = await read(world, { sort: 'lastActivityAt', descending: true }, 1)
    expect(byActivity.slice(0, 2)).toEqual(['Bea', 'carl'])
    expect(byActivity.slice(2).sort()).toEqual(['anna', 'dora'])
    expect(await read(world, { sort: 'lastActivityAt' }, 3)).toEqual(byActivity.toReversed())
  })

  test('by text wherever it stands, taken for what it is, by role, and by whether they are signed in', async () => {
    const world = await openPeople()
    for (const sort of ['username', 'email', 'lastActivityAt'] as const) {
      const found = async (filter: Partial<UserFilter>) => (await read(world, { sort, ...filter })).sort()
      expect(await found({ search: '' })).toHaveLength(4)
      expect(await found({ search: 'EXAMPLE' })).toEqual(['anna', 'carl', 'dora'])
      expect(await found({ search: 'an' })).toEqual(['Bea', 'anna'])
      expect(await found({ search: '%_\\ "' })).toEqual(['carl'])
      expect(await found({ search: '0%' })).toEqual(['carl'])
      expect(await found({ search: 'x_' })).toEqual([])
      expect(await found({ role: 'admin' })).toEqual(['Bea'])
      expect(await found({ role: 'owner' })).toEqual([])
      expect(await found({ active: true })).toEqual(['Bea', 'carl'])
      expect(await found({ active: false })).toEqual(['anna', 'dora'])
      expect(await found({ active: true, search: 'carl' })).toEqual(['carl'])
      expect(await found({ active: true, role: 'member', search: 'Bea' })).toEqual([])
    }
  })

  test('with their sessions as they are now, activity that was held back included', async () => {
    const world = await openPeople()
    const { users, pass, sessions, session, bea } = world
    const list = () => users.list({ sort: 'username', descending: false }, { limit: 3 })
    const page = await list()
    expect(page.items.map(({ sessions: counts }) => counts)).toEqual([
      { web: 0, token: 0, kubernetes: 0 },
      { web: 0, token: 1, kubernetes: 0 },
      { web: 1, token: 0, kubernetes: 0 },
    ])
    expect([page.total, page.next?.id]).toEqual([4, world.carl.id])
    pass(1_300)
    sessions.touch(session)
    const later = await list()
    expect(later.items[2]?.sessions).toEqual({ web: 0, token: 0, kubernetes: 0 })
    expect(later.items[1]).toMatchObject({ id: bea.id, lastActivityAt: '2026-05-04T09:21:50.000Z' })
    expect(await read(world, { active: true })).toEqual(['Bea'])
    const none = await users.list({ sort: 'username', descending: false, search: 'nobody' }, { limit: 3 })
    expect(none).toEqual({ items: [], total: 0, next: undefined })
  })
})
