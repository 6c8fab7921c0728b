import type { Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StandInApplication } from '../../electron-on-chromium/driver.ts'
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

const seen = (kind: 'navigations' | 'opened' | 'keys' | 'requests') =>
  app.evaluate((_electron, name) => globalThis.seen[name], kind)

describe('a window', () => {
  test('is as large inside as asked', async () => {
    await expect.poll(() => page.evaluate(() => [innerWidth, innerHeight])).toEqual([700, 500])
  })

  test('tells of being minimised, restored, hidden and shown', async () => {
    const events = await app.evaluate(({ BrowserWindow }) => {
      const heard: string[] = []
      const [window] = BrowserWindow.getAllWindows()
      for (const name of ['minimize', 'restore', 'hide', 'show', 'focus', 'blur'])
        window?.on(name, () => heard.push(name))
      window?.minimize()
      window?.restore()
      window?.hide()
      window?.show()
      return heard
    })
    expect(events).toEqual(['minimize', 'blur', 'restore', 'focus', 'hide', 'blur', 'show', 'focus'])
  })

  test('whose renderer crashes says so, and can be loaded again', async () => {
    const reason = await app.evaluate(async ({ BrowserWindow }) => {
      const window = globalThis.createWindow() as InstanceType<typeof BrowserWindow>
      const { webContents } = window
      await new Promise<void>((resolve) => webContents.once('did-finish-load', () => resolve()))
      const gone = new Promise<{ reason: string }>((resolve) => {
        webContents.once('render-process-gone', (_event, details) => resolve(details))
      })
      webContents.forcefullyCrashRenderer()
      const details = await gone
      const loaded = new Promise<void>((resolve) => webContents.once('did-finish-load', () => resolve()))
      webContents.reload()
      await loaded
      window.destroy()
      return details.reason
    })
    expect(reason).toBe('crashed')
  })
})

describe('leaving the page', () => {
  test('by a link can be prevented', async () => {
    await app.evaluate(() => {
      globalThis.preventNavigation = true
    })
    await page.evaluate(() => Object.assign(globalThis, { stayed: true }))
    await page.getByRole('link', { name: 'Other' }).click()
    await expect.poll(() => seen('navigations')).toEqual(['app://fixture/other.html'])
    expect(await page.evaluate(() => 'stayed' in globalThis)).toBe(true)
    expect(page.url()).toContain('page.html')
    expect(await seen('requests')).not.toContain('app://fixture/other.html')
  })

  test('by script to another server can be prevented, and nothing is asked of that server', async () => {
    await page.evaluate(() => {
      location.href = 'https://example.com/'
    })
    await expect.poll(() => seen('navigations')).toContain('https://example.com/')
    expect(page.url()).toContain('page.html')
  })

  test('of a frame in the page can be prevented too', async () => {
    await page.evaluate(() => {
      const frame = document.createElement('iframe')
      frame.src = 'other.html?framed'
      document.body.append(frame)
    })
    await expect.poll(() => seen('navigations')).toContain('app://fixture/other.html?framed')
    expect(await seen('requests')).not.toContain('app://fixture/other.html?framed')
  })

  test('happens where it is not prevented', async () => {
    await app.evaluate(() => {
      globalThis.preventNavigation = false
    })
    await page.getByRole('link', { name: 'Other' }).click()
    await page.waitForURL(/other\.html/)
    const url = () =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL())
    await expect.poll(url).toBe('app://fixture/other.html')
  })

  test('into a new window goes to the app’s handler, and no window appears', async () => {
    await page.getByRole('link', { name: 'New window' }).click()
    await page.evaluate(() => void open('https://example.com/popup', 'name', 'width=300'))
    await page.getByRole('link', { name: 'New window' }).click({ modifiers: ['ControlOrMeta'] })
    await expect
      .poll(() => seen('opened'))
      .toEqual([
        'app://fixture/page.html?opened',
        'https://example.com/popup',
        'app://fixture/page.html?opened',
      ])
    await expect.poll(() => app.context().pages().length).toBe(1)
  })
})

test('the page is refused every permission', async () => {
  const answers = await page.evaluate(async () => ({
    location: await new Promise((resolve) => {
      navigator.geolocation.getCurrentPosition(
        () => resolve('granted'),
        ({ code }) => resolve(code === 1 ? 'denied' : 'granted'),
      )
    }),
    notifications: await Notification.requestPermission(),
    clipboard: await navigator.clipboard.readText().then(
      () => 'granted',
      (error: Error) => error.name,
    ),
    camera: (await navigator.permissions.query({ name: 'camera' })).state,
  }))
  expect(answers).toEqual({
    location: 'denied',
    notifications: 'denied',
    clipboard: 'NotAllowedError',
    camera: 'denied',
  })
})

describe('the menu', () => {
  test('is worked by its keys, pressed in the page', async () => {
    await page.keyboard.press('Control+L')
    await page.keyboard.press('F5')
    await expect.poll(() => seen('keys')).toEqual(['lock', 'refresh'])
  })

  test('leaves alone the keys that the page uses itself', async () => {
    await page.evaluate(() => {
      addEventListener('keydown', (event) => event.key.toLowerCase() === 'l' && event.preventDefault())
    })
    await page.keyboard.press('Control+L')
    await page.keyboard.press('F5')
    await expect.poll(() => seen('keys')).toEqual(['lock', 'refresh', 'refresh'])
  })

  test('can be searched and clicked', async () => {
    await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('lock')?.click())
    await expect.poll(() => seen('keys')).toEqual(['lock', 'refresh', 'refresh', 'lock'])
  })
})

test('the theme that the app chooses is the page’s preferred colour scheme', async () => {
  const isDark = () => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)
  expect(await isDark()).toBe(false)
  for (const source of ['dark', 'system'] as const) {
    await app.evaluate(({ nativeTheme }, chosen) => {
      nativeTheme.themeSource = chosen
    }, source)
    await expect.poll(isDark).toBe(source === 'dark')
  }
})
