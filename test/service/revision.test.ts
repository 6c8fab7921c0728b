import { expect, test } from 'vitest'
import { revisionsIn } from '../../service/http/operation.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { call, startService } from './support.ts'

const policy = (seconds: number) => ({
  idleTimeout: { enabled: true, seconds },
  idleAppliesToRemembered: false,
  rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
})

test.each([
  ['"1"', ['1']],
  ['W/"1"', ['1']],
  ['1', ['1']],
  [' "1" ', ['1']],
  ['"1-gzip"', ['1']],
  ['W/"1-br"', ['1']],
  ['"1;gzip"', ['1']],
  ['"1", "2"', ['1', '2']],
  ['W/"7",W/"1" , 3', ['7', '1', '3']],
  ['"a,b", "1"', ['a,b', '1']],
  ['""', []],
  [',,', []],
])('An If-Match of %s names the revisions %j', (header, revisions) => {
  expect(revisionsIn(header)).toEqual(revisions)
})

test('B9: the revision stands in the body of the policy and of entries, and is what If-Match takes', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const read = await owner.call('GET', 'security/policy')
  expect([read.body.revision, read.headers.get('etag')]).toEqual(['1', '"1"'])
  const added = await owner.call('POST', 'config/entries', { type: 'Flags', key: 'a', value: 'on' })
  expect(added.body.revision).toBe('1')
  const path = `config/entries/${added.body.id}`
  let revision = 1
  for (const form of [
    (tag: string) => `"${tag}"`,
    (tag: string) => `W/"${tag}"`,
    (tag: string) => tag,
    (tag: string) => `"99", W/"${tag}"`,
    (tag: string) => `"${tag}-gzip"`,
  ]) {
    const match = { 'if-match': form(String(revision)) }
    const stale = { 'if-match': form(String(revision + 50)) }
    const refused = await owner.call('PUT', 'security/policy', policy(3_600), stale)
    expect([refused.status, refused.body.current.revision]).toEqual([412, String(revision)])
    const other = await owner.call('PUT', path, { type: 'Flags', key: 'a', value: 'off' }, stale)
    expect([other.status, other.body.current.revision]).toEqual([412, String(revision)])
    const written = await owner.call('PUT', 'security/policy', policy(3_600 + revision), match)
    const changed = await owner.call('PUT', path, { type: 'Flags', key: 'a', value: String(revision) }, match)
    revision++
    expect([written.status, written.body.revision]).toEqual([200, String(revision)])
    expect([changed.status, changed.body.revision]).toEqual([200, String(revision)])
  }
  const [listed] = (await owner.call('GET', 'config/entries')).body.items
  expect([listed.revision, listed.etag]).toEqual([String(revision), `"${revision}"`])
  for (const none of ['', '*', ' ', '""', '"1", *'])
    expect((await owner.call('PUT', 'security/policy', policy(60), { 'if-match': none })).status).toBe(428)
  expect((await owner.call('DELETE', path, undefined, { 'if-match': `W/"${revision}"` })).status).toBe(204)
})

test('B9: behind proxies that weaken, rename or drop the tag nobody has a conflict with themselves', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const authorization = { authorization: `Bearer ${owner.token}` }
  await using proxy = await startFaultProxy(service.origin)
  const read = () => call(proxy.url, 'GET', 'security/policy', undefined, authorization)
  let seconds = 3_600
  const write = (match: string | null) =>
    call(proxy.url, 'PUT', 'security/policy', policy(++seconds), {
      ...authorization,
      'if-match': match ?? '',
    })
  for (const fault of [
    { etag: 'weak', gzip: true },
    { etag: 'removed' },
    { etag: { tag: '"x"' } },
  ] as const) {
    const remove = proxy.add({ fault })
    expect((await write((await read()).body.revision)).status).toBe(200)
    if (fault.etag === 'weak') expect((await write((await read()).headers.get('etag'))).status).toBe(200)
    remove()
  }
})

test('Every answer asks proxies to leave it as it is', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const bearer = { authorization: `Bearer ${owner.token}` }
  for (const path of [
    'server',
    'me',
    'security/policy',
    'config/entries',
    'users',
    'audit',
    'nothing',
    '/',
    '/sign-in',
    '/profile',
    '/nothing',
    '/assets/style.css',
    '/openapi.json',
    '/health/live',
    '/metrics',
    '/.well-known/jwks.json',
  ])
    expect((await service.call('GET', path, undefined, bearer)).headers.get('cache-control'), path).toContain(
      'no-transform',
    )
  const stream = await fetch(`${service.origin}/api/v1/events`, { headers: bearer })
  expect(stream.headers.get('cache-control')).toContain('no-transform')
  await stream.body?.cancel()
})
