import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, openBrowser } from './browser.ts'
import { type Client, password, startService, type TestService } from './support.ts'

const chromium = findChromium()
if (chromium === undefined) console.log('Pages: skipped, there is no Chromium on this machine.')

describe.skipIf(chromium === undefined)('pages', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser.close()
  })

  const open = async (service: TestService, options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ baseURL: service.origin, ...options })
    context.setDefaultTimeout(10_000)
    const page = await context.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
    return { context, page, faults, [Symbol.asyncDispose]: () => context.close() }
  }
  const signIn = async (page: Page, username: string, { remember = false, secret = password } = {}) => {
    await page.getByLabel('Username').fill(username)
    await page.getByLabel('Password').fill(secret)
    if (remember) await page.getByLabel('Remember me').check()
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  const axe = async (page: Page) => {
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  }

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript'

    test(`K5: an inactive person’s next page is the sign-in page, which says why and returns them, ${how}`, async () => {
      await using service = await startService()
      await service.addUser('bea')
      await using opened = await open(service, { javaScriptEnabled })
      const { page, faults } = opened
      await page.goto('/profile')
      await signIn(page, 'bea')
      await page.waitForURL('**/profile')
      service.pass(1_200)
      await page.goto('/profile')
      expect(new URL(page.url()).pathname).toBe('/sign-in')
      await page.getByText('You were signed out because you were inactive.').waitFor()
      await signIn(page, 'bea')
      await page.waitForURL('**/profile')
      await page.getByRole('heading', { name: 'Your sessions' }).waitFor()
      expect(faults).toEqual([])
    })

    test(`M7: the profile says of each authorization token what it may be used for, ${how}`, async () => {
      await using service = await startService()
      await service.addUser('mia')
      const mia = await service.signIn('mia')
      const made = async (name: string, scopes?: readonly string[]) =>
        await mia.call('POST', 'tokens', { name, ...(scopes && { scopes }) })
      await made('Report')
      await made('Robot', ['kubernetes', 'config', 'revoke', 'read', 'policy'])
      await using opened = await open(service, { javaScriptEnabled, viewport: { width: 360, height: 740 } })
      const { page, faults } = opened
      await page.goto('/profile')
      await signIn(page, 'mia')
      await page.waitForURL('**/profile')
      const sessions = page.getByRole('listitem').filter({ hasText: 'last active' })
      const row = (name: string) => sessions.filter({ hasText: name })
      await row('Report')
        .getByText(/^It may read$/)
        .waitFor()
      await row('Robot')
        .getByText(
          /^It may read, change the session policy, change configuration entries, revoke sessions, fetch Kubernetes credentials$/,
        )
        .waitFor()
      expect(await sessions.count()).toBe(4)
      expect(await sessions.filter({ hasText: 'It may' }).count()).toBe(2)
      expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false)
      if (javaScriptEnabled) await axe(page)
      expect(faults).toEqual([])
      const folder = process.env['CURFEW_SCREENSHOTS']
      if (folder) await page.screenshot({ path: `${folder}/profile-tokens.png`, fullPage: true })
    })

    test(`O3: “Revoke sessions” on the profile ends all of one’s own sessions, ${how}`, async () => {
      await using service = await startService()
      await service.addUser('mia')
      const elsewhere: Client = await service.signIn('mia', { client: { name: 'Phone' } })
      const other: Client = await service.signIn('mia', { client: { name: 'Old laptop' } })
      await using opened = await open(service, { javaScriptEnabled })
      const { page } = opened
      await page.goto('/')
      await signIn(page, 'mia')
      await page.getByRole('link', { name: 'Profile' }).click()
      await page.getByRole('button', { name: 'Revoke Phone' }).click()
      await page.getByText('1 session was revoked.').waitFor()
      expect((await elsewhere.call('GET', 'me')).body.reason).toBe('revoked')
      expect((await other.call('GET', 'me')).status).toBe(200)
      await page.getByRole('button', { name: 'Revoke sessions' }).click()
      await page.waitForURL('**/sign-in?**')
      await page.getByText('Your session was revoked.').waitFor()
      expect((await other.call('GET', 'me')).body.reason).toBe('revoked')
      await page.goto('/')
      expect(new URL(page.url()).pathname).toBe('/sign-in')
    })
  }

  test('People change their password on the profile, as it tells them to', async () => {
    await using service = await startService()
    await service.addUser('mia')
    const elsewhere = await service.signIn('mia')
    await using opened = await open(service)
    const { page } = opened
    await page.goto('/profile')
    await signIn(page, 'mia')
    await page.getByRole('link', { name: 'change your password' }).click()
    const change = async (current: string, chosen: string, again = chosen) => {
      await page.getByLabel('Present password').fill(current)
      await page.getByLabel('New password', { exact: true }).fill(chosen)
      await page.getByLabel('New password again').fill(again)
      await page.getByRole('button', { name: 'Change password' }).click()
    }
    const problem = page.getByRole('alert')
    const chosen = 'lamp otter violin'
    for (const [typed, said, field] of [
      [['guessed', chosen], 'not your present password', 'Present password'],
      [[password, 'short'], 'at least 12', 'New password'],
      [[password, 'password1234'], 'easy to guess', 'New password'],
      [[password, password], 'have already', 'New password'],
      [[password, chosen, `${chosen}s`], 'the same way twice', 'New password again'],
    ] as const) {
      const [current, next, again] = typed
      await change(current, next, again)
      await problem.getByText(said).waitFor()
      const wrong = page.getByLabel(field, { exact: true })
      expect(await wrong.getAttribute('aria-invalid')).toBe('true')
      expect(await page.getByLabel('Present password').inputValue()).toBe('')
    }
    await axe(page)
    expect((await elsewhere.call('GET', 'me')).status).toBe(200)
    await change(password, chosen)
    await page.getByText('Your password was changed. 1 other session was ended.').waitFor()
    expect((await elsewhere.call('GET', 'me')).body.reason).toBe('revoked')
    await page.getByRole('button', { name: /^Sign out/ }).click()
    await signIn(page, 'mia', { secret: chosen })
    await page.getByRole('heading', { name: 'You are signed in, mia' }).waitFor()
  })

  test('O2: remember me keeps a person signed in beyond the idle timeout and the browser', async () => {
    await using service = await startService()
    await service.addUser('bea')
    await using opened = await open(service)
    const { page, context } = opened
    await page.goto('/')
    await signIn(page, 'bea', { remember: true })
    await page.getByText('That is the longest a session may last').waitFor()
    service.pass(86_400)
    await page.reload()
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    const [cookie] = (await context.cookies()).filter(({ name }) => name === service.cookieName)
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    expect((cookie?.expires ?? 0) - Date.now() / 1000).toBeGreaterThan(1_700_000)
  })

  test('O2: a browser keeps a remembered session as long as the policy now allows, not as it was at sign-in', async () => {
    await using service = await startService()
    const owner = await service.signIn('owner', { rememberMe: true })
    const maximum = (maximumSeconds: number) =>
      service.setPolicy(owner, {
        idleTimeout: { enabled: true, seconds: 60 },
        rememberMe: { enabled: true, maximumSeconds },
      })
    await maximum(300)
    await service.addUser('bea')
    await using opened = await open(service)
    const { page, context } = opened
    const cookie = async () => (await context.cookies()).find(({ name }) => name === service.cookieName)
    await page.goto('/')
    await signIn(page, 'bea', { remember: true })
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    await maximum(365 * 86_400)
    // No page was opened since: what the browser was told at sign-in has to be enough.
    expect((await cookie())?.expires ?? 0).toBeGreaterThan(Date.now() / 1000 + 365 * 86_400)
    service.pass(364 * 86_400)
    await page.reload()
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    await service.setPolicy(await service.signIn('owner'), {
      idleTimeout: { enabled: true, seconds: 3_600 },
      rememberMe: { enabled: false, maximumSeconds: 365 * 86_400 },
    })
    await page.reload()
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    expect((await cookie())?.expires).toBe(-1)
    await page.reload()
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    service.pass(3_600)
    await page.reload()
    await page.getByText('You were signed out because you were inactive.').waitFor()
  })

  test('Two services on two ports share a browser, and neither signs people out of the other', async () => {
    await using one = await startService()
    await using other = await startService()
    await using opened = await open(one)
    const { page, context } = opened
    for (const service of [one, other]) {
      await page.goto(service.origin)
      await signIn(page, 'owner')
      await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    }
    for (const service of [one, other, one]) {
      await page.goto(service.origin)
      await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    }
    const names = (await context.cookies()).map(({ name }) => name)
    expect(new Set(names).size).toBe(4)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You signed out.').waitFor()
    await page.goto(other.origin)
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
  })

  test('An open page follows the policy and what is done elsewhere, without keeping anybody signed in', async () => {
    await using service = await startService()
    await service.addUser('bea')
    const owner = await service.signIn('owner', { rememberMe: true })
    await using opened = await open(service)
    const { page, context } = opened
    await page.clock.install()
    const later = () => page.clock.fastForward(10_500)
    await page.goto('/')
    await signIn(page, 'bea')
    await page.getByText('after 20 minutes without activity').waitFor()
    const profile = await context.newPage()
    await profile.clock.install()
    await profile.goto('/profile')
    await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 7_200 } })
    await later()
    await page.getByText('after 2 hours without activity').waitFor()
    await page.getByText(/^1 h 59 m$|^2 h$/).waitFor()
    await service.setPolicy(owner, { idleTimeout: { enabled: false, seconds: 7_200 } })
    await later()
    await page.getByText('That is the longest a session may last').waitFor()
    await service.setPolicy(owner, { idleTimeout: { enabled: true, seconds: 1_200 } })
    await service.signIn('bea', { client: { name: 'Phone\u202e' } })
    const revoke = profile.getByRole('button', { name: 'Revoke all others' })
    await profile.clock.fastForward(10_500)
    await profile.getByRole('button', { name: 'Revoke Phone' }).waitFor()
    await revoke.focus()
    await service.signIn('bea', { client: { name: 'Tablet' } })
    await profile.clock.fastForward(10_500)
    await profile.getByRole('button', { name: 'Revoke Tablet' }).waitFor()
    expect(await revoke.evaluate((button) => button === document.activeElement)).toBe(true)
    // Looking has been nobody's activity.
    service.pass(1_200)
    for (const one of [page, profile]) {
      await one.clock.fastForward(10_500)
      await one.getByText('You were signed out because you were inactive.').waitFor()
    }
  })

  test('An open sign-in form offers remember-me only as long as the policy does', async () => {
    await using service = await startService()
    const owner = await service.signIn('owner', { rememberMe: true })
    await using opened = await open(service)
    const { page } = opened
    await page.clock.install()
    await page.goto('/sign-in')
    await page.getByLabel('Username').fill('owner')
    await page.getByLabel('Remember me').waitFor()
    await service.setPolicy(owner, { rememberMe: { enabled: false, maximumSeconds: 86_400 } })
    await page.clock.fastForward(10_500)
    await page.getByLabel('Remember me').waitFor({ state: 'detached' })
    expect(await page.getByLabel('Username').inputValue()).toBe('owner')
  })

  test('The profile pages through all of one’s sessions, and shows what programs call themselves harmlessly', async () => {
    await using service = await startService({ quotas: { web: 1_000 } })
    const bea = await service.addUser('bea')
    const { sessions, journal } = service.service.services
    await journal.write(async (transaction, record) => {
      for (let index = 0; index < 250; index++)
        await sessions.start(transaction, record, {
          userId: bea.id,
          kind: 'web',
          remembered: false,
          client: `Phone \u202e${index}`,
          address: '192.0.2.1',
        })
    })
    service.pass(1)
    await using opened = await open(service)
    const { page, faults } = opened
    await page.goto('/profile')
    await signIn(page, 'bea')
    const seen = new Set<string>()
    for (let pages = 1; ; pages++) {
      await page.getByText('of 251 sessions are shown here').waitFor()
      for (const text of await page.locator('.what bdi').allTextContents()) seen.add(text)
      const older = page.getByRole('link', { name: 'Older ones' })
      if (pages === 3) expect(await older.count()).toBe(0)
      if (pages === 3) break
      // By its address, for a click returns before the next page is there.
      await page.goto((await older.getAttribute('href')) ?? '')
    }
    expect(seen.size).toBe(251)
    expect([...seen].join('')).not.toContain('\u202e')
    await page.getByRole('link', { name: 'The newest' }).click()
    await page.getByText('This session').waitFor()
    await axe(page)
    expect(faults).toEqual([])
  })

  test('O2: without remember me in the policy the form does not offer it', async () => {
    await using service = await startService()
    const owner = await service.signIn('owner')
    await service.setPolicy(owner, { rememberMe: { enabled: false, maximumSeconds: 86_400 } })
    await using opened = await open(service)
    await opened.page.goto('/sign-in')
    await opened.page.getByLabel('Password').waitFor()
    expect(await opened.page.getByLabel('Remember me').count()).toBe(0)
  })

  test('A wrong password is said at the form, and the name stays typed', async () => {
    await using service = await startService()
    await using opened = await open(service)
    const { page } = opened
    await page.goto('/sign-in')
    await signIn(page, 'owner', { secret: 'not it' })
    await page.getByRole('alert').getByText('The username or password is not right.').waitFor()
    expect(await page.getByLabel('Username').inputValue()).toBe('owner')
    await axe(page)
  })

  test('K5: an open page goes to the sign-in page by itself when the session has ended', async () => {
    await using service = await startService()
    const owner = await service.signIn('owner', { rememberMe: true })
    await service.addUser('bea')
    await using opened = await open(service)
    const { page } = opened
    await page.clock.install()
    await page.goto('/')
    await signIn(page, 'bea')
    await page.getByText('20 m').or(page.getByText('19 m')).first().waitFor()
    await owner.call('POST', 'sessions/revoke', {
      userIds: [(await owner.call('GET', 'users?search=bea')).body.items[0].id],
      reason: 'x',
    })
    await page.clock.fastForward('20:05')
    await page.waitForURL('**/sign-in?**')
    await page.getByText('Your session was revoked.').waitFor()
  })

  test('The account menu signs out', async () => {
    await using service = await startService()
    await using opened = await open(service)
    const { page } = opened
    await page.goto('/')
    await signIn(page, 'owner')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You signed out.').waitFor()
  })

  for (const colorScheme of ['light', 'dark'] as const)
    test(`Every page is free of accessibility faults, ${colorScheme} and narrow`, async () => {
      await using service = await startService()
      await service.addUser('bea')
      await service.signIn('bea', { client: { name: 'Phone' } })
      await using opened = await open(service, { colorScheme, viewport: { width: 360, height: 740 } })
      const { page, faults } = opened
      await page.goto('/sign-in?returnTo=/&ended=idle')
      await axe(page)
      await signIn(page, 'bea')
      await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
      await axe(page)
      await page.goto('/profile')
      await axe(page)
      const wider = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
      expect(wider).toBe(false)
      await page.goto('/nowhere')
      await axe(page)
      expect(faults.filter((fault) => !fault.includes('404'))).toEqual([])
      const folder = process.env['CURFEW_SCREENSHOTS']
      if (folder) {
        await page.setViewportSize({ width: 1000, height: 720 })
        for (const [name, path] of [
          ['home', '/'],
          ['profile', '/profile'],
        ] as const) {
          await page.goto(path)
          await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` })
        }
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.screenshot({ path: `${folder}/sign-in-${colorScheme}.png` })
      }
    })
})
