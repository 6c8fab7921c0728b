import { EventEmitter } from 'node:events'

/** Electron's `systemPreferences` of a computer that offers nothing. */
export class StandInSystemPreferences extends EventEmitter {
  canPromptTouchID(): boolean {
    return false
  }

  async promptTouchID(_reason: string): Promise<void> {
    throw new Error('Touch ID is not available.')
  }

  getAnimationSettings(): Electron.AnimationSettings {
    return {
      shouldRenderRichAnimation: true,
      scrollAnimationsEnabledBySystem: true,
      prefersReducedMotion: false,
    }
  }

  getMediaAccessStatus(_mediaType: string): 'denied' {
    return 'denied'
  }
}

export const systemPreferences = new StandInSystemPreferences()
