import { startTestService } from '../support/session-service.ts'
import { setUpWith, typeInstance } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'
import { startRecorder } from './support/recorder.ts'

// Twenty minutes of the first service's clock pass in forty seconds.
test.use({ timeScale: 30 })

test('C4: a window that refreshes by itself keeps no session alive; the instance alone turns to “sign-in needed”', async ({
  desk,
  service,
}) => {
  test.setTimeout(180_000)
  const recorder = await startRecorder(service.url)
  const other = await startTestService()
  const page = await desk.open()
  await setUpWith(page, { ...asOwner(other), name: 'Other' })
  await page.getByRole('button', { name: 'Add an instance' }).click()
  await typeInstance(page, { ...asOwner(service), url: recorder.url, name: 'Watched' })
  await expect(page).toHaveTitle('Watched')
  await page.getByRole('button', { name: 'Users' }).click()
  await page.getByLabel('Search users').fill('member')
  await page
    .getByRole('row', { name: /member/i })
    .first()
    .click()
  await expect(page.getByRole('heading', { name: 'Sessions' })).toBeVisible()

  // Nobody touches anything from here on. The open pane asks for the sessions every thirty seconds.
  const from = recorder.requests.length
  const list = page.getByRole('navigation', { name: 'Instances' })
  const watched = list.getByRole('button', { name: /Watched/ })
  await expect(watched).toHaveAccessibleName(/sign-in needed/i, { timeout: 90_000 })
  await expect(list.getByRole('button', { name: /Other/ })).toHaveAccessibleName(/connected/i)
  const refreshed = recorder.requests.slice(from).filter(({ path }) => path.includes('/sessions'))
  expect(refreshed.length).toBeGreaterThan(0)
  expect(refreshed.map(({ headers }) => headers['session-activity'])).toEqual(refreshed.map(() => 'passive'))

  // What the admin asks for is activity.
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(watched).toHaveAccessibleName(/connected/i)
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'Security' }).click()
  await page.keyboard.press('F5')
  await expect
    .poll(() => recorder.requests.findLast(({ path }) => path.endsWith('/security/policy'))?.headers)
    .not.toHaveProperty('session-activity')
  await recorder.stop()
  await other.stop()
})
