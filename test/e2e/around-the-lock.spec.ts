import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { TestService } from '../support/session-service.ts'
import { choosePassphrase, type Desk, setUpWith, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'
import { startAgain } from './support/host.ts'

const treasure = 'Hidden treasury'

/** Something that only an unlocked Curfew may show. */
async function setUpTreasure(desk: Desk, service: TestService): Promise<Page> {
  const page = await desk.open()
  await setUpWith(page, { ...asOwner(service), name: treasure })
  await expect(page).toHaveTitle(treasure)
  return page
}

const onDesk = ({ dataFolder, secrets }: Desk) => ({ dataFolder, env: secrets.env })

async function lock(desk: Desk): Promise<void> {
  await desk.lock()
  await expectLocked(desk.page)
}

/** The lock screen, nothing of what was there before, and a main that tells nothing. */
async function expectLocked(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
  await expect(page).toHaveTitle('Curfew')
  expect(await page.content()).not.toContain(treasure)
  expect(await page.evaluate(askEverything)).toEqual(['locked', 'locked', 'locked', 'locked', 'locked'])
}

/** What main answers to somebody at the page's console. */
async function askEverything(): Promise<unknown[]> {
  type Answer = { problem?: { code: string } }
  type Api = Record<string, Record<string, (argument?: unknown) => Promise<Answer>>>
  const { curfew } = window as unknown as { curfew: Api }
  const instance = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
  const answers = await Promise.all([
    curfew['instances']?.['list']?.(),
    curfew['policy']?.['read']?.({ instance }),
    curfew['settings']?.['read']?.(),
    curfew['drafts']?.['take']?.({ keys: [{ what: 'security', instance }] }),
    curfew['lock']?.['changePassphrase']?.({
      current: 'a passphrase',
      next: 'another one',
      replaceKey: true,
    }),
  ])
  return answers.map((answer) => answer?.problem?.code)
}

test.describe('ways around the lock', () => {
  test('B8: reloading shows the lock again, however it is done', async ({ desk, service }) => {
    const page = await setUpTreasure(desk, service)
    await lock(desk)
    await page.reload()
    await expectLocked(page)
    await page.evaluate(() => window.location.reload())
    await expectLocked(page)
    await desk.app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.webContents.reloadIgnoringCache()
    })
    await expectLocked(page)
  })

  test('B8: developer tools close with the lock, and find nothing when they are opened again', async ({
    desk,
    service,
  }) => {
    const page = await setUpTreasure(desk, service)
    const toolsOpen = () =>
      desk.app.evaluate(
        ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.isDevToolsOpened() ?? false,
      )
    const openTools = () =>
      desk.app.evaluate(({ BrowserWindow }) => {
        BrowserWindow.getAllWindows()[0]?.webContents.openDevTools()
      })
    await openTools()
    await expect.poll(toolsOpen).toBe(true)
    await lock(desk)
    await expect.poll(toolsOpen).toBe(false)
    await openTools()
    await expectLocked(page)
  })

  test('B8: a second window can’t be had, from the page or by starting Curfew again', async ({
    desk,
    service,
  }) => {
    const page = await setUpTreasure(desk, service)
    await lock(desk)
    const windows = () => desk.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)
    await startAgain(onDesk(desk))
    expect(await windows()).toBe(1)
    await expectLocked(page)
    await page.evaluate(() => {
      window.open('/index.html')
    })
    expect(await windows()).toBe(1)
    await expectLocked(page)
  })

  test('B8: there is nothing to go back to', async ({ desk, service }) => {
    const page = await setUpTreasure(desk, service)
    await page.evaluate(() => {
      history.pushState({}, '', '#somewhere')
      history.pushState({}, '', '#elsewhere')
    })
    await lock(desk)
    await page.evaluate(() => {
      history.back()
      history.go(-2)
      history.forward()
    })
    await page.goBack({ timeout: 2_000 }).catch(() => null)
    await expectLocked(page)
    await expect.poll(() => page.evaluate(() => history.length)).toBe(1)
  })

  test('B8: no link leads past the lock: neither in the page nor given to Curfew at its start', async ({
    desk,
    service,
  }) => {
    const page = await setUpTreasure(desk, service)
    await lock(desk)
    await page.evaluate(() => {
      window.location.hash = '#/users'
    })
    await expectLocked(page)
    // Asked for past Playwright, which would wait for a page that never comes.
    const devTools = await page.context().newCDPSession(page)
    for (const address of ['/index.html?screen=users#/users', 'https://example.com/', 'file:///etc/passwd']) {
      await devTools.send('Runtime.evaluate', { expression: `location.href = ${JSON.stringify(address)}` })
      const { result } = await devTools.send('Runtime.evaluate', { expression: 'location.href' })
      expect(result.value).not.toContain(address)
    }
    const { result } = await devTools.send('Runtime.evaluate', { expression: 'document.body.innerText' })
    expect(result.value).toContain('Unlock')
    await devTools.detach()
    // Playwright goes on waiting for the pages that were refused, until another one has come.
    await page.reload()
    await expectLocked(page)
    await startAgain(onDesk(desk), [
      'curfew://instances/0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11/users',
      'app://curfew/x',
    ])
    await expectLocked(page)
  })

  test('B8: dropping a file or a link on the locked window does nothing', async ({ desk, service }) => {
    const page = await setUpTreasure(desk, service)
    await lock(desk)
    const address = page.url()
    const session = await page.context().newCDPSession(page)
    for (const [mimeType, data] of [
      ['text/uri-list', 'https://example.com/'],
      ['text/uri-list', 'file:///etc/hostname'],
      ['text/html', '<script>document.title = "dropped"</script>'],
    ] as const) {
      const drag = { items: [{ mimeType, data }], dragOperationsMask: 1 }
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
        await session.send('Input.dispatchDragEvent', { type, x: 200, y: 100, data: drag })
    }
    await session.detach()
    await expectLocked(page)
    expect(page.url()).toBe(address)
  })

  test('B8: what is printed while locked is the lock screen', async ({ desk, service }) => {
    const page = await setUpTreasure(desk, service)
    await lock(desk)
    await page.emulateMedia({ media: 'print' })
    await expectLocked(page)
    expect(await page.locator('body').innerText()).not.toContain(treasure)
  })

  test('B8: a frame in the page has no door to main, locked or unlocked', { tag: '@smoke' }, async ({
    desk,
    service,
  }) => {
    const page = await setUpTreasure(desk, service)
    const frames = () =>
      page.evaluate(async () => {
        const reached: unknown[] = []
        for (const [name, value] of [
          ['srcdoc', '<p>inner</p>'],
          ['src', '/index.html'],
          ['src', 'about:blank'],
        ] as const) {
          const frame = document.createElement('iframe')
          frame.setAttribute(name, value)
          const settled = new Promise((resolve) => {
            frame.onload = resolve
            frame.onerror = resolve
            setTimeout(resolve, 1_000)
          })
          document.body.append(frame)
          await settled
          try {
            reached.push((frame.contentWindow as unknown as { curfew?: unknown }).curfew)
          } catch {
            reached.push(undefined)
          }
          frame.remove()
        }
        return reached.map((door) => door !== undefined)
      })
    expect(await frames()).toEqual([false, false, false])
    await lock(desk)
    expect(await frames()).toEqual([false, false, false])
    await expectLocked(page)
  })

  test('C4: locking raises and focuses nothing, and restoring the window shows the lock', async ({
    desk,
    service,
  }) => {
    const page = await setUpTreasure(desk, service)
    await desk.app.evaluate(({ BrowserWindow, Tray }) => {
      const [window] = BrowserWindow.getAllWindows()
      if (!window) throw new Error('There is no window.')
      const calls: string[] = []
      const tips: string[] = []
      Object.assign(globalThis, { calls, tips })
      Tray.prototype.setToolTip = (text) => void tips.push(text)
      for (const name of ['show', 'focus', 'restore', 'moveTop', 'flashFrame', 'setAlwaysOnTop'] as const) {
        const original = window[name].bind(window) as (...given: unknown[]) => void
        Object.assign(window, {
          [name]: (...given: unknown[]) => {
            calls.push(name)
            original(...given)
          },
        })
      }
      window.minimize()
    })
    const lockByMenu = () =>
      desk.app.evaluate(({ Menu }) => {
        Menu.getApplicationMenu()?.getMenuItemById('lock')?.click()
      })
    await lockByMenu()
    await expectLocked(page)
    const after = await desk.app.evaluate(({ BrowserWindow, Menu }) => ({
      calls: (globalThis as unknown as { calls: string[] }).calls,
      tips: (globalThis as unknown as { tips: string[] }).tips,
      minimised: BrowserWindow.getAllWindows()[0]?.isMinimized(),
      title: BrowserWindow.getAllWindows()[0]?.getTitle(),
      menu: Menu.getApplicationMenu()?.getMenuItemById('lock')?.label,
    }))
    expect(after).toEqual({
      calls: [],
      tips: ['Curfew — locked'],
      minimised: true,
      title: 'Curfew',
      menu: 'Curfew is locked',
    })
    await desk.app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows()
      window?.restore()
      window?.hide()
      window?.show()
      window?.focus()
    })
    await expectLocked(page)
  })

  test('C4: killed and started again Curfew is locked, whatever the files of its settings say by then', async ({
    desk,
    service,
  }) => {
    await setUpTreasure(desk, service)
    await desk.app.kill()
    await writeFile(
      join(desk.dataFolder, 'settings.json'),
      JSON.stringify({
        autoLockMinutes: 240,
        lockOnSuspend: false,
        lockOnScreenLock: false,
        lockOnMinimise: false,
        lockOnSystemIdle: false,
        theme: 'system',
      }),
    )
    await writeFile(join(desk.dataFolder, 'unlocked.json'), '{ "unlocked": true }')
    const page = await desk.open()
    await expectLocked(page)
    await unlock(page)
    await expect(page).toHaveTitle(treasure)
  })

  test('C4: an older copy of the settings folder takes no wrong try back', async ({ desk }) => {
    let page = await desk.open()
    await choosePassphrase(page)
    await desk.quit()
    const copy = `${desk.dataFolder}-copy`
    await cp(desk.dataFolder, copy, { recursive: true })
    page = await desk.open()
    for (let wrong = 0; wrong < 5; wrong += 1) {
      await expect(page.getByRole('button', { name: 'Unlock' })).toBeEnabled({ timeout: 20_000 })
      await unlock(page, `wrong passphrase ${wrong}`)
      await expect(page.getByText('That is not the passphrase.')).toBeVisible()
    }
    await desk.app.kill()
    // The copy is from before the wrong tries; then the count is deleted and written by hand.
    for (const attempt of ['older copy', 'deleted', 'written by hand']) {
      const tries = join(desk.dataFolder, 'unlock-tries.json')
      if (attempt === 'older copy') {
        await rm(desk.dataFolder, { recursive: true })
        await cp(copy, desk.dataFolder, { recursive: true })
      } else if (attempt === 'deleted') await rm(tries, { force: true })
      else await writeFile(tries, (await readFile(tries, 'utf8').catch(() => '{}')).replace(/\d+/g, '0'))
      page = await desk.open()
      await expect(page.getByText(/try again in/i), attempt).toBeVisible()
      await expect(page.getByRole('button', { name: 'Unlock' })).toBeDisabled()
      await desk.app.kill()
    }
    await rm(copy, { recursive: true, force: true })
  })

  test('C4: the warning is announced politely 30 s before, input extends, and the focus stays where it was', async ({
    desk,
    service,
  }) => {
    await setUpTreasure(desk, service)
    await desk.quit()
    await writeFile(
      join(desk.dataFolder, 'settings.json'),
      '{ "autoLockMinutes": 1, "lockOnSystemIdle": false }',
    )
    test.setTimeout(150_000)
    // A minute of the lock's clock passes in twenty seconds, the last half of it warned of.
    const page = await desk.open({ CURFEW_LOCK_TIME_SCALE: '3' })
    await unlock(page)
    const search = page.getByLabel('Custom limit')
    await search.focus()
    // Counted from here: how long unlocking and loading took is not what this is about.
    await page.keyboard.press('Shift')
    const warning = page.getByRole('status').filter({ hasText: 'Curfew is about to lock' })
    await expect(warning).toBeVisible()
    await expect(warning).toHaveAttribute('aria-live', 'polite')
    await expect(search).toBeFocused()
    await page.keyboard.press('Shift')
    await expect(warning).toHaveCount(0)
    await expect(search).toBeFocused()
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible({ timeout: 30_000 })
    await expectLocked(page)
  })

  test('B8: what Curfew copied is gone from the clipboard, unless something else was copied since', async ({
    desk,
    service,
  }) => {
    const page = await setUpTreasure(desk, service)
    const copy = (text: string) =>
      page.evaluate((copied) => {
        type Api = { curfew: { clipboard: { copy(argument: { text: string }): Promise<unknown> } } }
        return (window as unknown as Api).curfew.clipboard.copy({ text: copied })
      }, text)
    const held = () => desk.app.evaluate(({ clipboard }) => clipboard.readText())
    await copy('a token')
    expect(await held()).toBe('a token')
    await lock(desk)
    await expect.poll(held).toBe('')
    await unlock(page)
    await expect(page).toHaveTitle(treasure)
    await copy('a token')
    await desk.app.evaluate(({ clipboard }) => clipboard.writeText('from elsewhere'))
    await lock(desk)
    expect(await held()).toBe('from elsewhere')
  })
})
