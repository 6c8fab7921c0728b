import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { choosePassphrase, passphrase, setUpWith, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

const lockedWith = (words: RegExp) => ({ hasText: words })

test.describe('the lock', () => {
  test('C4: first run asks for a passphrase twice, and for one that is long enough', async ({ desk }) => {
    const page = await desk.open()
    await page.getByLabel('Passphrase', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByText(/at least 8 characters/i).first()).toBeVisible()
    await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await page.getByLabel('Repeat passphrase').fill('another one altogether')
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByText('The two are not the same.')).toBeVisible()
    await choosePassphrase(page)
  })

  test('C4: after its idle time the app locks by itself, and the passphrase brings it back', async ({
    desk,
    service,
  }) => {
    // Ten minutes of the lock's clock pass in twenty seconds.
    const page = await desk.open({ CURFEW_LOCK_TIME_SCALE: '30' })
    await setUpWith(page, asOwner(service))
    await expect(page.getByRole('button', { name: 'Stay unlocked' })).toBeVisible({ timeout: 40_000 })
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
    await expect(page.locator('main', lockedWith(/idle|inactiv|nothing was done/i))).toBeVisible()
    await expect(page.getByText('Session timeout')).toHaveCount(0)

    await unlock(page, 'not the passphrase')
    await expect(page.getByText('That is not the passphrase.')).toBeVisible()
    await expect(page.getByRole('navigation')).toHaveCount(0)
    await unlock(page)
    await expect(page.getByRole('navigation').first()).toBeVisible()
  })

  test('C4: *Stay unlocked* works without a key or a pointer, as a screen reader presses it', async ({
    desk,
  }) => {
    // A minute of the lock's clock passes in fifteen seconds, the warning shows for the last half of it.
    const page = await desk.open({ CURFEW_LOCK_TIME_SCALE: '4' })
    await choosePassphrase(page)
    await page.evaluate(() => {
      type Api = { curfew: { settings: { write(change: object): Promise<unknown> } } }
      return (window as unknown as Api).curfew.settings.write({ autoLockMinutes: 1, lockOnSystemIdle: false })
    })
    const stay = page.getByRole('button', { name: 'Stay unlocked' })
    await expect(stay).toBeVisible({ timeout: 20_000 })
    // Playwright gives what it evaluates the person's activation, and no event of input.
    await stay.evaluate((button) => (button as HTMLButtonElement).click())
    await expect(stay).toHaveCount(0, { timeout: 3_000 })
    await expect(page.getByRole('button', { name: 'Unlock' })).toHaveCount(0)
    await expect(stay).toBeVisible({ timeout: 20_000 })
  })

  test('C4: input in the window keeps the app unlocked past the limit', async ({ desk }) => {
    await choosePassphrase(await desk.open())
    await desk.quit()
    // Ten minutes of the lock's clock pass in fifteen seconds.
    const page = await desk.open({ CURFEW_LOCK_TIME_SCALE: '40' })
    await unlock(page)
    const start = page.getByRole('button', { name: 'Start with the built-in service' })
    await expect(start).toBeVisible()
    const until = Date.now() + 24_000
    await expect
      .poll(
        async () => {
          await page.mouse.move(300 + (Date.now() % 100), 300)
          expect(await start.count()).toBe(1)
          return Date.now() >= until
        },
        { intervals: [200], timeout: 40_000 },
      )
      .toBe(true)
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible({ timeout: 25_000 })
  })

  test('C4: Lock now locks; while locked the window can get nothing from main', { tag: '@smoke' }, async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await desk.lock()
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
    const refused = await page.evaluate(async () => {
      const { curfew } = window as unknown as {
        curfew: Record<string, Record<string, (x?: unknown) => unknown>>
      }
      const instance = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
      return Promise.all([
        curfew['instances']?.['list']?.(),
        curfew['policy']?.['read']?.({ instance }),
        curfew['settings']?.['read']?.(),
      ])
    })
    for (const answer of refused) expect(answer).toMatchObject({ ok: false, problem: { code: 'locked' } })
    await page.reload()
    await page.goBack().catch(() => null)
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
  })

  test('C4: sleep and the screen lock lock the app, and it says why', { tag: '@smoke' }, async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await desk.app.evaluate(({ powerMonitor }) => {
      powerMonitor.emit('suspend')
    })
    await expect(page.locator('main', lockedWith(/sleep/i))).toBeVisible()
    await unlock(page)
    await expect(page.getByRole('navigation').first()).toBeVisible()
    await desk.app.evaluate(({ powerMonitor }) => {
      powerMonitor.emit('lock-screen')
    })
    await expect(page.locator('main', lockedWith(/screen/i))).toBeVisible()
  })

  test('C4: a restart starts locked, and wrong passphrases stay counted over it', async ({ desk }) => {
    let page = await desk.open()
    await choosePassphrase(page)
    await desk.quit()
    page = await desk.open()
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
    // Five make the delay long enough for a restart to fall into it, also on a slow computer.
    for (let wrong = 0; wrong < 5; wrong += 1) {
      await expect(page.getByRole('button', { name: 'Unlock' })).toBeEnabled({ timeout: 20_000 })
      await unlock(page, `wrong passphrase ${wrong}`)
      await expect(page.getByRole('button', { name: 'Unlock' })).not.toHaveAttribute('data-loading')
      await expect(
        page
          .getByRole('alert')
          .or(page.getByText(/wrong|right/i))
          .first(),
      ).toBeVisible()
    }
    await expect(page.getByText(/try again in|wait/i).first()).toBeVisible()
    await desk.app.kill()
    page = await desk.open()
    await expect(page.getByText(/try again in|wait/i).first()).toBeVisible()
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeDisabled()
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeEnabled({ timeout: 20_000 })
    await unlock(page)
    await expect(page.getByRole('button', { name: 'Start with the built-in service' })).toBeVisible()
  })

  test('C1: without a keychain the app says so and what to install, and keeps nothing in a file', async ({
    desk,
  }) => {
    test.skip(process.platform !== 'linux', 'Only Linux can be without a keychain.')
    const page = await desk.open({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' })
    await expect(page.getByText(/keychain|keyring|secret service/i).first()).toBeVisible()
    await expect(page.getByText(/gnome-keyring/).first()).toBeVisible()
    await expect(page.getByLabel('Repeat passphrase')).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible()
  })

  test('a corrupt settings file is kept aside, the app says so and starts', async ({ desk }) => {
    await writeFile(join(desk.dataFolder, 'settings.json'), '{"theme": oops')
    const page = await desk.open()
    const notice = page.getByText(/settings could not be read/)
    await expect(notice).toBeVisible()
    const name = /settings\.unreadable-[\w-]+\.json/.exec(
      (await page.getByLabel('Notices').textContent()) ?? '',
    )?.[0]
    expect(await readFile(join(desk.dataFolder, name ?? 'missing'), 'utf8')).toBe('{"theme": oops')
    await choosePassphrase(page)
  })
})
