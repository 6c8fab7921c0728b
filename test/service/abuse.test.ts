import { expect, test, vi } from 'vitest'
import { safeReturnTo } from '../../service/http/return-to.ts'
import { createPasswords, defaultPasswordCost } from '../../service/passwords.ts'
import { raw } from './raw.ts'
import { type Client, contractOf, password, startService } from './support.ts'

test('An unknown name and a wrong password are answered alike and take alike long', async () => {
  await using service = await startService({ passwords: createPasswords() })
  const ask = async (username: string) => {
    const started = performance.now()
    const reply = await service.call('POST', 'sign-in', { username, password: 'wrong wrong' })
    expect(reply.status).toBe(401)
    return { took: performance.now() - started, body: reply.body }
  }
  // The Owner's password is stored at the tests' cheap cost, so the person to compare with is made in earnest.
  const { hash } = createPasswords({ cost: defaultPasswordCost })
  await service.service.services.database.write(async (transaction) =>
    transaction
      .updateTable('users')
      .set({ password: await hash(password) })
      .execute(),
  )
  let known = Number.POSITIVE_INFINITY
  let unknown = Number.POSITIVE_INFINITY
  // Other work on this computer only ever adds to a time, so the least of many is what the answer itself takes. Where
  // the two are not alike, no number of tries brings them together.
  const rounds = async (amount: number) => {
    for (let round = 0; round < amount; round++) {
      service.pass(3_600)
      const [one, other] = [await ask('owner'), await ask(`nobody${round}`)]
      expect(other.body).toEqual(one.body)
      known = Math.min(known, one.took)
      unknown = Math.min(unknown, other.took)
    }
    return unknown / known
  }
  let ratio = await rounds(4)
  for (let more = 0; more < 4 && (ratio <= 0.6 || ratio >= 1.7); more++) ratio = await rounds(1)
  expect(ratio).toBeGreaterThan(0.6)
  expect(ratio).toBeLessThan(1.7)
}, 60_000)

test('Session fixation: signing in always makes a new session and ends the one the browser had', async () => {
  await using service = await startService()
  await service.addUser('mallory')
  const planted = await service.signIn('mallory')
  const reply = await service.call(
    'POST',
    'sign-in',
    { username: 'owner', password },
    {
      cookie: `${service.cookieName}=${planted.token}`,
      origin: service.origin,
    },
  )
  expect(reply.body.token).not.toBe(planted.token)
  const cookies = reply.headers.getSetCookie().join('\n')
  expect(cookies).toMatch(/curfew_session_[\w-]+=cfs_[\w-]+; Path=\/; HttpOnly; SameSite=Lax/)
  expect(cookies).not.toContain('Secure')
  expect((await planted.call('GET', 'me')).body.reason).toBe('signed-out')
})

test('CSRF: with the cookie, whatever is not GET needs the Origin of this server', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const cookie = `${service.cookieName}=${owner.token}`
  for (const origin of [undefined, 'null', 'https://evil.example', `${service.origin}.evil.example`]) {
    const headers = { cookie, ...(origin !== undefined && { origin }) }
    expect((await service.call('DELETE', 'me/sessions', undefined, headers)).body.code).toBe('forbidden')
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' }
    for (const path of ['/sign-in', '/sign-out', '/profile/revoke'])
      expect((await service.call('POST', path, 'username=owner', form)).status).toBe(403)
  }
  expect((await service.call('GET', 'me', undefined, { cookie })).status).toBe(200)
  const own = { cookie, origin: service.origin }
  expect((await service.call('DELETE', 'me/sessions', undefined, own)).body.revoked).toBeGreaterThan(0)
})

test('Open redirects: after signing in one stays on this server', async () => {
  for (const target of [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/%0d%0aLocation:evil\r\n',
    'javascript:alert(1)',
    '/..//evil.example',
    '/./\\evil.example',
    ' /profile',
    '/sign-out',
    ['/profile', '/x'],
    undefined,
    `/${'x'.repeat(600)}`,
  ])
    expect(safeReturnTo(target)).toBe('/')
  expect(safeReturnTo('/profile?x=1#y')).toBe('/profile?x=1')
  await using service = await startService()
  const form = (returnTo: string) => new URLSearchParams({ username: 'owner', password, returnTo }).toString()
  const headers = { origin: service.origin, 'content-type': 'application/x-www-form-urlencoded' }
  const to = async (returnTo: string) =>
    (await service.call('POST', '/sign-in', form(returnTo), headers)).headers.get('location')
  expect(await to('//evil.example')).toBe('/')
  expect(await to('/profile')).toBe('/profile')
})

test('Bodies that two readers could read differently are refused', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const send = async (body: string, path = 'tokens') => {
    const reply = await owner.call('POST', path, body, { 'content-type': 'application/json' })
    return [reply.status, reply.body.code, reply.body.errors?.[0]?.code ?? null]
  }
  expect(await send('{"name": "a", "name": "b"}')).toEqual([422, 'invalid', 'duplicate'])
  expect(await send('{"name": "a", "n\\u0061me": "b"}')).toEqual([422, 'invalid', 'duplicate'])
  expect(await send('{"name": "a", "__proto__": {"x": 1}}')).toEqual([422, 'invalid', 'unknown'])
  expect(await send('{"name": 1}')).toEqual([422, 'invalid', 'wrong-type'])
  expect(await send('{}')).toEqual([422, 'invalid', 'required'])
  expect(await send('')).toEqual([422, 'invalid', 'required'])
  expect(await send('{"name": "a"} x')).toEqual([422, 'invalid', null])
  expect(await send('['.repeat(100_000))).toEqual([422, 'invalid', null])
  expect(await send(`{"name": ${'['.repeat(50)}${']'.repeat(50)}}`)).toEqual([422, 'invalid', null])
  expect(await send(`"${'x'.repeat(1_100_000)}"`)).toEqual([413, 'too-large', null])
  const bytes = Buffer.from([0x22, 0xff, 0xfe, 0x22])
  const answer = await raw(
    service.origin,
    Buffer.concat([
      Buffer.from(
        `POST /api/v1/sign-in HTTP/1.1\r\nhost: ${new URL(service.origin).host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n\r\n`,
      ),
      bytes,
    ]),
  )
  expect(answer).toMatch(/^HTTP\/1.1 422/)
})

test('Headers beyond 16 KB and requests that are no HTTP are answered and cut off', async () => {
  await using service = await startService()
  const large = `GET /api/v1/server HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`
  expect(await raw(service.origin, large)).toMatch(/^HTTP\/1.1 431 [\s\S]*"code":"headers-too-large"/)
  expect(await raw(service.origin, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"invalid"/)
  expect((await service.call('GET', 'server')).status).toBe(200)
})

test('A client that sends its request drop by drop is not waited for', async () => {
  await using service = await startService({ patience: { headersMs: 150, requestMs: 300 } })
  expect(await raw(service.origin, 'GET /api/v1/server HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1.1 408/)
  const body = `POST /api/v1/sign-in HTTP/1.1\r\nhost: ${new URL(service.origin).host}\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{`
  expect(await raw(service.origin, body)).toMatch(/^HTTP\/1.1 408/)
})

const sqlTexts = [
  "' or '1'='1",
  "'; drop table users; --",
  '" or 1=1',
  '\\',
  '%',
  '_',
  "x' union select password from users --",
  '\0',
]

test('SQL text in every search field is text', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  for (const text of sqlTexts) {
    const typed = encodeURIComponent(text)
    for (const path of [
      `users?search=${typed}`,
      `users?role=${typed}`,
      `users?sort=${typed}`,
      `users?cursor=${typed}`,
      `users/${typed}`,
      `sessions?user=${typed}`,
      `sessions?kind=${typed}`,
      `audit?actor=${typed}`,
      `audit?action=${typed}`,
      `users/${typed}/sessions`,
    ]) {
      const reply = await owner.call('GET', path)
      expect([200, 404, 422]).toContain(reply.status)
      if (reply.status === 200) expect(reply.body.items).toEqual([])
    }
  }
  expect((await owner.call('GET', 'users')).body.total).toBe(1)
})

test('Names are shown as text on the pages, whatever is in them', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const displayName = '<script>alert(1)</script> "x" & \'y\''
  await owner.call('POST', 'users', { username: 'eve', password, displayName })
  const eve = await service.signIn('eve', { client: { name: '<img src=x onerror=alert(1)>' } })
  for (const path of ['/', '/profile']) {
    const page = await service.call('GET', path, undefined, { cookie: `${service.cookieName}=${eve.token}` })
    expect(page.body).toContain('&lt;script&gt;')
    expect(page.body).not.toMatch(/<script>|<img/)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
})

test('Many people signing in at once are answered or told to wait, never left with an error', async () => {
  await using service = await startService({
    passwords: createPasswords({ cost: { logN: 8, r: 8, p: 1 }, slots: 2, queueLength: 50 }),
  })
  await contractOf(service.origin)
  const replies = await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      service.call('POST', 'sign-in', { username: `nobody${index}`, password: 'x' }),
    ),
  )
  const statuses = new Set(replies.map(({ status }) => status))
  expect([...statuses].every((status) => [401, 429, 503].includes(status))).toBe(true)
})

test('Nothing internal leaks when something breaks', async () => {
  const service = await startService()
  const owner: Client = await service.signIn('owner')
  const { services } = service.service
  const find = vi
    .spyOn(services.users, 'find')
    .mockRejectedValue(new Error('secret detail at /some/where.ts'))
  const response = await fetch(`${service.origin}/api/v1/users/x`, {
    headers: { authorization: `Bearer ${owner.token}` },
  })
  const text = await response.text()
  expect(response.status).toBe(500)
  expect(text).not.toMatch(/secret|where/)
  find.mockRestore()
  await expect(service[Symbol.asyncDispose]()).rejects.toThrow('secret detail')
})
