import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chooseHost } from '../../scripts/host.ts'
import { expect, test } from './support/fixtures.ts'

const host = await chooseHost()

test.describe('the ways out of the window', () => {
  test.skip(
    host.name === 'stand-in',
    'These are asked of Electron’s own parts, which the stand-in does not have.',
  )

  test('B8: the page opens no other program, saves no file and goes nowhere, whatever it or a person does with it', async ({
    desk,
  }) => {
    // Whatever Electron would hand to the desktop on Linux goes through one of these.
    const programs = join(desk.dataFolder, 'programs')
    const opened = join(desk.dataFolder, 'opened')
    await mkdir(programs)
    for (const name of ['xdg-open', 'xdg-mime', 'xdg-settings', 'gio', 'kde-open', 'exo-open']) {
      await writeFile(join(programs, name), `#!/bin/sh\necho "${name} $*" >> '${opened}'\n`)
      await chmod(join(programs, name), 0o755)
    }
    const page = await desk.open({ PATH: `${programs}:${process.env['PATH']}` })
    await expect(page.getByLabel('Repeat passphrase')).toBeVisible()
    await desk.app.evaluate(({ session }, folder) => {
      const own = session.defaultSession as unknown as {
        setDownloadPath(path: string): void
        on(
          event: string,
          listener: (
            event: object,
            item: { on(event: string, listener: (done: unknown, state: string) => void): void },
          ) => void,
        ): void
      }
      own.setDownloadPath(folder)
      const seen = globalThis as typeof globalThis & { downloads?: string[] }
      seen.downloads = []
      own.on('will-download', (_event, item) =>
        item.on('done', (_done: unknown, state: string) => seen.downloads?.push(state)),
      )
    }, desk.dataFolder)
    const before = await readdir(desk.dataFolder)
    const answers = await page.evaluate(async () => {
      const refused: string[] = []
      const frame = document.createElement('iframe')
      document.body.append(frame)
      const click = (attributes: Readonly<Record<string, string>>) => {
        const link = document.createElement('a')
        for (const [name, value] of Object.entries(attributes)) link.setAttribute(name, value)
        document.body.append(link)
        link.click()
      }
      const saved = URL.createObjectURL(new Blob(['saved'], { type: 'application/octet-stream' }))
      const addresses = [
        'mailto:somebody@example.com',
        'tel:123',
        'ms-settings:',
        'curfew-test://x',
        'vscode://x',
        'file:///etc/hostname',
        'chrome://gpu',
        'devtools://devtools/bundled/inspector.html',
        'view-source:app://curfew/index.html',
        'about:blank',
        'data:text/html,<p>x',
        'app://elsewhere/index.html',
        'https://example.com/',
      ]
      for (const address of addresses) {
        click({ href: address })
        click({ href: address, target: '_blank' })
        frame.src = address
        const window_ = open(address, '_blank', 'popup')
        if (window_) refused.push(`opened ${address}`)
        try {
          location.assign(address)
        } catch {
          // Refused at once.
        }
      }
      click({ href: saved, download: 'saved.txt' })
      click({ href: 'data:application/octet-stream,saved', download: 'saved-too.txt' })
      click({ href: '/index.html', download: 'page.html' })
      try {
        navigator.registerProtocolHandler('web+curfew', 'app://curfew/index.html?%s')
        refused.push('registered')
      } catch {
        // Refused at once.
      }
      history.pushState(null, '', '/index.html')
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      return refused
    })
    expect(answers).toEqual([])
    // Shift and Ctrl ask a browser for another window.
    await page.evaluate(() => {
      const link = document.createElement('a')
      Object.assign(link, { href: 'app://curfew/index.html', textContent: 'A link of the attacker’s' })
      link.style.cssText = ''
      document.body.prepend(link)
    })
    const link = page.getByText('A link of the attacker’s')
    for (const modifiers of [['Shift'], ['ControlOrMeta'], ['ControlOrMeta', 'Shift']] as const)
      await link.click({ modifiers: [...modifiers], force: true })
    await link.click({ button: 'middle', force: true })
    const session = await page.context().newCDPSession(page)
    for (const [mimeType, data] of [
      ['text/uri-list', 'https://example.com/'],
      ['text/uri-list', 'file:///etc/hostname'],
      ['text/html', '<script>document.title = "dropped"</script>'],
    ] as const)
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
        await session.send('Input.dispatchDragEvent', {
          type,
          x: 20,
          y: 300,
          data: { items: [{ mimeType, data }], dragOperationsMask: 1 },
        })
    await session.detach()

    const state = await desk.app.evaluate(({ BrowserWindow }) => ({
      windows: BrowserWindow.getAllWindows().length,
      url: BrowserWindow.getAllWindows()[0]?.webContents.getURL(),
      downloads: (globalThis as { downloads?: string[] }).downloads?.filter((how) => how === 'completed'),
    }))
    expect(state).toEqual({ windows: 1, url: 'app://curfew/index.html', downloads: [] })
    expect(await page.title()).toBe('Curfew')
    expect(await readFile(opened, 'utf8').catch(() => '')).toBe('')
    const since = (await readdir(desk.dataFolder)).filter((name) => !before.includes(name))
    expect(since.filter((name) => /saved|page|download/i.test(name))).toEqual([])
  })

  test('no device, screen, key or sensor is handed to the page, though a person has just clicked', async ({
    desk,
  }) => {
    const page = await desk.open()
    await page.getByLabel('Repeat passphrase').click()
    const answers = await page.evaluate(async () => {
      const own = navigator as unknown as Record<
        string,
        Record<string, (...given: unknown[]) => Promise<unknown>>
      >
      const tries: Readonly<Record<string, () => Promise<unknown> | undefined>> = {
        camera: () => navigator.mediaDevices.getUserMedia({ video: true }),
        microphone: () => navigator.mediaDevices.getUserMedia({ audio: true }),
        screen: () => navigator.mediaDevices.getDisplayMedia(),
        midi: () => navigator.requestMIDIAccess({ sysex: true }),
        usb: () => own['usb']?.['requestDevice']?.({ filters: [] }),
        serial: () => own['serial']?.['requestPort']?.(),
        hid: async () => {
          const found = (await own['hid']?.['requestDevice']?.({ filters: [] })) as unknown[] | undefined
          if (!found?.length) throw new Error('none')
        },
        bluetooth: () => own['bluetooth']?.['requestDevice']?.({ acceptAllDevices: true }),
        clipboard: () => navigator.clipboard.read(),
        idle: () =>
          (
            window as unknown as { IdleDetector?: { requestPermission(): Promise<string> } }
          ).IdleDetector?.requestPermission().then((answer) => {
            if (answer !== 'granted') throw new Error(answer)
          }),
        fonts: () => (window as unknown as { queryLocalFonts?: () => Promise<unknown> }).queryLocalFonts?.(),
        folder: () =>
          (window as unknown as { showDirectoryPicker?: () => Promise<unknown> }).showDirectoryPicker?.(),
        payment: () =>
          new PaymentRequest([{ supportedMethods: 'https://example.com/pay' }], {
            total: { label: 'x', amount: { currency: 'EUR', value: '1' } },
          }).show(),
      }
      const had: string[] = []
      for (const [what, attempt] of Object.entries(tries))
        await Promise.race([
          (async () => attempt())().then(
            (answer) => {
              // An empty list of fonts is none.
              if (answer !== undefined && !(Array.isArray(answer) && answer.length === 0)) had.push(what)
            },
            () => {},
          ),
          new Promise((resolve) => setTimeout(resolve, 400)),
        ])
      return had
    })
    expect(answers).toEqual([])
  })

  test('Curfew’s own scheme serves its built pages, and nothing else by any spelling', async ({ desk }) => {
    await desk.open()
    const answers = await desk.app.evaluate(async ({ session }) => {
      const addresses = [
        'app://curfew/index.html',
        'app://curfew/../node/main.js',
        'app://curfew/..%2fnode%2fmain.js',
        'app://curfew/%2e%2e/node/main.js',
        'app://curfew/%2e%2e%2fnode%2fmain.js',
        'app://curfew/%252e%252e%252fnode%252fmain.js',
        'app://curfew/..%5cnode%5cmain.js',
        'app://curfew/..\\node\\main.js',
        'app://curfew/assets/../../node/main.js',
        'app://curfew/assets/%2e%2e/%2e%2e/node/main.js',
        'app://curfew/index.html%00.js',
        'app://curfew/%00/../../node/main.js',
        'app://curfew//etc/hostname',
        'app://curfew/%2f%2fserver/share/x.js',
        'app://curfew/%5c%5cserver%5cshare%5cx.js',
        'app://curfew/C:/Windows/win.js',
        'app://curfew/C%3a%5cWindows%5cwin.js',
        'app://curfew/file:///etc/hostname',
        'app://curfew/index.html::$DATA',
        'app://curfew/index.html:x.js',
        'app://curfew/.%2e/.%2e/package.json',
        'app://curfew/..;/node/main.js',
        'app://curfew/%c0%ae%c0%ae/node/main.js',
        'app://curfew/%uff0e%uff0e/node/main.js',
        'app://curfew/licenses.md',
        'app://elsewhere/index.html',
        'app://user@curfew/index.html',
        'app://CURFEW.example/index.html',
      ]
      const ask = (address: string, method = 'GET') =>
        session.defaultSession.fetch(address, { method }).then(
          async (answer) => [address, answer.status, (await answer.text()).includes('createCurfew')] as const,
          () => [address, 0, false] as const,
        )
      const found = await Promise.all(addresses.map((address) => ask(address)))
      const [, written] = await ask('app://curfew/index.html', 'POST')
      return {
        served: found.filter(([, status]) => status === 200).map(([address]) => address),
        leaked: found.filter(([, , leak]) => leak),
        written,
      }
    })
    expect(answers).toEqual({ served: ['app://curfew/index.html'], leaked: [], written: 403 })
  })
})
