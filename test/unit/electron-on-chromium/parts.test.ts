import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cutDeclarations } from '../../electron-on-chromium/cut-declarations.ts'
import { isPressed } from '../../electron-on-chromium/menu.ts'
import { OriginMap } from '../../electron-on-chromium/origin-map.ts'
import { net, session } from '../../electron-on-chromium/session.ts'
import { createValueCodec } from '../../electron-on-chromium/value-codec.ts'

describe('the value codec', () => {
  const { encode, decode } = createValueCodec()

  test('carries plain data, and tells a property without a value from none', () => {
    const value = { none: undefined, nothing: null, list: [0.5, 'ż', true, { deep: [undefined] }] }
    expect(decode(encode(value))).toStrictEqual(value)
  })

  test('refuses everything else, rather than change it on the way', () => {
    for (const value of [() => 0, Symbol('s'), Promise.resolve(), new Date(), new Map(), 1n, Number.NaN]) {
      expect(() => encode({ value })).toThrow('An object could not be cloned.')
    }
  })

  test('never sets a prototype from what it reads', () => {
    const copy = decode(encode(JSON.parse('{"__proto__":{"polluted":1}}'))) as Record<string, unknown>
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(Object.hasOwn(copy, '__proto__')).toBe(true)
  })
})

describe('the map of origins', () => {
  const map = new OriginMap()
  map.add('app')

  test('gives the app’s scheme a secure origin, and gives the app its own back', () => {
    expect(map.toChromium('app://curfew/index.html?a#b')).toBe('https://curfew.app.invalid/index.html?a#b')
    expect(map.toApp('https://curfew.app.invalid/index.html?a#b')).toBe('app://curfew/index.html?a#b')
    expect(map.toChromium('app://curfew')).toBe('https://curfew.app.invalid/')
    expect(map.toApp('https://curfew.app.invalid')).toBe('app://curfew')
  })

  test('leaves every other URL as it is, the lookalikes too', () => {
    for (const url of ['https://example.com/', 'about:blank', 'https://curfew.app.invalid.example.com/']) {
      expect(map.toApp(url)).toBe(url)
      expect(map.toChromium(url)).toBe(url)
    }
    expect(map.toApp('https://user@curfew.other.invalid/')).toBe('https://user@curfew.other.invalid/')
  })
})

describe('an accelerator', () => {
  const press = (key: string, modifiers: object = {}) => ({
    key,
    ...{ shiftKey: false, ctrlKey: false, altKey: false, metaKey: false },
    ...modifiers,
  })
  const command = process.platform === 'darwin' ? { metaKey: true } : { ctrlKey: true }

  test.each([
    ['CmdOrCtrl+L', press('l', command), true],
    ['CmdOrCtrl+L', press('l'), false],
    ['CmdOrCtrl+L', press('L', { ...command, shiftKey: true }), false],
    ['Ctrl+Shift+I', press('I', { ctrlKey: true, shiftKey: true }), true],
    ['F11', press('F11'), true],
    ['F11', press('F11', command), false],
  ])('%s is or is not pressed, modifiers considered', (text, keys, expected) => {
    expect(isPressed(text, keys)).toBe(expected)
  })
})

describe('the cut declarations', () => {
  const declarations = [
    'declare namespace Electron {',
    '  interface App extends NodeJS.EventEmitter {',
    '    /**',
    '     * Wanted; it (really) is.',
    '     */',
    "    on(event: 'ready', listener: (event: Event,",
    '                                  info: object) => void): this;',
    "    on(event: 'activate', listener: () => void): this;",
    '    quit(): void;',
    '    relaunch(options?: { a: string; }): void;',
    '  }',
    '  namespace CrossProcessExports {',
    '    const app: App;',
    '    type App = Electron.App;',
    '    const other: Other;',
    '  }',
    '}',
  ].join('\n')

  test('have what the list names, and no other member, event or value', () => {
    const cut = cutDeclarations(declarations, {
      exportedValues: 'app',
      surface: { App: { members: 'quit', events: 'ready' } },
    })
    expect(cut).toContain('quit(): void')
    expect(cut).toContain("'ready'")
    expect(cut).toContain('const app')
    expect(cut).toContain('type App')
    expect(cut).not.toMatch(/relaunch|activate|other/)
  })

  test('can’t be made from a list that names what Electron does not have', () => {
    const surface = { App: { members: 'quit leave' } }
    expect(() => cutDeclarations(declarations, { exportedValues: 'app', surface })).toThrow('App.leave')
  })
})

describe('fetch in the main process', () => {
  const refuseAll = (_details: unknown, answer: (response: { cancel: boolean }) => void) =>
    answer({ cancel: true })
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(String(request.url))
    response.end('answered')
  })
  let url = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  test('passes the webRequest of its own session: net’s is the default one’s, a partition has another', async () => {
    session.defaultSession.webRequest.onBeforeRequest(refuseAll)
    try {
      await expect(net.fetch(`${url}/net`)).rejects.toThrow('net::ERR_BLOCKED_BY_CLIENT')
      await expect(session.defaultSession.fetch(`${url}/default`)).rejects.toThrow('ERR_BLOCKED_BY_CLIENT')
      expect(asked).toEqual([])
      const answer = await session.fromPartition('another').fetch(`${url}/another`)
      expect(await answer.text()).toBe('answered')
    } finally {
      session.defaultSession.webRequest.onBeforeRequest(null)
    }
    expect((await net.fetch(`${url}/net`)).status).toBe(200)
    session.fromPartition('another').webRequest.onBeforeRequest(refuseAll)
    await expect(session.fromPartition('another').fetch(url)).rejects.toThrow('ERR_BLOCKED_BY_CLIENT')
    expect((await net.fetch(`${url}/net`)).status).toBe(200)
  })
})
