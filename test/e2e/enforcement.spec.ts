import { demoPassword, demoPeople } from '../support/session-service.ts'
import { setUpWith } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

test.use({ timeScale: 60 })

test('K5: whoever is inactive for the limit is signed out, and their next page is the sign-in page', async ({
  desk,
  service,
  person,
}) => {
  const page = await desk.open()
  await setUpWith(page, asOwner(service))
  await person.signIn(service.url, demoPeople.member, demoPassword)

  await page.getByLabel('Custom limit').fill('5')
  await page.getByRole('button', { name: 'Update' }).click()
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()

  await person.page.goto(`${service.url}/profile`)
  await expect(person.page).toHaveURL(`${service.url}/profile`)

  // The person does nothing for five minutes of the service's clock, which are five seconds here.
  const token = await service.signIn(demoPeople.admin, demoPassword)
  const stillListed = async () => {
    const me = await service.call('GET', `/users?search=${demoPeople.member}`, { token })
    const sessions = await service.call('GET', `/users/${me.body.items[0].id}/sessions`, { token })
    return sessions.body.items.filter((session: { client: string }) => /Chrom/.test(session.client)).length
  }
  await expect.poll(stillListed, { timeout: 30_000 }).toBe(0)

  await person.page.goto(`${service.url}/`)
  await expect(person.page).toHaveURL(/\/sign-in/)
  await expect(person.page.getByText(/inactiv/i).first()).toBeVisible()
})
