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

describe('the page', () => {
  test('has the exposed API before its first script, and nothing else of the preload or of Node', async () => {
    expect(await page.evaluate(() => globalThis.atStart)).toBe('object')
    const absent = [
      'require',
      'process',
      'module',
      'Buffer',
      'ipcRenderer',
      'contextBridge',
      'electron',
      'global',
    ]
    const inside = ['onlyForThePreload', '__toHost', '__receive', 'runs']
    const found = await page.evaluate(
      (names) => names.filter((name) => name in globalThis),
      [...absent, ...inside],
    )
    expect(found).toEqual([])
  })

  test('has no property more on its window than a page of Chromium has, but for the API', async () => {
    const names = await page.evaluate(() => {
      const frame = document.body.appendChild(document.createElement('iframe'))
      const plain = new Set(Reflect.ownKeys(frame.contentWindow ?? {}))
      frame.remove()
      return Reflect.ownKeys(window)
        .filter((name) => !plain.has(name) && !/^\d+$/.test(String(name)))
        .map(String)
    })
    expect(names.toSorted()).toEqual(['atStart', 'fixture', 'secretOfThePage'])
  })

  test('is not seen by the preload, whose global scope is another', async () => {
    expect(await page.evaluate(() => fixture.world())).toBe('undefined')
  })

  test('cannot change or replace the API', async () => {
    const results = await page.evaluate(() => {
      const attempt = (change: () => unknown) => {
        try {
          return change() === true
        } catch {
          return false
        }
      }
      return [
        attempt(() => Reflect.set(globalThis, 'fixture', {})),
        attempt(() => Reflect.deleteProperty(globalThis, 'fixture')),
        attempt(() => Reflect.set(fixture, 'add', () => 0)),
        attempt(() => Reflect.set(fixture.nested.list, 0, 'changed')),
      ]
    })
    expect(results).toEqual([false, false, false, false])
  })

  test('learns nothing by replacing what the bridge is made of', async () => {
    const leaked = await page.evaluate(async () => {
      const seen: string[] = []
      const spy = (owner: object, name: string) => {
        const original = Reflect.get(owner, name)
        Reflect.defineProperty(owner, name, {
          value(this: unknown, ...values: unknown[]) {
            seen.push(String(name))
            return Reflect.apply(original, this, values)
          },
        })
      }
      spy(EventTarget.prototype, 'dispatchEvent')
      spy(EventTarget.prototype, 'addEventListener')
      spy(Map.prototype, 'get')
      spy(WeakMap.prototype, 'get')
      spy(Array.prototype, 'map')
      spy(Array.prototype, Symbol.iterator as unknown as string)
      fixture.add(1, 2)
      await fixture.invoke('echo', { a: [1] })
      // At once, before Playwright's own code runs.
      return seen.join(' ')
    })
    expect(leaked).toBe('')
    await page.reload()
  })

  test('cannot read the text of the functions it is given', async () => {
    expect(await page.evaluate(() => String(fixture.add))).toContain('[native code]')
  })

  test('is in a secure context of its own origin', async () => {
    expect(await page.evaluate(() => [isSecureContext, location.origin])).toEqual([
      true,
      'https://fixture.app.invalid',
    ])
  })
})

describe('the preload', () => {
  test('gets only what a sandboxed preload may require', async () => {
    expect(
      await page.evaluate(() => ['fs', 'node:child_process'].map((name) => fixture.reach(name))),
    ).toEqual(['module not found: fs', 'module not found: node:child_process'])
  })

  test('runs again after a reload, once, before the page', async () => {
    await page.reload()
    expect(await page.evaluate(() => [globalThis.atStart, fixture.runs])).toEqual(['object', 1])
  })

  test('does not run in a frame', async () => {
    const inFrame = await page.evaluate(async () => {
      const frame = document.createElement('iframe')
      frame.src = 'other.html'
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
      document.body.append(frame)
      await loaded
      const kind = typeof (frame.contentWindow as (Window & { fixture?: unknown }) | null)?.fixture
      frame.remove()
      return kind
    })
    expect(inFrame).toBe('undefined')
  })
})

describe('the context bridge', () => {
  test('answers at once where the function does', async () => {
    expect(await page.evaluate(() => fixture.add(2, 3))).toBe(5)
  })

  test('carries promises, thrown errors and rejections, of which the message is left', async () => {
    const results = await page.evaluate(async () => {
      const messages: unknown[] = [await fixture.later({ deep: [1, null] })]
      try {
        fixture.fail()
      } catch (error) {
        messages.push(error instanceof Error, (error as Error).message)
      }
      messages.push(await fixture.failLater().catch((error: Error) => error.message))
      return messages
    })
    expect(results).toEqual([{ deep: [1, null] }, true, 'on purpose', 'on purpose, later'])
  })

  test('hands callbacks over and calls them back', async () => {
    expect(
      await page.evaluate(() => fixture.callBack((value: { n: number }) => value.n + 1, { n: 41 })),
    ).toBe(42)
  })

  test('copies values, so that no world holds an object of the other', async () => {
    const kinds = await page.evaluate(async () => {
      const values = [new Date(), new Map(), new Set(), new Uint8Array(2), /x/, [1], { a: 1 }, null, 1n]
      const given = { a: { b: 1 } }
      const back = await fixture.later(given)
      return [
        values.map((value) => fixture.kinds(value)),
        back !== given && back.a !== given.a && Object.getPrototypeOf(back) === Object.prototype,
        fixture.nested instanceof Object,
      ]
    })
    expect(kinds).toEqual([
      ['Date', 'Map', 'Set', 'Uint8Array', 'RegExp', 'Array', 'Object', 'Null', 'BigInt'].map(
        (k) => `[object ${k}]`,
      ),
      true,
      true,
    ])
  })
})

describe('the content security policy of the app’s own answer', () => {
  test('keeps an inline script from running', async () => {
    expect(await page.evaluate(() => 'inlineRan' in globalThis)).toBe(false)
  })

  test('keeps eval, a foreign fetch and a foreign image from happening', async () => {
    const results = await page.evaluate(async () => {
      // From a timer, since what Playwright itself evaluates is exempt.
      const evaluated = await new Promise((resolve) => {
        setTimeout(() => {
          try {
            // biome-ignore lint/security/noGlobalEval: the policy is to refuse it
            resolve(globalThis.eval('"ran"'))
          } catch (error) {
            resolve((error as Error).name)
          }
        })
      })
      const fetched = await fetch('https://example.com/').then(
        () => 'fetched',
        (error: Error) => error.name,
      )
      const image = await new Promise((resolve) => {
        const element = new Image()
        element.addEventListener('load', () => resolve('loaded'))
        element.addEventListener('error', () => resolve('blocked'))
        element.src = 'https://example.com/x.png'
      })
      return [evaluated, fetched, image]
    })
    expect(results).toEqual(['EvalError', 'TypeError', 'blocked'])
  })

  test('lets the page’s own origin through, answered by the app’s handler under the app’s own URL', async () => {
    const text = await page.evaluate(async () => (await fetch('page.css')).text())
    expect(text).toContain('h1')
    expect(await app.evaluate(() => globalThis.seen.requests)).toContain('app://fixture/page.css')
  })

  test('is joined by the session’s request hook, which can refuse what the policy allows', async () => {
    const outcome = await page.evaluate(() =>
      fetch('page.css?blocked').then(
        () => 'fetched',
        (error: Error) => error.name,
      ),
    )
    expect(outcome).toBe('TypeError')
  })
})
