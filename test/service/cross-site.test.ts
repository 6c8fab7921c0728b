import { once } from 'node:events'
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { contractOf, password, startService, type TestService } from './support.ts'

const form = (fields: Readonly<Record<string, string>>) => new URLSearchParams(fields).toString()
const formType = { 'content-type': 'application/x-www-form-urlencoded' }
const right = { username: 'owner', password }

/** What browsers say of a page that is not this server's own. */
const foreign: readonly Readonly<Record<string, string>>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: '' },
  { origin: 'garbage' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'Same-Origin, cross-site' },
  { origin: 'https://evil.example', 'sec-fetch-site': 'none' },
]
const withOwnOrigin = (service: TestService) =>
  ['cross-site', 'same-site'].map((site) => ({ origin: service.origin, 'sec-fetch-site': site }))

/** Asks with exactly these headers: `fetch` adds some of its own. */
async function bare(
  service: TestService,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<{ readonly status: number; readonly type: string; readonly body: string }> {
  const sent = request(`${service.origin}${path}`, { method, headers, agent: false })
  sent.end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode, type: response.headers['content-type'] ?? '', body: text }
}

test('A page of another site can call nothing that writes, whatever it is', async () => {
  await using service = await startService()
  const { operations } = await contractOf(service.origin)
  const writing = operations.filter(({ method }) => method !== 'GET')
  expect(writing.length).toBeGreaterThan(15)
  const owner = await service.signIn('owner')
  for (const { method, path } of writing)
    for (const headers of [...foreign, ...withOwnOrigin(service)]) {
      const { status, body } = await bare(service, method, path.replace(/\{\w+\}/g, 'x'), {
        ...headers,
        authorization: `Bearer ${owner.token}`,
      })
      expect([method, path, headers, status]).toEqual([method, path, headers, 403])
      expect(JSON.parse(body).code).toBe('forbidden')
    }
  expect((await owner.call('GET', 'me')).status).toBe(200)
})

test('A page of another site uses up none of its visitor’s attempts, and signs nobody in', async () => {
  await using service = await startService({ stopwatch: () => 5_000 })
  for (const headers of [...foreign, ...withOwnOrigin(service)])
    for (let index = 0; index < 15; index++) {
      const wrong = form({ username: 'owner', password: 'wrong' })
      for (const path of ['/api/v1/sign-in', '/sign-in']) {
        const { status } = await bare(service, 'POST', path, { ...headers, ...formType }, wrong)
        expect([headers, path, status]).toEqual([headers, path, 403])
      }
    }
  const login = await service.call('POST', '/sign-in', form(right), {
    ...formType,
    origin: 'https://evil.example',
  })
  expect([login.status, login.headers.getSetCookie()]).toEqual([403, []])
  expect((await service.call('POST', 'sign-in', right)).status).toBe(201)
})

test('A form of another site, or with no site at all, signs nobody in and out and revokes nothing', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const cookie = `${service.cookieName}=${owner.token}`
  for (const headers of [{}, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-origin' }, ...foreign])
    for (const path of ['/sign-in', '/sign-out', '/profile/revoke']) {
      const { status } = await bare(service, 'POST', path, { ...headers, ...formType, cookie }, form(right))
      expect([headers, path, status]).toEqual([headers, path, 403])
    }
  expect((await owner.call('GET', 'me')).status).toBe(200)
})

test('The API takes JSON that says it is JSON, and nothing else', async () => {
  await using service = await startService({ stopwatch: () => 5_000 })
  const json = JSON.stringify(right)
  const ask = (type: string | undefined, body: string) =>
    bare(service, 'POST', '/api/v1/sign-in', type === undefined ? {} : { 'content-type': type }, body)
  for (const [type, body] of [
    ['application/x-www-form-urlencoded', form(right)],
    ['application/x-www-form-urlencoded', json],
    ['application/x-www-form-urlencoded; charset=utf-8', form(right)],
    ['text/plain', json],
    ['text/plain;application/json', json],
    ['text/plain; charset=application/json', json],
    [
      'multipart/form-data; boundary=x',
      `--x\r\ncontent-disposition: form-data; name="username"\r\n\r\nowner\r\n--x--`,
    ],
    ['application/jsonp', json],
    ['application/json5', json],
    ['application/x-json', json],
    ['text/json', json],
    ['application/problem+json', json],
    ['application/octet-stream', json],
    ['json', json],
    ['*/*', json],
    ['', json],
    [undefined, json],
    [undefined, form(right)],
  ] as const) {
    const reply = await ask(type, body)
    expect([type, reply.status]).toEqual([type, 415])
    expect(reply.type).toContain('application/problem+json')
    expect(JSON.parse(reply.body).code).toBe('not-json')
  }
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON'])
    expect([type, (await ask(type, json)).status]).toEqual([type, 201])
})

test('Pages take forms, and no JSON', async () => {
  await using service = await startService()
  const ask = (type: string, body: string) =>
    bare(service, 'POST', '/sign-in', { 'content-type': type, origin: service.origin }, body)
  expect((await ask('application/x-www-form-urlencoded', form(right))).status).toBe(303)
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x'])
    expect([type, (await ask(type, JSON.stringify(right))).status]).toEqual([type, 415])
})

test('Programs, which send neither header, and pages of this server go on as before', async () => {
  await using service = await startService()
  const json = { 'content-type': 'application/json' }
  for (const headers of [
    {},
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-mode': 'cors' },
    { origin: service.origin },
    { origin: service.origin, 'sec-fetch-site': 'same-origin' },
  ]) {
    const { status } = await bare(
      service,
      'POST',
      '/api/v1/sign-in',
      { ...headers, ...json },
      JSON.stringify(right),
    )
    expect([headers, status]).toEqual([headers, 201])
  }
  const { status } = await bare(service, 'GET', '/sign-in', { 'sec-fetch-site': 'cross-site' })
  expect(status).toBe(200)
})
