import { readFile } from 'node:fs/promises'
import { chooseHost } from '../../scripts/host.ts'
import { choosePassphrase, unlock } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'

const host = await chooseHost()

/** What the shell has set, asked of the running app: what is merely written in a file can be undone by another. */
test.describe('the shell, as it runs', () => {
  test.skip(
    host.name === 'stand-in',
    'These are asked of Electron’s own parts, which the stand-in does not have.',
  )

  test('the window’s process is sandboxed, isolated, and has no Node, no plug-in and no window within', async ({
    desk,
  }) => {
    await desk.open()
    const { preferences, pid } = await desk.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
        getLastWebPreferences(): Readonly<Record<string, unknown>>
        getOSProcessId(): number
      }
      return { preferences: contents.getLastWebPreferences(), pid: contents.getOSProcessId() }
    })
    const on = ['sandbox', 'contextIsolation']
    const off = [
      'nodeIntegration',
      'nodeIntegrationInWorker',
      'nodeIntegrationInSubFrames',
      'webviewTag',
      'plugins',
      'experimentalFeatures',
      'allowRunningInsecureContent',
      'spellcheck',
    ]
    for (const name of on) expect([name, preferences[name]]).toEqual([name, true])
    for (const name of off) expect([name, preferences[name] ?? false]).toEqual([name, false])
    expect(preferences['webSecurity'] ?? true).toBe(true)
    // What the system itself says of the process: its calls are filtered.
    if (process.platform === 'linux')
      expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^Seccomp:\s*2$/m)
  })

  test('a page that is let in anywhere is sandboxed too, whatever it asks for', async ({ desk }) => {
    test.skip(process.platform !== 'linux', 'Only Linux says so of a process.')
    await desk.open()
    const sandboxed = await desk.app.evaluate(async ({ BrowserWindow }) => {
      const other = new BrowserWindow({ show: false, webPreferences: { sandbox: false } })
      await other.loadURL('app://curfew/index.html').catch(() => {})
      const contents = other.webContents as unknown as { getOSProcessId(): number }
      const { readFileSync } = process.getBuiltinModule('node:fs')
      const status = readFileSync(`/proc/${contents.getOSProcessId()}/status`, 'utf8')
      other.destroy()
      return /^Seccomp:\s*2$/m.test(status)
    })
    expect(sandboxed).toBe(true)
  })

  test('no permission is given, neither to who asks nor to who only looks', async ({ desk }) => {
    const page = await desk.open()
    await expect(page.getByLabel('Repeat passphrase')).toBeVisible()
    const answers = await page.evaluate(async () => {
      const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi', 'clipboard-read']
      const looked = names.map(async (name) => {
        const { state } = await navigator.permissions.query({ name: name as PermissionName })
        return `${name} ${state}`
      })
      const asked = [
        Notification.requestPermission(),
        new Promise((resolve) =>
          navigator.geolocation.getCurrentPosition(
            () => resolve('told'),
            ({ code }) => resolve(code === GeolocationPositionError.PERMISSION_DENIED ? 'denied' : 'allowed'),
          ),
        ),
        navigator.clipboard.readText().then(
          () => 'read',
          ({ name }) => name,
        ),
      ]
      return { looked: await Promise.all(looked), asked: await Promise.all(asked) }
    })
    expect(answers.looked.filter((answer) => !answer.endsWith(' denied'))).toEqual([])
    expect(answers.asked).toEqual(['denied', 'denied', 'NotAllowedError'])
  })

  test('whatever the window’s session asks of another server is cancelled before it is sent', async ({
    desk,
    service,
  }) => {
    await desk.open()
    const tried = await desk.app.evaluate(async ({ session }, url) => {
      const ask = (address: string) =>
        session.defaultSession.fetch(address).then(
          ({ status }) => `answered ${status}`,
          ({ message }: Error) => message,
        )
      return [
        await ask(`${url}/api/v1/server`),
        await ask('app://elsewhere/index.html'),
        await ask('app://curfew/index.html'),
      ]
    }, service.url)
    expect(tried).toEqual([expect.stringContaining('ERR_BLOCKED_BY_CLIENT'), 'answered 403', 'answered 200'])
  })

  test('B8: only the page itself, in Curfew’s own window and at Curfew’s own address, is listened to', async ({
    desk,
  }) => {
    await desk.open()
    const answers = await desk.app.evaluate(async ({ BrowserWindow, ipcMain }) => {
      type Listener = (event: object) => Promise<{ problem?: { code: string } }>
      const own = BrowserWindow.getAllWindows()[0]?.webContents
      if (!own) throw new Error('There is no window.')
      const listeners = (ipcMain as unknown as { _invokeHandlers: Map<string, Listener> })._invokeHandlers
      const ask = async (event: object) => {
        const answer = await listeners.get('lock.state')?.(event)
        return answer?.problem?.code ?? 'answered'
      }
      const other = new BrowserWindow({ show: false })
      await other.loadURL('app://curfew/index.html')
      const { mainFrame } = own
      const at = (url: string) =>
        // The very frame, but for where it says it is.
        ask({ sender: own, senderFrame: Object.create(mainFrame, { url: { value: url } }) })
      const asked = {
        'the page itself': await ask({ sender: own, senderFrame: mainFrame }),
        'a frame in it, at Curfew’s address': await at(mainFrame.url),
        'another window at Curfew’s address': await ask({
          sender: other.webContents,
          senderFrame: other.webContents.mainFrame,
        }),
        'another window, with the page’s frame': await ask({
          sender: other.webContents,
          senderFrame: mainFrame,
        }),
        'a frame that is gone': await ask({ sender: own, senderFrame: null }),
      }
      // The page itself, gone elsewhere.
      const url = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(mainFrame), 'url')
      Object.defineProperty(mainFrame, 'url', { configurable: true, value: 'https://curfew/index.html' })
      const elsewhere = await ask({ sender: own, senderFrame: mainFrame })
      if (url) Object.defineProperty(mainFrame, 'url', url)
      other.destroy()
      return { ...asked, 'the page at another address': elsewhere }
    })
    expect(answers).toEqual({
      'the page itself': 'answered',
      'a frame in it, at Curfew’s address': 'untrusted-sender',
      'another window at Curfew’s address': 'untrusted-sender',
      'another window, with the page’s frame': 'untrusted-sender',
      'a frame that is gone': 'untrusted-sender',
      'the page at another address': 'untrusted-sender',
    })
  })

  test('the page goes nowhere and opens nothing', async ({ desk }) => {
    const page = await desk.open()
    await expect(page.getByLabel('Repeat passphrase')).toBeVisible()
    const came = await desk.app.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      const tried: unknown[] = []
      for (const url of ['https://example.com/', 'app://curfew/other.html', 'app://curfew/index.html?more'])
        tried.push(
          await contents?.executeJavaScript(
            `location.href = '${url}'; new Promise((resolve) => setTimeout(() => resolve(open('${url}')), 300))`,
          ),
          contents?.getURL(),
        )
      return { tried, windows: BrowserWindow.getAllWindows().length }
    })
    const stayed = [null, 'app://curfew/index.html']
    expect(came).toEqual({ tried: [...stayed, ...stayed, ...stayed], windows: 1 })
  })

  test('C4: every event of the computer that locks Curfew is heard', async ({ desk }) => {
    const page = await desk.open()
    await choosePassphrase(page)
    for (const event of ['user-did-resign-active', 'suspend', 'lock-screen']) {
      await desk.app.evaluate(({ powerMonitor }, name) => {
        powerMonitor.emit(name)
      }, event)
      await expect(page.getByText('Curfew is locked'), event).toBeVisible()
      await unlock(page)
      await expect(page.getByRole('button', { name: 'Start with the built-in service' })).toBeVisible()
    }
  })
})
