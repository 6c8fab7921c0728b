import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import type { BrowserWindow as ElectronWindow } from 'electron'
import { choosePassphrase, passphrase, setUpDesk } from '../test/e2e/support/desk.ts'
import { buildIfNeeded } from './build.ts'
import { Explained, explainFailures } from './explained.ts'
import { chooseHost, describeHost } from './host.ts'
import { ensureSystemPackages, testPackages } from './system-packages.ts'
import { leaveRoot } from './unprivileged.ts'

/**
 * `npm run tour`: takes the pictures of docs/tour.md on the real app with the real built-in service, into `docs/images/`,
 * so that they can be taken anew whenever a screen changes.
 */
const pictures = join('docs', 'images')
const size = { width: 1440, height: 900 }
const mostBytes = 150_000

explainFailures()
ensureSystemPackages(testPackages)
await leaveRoot()
buildIfNeeded()
console.log(`Curfew’s tour, on this host: ${describeHost(await chooseHost())}`)
mkdirSync(pictures, { recursive: true })

const desk = await setUpDesk()
try {
  const page = await desk.open()
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  // The stand-in has no window of a size: its pages don't pass the wait below.
  await desk.app.evaluate(
    ({ BrowserWindow }, { width, height }) =>
      (BrowserWindow.getAllWindows()[0] as unknown as ElectronWindow | undefined)?.setContentSize(
        width,
        height,
      ),
    size,
  )
  await expect.poll(() => page.evaluate(() => [innerWidth, innerHeight])).toEqual([size.width, size.height])

  async function picture(name: string): Promise<void> {
    const path = join(pictures, `tour-${name}.png`)
    await page.screenshot({ path, caret: 'hide', animations: 'disabled' })
    const { size: bytes } = statSync(path)
    if (bytes > mostBytes) throw new Explained(`${path} has ${bytes} bytes: ${mostBytes} is the most.`)
    console.log(`  ${path}`)
  }
  const goTo = (screen: string) =>
    page.getByRole('navigation', { name: 'Screens' }).getByText(screen, { exact: true }).click()

  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await page.getByLabel('Repeat passphrase').fill(passphrase)
  await expect(page.getByRole('button', { name: 'Continue' })).toBeEnabled()
  await picture('1-passphrase')

  await choosePassphrase(page)
  await picture('2-two-ways')

  await page.getByRole('button', { name: 'Start with the built-in service' }).click()
  await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible({ timeout: 30_000 })
  await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('Custom (in minutes)')
  await page.getByLabel('Custom limit').fill('5')
  await expect(page.getByText(/^Ends \d+ sessions of \d+ people now/).first()).toBeVisible()
  await picture('3-security')

  await goTo('System Config')
  const addConfig = page.getByRole('complementary', { name: 'Add Config' })
  async function typeEntry(label: string, minutes: string): Promise<void> {
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await addConfig.getByLabel('Key').selectOption({ label })
    await addConfig.getByLabel('Value').fill(minutes)
    await expect(addConfig.getByText(/^Ends /)).toBeVisible()
  }
  await typeEntry('Authorization token session duration', '480')
  await addConfig.getByRole('button', { name: 'Submit' }).click()
  await expect(addConfig).toBeHidden()
  await typeEntry('Maximum K8s Session Duration', '60')
  await picture('4-system-config')
  await addConfig.getByRole('button', { name: 'Cancel' }).click()

  await goTo('Users')
  await page.getByLabel('Search users').fill('mari')
  await expect(page.getByText(/(people|person) found$/)).toBeVisible()
  await page
    .getByRole('row', { name: /\b[2-9] web\b/ })
    .first()
    .click()
  await expect(page.getByRole('button', { name: 'Revoke sessions' })).toBeVisible()
  await picture('5-users')

  await desk.lock()
  await expect(page.getByRole('button', { name: 'Unlock', exact: true })).toBeVisible()
  await picture('6-locked')
} finally {
  await desk.clear()
}
