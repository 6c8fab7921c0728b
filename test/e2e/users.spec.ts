import { demoPassword, demoPeople } from '../support/session-service.ts'
import { setUpWith } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

test.describe('the Users screen', () => {
  test('O4, O5: revoking a person’s sessions signs them out of a real browser at once', async ({
    desk,
    service,
    person,
  }) => {
    await person.signIn(service.url, demoPeople.member, demoPassword)
    const token = await service.signIn(demoPeople.member, demoPassword)
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await page
      .getByRole('link', { name: 'Users' })
      .or(page.getByRole('button', { name: 'Users' }))
      .click()
    await page.getByLabel('Search users').fill(demoPeople.member)
    await page.getByRole('row', { name: new RegExp(demoPeople.member) }).click()
    const pane = page.getByRole('complementary').or(page.getByRole('dialog'))
    await pane.getByRole('button', { name: 'Revoke sessions' }).click()
    const confirm = page.getByRole('dialog', { name: /revoke/i })
    await confirm.getByLabel(/reason/i).fill('Left the company')
    await confirm.getByRole('button', { name: /^revoke/i }).click()
    await expect(confirm).toBeHidden()

    await person.page.goto(`${service.url}/`)
    await expect(person.page).toHaveURL(/\/sign-in/)
    const answer = await service.call('GET', '/me', { token })
    expect([answer.status, answer.body.code, answer.body.reason]).toEqual([401, 'session-ended', 'revoked'])
    await person.signIn(service.url, demoPeople.member, demoPassword)
    await expect(person.page).toHaveURL(`${service.url}/`)
  })
})
