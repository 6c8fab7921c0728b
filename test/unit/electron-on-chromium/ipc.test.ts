import type { Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StandInApplication } from '../../electron-on-chromium/driver.ts'
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

describe('a call', () => {
  test('comes from app://, from the window’s main frame', async () => {
    expect(await page.evaluate(() => fixture.invoke<Caller>('who'))).toEqual({
      window: 0,
      url: 'app://fixture/page.html',
      origin: 'app://fixture',
      isMain: true,
    })
  })

  test('of a second window is told from the first’s', async () => {
    const opened = app.context().waitForEvent('page')
    await app.evaluate(() => void globalThis.createWindow())
    const second = await opened
    await second.waitForURL(/page\.html/)
    expect(await second.evaluate(() => fixture.invoke<Caller>('who'))).toMatchObject({
      window: 1,
      isMain: true,
    })
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[1]?.destroy())
    await expect.poll(() => second.isClosed()).toBe(true)
  })

  test('has no sender frame once its page has gone', async () => {
    await app.evaluate(({ ipcMain }) => {
      ipcMain.handle('slow', async (event: Electron.IpcMainInvokeEvent) => {
        const before = event.senderFrame !== null
        await new Promise<void>((resolve) => event.sender.once('did-finish-load', () => resolve()))
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

  test('carries plain data there and back, a megabyte of it too', async () => {
    const result = await page.evaluate(async () => {
      const text = 'Żółć '.repeat(200_000)
      const back = await fixture.invoke<Record<string, unknown>>('echo', {
        none: undefined,
        nothing: null,
        text,
      })
      return ['none' in back && back['none'] === undefined, back['nothing'] === null, back['text'] === text]
    })
    expect(result).toEqual([true, true, true])
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
