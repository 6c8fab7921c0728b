import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { chooseHost } from '../../scripts/host.ts'
import { sharedDesktop } from '../support/desktop.ts'
import { choosePassphrase, setUpWith, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

const host = await chooseHost()
const isElectron = host.name !== 'stand-in'
const onLinux = process.platform === 'linux'
const run = promisify(execFile)

test.describe('the shell', () => {
  test('the window is sandboxed and isolated, has no Node, and no other way out than its door', {
    tag: '@smoke',
  }, async ({ desk }) => {
    const page = await desk.open()
    await expect(page.getByLabel('Repeat passphrase')).toBeVisible()
    const reach = await page.evaluate(() => ({
      node: ['require', 'process', 'module', 'Buffer', 'global'].filter((name) => name in window),
      electron: Object.keys(window).filter((name) => /electron|ipc/i.test(name)),
      door: Object.keys((window as unknown as { curfew: object }).curfew).length > 0,
      frozen: Object.isFrozen((window as unknown as { curfew: object }).curfew),
    }))
    expect(reach).toEqual({ node: [], electron: [], door: true, frozen: true })
  })

  test('every page carries the whole content security policy, and nothing from elsewhere is loaded', {
    tag: '@smoke',
  }, async ({ desk, service }) => {
    const page = await desk.open()
    const { policy, ...headers } = await page.evaluate(async () => {
      const answer = await fetch('/index.html')
      const header = (name: string) => answer.headers.get(name)
      return {
        policy: header('content-security-policy'),
        sniff: header('x-content-type-options'),
        opener: header('cross-origin-opener-policy'),
        resource: header('cross-origin-resource-policy'),
        referrer: header('referrer-policy'),
        cache: header('cache-control'),
      }
    })
    expect(policy?.replace(/'nonce-[^']{20,}'/, "'nonce-…'").split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'nonce-…'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
    expect(headers).toEqual({
      sniff: 'nosniff',
      opener: 'same-origin',
      resource: 'same-origin',
      referrer: 'no-referrer',
      cache: 'no-store',
    })
    const tried = await page.evaluate(async (url) => {
      const failed = (work: Promise<unknown>) =>
        work.then(
          () => 'loaded',
          () => 'refused',
        )
      const image = new Image()
      const drawn = new Promise((resolve, reject) => {
        image.onload = resolve
        image.onerror = reject
      })
      image.src = `${url}/assets/page.css`
      const script = document.createElement('script')
      script.textContent = 'window.injected = true'
      document.head.append(script)
      return {
        fetched: await failed(fetch(`${url}/api/v1/server`)),
        image: await failed(drawn),
        injected: 'injected' in window,
      }
    }, service.url)
    expect(tried).toEqual({ fetched: 'refused', image: 'refused', injected: false })
  })

  test('C4: Ctrl+L pressed on the keyboard locks from within a text field, and what was typed comes back', async ({
    desk,
    service,
  }) => {
    test.skip(!isElectron || !onLinux, 'Real keys are pressed with xdotool, on Electron and on Linux only.')
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await page.getByLabel('Custom limit').fill('37')
    await expect(page.getByLabel('Custom limit')).toBeFocused()
    const { env } = await sharedDesktop()
    await run('xdotool', ['search', '--name', 'Test service', 'windowfocus', '--sync', 'key', 'ctrl+l'], {
      env: { ...process.env, ...env },
    })
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
    await unlock(page)
    await expect(page.getByLabel('Custom limit')).toHaveValue('37')
  })

  test('C4: a screen that the desktop locks, told on D-Bus, locks Curfew', async ({ desk }) => {
    test.skip(!onLinux, 'On macOS and Windows Electron itself tells of it.')
    const page = await desk.open()
    await choosePassphrase(page)
    const bus = desk.secrets.env['DBUS_SESSION_BUS_ADDRESS']
    await run('dbus-send', [
      `--bus=${bus}`,
      ...['--type=signal', '/org/gnome/ScreenSaver', 'org.gnome.ScreenSaver.ActiveChanged', 'boolean:true'],
    ])
    await expect(page.getByText('Curfew is locked')).toBeVisible()
    await expect(page.getByText(/screen/i)).toBeVisible()
  })

  test('a window whose process ends gets a new page, locked or not as Curfew is', async ({ desk }) => {
    test.skip(!isElectron, 'The stand-in’s window ends with its browser.')
    const page = await desk.open()
    await choosePassphrase(page)
    await desk.lock()
    await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
    await desk.app.evaluate(
      ({ BrowserWindow }) =>
        new Promise<void>((resolve) => {
          const contents = BrowserWindow.getAllWindows()[0]?.webContents
          contents?.once('did-finish-load', () => resolve())
          contents?.forcefullyCrashRenderer()
        }),
    )
    const shown = () =>
      desk.app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript('document.body.innerText'),
      )
    await expect.poll(shown).toContain('Curfew is locked')
  })

  test('packaged, Curfew does not start with a switch that opens it to other programs', async ({ desk }) => {
    test.skip(host.name !== 'electron-33', 'Packaged by hand from the Electron 33 test runtime.')
    const packaged = await packageByHand(dirname(host.command[0]))
    const { env } = await sharedDesktop()
    const start = async (...more: readonly string[]) => {
      const running = run(packaged.executable, [`--user-data-dir=${desk.dataFolder}`, ...more], {
        env: { ...process.env, ...env, ...desk.secrets.env },
        timeout: 5_000,
      })
      const { code, stderr } = await running.then(
        (ended) => ({ code: 0, ...ended }),
        (error: { code: number; stderr: string }) => error,
      )
      return { code: running.child.killed ? 'ran on' : code, printed: stderr }
    }
    for (const given of [
      '--remote-debugging-port=0',
      '--inspect=0',
      '--js-flags=--expose-gc',
      '--no-sandbox',
    ]) {
      const { code, printed } = await start(given)
      expect(code, given).toBe(2)
      expect(printed, given).toContain(`Curfew was started with ${given.split('=')[0]},`)
    }
    expect((await start('--force-device-scale-factor=1')).code).toBe('ran on')
    await packaged.remove()
  })
})

/** The app beside a copy of the runtime under its own name, which is what being packaged means to Electron. */
async function packageByHand(runtime: string) {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-packaged-'))
  const executable = join(folder, 'curfew')
  for (const name of readdirSync(runtime))
    if (name === 'electron') await cp(join(runtime, name), executable)
    else if (name !== 'resources') await symlink(join(runtime, name), join(folder, name))
  const app = join(folder, 'resources', 'app')
  for (const part of ['package.json', 'dist', 'node_modules/keytar'])
    await cp(part, join(app, part), { recursive: true, filter: (path) => basename(path) !== 'bench' })
  return { executable, remove: () => rm(folder, { recursive: true, force: true }) }
}
