import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from '@playwright/test'
import type { CurfewApi } from '../../preload/contract/index.ts'
import { buildIfNeeded } from '../../scripts/build.ts'
import { chooseHost, describeHost } from '../../scripts/host.ts'
import { ensureSystemPackages, testPackages } from '../../scripts/system-packages.ts'
import { leaveRoot } from '../../scripts/unprivileged.ts'
import { choosePassphrase, setUpDesk, unlock } from '../e2e/support/desk.ts'
import { launchOnHost } from '../e2e/support/host.ts'
import { ownerPassword, startTestService } from '../support/session-service.ts'
import { addAccounts } from './accounts.ts'
import { buildApp } from './build-app.ts'
import { atMost, median, type Row } from './row.ts'

const here = import.meta.dirname
const root = join(here, '..', '..')
const instanceCount = 50
/** A page of the app, where only its own code knows what the preload exposes. */
type AppWindow = { readonly curfew: CurfewApi }
/** The idle limit of a minute passes in five seconds. */
const lockTimeScale = 12

/** The figures of the app itself: its door, its size and its start. */
export async function measure(print: (row: Row) => void): Promise<void> {
  ensureSystemPackages(testPackages)
  await leaveRoot()
  buildIfNeeded()
  console.log(`app      on this host: ${describeHost(await chooseHost())}`)
  print(await doorCost())
  print(await javaScriptSize())
  print(await startCost())
  print(await sealingCost())
}

async function doorCost(): Promise<Row> {
  const { door, bare } = await inApp(await buildApp('ipc-app'), (page) =>
    page.evaluate(async () => {
      const { bench } = window as unknown as {
        bench: Record<'door' | 'bare', (argument: unknown) => Promise<unknown>>
      }
      const argument = {
        instance: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11',
        change: { idleTimeout: { enabled: true, seconds: 3600 } },
      }
      const times: Record<'door' | 'bare', number[]> = { door: [], bare: [] }
      // In turns, so that whatever else the machine does meets both alike; the first rounds warm up.
      for (let round = 0; round < 24; round += 1)
        for (const way of ['bare', 'door'] as const) {
          const begin = performance.now()
          for (let call = 0; call < 50; call += 1) await bench[way](argument)
          if (round >= 4) times[way].push((performance.now() - begin) / 50)
        }
      return times
    }),
  )
  const [validated, plain] = [median(door), median(bare)]
  const name = `A validated round trip (${validated.toFixed(2)} ms) against one without schemas`
  return atMost(name, validated / plain, 1.5, '×')
}

async function javaScriptSize(): Promise<Row> {
  const assets = join(root, 'dist', 'renderer', 'assets')
  const scripts = (await readdir(assets)).filter((name) => name.endsWith('.js'))
  const contents = await Promise.all(scripts.map((name) => readFile(join(assets, name))))
  const bytes = contents.reduce((sum, content) => sum + gzipSync(content).length, 0)
  return atMost('The window’s JavaScript, all of it, gzipped', bytes / 1024, 350, 'KB')
}

async function startCost(): Promise<Row> {
  const desk = await setUpDesk()
  const helloApp = await buildApp('hello-app')
  await choosePassphrase(await desk.open())
  await desk.quit()
  const curfew: number[] = []
  const hello: number[] = []
  for (let round = 0; round < 7; round += 1) {
    hello.push(await inApp(helloApp, painted('hello')))
    curfew.push(await inApp('.', painted('Curfew is locked'), desk.dataFolder, desk.secrets.env))
  }
  await desk.clear()
  const [ours, bare] = [median(curfew), median(hello)]
  const name = `Warm start to the lock screen (${Math.round(ours)} ms) against a bare window`
  return atMost(name, ours / bare, 1.6, '×')
}

/**
 * From the idle deadline to sealed, with fifty connected instances: how long after it the page that had data is gone,
 * which main replaces once the keys are.
 */
async function sealingCost(): Promise<Row> {
  const service = await startTestService()
  await addAccounts(service, instanceCount)
  const desk = await setUpDesk()
  const page = await desk.open({ CURFEW_LOCK_TIME_SCALE: String(lockTimeScale) })
  await choosePassphrase(page)
  await page.evaluate(addInstances, { url: service.url, password: ownerPassword, count: instanceCount })
  await page.mouse.click(5, 5)
  await page.evaluate(() =>
    (window as unknown as AppWindow).curfew.settings.write({ autoLockMinutes: 1, lockOnSystemIdle: false }),
  )
  const late: number[] = []
  for (let round = 0; round < 3; round += 1) {
    // More than a second after the last one, so that it is told to main at once.
    await page.mouse.click(5, 5)
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          addEventListener('pointerdown', () => localStorage.setItem('active', String(Date.now())))
          setTimeout(resolve, 1_100)
        }),
    )
    await page.mouse.click(5, 5)
    await page.getByText('Curfew is locked').waitFor()
    const since = await page.evaluate(() => performance.timeOrigin - Number(localStorage.getItem('active')))
    late.push(since - 60_000 / lockTimeScale)
    await unlock(page)
    await page.getByRole('navigation', { name: 'Screens' }).waitFor()
  }
  await desk.clear()
  await service.stop()
  return atMost(
    `From the deadline to sealed, ${instanceCount} instances, worst of 3`,
    Math.max(...late),
    250,
    'ms',
  )
}

async function addInstances(options: { url: string; password: string; count: number }): Promise<void> {
  for (let at = 0; at < options.count; at += 1) {
    const added = await (window as unknown as AppWindow).curfew.instances.add({
      name: `Instance ${at}`,
      colour: 'blue',
      environment: '',
      baseUrl: options.url,
      username: `bench-${at}`,
      password: options.password,
    })
    if (!added.ok) throw new Error(added.problem.message)
  }
}

/** When a text is painted, in milliseconds since the process was started. */
function painted(text: string): (page: Page, started: number) => Promise<number> {
  return async (page, started) => {
    await page.getByText(text).waitFor()
    const at = await page.evaluate(
      () =>
        new Promise<number>((resolve) =>
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now()))),
        ),
    )
    return at - started
  }
}

/** Starts an app, does something with its first window, and ends it. */
async function inApp<T>(
  app: string,
  work: (page: Page, started: number) => Promise<T>,
  dataFolder?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'curfew-bench-')))
  const started = Date.now()
  const running = await launchOnHost({ app, dataFolder: folder, env })
  try {
    return await work(await running.firstWindow(), started)
  } finally {
    await running.close()
    if (dataFolder === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
