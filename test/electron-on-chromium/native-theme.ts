import { EventEmitter } from 'node:events'

type Source = 'system' | 'light' | 'dark'

/** Electron's `nativeTheme`. The system's own theme is light until a test says otherwise. */
export class StandInNativeTheme extends EventEmitter {
  readonly shouldUseHighContrastColors = false
  readonly shouldUseInvertedColorScheme = false
  readonly prefersReducedTransparency = false
  readonly inForcedColorsMode = false
  #source: Source = 'system'
  #isSystemDark = false

  get themeSource(): Source {
    return this.#source
  }

  set themeSource(source: Source) {
    if (!['system', 'light', 'dark'].includes(source)) throw new TypeError(`Unknown theme source: ${source}`)
    this.#change(() => {
      this.#source = source
    })
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'system' ? this.#isSystemDark : this.#source === 'dark'
  }

  get shouldUseDarkColorsForSystemIntegratedUI(): boolean {
    return this.#isSystemDark
  }

  /** What the person would choose in the system's settings. */
  setSystemTheme(theme: 'light' | 'dark'): void {
    this.#change(() => {
      this.#isSystemDark = theme === 'dark'
    })
  }

  #change(change: () => void): void {
    const before = this.shouldUseDarkColors
    change()
    if (this.shouldUseDarkColors !== before) this.emit('updated')
  }
}

export const nativeTheme = new StandInNativeTheme()
