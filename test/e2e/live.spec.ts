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
})
