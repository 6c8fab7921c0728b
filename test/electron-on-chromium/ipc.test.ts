import type { Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StandInApplication } from './driver.ts'
import type { Caller } from './fixture/fixture-api.ts'
import { launchFixture, type RunningFixture } from './fixture/launch-fixture.ts'

let running: RunningFixture
let page: Page
let app: StandInApplication

beforeAll(async () => {
  running = await launchFixture()
  page = running.page
  app = running.app
})
afterAll(() => running.stop())

async function secondWindow(options: object = {}): Promise<Page> {
  const opened = new Promise<Page>((resolve) => app.once('window', resolve))
  await app.evaluate((_electron, given) => void globalThis.createWindow(given), options)
  return opened
}

describe('a call', () => {
  test('comes from app://, from the window’s main frame', async () => {
    expect(await page.evaluate(() => fixture.invoke<Caller>('who'))).toEqual({
      id: 1,
      url: 'app://fixture/page.html',
      origin: 'app://fixture',
      isMain: true,
      hasParent: false,
    })
  })

  test('of a second window is told from the first’s', async () => {
    const second = await secondWindow()
    const caller = await second.evaluate(() => fixture.invoke<Caller>('who'))
    expect(caller).toMatchObject({ id: 2, isMain: true })
    await app.evaluate(({ BrowserWindow }, id) => BrowserWindow.fromId(id)?.destroy(), caller.id)
    await expect.poll(() => app.windows().length).toBe(1)
  })

  test('of a frame in the window is told from the window’s own', async () => {
    const third = await secondWindow({ webPreferences: { nodeIntegrationInSubFrames: true } })
    await third.evaluate(() => {
      const frame = document.createElement('iframe')
      frame.src = 'other.html'
      document.body.append(frame)
    })
    await expect.poll(() => third.frames().length).toBe(2)
    const frame = third.frames()[1]
    await frame?.waitForLoadState()
    const caller = await frame?.evaluate(() => fixture.invoke<Caller>('who'))
    expect(caller).toMatchObject({ url: 'app://fixture/other.html', isMain: false, hasParent: true })
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().at(-1)?.destroy())
    await expect.poll(() => app.windows().length).toBe(1)
  })

  test('has no sender frame once its page has gone', async () => {
    await app.evaluate(({ ipcMain }) => {
      ipcMain.handle('slow', async (event: Electron.IpcMainInvokeEvent) => {
        const before = event.senderFrame !== null
        await new Promise((resolve) => event.sender.once('did-navigate', resolve))
        ;(globalThis as { slow?: unknown }).slow = [before, event.senderFrame]
      })
    })
    await page.evaluate(() => void fixture.invoke('slow'))
    await page.reload()
    await expect.poll(() => app.evaluate(() => (globalThis as { slow?: unknown }).slow)).toEqual([true, null])
  })

  test('that nobody handles, or whose handler throws, is rejected with Electron’s words', async () => {
    const messages = await page.evaluate(async () => [
      await fixture.invoke('nobody').catch((error: Error) => error.message),
      await fixture.invoke('throw').catch((error: Error) => error.message),
    ])
    expect(messages).toEqual([
      "Error invoking remote method 'nobody': Error: No handler registered for 'nobody'",
      "Error invoking remote method 'throw': TypeError: thrown in main",
    ])
  })

  test('carries what the structured clone algorithm carries, there and back', async () => {
    const isSame = await page.evaluate(async () => {
      const shared = { x: 1 }
      const value = {
        none: undefined,
        nothing: null,
        number: [0.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 12n],
        date: new Date(1234),
        map: new Map<unknown, unknown>([['k', new Set([1, 'two'])]]),
        bytes: new Uint8Array([0, 128, 255]),
        twice: [shared, shared],
        $: 'a key of the codec’s own',
      }
      const back = await fixture.invoke<typeof value>('echo', value)
      return [
        'none' in back && back.none === undefined,
        back.nothing === null,
        back.number.every((item, at) => Object.is(item, value.number[at])),
        back.date instanceof Date && back.date.getTime() === 1234,
        back.map instanceof Map && (back.map.get('k') as Set<unknown>).has('two'),
        back.bytes instanceof Uint8Array && back.bytes.join() === '0,128,255',
        back.twice[0] === back.twice[1] && back.twice[0] !== shared,
        back.$ === value.$,
      ]
    })
    expect(isSame).toEqual(Array(8).fill(true))
  })

  test('of one megabyte comes back whole', async () => {
    const result = await page.evaluate(async () => {
      const text = 'Żółć '.repeat(200_000)
      const bytes = new Uint8Array(1_000_000).fill(7)
      return [
        (await fixture.invoke('echo', text)) === text,
        (await fixture.invoke<Uint8Array>('echo', bytes)).every((byte) => byte === 7),
      ]
    })
    expect(result).toEqual([true, true])
  })
})

describe('a message from main', () => {
  test('reaches the listeners of the page in order, until they are taken off', async () => {
    await page.evaluate(() => {
      const heard: unknown[] = []
      const stop = fixture.on('news', (...values) => heard.push(...values))
      Object.assign(globalThis, { heard, stop })
    })
    const tell = (text: string) =>
      app.evaluate(({ BrowserWindow }, sent) => {
        BrowserWindow.getAllWindows()[0]?.webContents.send('news', sent)
      }, text)
    await tell('one')
    await tell('two')
    const heard = () => page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard)
    await expect.poll(heard).toEqual(['one', 'two'])
    await page.evaluate(() => (globalThis as unknown as { stop: () => void }).stop())
    await tell('three')
    await page.evaluate(() => fixture.invoke('echo'))
    expect(await heard()).toEqual(['one', 'two'])
  })
})
