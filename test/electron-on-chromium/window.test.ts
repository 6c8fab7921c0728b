import type { Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StandInApplication } from './driver.ts'
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

const seen = (kind: 'navigations' | 'opened' | 'asked' | 'keys') =>
  app.evaluate((_electron, name) => globalThis.seen[name], kind)

describe('a window', () => {
  test('is as large inside as asked, and follows setBounds', async () => {
    const size = () => page.evaluate(() => [innerWidth, innerHeight])
    expect(await size()).toEqual([700, 500])
    await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.setBounds({ width: 900, height: 600 }),
    )
    await expect.poll(size).toEqual([900, 600])
  })

  test('takes its title from the page', async () => {
    await page.evaluate(() => {
      document.title = 'Another title'
    })
    await expect
      .poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle()))
      .toBe('Another title')
  })

  test('at 200 % has half as many pixels', async () => {
    const zoom = (factor: number) =>
      app.evaluate(
        ({ BrowserWindow }, to) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(to),
        factor,
      )
    await zoom(2)
    await expect
      .poll(() => page.evaluate(() => [innerWidth, innerHeight, devicePixelRatio]))
      .toEqual([450, 300, 2])
    await zoom(1)
    await expect.poll(() => page.evaluate(() => innerWidth)).toBe(900)
  })

  test('tells of being minimised, restored, hidden and shown', async () => {
    const events = await app.evaluate(({ BrowserWindow }) => {
      const heard: string[] = []
      const [window] = BrowserWindow.getAllWindows()
      for (const name of ['minimize', 'restore', 'hide', 'show', 'focus', 'blur']) {
        window?.on(name, () => heard.push(name))
      }
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
      await new Promise((resolve) => webContents.once('did-finish-load', resolve))
      const gone = new Promise<{ reason: string }>((resolve) => {
        webContents.once('render-process-gone', (_event, details) => resolve(details))
      })
      webContents.forcefullyCrashRenderer()
      const details = await gone
      const loaded = new Promise((resolve) => webContents.once('did-finish-load', resolve))
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
    expect(await page.evaluate(() => ['stayed' in globalThis, document.title])).toEqual([
      true,
      'Another title',
    ])
    expect(page.url()).toContain('page.html')
  })

  test('by script to another server can be prevented, and nothing is asked of that server', async () => {
    await page.evaluate(() => {
      location.href = 'https://example.com/'
    })
    await expect.poll(() => seen('navigations')).toContain('https://example.com/')
    expect(page.url()).toContain('page.html')
  })

  test('happens where it is not prevented, and a reload is no navigation', async () => {
    await app.evaluate(() => {
      globalThis.preventNavigation = false
    })
    await page.getByRole('link', { name: 'Other' }).click()
    await page.waitForURL(/other\.html/)
    const before = await seen('navigations')
    await page.reload()
    expect(await seen('navigations')).toEqual(before)
    expect(
      await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL()),
    ).toBe('app://fixture/other.html')
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

describe('a permission', () => {
  const ask = () =>
    page.evaluate(async () => ({
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
    }))

  test('is denied to the page when the app’s handler denies it', async () => {
    expect(await ask()).toEqual({ location: 'denied', notifications: 'denied', clipboard: 'NotAllowedError' })
    expect(await seen('asked')).toEqual(['geolocation', 'notifications', 'clipboard-read'])
  })

  test('is granted to the page when the app’s handler grants it', async () => {
    await app.evaluate(() => {
      globalThis.grant = 'clipboard-read'
    })
    expect(await ask()).toMatchObject({ location: 'denied', clipboard: 'granted' })
  })

  test('has the state that the app’s check handler says', async () => {
    const query = (name: string) =>
      page.evaluate(
        async (asked) => (await navigator.permissions.query({ name: asked as 'midi' })).state,
        name,
      )
    expect(await query('midi')).toBe('granted')
    expect(await query('camera')).toBe('denied')
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

describe('the theme', () => {
  test('chosen by the app, or by the system, is the page’s preferred colour scheme', async () => {
    const isDark = () => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)
    expect(await isDark()).toBe(false)
    await app.evaluate(({ nativeTheme }) => {
      nativeTheme.themeSource = 'dark'
    })
    await expect.poll(isDark).toBe(true)
    await app.evaluate(({ nativeTheme }) => {
      nativeTheme.themeSource = 'system'
    })
    await expect.poll(isDark).toBe(false)
    await app.evaluate(({ standIn }) => standIn.setSystemTheme('dark'))
    await expect.poll(isDark).toBe(true)
  })
})
