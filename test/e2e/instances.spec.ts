import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startTestService } from '../support/session-service.ts'
import { startUntrustedServer } from '../support/untrusted-server.ts'
import { choosePassphrase, setUpWith, typeInstance, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

test.describe('instances', () => {
  test('C2: two session services side by side; one going away leaves the other at work', async ({
    desk,
    service,
  }) => {
    const second = await startTestService()
    const page = await desk.open()
    await setUpWith(page, { ...asOwner(service), name: 'Production' })
    await page.getByRole('button', { name: 'Add an instance' }).click()
    await typeInstance(page, { ...asOwner(second), name: 'Test' })
    const list = page.getByRole('navigation').first()
    await expect(list.getByText('Production')).toBeVisible()
    await expect(list.getByText('Test', { exact: true })).toBeVisible()
    await expect(page).toHaveTitle(/Test/)

    await second.kill()
    await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('6 hours')
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByText(/offline/i).first()).toBeVisible()

    await page.keyboard.press('ControlOrMeta+1')
    await expect(page).toHaveTitle(/Production/)
    await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('3 hours')
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    expect((await service.call('GET', '/security/policy')).body.idleTimeout.seconds).toBe(10_800)
    await second.stop()
  })

  test('C1, C2: the built-in service starts with one click, and is there again after a restart', async ({
    desk,
  }) => {
    let page = await desk.open()
    await choosePassphrase(page)
    await page.getByRole('button', { name: 'Start with the built-in service' }).click()
    await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible({ timeout: 30_000 })
    await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('12 hours')
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    await desk.quit()

    page = await desk.open()
    await unlock(page)
    await expect(page.getByRole('combobox', { name: 'Timeout limit' }).locator('option:checked')).toHaveText(
      '12 hours',
      { timeout: 30_000 },
    )
  })

  test('what can be wrong with a new instance is said in place, and nothing typed is lost', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await choosePassphrase(page)
    await page.getByRole('button', { name: 'Add an instance' }).click()
    const address = page.getByLabel('Server address')
    const send = page.getByRole('button', { name: 'Add instance' })
    await typeInstance(page, { url: 'http://sessions.example.com', password: 'wrong', name: 'Kept' })
    await expect(page.getByText(/Use https:/)).toBeVisible()

    await address.fill('http://127.0.0.1:9')
    await send.click()
    await expect(page.getByText(/127\.0\.0\.1:9 can’t be reached/)).toBeVisible()

    const other = createServer((_request, response) => response.end('<h1>Welcome</h1>'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    await address.fill(`http://127.0.0.1:${(other.address() as AddressInfo).port}`)
    await send.click()
    await expect(page.getByText(/not a session service/)).toBeVisible()
    other.close()

    const untrusted = await startUntrustedServer()
    await address.fill(untrusted.url)
    await send.click()
    await expect(page.getByText(/does not trust the certificate/)).toBeVisible()
    expect(untrusted.requests()).toBe(0)
    await untrusted.stop()

    await address.fill(service.url)
    await send.click()
    await expect(page.getByText(/user name or the password is wrong/i)).toBeVisible()
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Kept')
    await expect(page.getByLabel('User name')).toHaveValue('owner')

    await page.getByLabel('Password', { exact: true }).fill(asOwner(service).password)
    await send.click()
    await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible()
  })

  test('C4: a session that the server ended turns the instance to “sign-in needed”, and one click mends it', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    const mine = await service.call('GET', '/me')
    const revoked = await service.call('DELETE', `/users/${mine.body.user.id}/sessions`)
    expect(revoked.status).toBe(200)
    await page.keyboard.press('F5')
    await expect(page.getByText(/sign-in needed/i).first()).toBeVisible()
    await page
      .getByRole('button', { name: /sign in/i })
      .first()
      .click()
    await expect(page.getByRole('switch', { name: 'Automatically sign out inactive users' })).toBeVisible()
  })
})
