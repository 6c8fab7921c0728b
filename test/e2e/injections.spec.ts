import { createSocket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import { chooseHost } from '../../scripts/host.ts'
import { expect, test } from './support/fixtures.ts'

const host = await chooseHost()

/** A computer elsewhere that hears whatever reaches it, by TCP and by UDP. */
async function listenElsewhere() {
  const heard: string[] = []
  const tcp: Server = createServer((socket) => {
    heard.push('a connection')
    socket.on('error', () => {})
    socket.once('data', (data) => {
      heard.push(data.toString('latin1').split('\r\n')[0] ?? '')
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\naccess-control-allow-origin: *\r\n\r\n')
    })
  })
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
  const { port } = tcp.address() as { port: number }
  const udp = createSocket('udp4', () => heard.push('a datagram'))
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve))
  return {
    port,
    heard,
    stop() {
      tcp.close()
      udp.close()
    },
  }
}

test.describe('what gets into the page', () => {
  test.skip(host.name === 'stand-in', 'The network of the window’s session is Electron’s own.')

  test('B8: nothing that is injected runs, whichever way it is written', async ({ desk }) => {
    const page = await desk.open()
    await expect(page.getByLabel('Repeat passphrase')).toBeVisible()
    const { ran, refused } = await page.evaluate(async () => {
      const refused: string[] = []
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
        refused.push(effectiveDirective),
      )
      const ran: string[] = []
      Object.assign(window, { mark: (what: string) => ran.push(what) })
      const put = (html: string) => {
        const place = document.createElement('div')
        place.innerHTML = html
        document.body.append(place)
        return place
      }
      const script = (fill: (element: HTMLScriptElement) => void) => {
        const element = document.createElement('script')
        fill(element)
        document.head.append(element)
      }
      const source = (what: string) => `mark(${JSON.stringify(what)})`
      const later = (run: () => unknown) =>
        new Promise((resolve, reject) => {
          setTimeout(() => {
            try {
              resolve(run())
            } catch (error) {
              reject(error)
            }
          })
        })
      const blob = (what: string, type = 'text/javascript') =>
        URL.createObjectURL(new Blob([source(what)], { type }))
      const tries: readonly (() => unknown)[] = [
        () => script((element) => element.append(source('inline script'))),
        () => script((element) => Object.assign(element, { src: `data:text/javascript,${source('data')}` })),
        () => script((element) => Object.assign(element, { src: blob('blob') })),
        () =>
          script((element) => {
            element.nonce = document.querySelector('script')?.nonce || 'guessed'
            element.append(source('script with a nonce'))
          }),
        () =>
          script((element) => {
            element.type = 'module'
            element.append(source('inline module'))
          }),
        () =>
          script((element) => {
            element.type = 'importmap'
            element.append(`{"imports":{"own":"${blob('import map')}"}}`)
          }),
        () => put(`<img src="data:," onerror="${source('onerror').replaceAll('"', '&quot;')}">`),
        () => put('<svg onload="mark(\'svg\')"><script>mark("svg script")</script></svg>'),
        () => put('<a href="javascript:mark(\'link\')">x</a>').querySelector('a')?.click(),
        () => put('<details open ontoggle="mark(\'details\')"></details>'),
        () =>
          put('<form action="javascript:mark(\'form\')"><button>x</button></form>')
            .querySelector('button')
            ?.click(),
        () => put('<iframe srcdoc="<script>parent.mark(1)</script>"></iframe>'),
        () => put('<iframe src="javascript:parent.mark(2)"></iframe>'),
        () => put('<iframe src="data:text/html,<script>parent.mark(3)</script>"></iframe>'),
        () => put('<object data="data:text/html,<script>parent.mark(4)</script>"></object>'),
        () => put('<embed src="data:text/html,<script>parent.mark(5)</script>">'),
        // In a turn of their own: what the test's own tool evaluates may.
        () => later(() => Reflect.get(globalThis, 'eval')(source('eval'))),
        () => later(() => new Function(source('Function'))()),
        () => setTimeout(source('a timer’s text') as never, 0),
        () => import(`data:text/javascript,${source('import of data')}`),
        () => import(blob('import of a blob')),
        () => new Worker(blob('worker')),
        () => new SharedWorker(blob('shared worker')),
        () => navigator.serviceWorker.register('/assets/none.js'),
        () => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => ran.push('wasm')),
        () => document.body.setAttribute('onclick', source('attribute')),
        () => document.body.click(),
      ]
      for (const attempt of tries)
        try {
          await attempt()
        } catch {
          // Refused at once.
        }
      await new Promise((resolve) => setTimeout(resolve, 500))
      return { ran, refused }
    })
    expect(ran).toEqual([])
    for (const directive of ['script-src-elem', 'script-src-attr', 'script-src', 'frame-src'])
      expect(refused).toContain(directive)
  })

  test('B8: nothing that is injected reaches another computer, by whichever of the browser’s ways', async ({
    desk,
  }) => {
    const elsewhere = await listenElsewhere()
    const page = await desk.open()
    await expect(page.getByLabel('Repeat passphrase')).toBeVisible()
    await page.evaluate(async (port) => {
      const there = `http://127.0.0.1:${port}`
      const put = (html: string) => {
        const place = document.createElement('div')
        place.innerHTML = html
        document.body.append(place)
        return place
      }
      const head = (tag: string, attributes: Readonly<Record<string, string>>) => {
        const element = document.createElement(tag)
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
        document.head.append(element)
      }
      const call = async () => {
        const peer = new RTCPeerConnection({
          iceServers: [
            { urls: `stun:127.0.0.1:${port}` },
            { urls: `turn:127.0.0.1:${port}?transport=tcp`, username: 'a', credential: 'b' },
          ],
        })
        peer.createDataChannel('out')
        await peer.setLocalDescription(await peer.createOffer())
      }
      const tries: readonly (() => unknown)[] = [
        () => fetch(`${there}/fetch`),
        () => fetch(`${there}/no-cors`, { mode: 'no-cors', method: 'POST', body: 'x' }),
        () => navigator.sendBeacon(`${there}/beacon`, 'x'),
        () => new WebSocket(`ws://127.0.0.1:${port}/socket`),
        () => new EventSource(`${there}/events`),
        () => {
          const request = new XMLHttpRequest()
          request.open('GET', `${there}/xhr`)
          request.send()
        },
        () =>
          put(
            `<img src="${there}/img"><img srcset="${there}/srcset 1x"><video src="${there}/video"></video>`,
          ),
        () => put(`<audio src="${there}/audio"></audio><iframe src="${there}/frame"></iframe>`),
        () => put(`<object data="${there}/object"></object><embed src="${there}/embed">`),
        () => put(`<style>@import "${there}/import"; body { background: url(${there}/background) }</style>`),
        () => put(`<p style="background: url(${there}/attribute)">x</p>`),
        () =>
          put(`<form action="${there}/form" method="post"><button>x</button></form>`)
            .querySelector('button')
            ?.click(),
        () =>
          put(`<a href="${there}/link" ping="${there}/ping" target="_blank">x</a>`)
            .querySelector('a')
            ?.click(),
        () => put(`<a href="${there}/download" download>x</a>`).querySelector('a')?.click(),
        () => head('link', { rel: 'stylesheet', href: `${there}/style` }),
        () => head('link', { rel: 'prefetch', href: `${there}/prefetch` }),
        () => head('link', { rel: 'preload', as: 'font', href: `${there}/preload` }),
        () => head('link', { rel: 'preconnect', href: there }),
        () => head('link', { rel: 'modulepreload', href: `${there}/module` }),
        () => head('link', { rel: 'icon', href: `${there}/icon` }),
        () => head('link', { rel: 'manifest', href: `${there}/manifest` }),
        () => head('script', { src: `${there}/script` }),
        () => head('script', { type: 'speculationrules' }),
        () => head('base', { href: there }),
        () => head('meta', { 'http-equiv': 'refresh', content: `0; url=${there}/refresh` }),
        () => new FontFace('own', `url(${there}/font)`).load(),
        () => import(`${there}/module.js`),
        () => new Worker(`${there}/worker.js`),
        call,
        () => {
          location.href = `${there}/location`
        },
      ]
      for (const attempt of tries)
        try {
          await Promise.race([attempt(), new Promise((resolve) => setTimeout(resolve, 300))])
        } catch {
          // Refused at once.
        }
      await new Promise((resolve) => setTimeout(resolve, 1500))
    }, elsewhere.port)
    expect(elsewhere.heard).toEqual([])
    elsewhere.stop()
    const url = await desk.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getURL(),
    )
    expect(url).toBe('app://curfew/index.html')
  })
})
