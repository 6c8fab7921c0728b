import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as overHttps } from 'node:https'
import { generate } from 'selfsigned'
import { describe, expect, test } from 'vitest'
import { createPasswords } from '../../service/passwords.ts'
import { openDatabases } from './databases.ts'
import { password, type Reply, startService, type TestService } from './support.ts'

const stopped = () => 5_000

/** Signs in from an address that a proxy tells. */
function from(service: TestService, address: string, username: string, secret: string, device?: string) {
  return service.call(
    'POST',
    'sign-in',
    { username, password: secret, ...(device !== undefined && { device }) },
    { 'x-forwarded-for': address },
  )
}

const count = (replies: readonly Reply[], status: number) =>
  replies.filter((reply) => reply.status === status).length

describe.each(openDatabases())('Attacks on signing in, on $name', ({ open }) => {
  test('50 wrong passwords at once are 10 tries, not 50', async () => {
    await using service = await startService({ open, stopwatch: stopped })
    const replies = await Promise.all(
      Array.from({ length: 50 }, () =>
        service.call('POST', 'sign-in', { username: 'owner', password: 'wrong' }),
      ),
    )
    expect([count(replies, 401), count(replies, 429)]).toEqual([10, 40])
  })

  test('One address tries a few passwords on each of many accounts: a hundred tries, then none', async () => {
    await using service = await startService({ open, stopwatch: stopped })
    const replies: Reply[] = []
    for (let index = 0; index < 130; index++)
      replies.push(await service.call('POST', 'sign-in', { username: `person${index}`, password: 'wrong' }))
    expect([count(replies, 401), count(replies, 429)]).toEqual([100, 30])
  })

  test('An attacker with an account signs in between guesses at others: no guess more', async () => {
    await using service = await startService({ open, behindProxy: true, stopwatch: stopped })
    await service.addUser('mallory')
    let wrong = 0
    let device: string | undefined
    for (let round = 0; round < 4; round++) {
      for (let index = 0; index < 45; index++) {
        const reply = await from(service, '198.51.100.9', `victim${round}-${index % 9}`, 'wrong', device)
        if (reply.status === 401) wrong++
      }
      const own = await from(service, '198.51.100.9', 'mallory', password, device)
      if (own.status === 201) device = own.body.device
    }
    expect(wrong).toBe(100)
    // One more own sign-in from there is still let through, with the proof, and pays for nothing.
    expect((await from(service, '198.51.100.9', 'mallory', password, device)).status).toBe(201)
    expect((await from(service, '198.51.100.9', 'victim', 'wrong', device)).status).toBe(429)
  })

  test('A proof of one account opens nothing at another, and forged ones open nothing', async () => {
    await using service = await startService({ open, behindProxy: true, stopwatch: stopped })
    await service.addUser('mallory')
    const own = await from(service, '198.51.100.9', 'mallory', password)
    const proof: string = own.body.device
    for (let index = 0; index < 20; index++) await from(service, '198.51.100.9', 'owner', 'wrong', proof)
    const [end, mark, signature] = proof.split('.')
    for (const device of [proof, '', 'x', `${end}.x.${signature}`, `zzzzzzz.${mark}.${signature}`, undefined])
      expect([device, (await from(service, '198.51.100.9', 'owner', password, device)).status]).toEqual([
        device,
        429,
      ])
  })

  test('A device is known by the proof of its last sign-in, as a field or as a cookie, until the password is reset', async () => {
    await using service = await startService({ open, behindProxy: true, stopwatch: stopped })
    const owner = await service.signIn('owner')
    const bea = await service.addUser('bea')
    const first = await from(service, '192.0.2.7', 'bea', password)
    const page = await service.call(
      'POST',
      '/sign-in',
      new URLSearchParams({ username: 'bea', password }).toString(),
      {
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': '192.0.2.7',
        origin: service.origin,
      },
    )
    const cookie = page.headers.getSetCookie().find((one) => one.startsWith('curfew_device_')) ?? ''
    expect(cookie).toMatch(/Max-Age=7776000; Path=\/; HttpOnly; SameSite=Strict/)
    // An attacker behind the same address.
    for (let index = 0; index < 20; index++) await from(service, '192.0.2.7', 'bea', 'wrong')
    expect((await from(service, '192.0.2.7', 'bea', password)).status).toBe(429)
    const known = await from(service, '192.0.2.7', 'bea', password, first.body.device)
    expect(known.status).toBe(201)
    const byCookie = () =>
      service.call(
        'POST',
        'sign-in',
        { username: 'bea', password },
        { 'x-forwarded-for': '192.0.2.7', cookie: cookie.split(';')[0] ?? '' },
      )
    expect((await byCookie()).status).toBe(201)
    expect((await owner.call('PATCH', `users/${bea.id}`, { password })).status).toBe(200)
    for (const device of [first.body.device, known.body.device])
      expect((await from(service, '192.0.2.7', 'bea', password, device)).status).toBe(429)
    expect((await byCookie()).status).toBe(429)
  })

  test('However many attack an account, its person gets in at once from an address of their own', async () => {
    await using service = await startService({ open, behindProxy: true, stopwatch: stopped })
    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        from(
          service,
          index % 2 ? `198.51.${index % 100}.${index % 250}` : `2001:db8:${index}::1`,
          'owner',
          'wrong',
        ),
      ),
    )
    expect((await from(service, '192.0.2.7', 'owner', password)).status).toBe(201)
    expect((await from(service, '2a00:1:2::3', 'owner', password)).status).toBe(201)
  })
})

test('A flood from one network fills no queue: others are checked, and the flood is told to come again', async () => {
  await using service = await startService({
    behindProxy: true,
    stopwatch: stopped,
    passwords: createPasswords({ cost: { logN: 12, r: 8, p: 1 }, slots: 1, queueLength: 40 }),
  })
  const flood = Array.from({ length: 300 }, (_, index) =>
    from(service, `2001:db8:1:${index.toString(16)}::1`, `nobody${index}`, 'wrong'),
  )
  // Half of the flood has been answered already: it is under way.
  await Promise.race(flood)
  const started = performance.now()
  const others = await Promise.all(
    Array.from({ length: 10 }, (_, index) => from(service, `192.0.2.${index}`, 'owner', password)),
  )
  const took = performance.now() - started
  expect(others.map(({ status }) => status)).toEqual(others.map(() => 201))
  const replies = await Promise.all(flood)
  expect(count(replies, 503)).toBeGreaterThan(100)
  expect(replies.every(({ status }) => [401, 503].includes(status))).toBe(true)
  expect(replies.find(({ status }) => status === 503)?.headers.get('retry-after')).toBe('2')
  expect(took).toBeLessThan(5_000)
})

test('Attempts that nobody had time to check cost nothing', async () => {
  await using service = await startService({
    behindProxy: true,
    stopwatch: stopped,
    passwords: createPasswords({ cost: { logN: 13, r: 8, p: 1 }, slots: 1, queueLength: 4 }),
  })
  const flood = await Promise.all(
    Array.from({ length: 60 }, () => from(service, '198.51.100.9', 'nobody', 'wrong')),
  )
  const checked = count(flood, 401)
  expect(count(flood, 503)).toBeGreaterThan(0)
  let more = 0
  while ((await from(service, '198.51.100.9', 'nobody', 'wrong')).status === 401) more++
  expect(checked + more).toBe(10)
})

test('Under TLS every cookie is Secure, without a proxy too', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  await using service = await startService({ tls: { key: Buffer.from(key), cert: Buffer.from(cert) } })
  const body = new URLSearchParams({ username: 'owner', password }).toString()
  const { port } = new URL(service.origin)
  const request = overHttps({
    host: '127.0.0.1',
    port,
    path: '/sign-in',
    method: 'POST',
    ca: cert,
    servername: 'localhost',
    headers: {
      host: `127.0.0.1:${port}`,
      origin: service.origin,
      'content-type': 'application/x-www-form-urlencoded',
    },
  })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  const cookies = response.headers['set-cookie'] ?? []
  // Such a name is taken from this host alone: no other host of the domain can plant a session.
  expect(cookies.map((cookie) => /^(__Host-curfew_[a-z]+)_/.exec(cookie)?.[1])).toEqual([
    '__Host-curfew_session',
    '__Host-curfew_device',
  ])
  expect(response.headers['strict-transport-security']).toBe('max-age=31536000')
  for (const cookie of cookies) expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=/)
})
