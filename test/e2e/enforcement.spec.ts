import { demoPassword, demoPeople } from '../support/session-service.ts'
import { setUpWith } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

test.use({ timeScale: 60 })

test('K5: whoever is inactive for the limit is signed out, and their next page is the sign-in page', {
  tag: '@smoke',
}, async ({ desk, service, person }) => {
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

test('B1: a change that would end one’s own session says so first, however fast Update is pressed', async ({
  desk,
  service,
}) => {
  const page = await desk.open()
  await setUpWith(page, asOwner(service))
  const before = (await service.call('GET', '/security/policy')).body
  // Curfew's own session has to be older than the five minutes that are typed then.
  const serverTime = async () => Date.parse((await service.call('GET', '/server')).body.time)
  const signedIn = await serverTime()
  await expect.poll(serverTime, { timeout: 30_000 }).toBeGreaterThan(signedIn + 300_000)

  await page.getByLabel('Custom limit').fill('5')
  await page.getByLabel('Maximum Session Duration').fill('300')
  await page.getByRole('button', { name: 'Update' }).click()
  const question = page.getByRole('dialog', { name: 'This ends your own session too' })
  await expect(question).toBeVisible()
  await question.getByRole('button', { name: 'Cancel' }).click()
  await expect(question).toBeHidden()
  expect((await service.call('GET', '/security/policy')).body).toEqual(before)

  await page.getByRole('button', { name: 'Update' }).click()
  await question.getByRole('button', { name: 'Update and sign me out' }).click()
  await expect(page.getByText(/sign-in needed/i).first()).toBeVisible({ timeout: 30_000 })
})
