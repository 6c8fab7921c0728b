import type { Page } from '@playwright/test'
import { demoPassword, demoPeople } from '../support/session-service.ts'
import { setUpWith } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

const { member, helpdesk } = demoPeople

/** Finds a person on the Users screen and opens their sessions. */
async function openSessionsOf(page: Page, username: string) {
  await page.getByRole('button', { name: 'Users', exact: true }).click()
  await page.getByLabel('Search users').fill(username)
  await page.getByRole('row', { name: new RegExp(`\\b${username}\\b`) }).click()
  return page.getByRole('complementary')
}

/** The account of a person as the service has it. */
const readMe = async (
  service: {
    call: (method: string, path: string, options: object) => Promise<{ status: number; body: unknown }>
  },
  token: string,
) => {
  const { status, body } = await service.call('GET', '/me', { token })
  return { status, body: body as { code?: string; reason?: string } }
}

test.describe('the Users screen', () => {
  test('O4: somebody with UserEdit revokes all sessions of another person, with a reason that is kept', {
    tag: '@smoke',
  }, async ({ desk, service, person }) => {
    await person.signIn(service.url, member, demoPassword)
    const token = await service.signIn(member, demoPassword)
    const page = await desk.open()
    await setUpWith(page, { url: service.url, username: helpdesk, password: demoPassword })
    const pane = await openSessionsOf(page, member)
    await pane.getByRole('button', { name: 'Revoke sessions' }).click()
    const confirm = page.getByRole('dialog', { name: /revoke/i })
    await confirm.getByLabel('Reason').fill('Left the company')
    expect((await readMe(service, token)).status).toBe(200)
    await confirm.getByRole('button', { name: 'Revoke sessions' }).click()
    await expect(confirm).toBeHidden()
    await expect(pane.getByRole('listitem')).toHaveCount(0)

    await person.page.goto(`${service.url}/`)
    await expect(person.page).toHaveURL(/\/sign-in/)
    const audit = await service.call('GET', `/audit?limit=20`)
    expect(JSON.stringify(audit.body)).toContain('Left the company')
  })

  test('O4: somebody who may only look is offered no revoking, and the service refuses it', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, { url: service.url, username: demoPeople.viewer, password: demoPassword })
    const pane = await openSessionsOf(page, member)
    await expect(pane.getByRole('heading', { name: 'Maya Brandt' })).toBeVisible()
    await expect(pane.getByRole('listitem').first()).toBeVisible()
    await expect(pane.getByRole('button', { name: /^Revoke/ })).toHaveCount(0)
    const token = await service.signIn(demoPeople.viewer, demoPassword)
    const found = await service.call('GET', `/users?search=${member}`, { token })
    const refused = await service.call('DELETE', `/users/${found.body.items[0].id}/sessions`, { token })
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
  })

  test('O5: a revoked session can do nothing from that moment, until its owner signs in again', async ({
    desk,
    service,
    person,
  }) => {
    await person.signIn(service.url, member, demoPassword)
    const elsewhere = await service.signIn(member, demoPassword)
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    const pane = await openSessionsOf(page, member)
    const browser = pane.getByRole('listitem').filter({ hasText: 'Chromium' })
    await expect(browser).toHaveCount(1)
    await browser.getByRole('button', { name: 'Revoke', exact: true }).click()
    const confirm = page.getByRole('dialog')
    if (await confirm.isVisible()) await confirm.getByRole('button', { name: /^Revoke/ }).click()
    await expect(browser).toHaveCount(0)

    await person.page.goto(`${service.url}/profile`)
    await expect(person.page).toHaveURL(/\/sign-in/)
    await expect(person.page.getByText(/revoked/i).first()).toBeVisible()
    // The same person's other session is none of it.
    expect((await readMe(service, elsewhere)).status).toBe(200)
    await person.signIn(service.url, member, demoPassword)
    await expect(person.page).toHaveURL(`${service.url}/`)

    await pane.getByRole('button', { name: 'Revoke sessions' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke sessions' }).click()
    await expect
      .poll(() => readMe(service, elsewhere))
      .toMatchObject({ status: 401, body: { code: 'session-ended', reason: 'revoked' } })
  })
})
