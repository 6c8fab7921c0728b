import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startPretender } from '../support/pretender.ts'
import { choosePassphrase, setUpWith, typeInstance, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

test.describe('where a password goes', () => {
  test('C1, B8: an address edited in instances.json while locked gets no password; both are shown, and it is put back', async ({
    desk,
    service,
  }) => {
    const thief = await startPretender('anybody')
    const path = join(desk.dataFolder, 'instances.json')
    await setUpWith(await desk.open(), asOwner(service))
    await desk.lock()
    const edited = (await readFile(path, 'utf8')).replace(service.url, thief.url)
    await writeFile(path, edited)
    await unlock(desk.page)
    await expect(desk.page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible()
    await desk.quit()

    await writeFile(path, edited)
    const page = await desk.open()
    await unlock(page)
    const banner = page.getByRole('region', { name: 'Connection' })
    await expect(banner).toContainText(`the server was ${service.url}, now ${thief.url}`)
    await page.keyboard.press('F5')
    await banner.getByRole('button', { name: 'Put back as it was' }).click()
    await expect(banner).toBeHidden()
    await expect(page.getByRole('switch', { name: 'Automatically sign out inactive users' })).toBeVisible()
    expect(thief.connections).toBe(0)
    await thief.stop()
  })

  test('C1: a new host that the person does not confirm outside the window gets no connection', async ({
    desk,
  }) => {
    const server = await startPretender('anybody')
    const page = await desk.open()
    await choosePassphrase(page)
    await desk.sayNo()
    await page.getByRole('button', { name: 'Add an instance' }).click()
    await typeInstance(page, { url: server.url, password: 'typed in vain' })
    await expect(page.getByText(/was not confirmed, so nothing was sent/)).toBeVisible()
    expect(await desk.asked()).toEqual([expect.stringContaining(`Connect to ${server.url}?`)])
    await page.getByLabel('Server address').fill('https://sеssions.example.com')
    await page.getByRole('button', { name: 'Add instance' }).click()
    await expect.poll(async () => (await desk.asked()).at(-1)).toMatch(/xn--.*other alphabets/s)
    expect(server.connections).toBe(0)
    await server.stop()
  })
})
