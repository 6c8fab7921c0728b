import { expect, test } from 'vitest'
import { password, startService } from './support.ts'

test('People are found by any part of their name, display name or e-mail, in any case', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  for (const [username, displayName, email] of [
    ['jose.garcia', 'José García', 'jg@example.com'],
    ['zoe', 'Zoë Ångström', 'zoe@elsewhere.example'],
    ['percent_100', '100% Real', 'x_y@example.com'],
  ])
    await owner.call('POST', 'users', { username, displayName, email, password })
  const names = async (search: string) =>
    (await owner.call('GET', `users?search=${encodeURIComponent(search)}`)).body.items.map(
      (user: { username: string }) => user.username,
    )
  expect(await names('GARCÍA')).toEqual(['jose.garcia'])
  expect(await names('ångström'.normalize('NFD'))).toEqual(['zoe'])
  expect(await names('EXAMPLE.com')).toEqual(['jose.garcia', 'percent_100'])
  expect(await names('%')).toEqual(['percent_100'])
  expect(await names('_')).toEqual(['percent_100'])
  expect(await names("' or 1=1 --")).toEqual([])
  expect(await names('')).toHaveLength(4)
})

test('Lists are paged by key in every order, and each person turns up once', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  for (let index = 0; index < 23; index++)
    await service.addUser(`user${index}`, index % 3 === 0 ? { role: 'admin' } : {})
  for (const sort of [
    'username',
    '-username',
    'displayName',
    '-email',
    'lastActivityAt',
    '-lastActivityAt',
  ]) {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await owner.call('GET', `users?limit=5&sort=${sort}${cursor ? `&cursor=${cursor}` : ''}`)
      expect(page.body.total).toBe(24)
      seen.push(...page.body.items.map((user: { username: string }) => user.username))
      cursor = page.body.nextCursor
    } while (cursor !== null)
    expect(seen).toHaveLength(24)
    expect(new Set(seen).size).toBe(24)
    if (sort === 'username') expect(seen).toEqual([...seen].sort())
  }
  expect((await owner.call('GET', 'users?role=admin&limit=1')).body.total).toBe(8)
  expect((await owner.call('GET', 'users?active=true')).body.total).toBe(1)
  expect((await owner.call('GET', 'users?active=false')).body.total).toBe(23)
  const bad = await owner.call('GET', 'users?cursor=bm9uc2Vuc2U')
  expect([bad.status, bad.body.errors[0].field]).toEqual([422, 'cursor'])
})

test('A person shows how many sessions they have, by kind', async () => {
  await using service = await startService()
  const { id } = await service.addUser('bea')
  const bea = await service.signIn('bea')
  await bea.call('POST', 'tokens', { name: 'report' })
  const owner = await service.signIn('owner')
  const reply = await owner.call('GET', `users/${id}`)
  expect(reply.body.sessions).toEqual({ web: 1, token: 1, kubernetes: 0 })
  service.pass(1_200)
  const later = await service.signIn('owner')
  expect((await later.call('GET', `users/${id}`)).body.sessions).toEqual({ web: 0, token: 1, kubernetes: 0 })
})

test('A username is one person’s, however it is written', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const add = (username: string) => owner.call('POST', 'users', { username, password })
  expect((await add('zoë')).status).toBe(201)
  expect((await add('zoe\u0308')).body.code).toBe('exists')
  expect((await add('ZOË')).body.code).toBe('exists')
  expect((await service.call('POST', 'sign-in', { username: 'Zoe\u0308', password })).status).toBe(201)
})

test('A name can’t pass for another: no mixed alphabets, no characters that can’t be seen', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  for (const [body, field, code] of [
    [{ username: '\u043ewner' }, 'username', 'mixed-scripts'],
    [{ username: 'own\u200ber' }, 'username', 'hidden-characters'],
    [{ username: 'own er' }, 'username', 'malformed'],
    [{ username: 'x', displayName: 'Ann\u202egpj.exe' }, 'displayName', 'hidden-characters'],
    [{ username: 'x', displayName: 'a\ud800' }, 'displayName', 'malformed'],
    [{ username: 'x', displayName: 'a\0b' }, 'displayName', 'malformed'],
    [{ username: '   ' }, 'username', 'required'],
  ] as const) {
    const reply = await owner.call('POST', 'users', { password, ...body })
    expect([reply.status, reply.body.errors?.[0]?.field, reply.body.errors?.[0]?.code]).toEqual([
      422,
      field,
      code,
    ])
  }
  expect(
    (await owner.call('POST', 'users', { username: 'иван', displayName: 'Иван 👩‍🚀', password })).status,
  ).toBe(201)
})

test('Rights: nobody gives what they do not have, or takes hold of somebody above them', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const ed = await service.addUser('ed', { permissions: ['UserEdit'] })
  const anna = await service.addUser('anna', { role: 'admin' })
  const mia = await service.addUser('mia')
  const asEd = await service.signIn('ed')
  const asAnna = await service.signIn('anna')
  const asMia = await service.signIn('mia')
  const ownerId = owner.user.id
  for (const [who, id, change] of [
    [asEd, anna.id, { password: 'lamp otter violin' }],
    [asEd, ownerId, { disabled: true }],
    [asEd, ed.id, { role: 'admin' }],
    [asEd, mia.id, { permissions: ['UserEdit'] }],
    [asAnna, ownerId, { role: 'member' }],
    [asAnna, anna.id, { role: 'owner' }],
    [asMia, mia.id, { permissions: ['UserEdit'] }],
  ] as const)
    expect((await who.call('PATCH', `users/${id}`, change)).status).toBe(403)
  expect((await asEd.call('PATCH', `users/${mia.id}`, { displayName: 'Mia M' })).status).toBe(200)
  expect((await asAnna.call('PATCH', `users/${mia.id}`, { role: 'admin' })).status).toBe(200)
  expect((await asEd.call('POST', 'users', { username: 'boss', password, role: 'admin' })).status).toBe(403)
  for (const change of [{ role: 'member' }, { disabled: true }]) {
    const last = await owner.call('PATCH', `users/${ownerId}`, change)
    expect([last.status, last.body.errors[0].code]).toEqual([422, 'last-owner'])
  }
})

test('Reading people and sessions takes one of the three permissions', async () => {
  await using service = await startService()
  const mia = await service.addUser('mia')
  await service.addUser('vera', { permissions: ['UserView'] })
  const asMia = await service.signIn('mia')
  const asVera = await service.signIn('vera')
  for (const path of ['users', `users/${mia.id}`, `users/${mia.id}/sessions`, 'sessions']) {
    expect((await asMia.call('GET', path)).body).toMatchObject({ code: 'forbidden', permission: 'UserView' })
    expect((await asVera.call('GET', path)).status).toBe(200)
  }
  expect((await asVera.call('DELETE', `users/${mia.id}/sessions`)).body).toMatchObject({
    code: 'forbidden',
    permission: 'UserEdit',
  })
})

test('A new password ends a person’s sessions and is the one that counts', async () => {
  await using service = await startService()
  const person = await service.addUser('bea')
  const bea = await service.signIn('bea')
  const owner = await service.signIn('owner')
  await owner.call('PATCH', `users/${person.id}`, { password: 'another long one' })
  expect((await bea.call('GET', 'me')).body.reason).toBe('revoked')
  expect((await service.call('POST', 'sign-in', { username: 'bea', password })).status).toBe(401)
  expect(
    (await service.call('POST', 'sign-in', { username: 'bea', password: 'another long one' })).status,
  ).toBe(201)
})
