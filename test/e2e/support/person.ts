import { type Browser, chromium, type Page } from '@playwright/test'
import { findChromium } from '../../../scripts/chromium.ts'

/** Somebody at a browser of their own, as far from Curfew as another computer. */
export interface Person {
  readonly page: Page
  /** Opens a service's sign-in page and signs in. */
  signIn(
    serviceUrl: string,
    username: string,
    password: string,
    options?: { remember?: boolean },
  ): Promise<void>
  leave(): Promise<void>
}

/** A person with a fresh browser. */
export async function seatPerson(): Promise<Person> {
  const browser: Browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  })
  const page = await browser.newPage()
  return {
    page,
    async signIn(serviceUrl, username, password, { remember = false } = {}) {
      await page.goto(`${serviceUrl}/sign-in`)
      await page.getByLabel(/user ?name/i).fill(username)
      await page.getByLabel(/password/i).fill(password)
      if (remember) await page.getByLabel(/remember/i).check()
      await page.getByRole('button', { name: /sign in/i }).click()
      await page.waitForURL((url) => url.pathname === '/')
    },
    leave: () => browser.close(),
  }
}
