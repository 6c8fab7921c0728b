import { access, chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataKeyOf, openedBy } from '../support/data-key.ts'
import { choosePassphrase, passphrase, setUpWith, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

test.describe('settings of the lock', () => {
  test('C4: the minutes take effect at once and over a restart, also where the file was edited by hand', async ({
    desk,
    service,
  }) => {
    let page = await desk.open()
    await setUpWith(page, asOwner(service))
    await page.getByRole('button', { name: 'Settings' }).click()
    const minutes = page.getByLabel('Lock after minutes without activity')
    await expect(minutes).toHaveValue('10')
    await minutes.fill('240')
    await minutes.press('Enter')
    await expect(page.getByText('Locks in 240 min')).toBeVisible()
    await minutes.fill('241')
    await expect(page.getByText('Type a whole number of minutes from 1 to 240.')).toBeVisible()
    await minutes.fill('2')
    await minutes.press('Enter')
    await expect(page.getByText(/^Locks in (2|1) min$/)).toBeVisible()
    await desk.quit()

    // An hour of the lock's clock would pass in a minute; two minutes pass in two seconds.
    page = await desk.open({ CURFEW_LOCK_TIME_SCALE: '60' })
    await unlock(page)
    await expect(page.locator('main', { hasText: /nothing was done in Curfew/ })).toBeVisible()
    await desk.quit()

    // Out of bounds is no setting at all: that value alone is replaced, by the strictest.
    await writeFile(
      join(desk.dataFolder, 'settings.json'),
      '{ "autoLockMinutes": 100000, "lockOnSystemIdle": false }',
    )
    page = await desk.open()
    await expect(page.getByText(/“autoLockMinutes” in settings.json can’t be read/)).toBeVisible()
    await unlock(page)
    await expect(page.getByText(/^Locks in (1 min|\d+ s)/)).toBeVisible()
  })

  test('C4: a computer that nobody uses locks Curfew, unless that is switched off', async ({
    desk,
    service,
  }) => {
    // The computer is asked every half second.
    const page = await desk.open({ CURFEW_LOCK_TIME_SCALE: '20' })
    await setUpWith(page, asOwner(service))
    await page.getByRole('button', { name: 'Settings' }).click()
    const also = page.getByRole('switch', { name: 'Also lock when the computer is idle' })
    await expect(also).toBeChecked()
    await also.click()
    await expect(page.getByText('Saved.')).toBeVisible()
    await desk.app.evaluate(({ powerMonitor }) => {
      powerMonitor.getSystemIdleTime = () => 700
    })
    await also.click()
    await expect(page.locator('main', { hasText: /nothing was done in Curfew/ })).toBeVisible({
      timeout: 5_000,
    })
  })

  test('C4: what the organisation has set is shown as such, can’t be changed, and is enforced', async ({
    desk,
    service,
  }) => {
    const policyFile = join(desk.dataFolder, 'policy.json')
    await writeFile(
      policyFile,
      JSON.stringify({
        fixed: { lockOnMinimise: true, theme: 'dark', colour: 'red' },
        atMost: { autoLockMinutes: 5 },
      }),
    )
    const page = await desk.open({ CURFEW_POLICY_FILE: policyFile })
    await expect(page.getByText(/“fixed.colour” is not known/)).toBeVisible()
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
    await setUpWith(page, asOwner(service))
    await page.getByRole('button', { name: 'Settings' }).click()
    const minimise = page.getByRole('switch', { name: 'Lock when the window is minimised' })
    await expect(minimise).toBeChecked()
    await expect(minimise).toBeDisabled()
    await expect(page.getByText('Set by your organisation.').first()).toBeVisible()
    await expect(page.getByLabel('Theme')).toBeDisabled()
    const minutes = page.getByLabel('Lock after minutes without activity')
    await expect(minutes).toHaveValue('5')
    await expect(page.getByText(/Your organisation allows at most 5 minutes/)).toBeVisible()

    // Main refuses it whatever the window says.
    const write = (change: object) =>
      page.evaluate((asked) => {
        type Api = { curfew: { settings: { write(change: object): Promise<unknown> } } }
        return (window as unknown as Api).curfew.settings.write(asked)
      }, change)
    expect(await write({ lockOnMinimise: false })).toMatchObject({
      ok: false,
      problem: { code: 'refused', message: /set by your organisation/ },
    })
    expect(await write({ autoLockMinutes: 6 })).toMatchObject({ ok: false, problem: { code: 'invalid' } })
    expect(await write({ autoLockMinutes: 4, lockOnMinimise: true })).toMatchObject({ ok: true })

    // Nor does it help to write the file by hand.
    await desk.quit()
    const settingsFile = join(desk.dataFolder, 'settings.json')
    const own = JSON.parse(await readFile(settingsFile, 'utf8'))
    await writeFile(
      settingsFile,
      JSON.stringify({ ...own, autoLockMinutes: 240, lockOnMinimise: false, theme: 'light' }),
    )
    const again = await desk.open({ CURFEW_POLICY_FILE: policyFile })
    await unlock(again)
    await expect(again.getByText('Locks in 5 min')).toBeVisible()
    await desk.app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.minimize()
    })
    await expect(again.locator('main', { hasText: /window was minimised/ })).toBeVisible()
  })

  test('C4: an organisation’s file that others could have written counts as the strictest, and the person is told', async ({
    desk,
    service,
  }) => {
    const policyFile = join(desk.dataFolder, 'policy.json')
    await writeFile(policyFile, '{ "fixed": { "lockOnMinimise": false } }')
    await chmod(policyFile, 0o666)
    const page = await desk.open({ CURFEW_POLICY_FILE: policyFile })
    await expect(page.getByText(/others than an administrator may write to .*policy\.json/)).toBeVisible()
    await setUpWith(page, asOwner(service))
    await page.getByRole('button', { name: 'Settings' }).click()
    await expect(page.getByRole('switch', { name: 'Lock when the window is minimised' })).toBeChecked()
    await expect(page.getByLabel('Lock after minutes without activity')).toHaveValue('1')
  })

  test('C4: the passphrase can be changed: the old one no longer opens Curfew, and nothing else is typed again', async ({
    desk,
    service,
  }) => {
    const next = 'velvet harbor moss ladder'
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Change passphrase…' }).click()
    const send = page.getByRole('button', { name: 'Change passphrase', exact: true })
    await page.getByLabel('Present passphrase').fill('not the passphrase')
    await page.getByLabel('New passphrase', { exact: true }).fill('short')
    await send.click()
    await expect(page.getByText(/Use at least 8 characters/)).toBeVisible()
    await page.getByLabel('New passphrase', { exact: true }).fill(next)
    await expect(page.getByText('Strong.')).toBeVisible()
    await page.getByLabel('Repeat new passphrase').fill(`${next}!`)
    await send.click()
    await expect(page.getByText('The two are not the same.')).toBeVisible()
    await page.getByLabel('Repeat new passphrase').fill(next)
    await send.click()
    await expect(page.getByText('That is not your present passphrase.')).toBeVisible()
    await page.getByLabel('Present passphrase').fill(passphrase)
    await send.click()
    await expect(page.getByText('The passphrase is changed.')).toBeVisible()

    await desk.lock()
    await unlock(page, passphrase)
    await expect(page.getByText('That is not the passphrase.')).toBeVisible()
    await unlock(page, next)
    await page.getByRole('button', { name: 'Security' }).click()
    await expect(page.getByRole('combobox', { name: 'Timeout limit' })).toBeVisible()
  })

  test('B8: with the passphrase the key can be replaced: everything is sealed anew, and the old key opens nothing', async ({
    desk,
    service,
  }) => {
    const next = 'velvet harbor moss ladder'
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    const stored = async () =>
      new Map((await desk.secrets.stored()).map(({ account, password }) => [account, password]))
    const opened = (key: Buffer, entries: ReadonlyMap<string, string>) =>
      openedBy(
        key,
        entries.values(),
        [...entries.keys()].map((account) => account.replace('instance:', '')),
      )
    const before = await stored()
    const oldKey = await dataKeyOf(before, passphrase)
    // The manifest and the instance's password.
    expect(opened(oldKey, before)).toHaveLength(2)

    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Change passphrase…' }).click()
    await page.getByLabel('Present passphrase').fill(passphrase)
    await page.getByLabel('New passphrase', { exact: true }).fill(next)
    await page.getByLabel('Repeat new passphrase').fill(next)
    await page.getByRole('checkbox', { name: 'Also replace the key that everything is sealed with' }).check()
    await page.getByRole('button', { name: 'Change passphrase', exact: true }).click()
    // Two passphrases are worked on, one after the other.
    await expect(page.getByText(/everything is sealed with a new key/)).toBeVisible({ timeout: 30_000 })

    const after = await stored()
    expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted())
    expect(opened(oldKey, after)).toEqual([])
    expect(opened(await dataKeyOf(after, next), after)).toHaveLength(2)

    // Nothing is typed again, and only the new passphrase opens it.
    await desk.lock()
    await unlock(page, passphrase)
    await expect(page.getByText('That is not the passphrase.')).toBeVisible()
    await unlock(page, next)
    await page.getByRole('button', { name: 'Security' }).click()
    await expect(page.getByRole('combobox', { name: 'Timeout limit' })).toBeVisible()
  })

  test('B8: who forgot the passphrase can begin anew; everything that could be opened with it is deleted', async ({
    desk,
  }) => {
    const page = await desk.open()
    await choosePassphrase(page)
    await page.getByRole('button', { name: 'Start with the built-in service' }).click()
    await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible({ timeout: 30_000 })
    await expect(page.getByRole('combobox', { name: 'Timeout limit' })).toBeVisible({ timeout: 30_000 })
    expect(await exists(join(desk.dataFolder, 'service'))).toBe(true)
    await desk.lock()
    await unlock(page, 'I do not know it any more')
    await expect(page.getByText('That is not the passphrase.')).toBeVisible()

    await page.getByRole('button', { name: 'Forgot your passphrase?' }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByText(/the list of instances/)).toBeVisible()
    const forget = dialog.getByRole('button', { name: 'Forget everything' })
    await expect(forget).toBeDisabled()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
    expect(await desk.secrets.stored()).not.toEqual([])

    await page.getByRole('button', { name: 'Forgot your passphrase?' }).click()
    await dialog.getByLabel('I know that this can’t be taken back').check()
    await forget.click()
    await expect(page.getByRole('heading', { name: 'Choose a passphrase' })).toBeVisible()
    // A new Curfew tries whether the keychain keeps anything, and takes that away again.
    await expect.poll(() => desk.secrets.stored()).toEqual([])
    expect(await exists(join(desk.dataFolder, 'service'))).toBe(false)
    expect(JSON.parse(await readFile(join(desk.dataFolder, 'instances.json'), 'utf8')).instances).toEqual([])

    // It is as new: another passphrase, and the built-in service starts again. Forgetting does not wait until it has.
    await choosePassphrase(page, 'velvet harbor moss ladder')
    await page.getByRole('button', { name: 'Start with the built-in service' }).click()
    await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible({ timeout: 30_000 })
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Forget everything…' }).click()
    await page.getByRole('dialog').getByLabel('I know that this can’t be taken back').check()
    await page.getByRole('dialog').getByRole('button', { name: 'Forget everything' }).click()
    await expect(page.getByRole('heading', { name: 'Choose a passphrase' })).toBeVisible()
    await expect.poll(() => desk.secrets.stored()).toEqual([])
  })
})
