import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { formatCountdown } from '../domain/duration.ts'
import { choosePassphrase, setUpDesk, unlock } from '../test/e2e/support/desk.ts'
import { seatPerson } from '../test/e2e/support/person.ts'
import { demoPeople } from '../test/support/session-service.ts'
import { buildIfNeeded } from './build.ts'
import { explainFailures } from './explained.ts'
import { chooseHost, describeHost } from './host.ts'
import { ensureSystemPackages, testPackages } from './system-packages.ts'
import { leaveRoot } from './unprivileged.ts'

/**
 * `npm run demo`: does the main job on the real app with the real service, keychain and browser, prints a line a
 * step with what was seen, and keeps a screenshot of each in `demo/`. A step that fails makes the exit code non-zero.
 */
const timeScale = 60
const limitMinutes = 5
const shots = 'demo'

explainFailures()
ensureSystemPackages(testPackages)
await leaveRoot()
buildIfNeeded()
console.log(`Curfew, guided, on this host: ${describeHost(await chooseHost())}\n`)
rmSync(shots, { recursive: true, force: true })
mkdirSync(shots)

const desk = await setUpDesk()
const person = await seatPerson()
let shot = 0
let failed = false

/** Does one step; `see` answers what was seen, in words, or throws. */
async function step(row: string, name: string, look: Page, see: () => Promise<string>): Promise<void> {
  if (failed) return
  shot += 1
  const file = join(shots, `${String(shot).padStart(2, '0')}-${name}.png`)
  try {
    const seen = await see()
    await look.screenshot({ path: file })
    console.log(`✓ ${row} ${seen}`)
  } catch (error) {
    failed = true
    await look.screenshot({ path: file }).catch(() => {})
    console.error(`✗ ${row} ${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

try {
  const page = await desk.open({ CURFEW_SERVICE_TIME_SCALE: String(timeScale) })
  const update = page.getByRole('button', { name: 'Update' })
  const goTo = (screen: string) =>
    page.getByRole('navigation', { name: 'Screens' }).getByText(screen, { exact: true }).click()
  let service = ''
  let demoPassword = ''

  await step('C4', 'first-run', page, async () => {
    await expect(page.getByLabel('Repeat passphrase')).toBeVisible()
    return 'first run asks for a passphrase and shows nothing else'
  })

  await step('C1', 'welcome', page, async () => {
    await choosePassphrase(page)
    const entries = await desk.secrets.stored()
    if (entries.length === 0) throw new Error('The keychain holds nothing.')
    return `passphrase chosen; the keychain holds ${entries.length} sealed entries`
  })

  await step('C2', 'security', page, async () => {
    await page.getByRole('button', { name: 'Start with the built-in service' }).click()
    await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible({ timeout: 30_000 })
    const file = JSON.parse(readFileSync(join(desk.dataFolder, 'instances.json'), 'utf8'))
    service = file.instances[0].baseUrl
    return `the built-in service runs at ${service} and Curfew is signed in to it as ${file.instances[0].username}`
  })

  await step('C1', 'demo-password', page, async () => {
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Show password' }).click()
    demoPassword = (await page.locator('code').textContent()) ?? ''
    return 'Settings shows the password of the sample people, which Curfew made up on this computer'
  })
  await goTo('Security')

  await step('K5', 'signed-in', person.page, async () => {
    await person.signIn(service, demoPeople.member, demoPassword)
    return `${demoPeople.member} is signed in to the service in a browser of their own`
  })

  await step('K3', 'edited', page, async () => {
    const rule = page.getByRole('switch', { name: 'Automatically sign out inactive users' })
    await rule.uncheck({ force: true })
    await rule.check({ force: true })
    await page.getByLabel('Custom limit').fill(String(limitMinutes))
    await expect(page.getByText(`= ${limitMinutes} minutes`)).toBeVisible()
    return `inactivity sign-out is on, the limit is Custom, ${limitMinutes} minutes`
  })

  await step('B1', 'preview', page, async () => {
    const preview = page.getByText(/^Ends /).first()
    await expect(preview).toBeVisible()
    return `before Update: “${(await preview.textContent())?.trim()}”`
  })

  let idleFrom = 0
  await step('K4', 'updated', page, async () => {
    await person.page.reload()
    if (new URL(person.page.url()).pathname !== '/') throw new Error('Something changed before Update.')
    idleFrom = Date.now()
    await update.click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    return 'nothing had changed before Update; now the policy is saved, with Undo'
  })

  await step('K5', 'signed-out', person.page, async () => {
    const limitMs = ((limitMinutes * 60) / timeScale) * 1000
    await expect.poll(() => Date.now() - idleFrom, { timeout: 30_000 }).toBeGreaterThan(limitMs)
    await person.page.goto(`${service}/`)
    if (new URL(person.page.url()).pathname !== '/sign-in')
      throw new Error(`They are at ${person.page.url()}.`)
    const idle = formatCountdown(Math.floor(((Date.now() - idleFrom) / 1000) * timeScale))
    return `idle person was sent to /sign-in after ${idle} (service clock × ${timeScale})`
  })

  await step('C4', 'locked', page, async () => {
    await desk.lock()
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
    return 'Lock now, in the menu, locks Curfew'
  })

  await step('C4', 'unlocked', page, async () => {
    await unlock(page)
    await expect(page.getByRole('navigation', { name: 'Screens' })).toBeVisible()
    return 'the passphrase unlocks it'
  })

  await step('O1', 'longer', page, async () => {
    await goTo('Security')
    await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('24 hours')
    await update.click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    return 'the limit is 24 hours for everybody'
  })

  await step('O4', 'users', page, async () => {
    await person.signIn(service, demoPeople.member, demoPassword)
    await goTo('Users')
    await page.getByLabel('Search users').fill(demoPeople.member)
    await page
      .getByRole('row', { name: new RegExp(demoPeople.member) })
      .first()
      .click()
    await expect(page.getByRole('button', { name: 'Revoke sessions' })).toBeVisible()
    return `Users finds ${demoPeople.member} and shows their sessions`
  })

  await step('O5', 'revoked', person.page, async () => {
    await page.getByRole('button', { name: 'Revoke sessions' }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Revoke/ })
      .click()
    await expect(page.getByRole('dialog')).toBeHidden()
    await person.page.goto(`${service}/`)
    if (new URL(person.page.url()).pathname !== '/sign-in')
      throw new Error(`They are at ${person.page.url()}.`)
    return 'their sessions are revoked, and the browser is back at the sign-in page'
  })
} finally {
  await person.leave()
  await desk.clear()
}
console.log(
  failed ? '\nA step failed; its screenshot is the last one in demo/.' : `\nScreenshots are in ${shots}/.`,
)
process.exitCode = failed ? 1 : 0
