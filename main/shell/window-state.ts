import { z } from 'zod'
import type { KeptFile, Layout } from '../storage/kept-file.ts'

const Rectangle = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
})
type Rectangle = Readonly<z.infer<typeof Rectangle>>

const WindowState = z.object({ bounds: Rectangle, maximised: z.boolean() })
/** Where the window was when it was last moved, and whether it filled its display. In points. */
type WindowState = Readonly<z.infer<typeof WindowState>>

/** What a window needs to have its place kept: Electron's `BrowserWindow` is one. */
export interface PlacedWindow {
  getNormalBounds(): Rectangle
  isMaximized(): boolean
  on(event: 'resized' | 'moved' | 'maximize' | 'unmaximize' | 'close', listener: () => void): unknown
}

/** `window.json`: where the window was. Where it can't be read, the window opens as a new one. */
export const windowLayout: Layout<WindowState | undefined> = {
  name: 'window',
  what: 'place of the window',
  version: 1,
  migrations: [],
  initial: undefined,
  unreadable: { value: undefined, does: 'The window opens in its usual place.' },
  read({ bounds, maximised }) {
    const place = Rectangle.safeParse(bounds)
    return place.success ? { bounds: place.data, maximised: maximised === true } : undefined
  },
  write: (state, content) => ({ ...content, ...state }),
}

/**
 * Where to open the window: where it was, moved wholly onto the display that most of it was on and no larger than that.
 * A display that is gone leaves only the size.
 *
 * @param areas of the displays, without their menu bars and docks, the primary one first
 * @param usual the size where nothing is kept
 */
export function placeWindow(
  state: WindowState | undefined,
  areas: readonly Rectangle[],
  usual: { readonly width: number; readonly height: number },
): Partial<Rectangle> & { readonly width: number; readonly height: number; readonly maximised: boolean } {
  if (!state) return { ...usual, maximised: false }
  const { bounds, maximised } = state
  const [most] = areas.toSorted((one, other) => overlap(bounds, other) - overlap(bounds, one))
  const area = most && overlap(bounds, most) > 0 ? most : undefined
  if (!area) {
    const { width, height } = areas[0] ?? bounds
    return { width: Math.min(bounds.width, width), height: Math.min(bounds.height, height), maximised }
  }
  const width = Math.min(bounds.width, area.width)
  const height = Math.min(bounds.height, area.height)
  const x = clamp(bounds.x, area.x, area.x + area.width - width)
  const y = clamp(bounds.y, area.y, area.y + area.height - height)
  return { x, y, width, height, maximised }
}

/** Keeps where the window is whenever it was moved, resized or is about to close. */
export function keepPlace(
  window: PlacedWindow,
  file: KeptFile<WindowState | undefined>,
  report: (error: unknown) => void,
): void {
  const keep = () => {
    const { x, y, width, height } = window.getNormalBounds()
    const state = { bounds: { x, y, width, height }, maximised: window.isMaximized() }
    if (JSON.stringify(state) !== JSON.stringify(file.value)) file.write(state).catch(report)
  }
  for (const event of ['resized', 'moved', 'maximize', 'unmaximize', 'close'] as const) window.on(event, keep)
}

/** How much of the one lies on the other, in square points. */
function overlap(one: Rectangle, other: Rectangle): number {
  const across = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const down = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  return Math.max(0, across) * Math.max(0, down)
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most)
