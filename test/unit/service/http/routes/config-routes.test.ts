import { describe, expect, test } from 'vitest'
import { configCatalogue, configTypes } from '../../../../../domain/config.ts'
import { configRoutes } from '../../../../../service/http/routes/config-routes.ts'
import { start } from '../../store/world.ts'
import { openRoutes } from './open-routes.ts'

const at = (seconds: number) => new Date(start + seconds * 1000).toISOString()
const path = 'config/entries'
const flag = { type: 'Flags', key: 'Dark', value: 'on' }
const token60 = { type: 'AppConfig', key: 'AuthorizationTokenSessionDuration', value: '60' }

async function openConfig() {
  const opened = await openRoutes(configRoutes)
  const { token: as, session, user } = await opened.join('anna', { role: 'admin' })
  const add = async (entry: object) => (await opened.ask('POST', path, { as, body: entry })).body
  return { ...opened, as, session, user, add }
}

test('Types and known keys are told as the catalogue has them', async () => {
  const { ask, as } = await openConfig()
  expect(await ask('GET', 'config/catalogue', { as })).toMatchObject({
    status: 200,
    body: { types: [...configTypes], keys: [...configCatalogue] },
  })
})

test('D1: an entry is added with its version, and listed by type and key, page by page', async () => {
  const { ask, as, add, told } = await openConfig()
  await told()
  const { status, body, headers } = await ask('POST', path, { as, body: { ...flag, key: ' Dark ' } })
  expect([status, headers['etag']]).toEqual([201, '"1"'])
  expect(body).toEqual({ ...flag, id: body.id, revision: '1', updatedAt: at(0), updatedBy: 'anna' })
  const news = await told()
  expect(news.audit).toMatchObject([{ actor: 'anna', action: 'entry.add', after: flag }])
  expect(news.events).toMatchObject([{ type: 'entry-changed', data: { id: body.id, change: 'added' } }])
  await add({ type: 'AppConfig', key: 'Zone', value: '' })
  await add({ ...flag, key: 'Bright' })
  const listed = await ask('GET', path, { as })
  expect(listed.body.items.map(({ key }: { key: string }) => key)).toEqual(['Zone', 'Bright', 'Dark'])
  expect(listed.body.items[2]).toEqual({ ...body, etag: '"1"' })
  expect(listed.body).toMatchObject({ nextCursor: null, total: 3 })
  const first = await ask('GET', `${path}?limit=1`, { as })
  expect(first.body).toMatchObject({ items: [{ key: 'Zone' }], total: 3 })
  const rest = await ask('GET', `${path}?limit=1&cursor=${first.body.nextCursor}`, { as })
  expect(rest.body.items).toMatchObject([{ key: 'Bright' }])
  expect(await ask('GET', `${path}?cursor=x`, { as })).toMatchObject({ status: 422 })
  expect(await ask('GET', `${path}?type=x`, { as })).toMatchObject({ status: 422 })
})

test('An entry that is there already is not added again, and is answered', async () => {
  const { ask, as, add } = await openConfig()
  const current = await add(flag)
  const message = 'There is an entry with this type and key already.'
  expect(await ask('POST', path, { as, body: { ...flag, value: 'off' } })).toMatchObject({
    status: 409,
    body: { code: 'exists', detail: message, current, errors: [{ field: 'key', code: 'exists', message }] },
  })
})

test('An entry is replaced by who has read it, and by nobody who has not', async () => {
  const { ask, as, add, told, pass } = await openConfig()
  const { id } = await add(flag)
  const other = await add({ ...flag, key: 'Bright' })
  await told()
  pass(7)
  const change = { ...flag, value: 'off' }
  const done = await ask('PUT', `${path}/${id}`, { as, body: change, headers: { 'if-match': '"1"' } })
  expect([done.status, done.headers['etag']]).toEqual([200, '"2"'])
  expect(done.body).toEqual({ ...change, id, revision: '2', updatedAt: at(7), updatedBy: 'anna' })
  expect((await told()).audit).toMatchObject([{ action: 'entry.change', before: flag, after: change }])
  expect(await ask('PUT', `${path}/${id}`, { as, body: flag, headers: { 'if-match': '"1"' } })).toMatchObject(
    {
      status: 412,
      headers: { etag: '"2"' },
      body: { code: 'conflict', detail: 'The entry has been changed since you read it.', current: done.body },
    },
  )
  const same = { ...flag, key: 'Bright' }
  expect(await ask('PUT', `${path}/${id}`, { as, body: same, headers: { 'if-match': '2' } })).toMatchObject({
    status: 409,
    body: { code: 'exists', current: other },
  })
  expect(await ask('PUT', `${path}/none`, { as, body: flag, headers: { 'if-match': '2' } })).toMatchObject({
    status: 404,
    body: { code: 'not-found', detail: 'There is no such entry.' },
  })
  expect(await ask('PUT', `${path}/${id}`, { as, body: flag })).toMatchObject({ status: 428 })
})

test('An entry is removed by who has read it, with why', async () => {
  const { ask, as, add, told } = await openConfig()
  const { id, ...entry } = await add(flag)
  await told()
  const removal = `${path}/${id}`
  expect(await ask('DELETE', removal, { as, headers: { 'if-match': '"7"' } })).toMatchObject({
    status: 412,
    headers: { etag: '"1"' },
    body: { code: 'conflict', current: { id, ...entry } },
  })
  expect(await ask('DELETE', removal, { as })).toMatchObject({ status: 428 })
  expect((await ask('DELETE', `${removal}?why=x`, { as, headers: { 'if-match': '1' } })).status).toBe(422)
  const done = await ask('DELETE', `${removal}?reason=unused`, { as, headers: { 'if-match': '1' } })
  expect([done.status, done.body, done.headers['etag']]).toEqual([204, '', undefined])
  expect(await told()).toMatchObject({
    audit: [{ action: 'entry.remove', before: flag, reason: 'unused' }],
    events: [{ type: 'entry-changed', data: { id, change: 'removed' } }],
  })
  expect(await ask('DELETE', removal, { as, headers: { 'if-match': '1' } })).toMatchObject({ status: 404 })
  const second = await add(flag)
  expect((await ask('DELETE', `${path}/${second.id}`, { as, headers: { 'if-match': '1' } })).status).toBe(204)
})

test('D2, D3: what an entry would end now is counted (B1)', async () => {
  const { ask, as, user, tokenOf, startSession, pass, told } = await openConfig()
  await tokenOf(user, 'read')
  await startSession(user, 'kubernetes')
  pass(600)
  await told()
  const preview = async (entry: object) => (await ask('POST', 'config/preview', { as, body: entry })).body
  const none = {
    endsSessions: 0,
    endsUsers: 0,
    endsYours: false,
    byKind: { web: 0, token: 0, kubernetes: 0 },
  }
  expect(await preview(token60)).toEqual(none)
  expect(await preview(flag)).toEqual(none)
  expect(await preview({ ...token60, value: '5' })).toEqual({
    ...none,
    endsSessions: 1,
    endsUsers: 1,
    byKind: { web: 0, token: 1, kubernetes: 0 },
  })
  expect(await preview({ ...token60, key: 'MaximumK8sSessionDuration', value: '10' })).toMatchObject({
    byKind: { web: 0, token: 0, kubernetes: 1 },
  })
  expect(await told()).toEqual({ audit: [], events: [] })
  const mine = await tokenOf(user, 'read')
  pass(300)
  const own = await ask('POST', 'config/preview', { as: mine.token, body: { ...token60, value: '5' } })
  expect(own.body.endsYours).toBe(true)
})

describe('What can’t be meant is not stored, nor previewed', () => {
  test.each([
    [{ value: 'soon' }, 'value', 'not-a-number'],
    [{ value: '0' }, 'value', 'too-short'],
    [{ value: '43201' }, 'value', 'too-long'],
    [{ type: '' }, 'type', 'too-short'],
    [{ type: 't'.repeat(101) }, 'type', 'too-long'],
    [{ key: '' }, 'key', 'too-short'],
    [{ key: 'k'.repeat(201) }, 'key', 'too-long'],
    [{ value: 'v'.repeat(20_001) }, 'value', 'too-long'],
    [{ value: undefined }, 'value', 'required'],
    [{ more: 1 }, 'more', 'unknown'],
  ])('%#', async (more, field, code) => {
    const { ask, as, add } = await openConfig()
    const { id } = await add(flag)
    const body = { ...token60, ...more }
    for (const answer of [
      await ask('POST', path, { as, body }),
      await ask('PUT', `${path}/${id}`, { as, body, headers: { 'if-match': '1' } }),
      await ask('POST', 'config/preview', { as, body }),
    ]) {
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid', errors: [{ field, code }] } })
      expect(answer.body.detail).toContain(answer.body.errors[0].message)
    }
  })
})

test('System Config is for who may administer, and for tokens that are made for it', async () => {
  const { ask, join, tokenOf, user, add } = await openConfig()
  const { id } = await add(flag)
  const bob = await join('bob', { permissions: ['UserEdit'] })
  const read = (await tokenOf(user, 'read')).token
  const headers = { 'if-match': '1' }
  for (const [method, where, body, scope] of [
    ['GET', 'config/catalogue', undefined, 'read'],
    ['GET', path, undefined, 'read'],
    ['POST', 'config/preview', flag, 'read'],
    ['POST', path, { ...flag, key: 'X' }, 'config'],
    ['PUT', `${path}/${id}`, flag, 'config'],
    ['DELETE', `${path}/${id}`, undefined, 'config'],
  ] as const) {
    expect((await ask(method, where, { as: bob.token, body, headers })).body).toMatchObject({
      permission: 'AdministerSystem',
    })
    const withToken = await ask(method, where, { as: read, body, headers })
    if (scope === 'read') expect(withToken.status).toBe(200)
    else expect(withToken.body).toMatchObject({ permission: 'scope config' })
  }
})
