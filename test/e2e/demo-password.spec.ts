import { demoPeople } from '../support/session-service.ts'
import { choosePassphrase } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { seatPerson } from './support/person.ts'

test.describe('the password of the built-in service’s sample people', () => {
  test('C1, C4: the owner of the app has it shown and copied in Settings; it signs in, and leaves the clipboard after 30 seconds', async ({
    desk,
  }) => {
    // Thirty seconds of the lock's clock, which the clipboard goes by, pass in six.
    const page = await desk.open({ CURFEW_LOCK_TIME_SCALE: '5' })
    await choosePassphrase(page)
    await page.getByRole('button', { name: 'Start with the built-in service' }).click()
    await expect(page.getByRole('combobox', { name: 'Timeout limit' })).toBeVisible({ timeout: 30_000 })
    await page.getByRole('button', { name: 'Settings' }).click()

    const shown = page.getByRole('main').locator('code')
    await expect(page.getByRole('button', { name: 'Show password' })).toBeVisible()
    await expect(shown).toBeHidden()
    await page.getByRole('button', { name: 'Show password' }).click()
    await expect(shown).toHaveText(/^[\w-]{24}$/)
    const password = (await shown.textContent()) ?? ''
    await page.getByRole('button', { name: 'Hide password' }).click()
    await expect(shown).toBeHidden()

    const held = () => desk.app.evaluate(({ clipboard }) => clipboard.readText())
    const said = page.getByText('Copied. It is cleared from the clipboard in 30 seconds.')
    await page.getByRole('button', { name: 'Copy password' }).click()
    await expect(said).toBeVisible()
    expect(await held()).toBe(password)
    await expect.poll(held, { timeout: 15_000 }).toBe('')
    await expect(said).toBeHidden()

    const { instances } = await page.evaluate(async () => {
      type Api = {
        curfew: { instances: { list(): Promise<{ value: { instance: { baseUrl: string } }[] }> } }
      }
      const { value } = await (window as unknown as Api).curfew.instances.list()
      return { instances: value.map(({ instance }) => instance.baseUrl) }
    })
    const person = await seatPerson()
    await person.signIn(instances[0] ?? '', demoPeople.member, password)
    await expect(person.page.getByRole('heading', { name: /You are signed in/ })).toBeVisible()
    await person.leave()
  })
})
