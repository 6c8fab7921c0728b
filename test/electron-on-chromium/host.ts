import type { Browser } from './browser.ts'

let current: Browser | undefined

/** Hands over the Chromium that the runner started, before the app's own code runs. */
export function setBrowser(browser: Browser): void {
  current = browser
}

/** The Chromium behind every window of this process. */
export function browser(): Browser {
  if (!current) throw new Error('Start the app with test/electron-on-chromium/run.ts')
  return current
}
