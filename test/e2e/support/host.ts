import { spawn } from 'node:child_process'
import { _electron, type Page } from '@playwright/test'
import { chooseHost, type Host } from '../../../scripts/host.ts'
import { type ElectronModule, launch, type StandInApplication } from '../../electron-on-chromium/driver.ts'
import { sharedDesktop } from '../../support/desktop.ts'

/** Curfew, running on Electron or on the stand-in: what a test uses is the same on both. */
export interface HostedApp {
  firstWindow(): Promise<Page>
  /** Runs a function in Curfew's main process, with the `electron` module. */
  evaluate<Result, Argument = undefined>(
    work: (electron: ElectronModule, argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result>
  onPrinted(listener: (text: string) => void): void
  close(): Promise<void>
  /** Ends the main process without warning. */
  kill(): Promise<void>
}

export interface HostLaunch {
  /** The app's folder or main module; Curfew itself where not given. */
  readonly app?: string
  readonly dataFolder: string
  readonly env: Readonly<Record<string, string>>
}

/** Starts the built app on the host there is. */
export async function launchOnHost({ app: entry = '.', dataFolder, env }: HostLaunch): Promise<HostedApp> {
  const args = [entry, `--user-data-dir=${dataFolder}`]
  const host = await chooseHost()
  const app = host.name === 'stand-in' ? await launch({ args, env }) : await launchElectron(host, args, env)
  return {
    firstWindow: () => app.firstWindow(),
    evaluate: (work, argument) => (app as StandInApplication).evaluate(work, argument),
    onPrinted(listener) {
      const { stdout, stderr } = app.process()
      for (const stream of [stdout, stderr]) stream?.on('data', (text) => listener(String(text)))
    },
    close: () => app.close(),
    async kill() {
      const child = app.process()
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function launchElectron(
  { command: [executablePath, ...before] }: Host,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  const desktop = await sharedDesktop()
  // Nobody uses a test's screen, and Curfew locks itself on a computer that nobody uses.
  desktop.use()
  return _electron.launch({
    executablePath,
    args: [...before, ...args],
    env: { ...definedEnv(), ...desktop.env, ...env },
    // Playwright adds `--no-sandbox` by itself otherwise.
    chromiumSandbox: true,
  })
}

/** Starts the app once more on the same data, as a click on its icon or on a link would; waits until that has ended. */
export async function startAgain(
  { dataFolder, env }: HostLaunch,
  more: readonly string[] = [],
): Promise<void> {
  const {
    command: [program, ...before],
  } = await chooseHost()
  const desktop = await sharedDesktop()
  const child = spawn(program, [...before, '.', `--user-data-dir=${dataFolder}`, ...more], {
    env: { ...process.env, ...desktop.env, ...env, CURFEW_HEADLESS: '1' },
    stdio: 'ignore',
  })
  await new Promise((resolve) => child.once('exit', resolve))
}

function definedEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
