import type { Page } from '@playwright/test'
import { type ElectronModule, launch } from '../../electron-on-chromium/driver.ts'

/** Curfew, running on Electron or on the stand-in: what a test uses is the same on both. */
export interface HostedApp {
  firstWindow(): Promise<Page>
  /** Runs a function in Curfew's main process, with the `electron` module. */
  evaluate<Result>(work: (electron: ElectronModule) => Result | Promise<Result>): Promise<Result>
  onPrinted(listener: (text: string) => void): void
  close(): Promise<void>
  /** Ends the main process without warning. */
  kill(): Promise<void>
}

export interface HostLaunch {
  readonly dataFolder: string
  readonly env: Readonly<Record<string, string>>
}

/** Starts the built app. */
export async function launchOnHost({ dataFolder, env }: HostLaunch): Promise<HostedApp> {
  const app = await launch({ args: ['.', `--user-data-dir=${dataFolder}`], env })
  return {
    firstWindow: () => app.firstWindow(),
    evaluate: (work) => app.evaluate(work),
    onPrinted(listener) {
      for (const stream of [app.stdout, app.stderr]) stream?.on('data', (text) => listener(String(text)))
    },
    close: () => app.close(),
    async kill() {
      const gone = new Promise((resolve) => app.process().once('exit', resolve))
      app.process().kill('SIGKILL')
      await gone
    },
  }
}
