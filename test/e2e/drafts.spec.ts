import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { choosePassphrase, setUpWith, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

const back = 'What you had typed is back.'

test.describe('what was typed', () => {
  test('C4: an unsaved Security form comes back after unlocking, and nothing of it was saved', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    const before = await service.call('GET', '/security/policy')
    await page.getByLabel('Custom limit').fill('37')
    await desk.app.evaluate(({ powerMonitor }) => {
      setTimeout(() => powerMonitor.emit('lock-screen'), 500)
    })
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
    await expect(page.getByText('37')).toHaveCount(0)
    await unlock(page)
    await expect(page.getByLabel('Custom limit')).toHaveValue('37')
    await expect(page.getByText(back)).toBeVisible()
    expect((await service.call('GET', '/security/policy')).body).toEqual(before.body)

    // Locked again before anything else was done, it is still there; saved, it is not.
    await desk.lock()
    await unlock(page)
    await expect(page.getByLabel('Custom limit')).toHaveValue('37')
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    await expect(page.getByText(back)).toHaveCount(0)
    await desk.lock()
    await unlock(page)
    await expect(page.getByLabel('Custom limit')).toHaveValue('37')
    await expect(page.getByText(back)).toHaveCount(0)
  })

  test('C4: the form of a new instance comes back without its password, on the screen where it was', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await choosePassphrase(page)
    await page.getByRole('button', { name: 'Add an instance' }).click()
    await page.getByLabel('Server address').fill(service.url)
    await desk.lock()
    await unlock(page)
    await expect(page.getByText(back)).toBeVisible()
    await expect(page.getByLabel('Server address')).toHaveValue(service.url)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Add an instance' }).click()
    await expect(page.getByLabel('Server address')).toHaveValue('')
    await expect(page.getByText(back)).toHaveCount(0)

    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Add an instance' }).click()
    await page.getByLabel('Server address').fill(service.url)
    await page.getByLabel('Name', { exact: true }).fill('Production')
    await page.getByLabel('User name').fill('owner')
    await page.getByLabel('Password', { exact: true }).fill(asOwner(service).password)
    await page.getByRole('button', { name: 'Add instance' }).click()
    await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible()

    await page.getByRole('button', { name: 'Add an instance' }).click()
    await page.getByLabel('Server address').fill('https://sessions.example.com')
    await page.getByLabel('Name', { exact: true }).fill('Second')
    await page.getByText('Orange').click()
    await page.getByLabel('Password', { exact: true }).fill('half a password')
    await desk.lock()
    await unlock(page)
    await expect(page.getByRole('heading', { name: 'Add an instance' })).toBeVisible()
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Second')
    await expect(page.getByLabel('Orange')).toBeChecked()
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('')
  })

  test('C4: a half-written reason comes back for the same people, and nobody was signed out', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await page.getByRole('button', { name: 'Users' }).click()
    await page.getByRole('searchbox').fill('member')
    await page
      .getByRole('row', { name: /member/i })
      .first()
      .click()
    await page.getByRole('button', { name: 'Revoke sessions' }).click()
    const title = await page
      .getByRole('dialog')
      .getByText(/Revoke all sessions of/)
      .textContent()
    await page.getByRole('dialog').getByLabel('Reason').fill('Left the comp')
    await desk.lock()
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
    await unlock(page)
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByText(title ?? 'missing')).toBeVisible()
    await expect(dialog.getByLabel('Reason')).toHaveValue('Left the comp')
    await expect(dialog.getByText(back)).toBeVisible()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await desk.lock()
    await unlock(page)
    await expect(page.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible()
    await expect(page.getByRole('dialog')).toHaveCount(0)
  })

  test('C4: a restart keeps nothing of what was typed, in no file either', async ({ desk, service }) => {
    let page = await desk.open()
    await setUpWith(page, asOwner(service))
    await page.getByLabel('Custom limit').fill('37')
    await desk.app.kill()
    // A file that was put in by hand is not read either.
    await writeFile(join(desk.dataFolder, 'drafts.json'), '{}')
    page = await desk.open()
    await unlock(page)
    await expect(page.getByRole('combobox', { name: 'Timeout limit' })).toBeVisible()
    await expect(page.getByText(back)).toHaveCount(0)
  })
})
