import type { Page } from '@playwright/test'
import { ownerPassword } from '../support/session-service.ts'
import { type Desk, setUpWith, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

test.skip(process.platform !== 'linux', 'Only Linux has a keychain that a test can lock.')

function keyringOf(desk: Desk) {
  const { service } = desk.secrets
  if (!service) throw new Error('This desk’s keychain can’t be locked.')
  return service
}

/** What only a connected instance shows. */
const rule = (page: Page) => page.getByRole('switch', { name: 'Automatically sign out inactive users' })

test.describe('a keychain that is there', () => {
  test('C1: and locked at the start is said to be locked; once it is open Curfew goes on by itself', async ({
    desk,
    service,
  }) => {
    await setUpWith(await desk.open(), asOwner(service))
    await desk.quit()
    await keyringOf(desk).lock()

    const page = await desk.open()
    await expect(page.getByText('Your keychain is locked')).toBeVisible()
    await expect(page.getByText(/Nothing in it is lost/)).toBeVisible()
    await page.getByRole('button', { name: 'Unlock the keychain' }).click()
    await expect(page.getByText('It is still locked.')).toBeVisible()
    await expect(page.getByText(/Forget everything|backup/)).toHaveCount(0)

    await keyringOf(desk).unlock()
    await unlock(page)
    await expect(rule(page)).toBeVisible()
  })

  test('C1: and locked while Curfew is, is said to be locked to whoever types the right passphrase', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await page.keyboard.press('ControlOrMeta+l')
    await page.getByRole('button', { name: 'Unlock', exact: true }).waitFor()
    await keyringOf(desk).lock()
    await unlock(page)
    await expect(page.getByText('Your keychain is locked')).toBeVisible()
    await expect(page.getByText(/Forget everything|backup|deleted/)).toHaveCount(0)
    await keyringOf(desk).unlock()
    await unlock(page)
    await expect(rule(page)).toBeVisible()
  })

  test('C1: and locked while Curfew is unlocked keeps an instance from signing in, and nothing else', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await keyringOf(desk).lock()
    const mine = await service.call('GET', '/me')
    await service.call('DELETE', `/users/${mine.body.user.id}/sessions`)
    await page.keyboard.press('F5')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    const banner = page.getByRole('region', { name: 'Connection' })
    await expect(banner.getByText(/Curfew can’t read the password of/)).toBeVisible()
    await expect(banner.getByText(/Nothing in it is lost/)).toBeVisible()
    await banner.getByRole('button', { name: 'Unlock the keychain' }).click()
    await keyringOf(desk).unlock()
    await expect(banner).toHaveCount(0)
    await expect(rule(page)).toBeVisible()
  })

  test('C5: and lost the password of an instance: Curfew says so once and takes it typed', async ({
    desk,
    service,
  }) => {
    await setUpWith(await desk.open(), asOwner(service))
    await desk.quit()
    const stored = await desk.secrets.stored()
    const entry = stored.find(({ account }) => account.startsWith('instance:'))
    await keyringOf(desk).deleteEntry('Curfew', entry?.account ?? 'missing')

    const page = await desk.open()
    await unlock(page)
    const banner = page.getByRole('region', { name: 'Connection' })
    await expect(banner.getByText(/password of this instance was deleted from the keychain/)).toBeVisible()
    await expect(page.getByText(/with the stored password/)).toHaveCount(0)
    await banner.getByLabel('Password', { exact: true }).fill(ownerPassword)
    await banner.getByRole('button', { name: 'Sign in' }).click()
    await expect(rule(page)).toBeVisible()
    await expect(banner).toHaveCount(0)
    await desk.quit()

    const again = await desk.open()
    await unlock(again)
    await expect(rule(again)).toBeVisible()
  })
})
