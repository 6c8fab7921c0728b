import type { Page } from '@playwright/test'
import { demoPassword, demoPeople, type TestService } from '../support/session-service.ts'
import { setUpWith } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

/** The bound of B7: from the act of the one to the window of the other. */
const live = { timeout: 2_000 }
const another = 'lamp otter violin 31'

/** Somebody else, at work over the API. */
const secondAdmin = (service: TestService) => service.signIn(demoPeople.admin, demoPassword)

async function addAdmin(service: TestService, token: string, username: string): Promise<void> {
  const { status } = await service.call('POST', '/users', {
    token,
    body: { username, displayName: username, password: another, role: 'admin' },
  })
  expect(status).toBe(201)
}

/** Saves another maximum, as somebody who has read the rules just before. */
async function saveMaximum(service: TestService, token: string, seconds: number): Promise<void> {
  const { body: policy } = await service.call('GET', '/security/policy', { token })
  const { idleTimeout, idleAppliesToRemembered, rememberMe } = policy
  const { status } = await service.call('PUT', '/security/policy', {
    token,
    headers: { 'if-match': `"${policy.revision}"` },
    body: { idleTimeout, idleAppliesToRemembered, rememberMe: { ...rememberMe, maximumSeconds: seconds } },
  })
  expect(status).toBe(200)
}

const ownersLines = (page: Page) => page.getByRole('region', { name: 'For Owners' }).getByRole('listitem')

/** The app hears what the server tells by itself. */
const isLive = (page: Page) =>
  expect(page.getByText('Live', { exact: true })).toBeVisible({ timeout: 20_000 })

test.describe('what others do', () => {
  test('B7: the Owner is told that a second admin has made an admin, on every screen, and comes to that person', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await isLive(page)
    const token = await secondAdmin(service)
    await addAdmin(service, token, 'jon')
    await expect(ownersLines(page)).toHaveText(/^admin made jon an admin on .* · /, live)
    await page.getByRole('button', { name: 'Settings' }).click()
    await expect(ownersLines(page)).toHaveCount(1)
    await page.getByRole('button', { name: 'Show jon' }).click()
    await expect(page.getByRole('complementary').getByRole('heading', { name: 'jon' })).toBeVisible()
    await page.getByRole('button', { name: /^Dismiss: admin made jon/ }).click()
    await expect(ownersLines(page)).toHaveCount(0)
  })

  test('B7: Security follows what a second admin saves, and keeps what is being typed', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await isLive(page)
    const token = await secondAdmin(service)
    const field = page.getByRole('textbox', { name: 'Maximum Session Duration' })
    await expect(field).toHaveValue('1728000')
    await saveMaximum(service, token, 864_000)
    await expect(field).toHaveValue('864000', live)

    await field.fill('172800')
    await saveMaximum(service, token, 432_000)
    await expect(page.getByText(/^admin changed this elsewhere/)).toBeVisible(live)
    await expect(field).toBeFocused()
    await expect(field).toHaveValue('172800')
    await page.getByRole('button', { name: 'Compare' }).click()
    await expect(
      page
        .getByRole('region', { name: 'Changed by somebody else meanwhile' })
        .getByRole('row', { name: 'Maximum Session Duration 10 days 2 days 5 days' }),
    ).toBeVisible()
  })

  test('B7: Users follows sign-ins, sign-outs and people that a second admin adds', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await isLive(page)
    const token = await secondAdmin(service)
    await page.getByRole('button', { name: 'Users', exact: true }).click()
    await page.getByLabel('Search users').fill(demoPeople.member)
    await page.getByRole('row', { name: /\bmember\b/ }).click()
    const sessions = page.getByRole('complementary').getByRole('listitem')
    await expect(
      page
        .getByRole('complementary')
        .getByText(/not signed in anywhere|Signed in/)
        .first(),
    ).toBeVisible()
    const before = await sessions.count()
    const theirs = await service.signIn(demoPeople.member, demoPassword)
    await expect(sessions).toHaveCount(before + 1, live)
    await service.call('POST', '/sign-out', { token: theirs })
    await expect(sessions).toHaveCount(before, live)

    await page.getByLabel('Search users').fill('newcomer')
    await expect(page.getByText('Nobody found')).toBeVisible()
    await addAdmin(service, token, 'newcomer')
    await expect(page.getByRole('row', { name: /\bnewcomer\b/ })).toBeVisible(live)
  })
})
