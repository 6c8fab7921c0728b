import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Accelerator, parseAccelerator, pressed } from './accelerator.ts'
import { cutDeclarations } from './cut-declarations.ts'
import { OriginMap } from './origin-map.ts'
import { net } from './session.ts'
import { createValueCodec } from './value-codec.ts'

describe('the value codec', () => {
  const { encode, decode } = createValueCodec()

  test('copies a value that holds itself', () => {
    const value: { self?: unknown; list: unknown[] } = { list: [] }
    value.self = value
    value.list.push(value.list)
    const copy = decode(encode(value)) as typeof value
    expect(copy.self).toBe(copy)
    expect(copy.list[0]).toBe(copy.list)
  })

  test('refuses functions, symbols and promises', () => {
    for (const value of [() => 0, Symbol('s'), Promise.resolve()]) {
      expect(() => encode({ value })).toThrow('An object could not be cloned.')
    }
  })

  test('never sets a prototype from what it reads', () => {
    const copy = decode(encode(JSON.parse('{"__proto__":{"polluted":1}}'))) as Record<string, unknown>
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(Object.hasOwn(copy, '__proto__')).toBe(true)
    expect('polluted' in {}).toBe(false)
  })

  test('reduces an error to its name, message and stack', () => {
    const error = Object.assign(new RangeError('too much'), { secret: 1 })
    expect(decode(encode(error))).toMatchObject({
      name: 'RangeError',
      message: 'too much',
      stack: error.stack,
    })
    expect(decode(encode(error))).not.toHaveProperty('secret')
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

  test('writes a policy’s sources as Chromium must read them', () => {
    expect(map.headerToChromium("default-src 'self' app://curfew; img-src app: data:")).toBe(
      "default-src 'self' https://curfew.app.invalid; img-src https://*.app.invalid data:",
    )
  })
})

describe('an accelerator', () => {
  const press = (key: string, modifiers: Partial<Accelerator> = {}, code = '') => ({
    key,
    code,
    shift: false,
    control: false,
    alt: false,
    meta: false,
    ...modifiers,
  })
  const command = process.platform === 'darwin' ? { meta: true } : { control: true }

  test.each([
    ['CmdOrCtrl+L', press('l', command), true],
    ['CmdOrCtrl+L', press('L', { ...command, shift: true }), false],
    ['CmdOrCtrl+1', press('&', command, 'Digit1'), true],
    ['CmdOrCtrl+Plus', press('+', { ...command, shift: true }), true],
    ['F5', press('F5'), true],
    ['F5', press('F5', command), false],
    ['Esc', press('Escape'), true],
  ])('%s is or is not pressed, modifiers and keyboard layouts considered', (text, keys, expected) => {
    expect(pressed(parseAccelerator(text), keys)).toBe(expected)
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

describe('net.fetch', () => {
  const servers: { close: () => void }[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  test('cancels a redirect that is to be handled by hand, as Electron does', async () => {
    const server = createServer((_request, response) => response.writeHead(302, { location: '/next' }).end())
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/`
    await expect(net.fetch(url, { redirect: 'manual' })).rejects.toThrow('Redirect was cancelled')
    await expect(net.fetch(url, { redirect: 'error' })).rejects.toThrow('redirect policy')
  })

  test('fails in Chromium’s words', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    await expect(net.fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('net::ERR_CONNECTION_REFUSED')
    await expect(net.fetch('http://nowhere.invalid/')).rejects.toThrow('net::ERR_NAME_NOT_RESOLVED')
    const aborted = net.fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
  })
})
