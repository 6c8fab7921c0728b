import { expect, test } from 'vitest'
import { password, startService } from './support.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const site = {
  'x-forwarded-for': '192.0.2.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'sessions.example',
  origin: 'https://sessions.example',
}

test('Over TLS no other host of the domain, and nobody between, can put a cookie in the place of this server’s', async () => {
  await using service = await startService({ behindProxy: true, publicOrigins: [site.origin] })
  const send = (path: string, fields: Readonly<Record<string, string>>, cookie = '') =>
    service.call('POST', path, new URLSearchParams(fields).toString(), { ...site, ...form, cookie })
  const page = (cookie: string) => service.call('GET', '/', undefined, { ...site, cookie })
  const signedIn = await send('/sign-in', { username: 'owner', password, rememberMe: 'yes' })
  const given = signedIn.headers.getSetCookie()
  const pairs = given.map((line) => line.split(';')[0] ?? '')
  const cookie = pairs.join('; ')
  expect((await page(cookie)).status).toBe(200)
  // The same without what browsers hold to this host: it may be anybody's.
  expect((await page(cookie.replaceAll('__Host-', ''))).status).toBe(303)
  const byApi = await service.call('POST', 'sign-in', { username: 'owner', password }, site)
  const changed = await send(
    '/profile/password',
    { currentPassword: password, newPassword: 'purple lantern drifts', again: 'purple lantern drifts' },
    cookie,
  )
  const signedOut = await send('/sign-out', {}, cookie)
  const replies = [signedIn, byApi, changed, signedOut]
  for (const { headers } of replies) {
    expect(headers.getSetCookie().length).toBeGreaterThan(0)
    for (const line of headers.getSetCookie()) {
      expect(line).toMatch(/^__Host-curfew_(session|device)_[\w-]+=/)
      expect(line).toMatch(/; HttpOnly/)
      expect(line).toMatch(/; Secure/)
      expect(line).toMatch(/; Path=\/(;|$)/)
      expect(line).toMatch(/; SameSite=(Lax|Strict)/)
      expect(line).not.toMatch(/; Domain/i)
    }
  }
  expect(signedOut.headers.getSetCookie().join()).toMatch(/Expires=Thu, 01 Jan 1970/)
})

test('On this machine, without TLS, a cookie is no less its own, and is not called what only TLS can promise', async () => {
  await using service = await startService()
  const fields = new URLSearchParams({ username: 'owner', password }).toString()
  const reply = await service.call('POST', '/sign-in', fields, { ...form, origin: service.origin })
  expect(reply.headers.getSetCookie().length).toBeGreaterThan(0)
  for (const line of reply.headers.getSetCookie()) {
    expect(line).toMatch(/^curfew_/)
    expect(line).toMatch(/; HttpOnly/)
    expect(line).not.toMatch(/; (Secure|Domain)/i)
  }
})
