import { EventEmitter } from 'node:events'

type Source = 'system' | 'light' | 'dark'

/** Electron's `nativeTheme`. The system's own theme is light. */
export class StandInNativeTheme extends EventEmitter {
  #source: Source = 'system'

  get themeSource(): Source {
    return this.#source
  }

  set themeSource(source: Source) {
    const before = this.#source
    this.#source = source
    if (source !== before) this.emit('updated')
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark'
  }
}

export const nativeTheme = new StandInNativeTheme()
