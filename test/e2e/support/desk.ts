import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import type { StoredSecret } from '../../support/secret-service.ts'
import { startTestKeychain, type TestKeychain } from '../../support/test-keychain.ts'
import { type HostedApp, launchOnHost } from './host.ts'

/** The passphrase of every desk that does not choose its own. */
export const passphrase = 'a passphrase of some length'

/** One admin's computer: an app data folder, a real keychain, and Curfew when it runs. */
export interface Desk {
  /** Curfew's window. */
  readonly page: Page
  readonly app: HostedApp
  readonly dataFolder: string
  readonly secrets: TestKeychain
  /** Starts Curfew. */
  open(env?: Readonly<Record<string, string>>): Promise<Page>
  /** Locks Curfew, as its menu does. */
  lock(): Promise<void>
  /** Quits Curfew, as its menu does. */
  quit(): Promise<void>
  /** What Curfew asks outside its window is answered with yes, from the start; with no from here on. */
  sayNo(): Promise<void>
  /** What it has asked outside its window, in its order. */
  asked(): Promise<readonly string[]>
  /** Everything Curfew printed. */
  printed(): string
  clear(): Promise<void>
}

/** Sets up a desk; Curfew is not started yet. */
export async function setUpDesk(): Promise<Desk> {
  const [dataFolder, secrets] = await Promise.all([
    mkdtemp(join(tmpdir(), 'curfew-data-')),
    startTestKeychain(),
  ])
  let app: HostedApp | undefined
  let page: Page | undefined
  let printed = ''
  const running = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('Curfew is not running on this desk.')
    return value
  }
  const desk: Desk = {
    get page() {
      return running(page)
    },
    get app() {
      return running(app)
    },
    dataFolder,
    secrets: {
      ...secrets,
      // macOS asks the person before one program reads what another has written, so Curfew itself reads it there.
      stored: () => (process.platform === 'darwin' && app ? readThrough(app, secrets.env) : secrets.stored()),
    },
    async open(env = {}) {
      app = await launchOnHost({ dataFolder, env: { ...secrets.env, ...env } })
      app.onPrinted((text) => {
        printed += text
      })
      await answerQuestions(app, true)
      const opened = await app.firstWindow()
      page = opened
      return opened
    },
    lock: () =>
      running(app).evaluate(({ Menu }) => {
        Menu.getApplicationMenu()?.getMenuItemById('lock')?.click()
      }),
    async quit() {
      await app?.close()
      app = undefined
      page = undefined
    },
    sayNo: () => answerQuestions(running(app), false),
    asked: () => running(app).evaluate(() => (globalThis as QuestionsAsked).asked ?? []),
    printed: () => printed,
    async clear() {
      await desk.quit()
      await secrets.stop()
      await rm(dataFolder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  return desk
}

type QuestionsAsked = typeof globalThis & { asked?: string[] }

/** Stands in for the person at the system's own dialogs, which no test can press. */
function answerQuestions(app: HostedApp, yes: boolean): Promise<void> {
  return app.evaluate(({ dialog }, response) => {
    const before = globalThis as QuestionsAsked
    before.asked ??= []
    const { asked } = before
    dialog.showMessageBox = async (...given: readonly unknown[]) => {
      const { message, detail } = given.at(-1) as { message: string; detail: string }
      asked.push(`${message}\n${detail}`)
      return { response, checkboxChecked: false }
    }
  }, Number(yes))
}

/** What Curfew's keychain holds, read by Curfew's own process. */
function readThrough(app: HostedApp, env: TestKeychain['env']): Promise<readonly StoredSecret[]> {
  return app.evaluate(({ app: { getAppPath } }, service) => {
    const { createRequire } = process.getBuiltinModule('node:module')
    return createRequire(`${getAppPath()}/package.json`)('keytar').findCredentials(service)
  }, env['CURFEW_KEYCHAIN_SERVICE'] ?? 'Curfew')
}

/** First run: chooses a passphrase. */
export async function choosePassphrase(page: Page, chosen = passphrase): Promise<void> {
  await page.getByLabel('Passphrase', { exact: true }).fill(chosen)
  await page.getByLabel('Repeat passphrase').fill(chosen)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('button', { name: 'Start with the built-in service' })).toBeVisible()
}

/** Unlocks with a passphrase. */
export async function unlock(page: Page, typed = passphrase): Promise<void> {
  // The page that had data may still be there, with a section of the same name.
  await page.getByRole('button', { name: 'Unlock', exact: true }).waitFor()
  await page.getByLabel('Passphrase', { exact: true }).fill(typed)
  await page.getByRole('button', { name: 'Unlock' }).click()
}

export interface InstanceTyped {
  readonly url: string
  readonly username?: string
  readonly password: string
  readonly name?: string
}

/** Fills the form of a new instance and sends it. */
export async function typeInstance(page: Page, typed: InstanceTyped): Promise<void> {
  await page.getByLabel('Server address').fill(typed.url)
  await page.getByLabel('Name', { exact: true }).fill(typed.name ?? 'Test service')
  await page.getByLabel('User name').fill(typed.username ?? 'owner')
  await page.getByLabel('Password', { exact: true }).fill(typed.password)
  await page.getByRole('button', { name: 'Add instance' }).click()
}

/** First run with a real service: passphrase, *Add an instance*, until the Security screen shows. */
export async function setUpWith(page: Page, instance: InstanceTyped): Promise<void> {
  await choosePassphrase(page)
  await page.getByRole('button', { name: 'Add an instance' }).click()
  await typeInstance(page, instance)
  await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible()
}
