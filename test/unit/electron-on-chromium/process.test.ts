import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { launch } from '../../electron-on-chromium/driver.ts'
import { fixtureFolder, launchFixture, type RunningFixture } from './fixture/launch-fixture.ts'

/** What runs below a process, by the process table. */
function descendants(pid: number): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number])
  const below = (parent: number): number[] =>
    pairs.flatMap(([child, itsParent]) => (itsParent === parent ? [child, ...below(child)] : []))
  return below(pid)
}

function isRunning(pid: number): boolean {
  try {
    // A zombie is not running, though it still has its number.
    return (
      execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .startsWith('Z') === false
    )
  } catch {
    return false
  }
}

const profilesOf = async (pid: number) =>
  (await readdir(tmpdir())).filter((name) => name.startsWith(`curfew-chromium-${pid}-`))

/** The whole tree of a running app; asks Chromium's part to have grown, so that the test can't pass by seeing none. */
function treeOf({ app }: RunningFixture): { readonly host: number; readonly below: number[] } {
  const host = app.process().pid ?? 0
  const below = descendants(host)
  expect(below.length).toBeGreaterThan(2)
  return { host, below }
}

const leftOf = (pids: readonly number[]) => pids.filter(isRunning)

describe('the app', () => {
  test('quits in Electron’s order and leaves no process and no profile behind', async () => {
    const running = await launchFixture()
    await running.app.evaluate(({ utilityProcess }, folder) => {
      utilityProcess.fork(`${folder}/service.js`)
    }, fixtureFolder)
    const { host, below } = treeOf(running)
    await running.stop()
    expect(running.app.process().exitCode).toBe(0)
    expect(running.app.printed().match(/(?<=event )\S+/g)).toEqual(['will-quit'])
    await expect.poll(() => leftOf(below)).toEqual([])
    expect(await profilesOf(host)).toEqual([])
  })

  test('told to end by a signal quits all the same', async () => {
    const running = await launchFixture()
    const { below } = treeOf(running)
    const ended = new Promise((resolve) => running.app.process().once('exit', resolve))
    running.app.process().kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(running.app.printed()).toContain('event will-quit')
    await expect.poll(() => leftOf(below)).toEqual([])
    await running.stop()
  })

  test('killed without warning takes Chromium and its services with it, and the next start removes the profile', async () => {
    const running = await launchFixture()
    await running.app.evaluate(({ utilityProcess }, folder) => {
      utilityProcess.fork(`${folder}/service.js`)
    }, fixtureFolder)
    const { host, below } = treeOf(running)
    running.app.process().kill('SIGKILL')
    await expect.poll(() => leftOf(below), { timeout: 10_000 }).toEqual([])
    await running.stop()
    expect(await profilesOf(host)).toHaveLength(1)
    const next = await launchFixture()
    expect(await profilesOf(host)).toEqual([])
    await next.stop()
  })

  test('hears that its last window was closed, also when Chromium dies', async () => {
    const running = await launchFixture()
    const ended = new Promise((resolve) => running.app.process().once('exit', resolve))
    const { below } = treeOf(running)
    process.kill(below[0] ?? 0, 'SIGKILL')
    await ended
    expect(running.app.printed()).toContain('event window-all-closed')
    await running.stop()
  })

  test('runs once for each data folder, and the first start hears of the second', async () => {
    const env = { FIXTURE_SINGLE: '1' }
    const first = await launchFixture(env)
    const second = launch({ args: [fixtureFolder, `--user-data-dir=${first.dataFolder}`, '--hello'], env })
    await expect(second.then((app) => app.firstWindow())).rejects.toThrow('second')
    await expect.poll(() => first.app.evaluate(() => globalThis.seen.events)).toEqual(['second-instance'])
    await first.stop()
    const third = await launch({ args: [fixtureFolder, `--user-data-dir=${first.dataFolder}`], env })
    await third.firstWindow()
    await third.close()
    await rm(first.dataFolder, { recursive: true, force: true })
    expect(existsSync(first.dataFolder)).toBe(false)
  })
})

test('a utility process gets its arguments, prints, and tells how it ended', async () => {
  const running = await launchFixture({ FIXTURE_WORD: 'word' })
  const told = await running.app.evaluate(async ({ utilityProcess }, folder) => {
    const child = utilityProcess.fork(`${folder}/service.js`, ['one', 'two'], { stdio: 'pipe' })
    const printed = await new Promise((resolve) =>
      child.stdout?.once('data', (data) => resolve(String(data))),
    )
    const exit = new Promise((resolve) => child.once('exit', resolve))
    child.kill()
    return { printed, code: await exit }
  }, fixtureFolder)
  expect(told).toEqual({ printed: 'one two word utility undefined\n', code: 15 })
  await running.stop()
})
