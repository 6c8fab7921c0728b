import { expect, test } from 'vitest'
import { openDatabases } from './databases.ts'
import { type Client, startService, type TestService } from './support.ts'

const many = 523

/** Goes through a list to its end. @returns what each item is known by, and the totals that were said on the way */
async function pageThrough(client: Client, path: string, limit: number) {
  const ids: string[] = []
  const totals = new Set<number>()
  let cursor: string | null = null
  do {
    const mark = path.includes('?') ? '&' : '?'
    const page = await client.call(
      'GET',
      `${path}${mark}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    )
    expect([path, page.status]).toEqual([path, 200])
    expect(page.body.items.length).toBeLessThanOrEqual(limit)
    for (const item of page.body.items) ids.push(String(item.id ?? item.seq))
    totals.add(page.body.total)
    cursor = page.body.nextCursor
  } while (cursor !== null)
  return { ids, totals: [...totals] }
}

/** Sessions of one person that all began at the same instant, where only their ids tell them apart. */
async function startMany(service: TestService, userId: string): Promise<void> {
  const { sessions, journal } = service.service.services
  await journal.write(async (transaction, record) => {
    for (let index = 0; index < many; index++)
      await sessions.start(transaction, record, {
        userId,
        kind: index % 3 === 0 ? 'token' : 'web',
        remembered: index % 2 === 0,
        client: `client ${index}`,
        address: '192.0.2.1',
      })
  })
}

for (const { name, open } of openDatabases()) {
  test(`Every list is paged to its end and says how many there are in all (${name})`, async () => {
    await using service = await startService({ open, quotas: { web: many, token: many } })
    const bea = await service.addUser('bea')
    await startMany(service, bea.id)
    const owner = await service.signIn('owner')
    const asBea = await service.signIn('bea')
    const { users, journal } = service.service.services
    await journal.write(async (transaction) => {
      for (let index = 0; index < 120; index++)
        await users.add(transaction, {
          username: `user${index}`,
          displayName: index % 2 === 0 ? 'Same Name' : `Żółw ${index}`,
          email: index % 3 === 0 ? '' : `u${index}@example.com`,
          role: 'member',
          permissions: [],
          password: '',
        })
    })
    for (let index = 0; index < 60; index++)
      await owner.call('POST', 'config/entries', {
        type: `Type ${index % 3}`,
        key: `key ${index}`,
        value: 'x',
      })
    for (const [client, path, total, limits] of [
      [owner, `users/${bea.id}/sessions`, many + 1, [500, 50, 7]],
      [owner, `sessions?user=${bea.id}`, many + 1, [500, 100]],
      [owner, 'sessions?kind=token', Math.ceil(many / 3), [100, 13]],
      [asBea, 'me/sessions', many + 1, [500, 100]],
      [owner, 'users?sort=displayName', 122, [50, 7]],
      [owner, 'users?sort=-displayName', 122, [50]],
      [owner, 'users?sort=email', 122, [50, 7]],
      [owner, 'users?sort=-lastActivityAt', 122, [50, 7]],
      [owner, 'users?search=same%20name', 60, [50, 7]],
      [owner, 'users?role=member&sort=username', 121, [50]],
      [owner, 'config/entries', 60, [50, 7]],
      [owner, 'audit?action=entry.add', 60, [50, 7]],
    ] as const)
      for (const limit of limits) {
        const { ids, totals } = await pageThrough(client, path, limit)
        expect([path, limit, new Set(ids).size, ids.length, totals]).toEqual([
          path,
          limit,
          total,
          total,
          [total],
        ])
      }
  })
}

test('What ends while a list is paged through is missing from it, and nothing else is', async () => {
  await using service = await startService({ quotas: { web: many, token: many } })
  const bea = await service.addUser('bea')
  await startMany(service, bea.id)
  const owner = await service.signIn('owner')
  const path = `users/${bea.id}/sessions?limit=100`
  const first = (await owner.call('GET', path)).body
  const second = (await owner.call('GET', `${path}&cursor=${first.nextCursor}`)).body
  await owner.call('DELETE', `sessions/${second.items[99].id}`)
  const third = (await owner.call('GET', `${path}&cursor=${second.nextCursor}`)).body
  expect(third.total).toBe(many - 1)
  const { ids } = await pageThrough(owner, `users/${bea.id}/sessions`, 500)
  const paged = [...first.items, ...second.items].map(({ id }: { id: string }) => id)
  expect(third.items[0].id).toBe(ids.filter((id) => !paged.includes(id))[0])
})
