import { describe, expect, test } from 'vitest'
import { keepPlace, placeWindow, windowLayout } from '../../../../main/shell/window-state.ts'
import type { KeptFile } from '../../../../main/storage/kept-file.ts'

const usual = { width: 1180, height: 780 }
const left = { x: 0, y: 25, width: 1440, height: 875 }
const right = { x: 1440, y: 0, width: 1920, height: 1080 }
const at = (x: number, y: number, width = 1000, height = 700) => ({ x, y, width, height })
const place = (bounds: ReturnType<typeof at>, areas = [left, right], maximised = false) =>
  placeWindow({ bounds, maximised }, areas, usual)

describe('the window', () => {
  test('opens in its usual size at first', () => {
    expect(placeWindow(undefined, [left], usual)).toEqual({ ...usual, maximised: false })
  })

  test('opens where it was, on whichever display, and as large', () => {
    expect(place(at(100, 100))).toEqual({ ...at(100, 100), maximised: false })
    expect(place(at(2000, 200), [left, right], true)).toEqual({ ...at(2000, 200), maximised: true })
  })

  test('of a display that is gone opens in its size, where a new one would', () => {
    expect(place(at(2000, 200), [left])).toEqual({ width: 1000, height: 700, maximised: false })
    expect(place(at(2000, 200, 1800, 1000), [left])).toEqual({ width: 1440, height: 875, maximised: false })
  })

  test.each([
    ['above every display', at(100, -700)],
    ['below', at(100, 900)],
    ['left', at(-1000, 100)],
    ['at the end of the numbers', at(-2_147_483_648, 2_147_483_647)],
  ])('that was out of sight (%s) is not put there', (_where, bounds) => {
    expect(place(bounds, [left])).toEqual({ width: 1000, height: 700, maximised: false })
  })

  test.each([
    ['over the right edge', at(1000, 100), at(440, 100)],
    ['over the lower edge', at(100, 800), at(100, 200)],
    ['under the menu bar', at(100, 10), at(100, 25)],
    ['with its title out of reach', at(100, -600), at(100, 25)],
    ['larger than the display', at(-20, 25, 5000, 5000), { ...left }],
  ])('that stood %s is moved wholly onto its display', (_where, bounds, moved) => {
    expect(place(bounds, [left])).toEqual({ ...moved, maximised: false })
  })

  test('has its place kept as often as it changes, without the size of being maximised', () => {
    const listeners = new Map<string, () => void>()
    const written: unknown[] = []
    const file: KeptFile<unknown> = {
      value: undefined,
      write: async (next) => {
        written.push(next)
        Object.assign(file, { value: next })
      },
      clear: async () => {},
    }
    let bounds = at(1, 2)
    let maximised = false
    keepPlace(
      {
        getNormalBounds: () => bounds,
        isMaximized: () => maximised,
        on: (event, listener) => listeners.set(event, listener),
      },
      file as Parameters<typeof keepPlace>[1],
      () => {},
    )
    listeners.get('moved')?.()
    listeners.get('close')?.()
    expect(written).toEqual([{ bounds: at(1, 2), maximised: false }])
    bounds = at(3, 4)
    maximised = true
    listeners.get('maximize')?.()
    expect(written.at(-1)).toEqual({ bounds: at(3, 4), maximised: true })
    expect(written).toHaveLength(2)
  })

  test.each([
    undefined,
    null,
    [],
    'here',
    { x: 1, y: 2 },
    { ...at(1, 2), width: 0 },
    { ...at(1, 2), x: '1' },
  ])('whose place can’t be read (%j) opens as a new one', (bounds) => {
    expect(windowLayout.read({ bounds, maximised: true }, () => {})).toBeUndefined()
    expect(windowLayout.unreadable.value).toBeUndefined()
  })
})
