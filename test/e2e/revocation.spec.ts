import { demoPassword, demoPeople } from '../support/session-service.ts'
import { setUpWith, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

test('O4, B8: the report of a revocation is there again after a lock, until it was read', async ({
  desk,
  service,
}) => {
  await service.signIn(demoPeople.member, demoPassword)
  const page = await desk.open()
  await setUpWith(page, asOwner(service))
  await page.getByRole('button', { name: 'Users', exact: true }).click()
  await page.getByLabel('Search users').fill('e')
  const boxes = page.getByRole('checkbox', { name: /^Select (?!everybody)/ })
  await boxes.nth(0).check()
  await boxes.nth(1).check()
  await page.getByRole('button', { name: 'Revoke sessions of 2 people' }).click()
  const asks = page.getByRole('dialog', { name: 'Revoke all sessions of 2 people?' })
  await asks.getByRole('button', { name: 'Revoke sessions' }).click()
  const report = page.getByRole('dialog', { name: 'What was done' })
  await expect(report.getByRole('status').filter({ hasText: /Ended \d+ sessions? of \d/ })).toBeVisible()

  await desk.lock()
  await unlock(page)
  await expect(report.getByRole('status').filter({ hasText: /Ended \d+ sessions? of \d/ })).toBeVisible()
  await report.getByRole('button', { name: 'Done' }).click()
  await expect(report).toBeHidden()

  await desk.lock()
  await unlock(page)
  await expect(page.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible()
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  await expect(report).toBeHidden()
})
