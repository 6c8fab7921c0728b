import { create } from 'zustand'
import type { Settings } from '../../domain/settings.ts'

/** Light, dark or the system's choice; known before unlocking, so that the lock screen has it too. */
export const useAppearance = create<{ readonly theme: Settings['theme'] }>(() => ({ theme: 'system' }))

/** Takes over the theme that the settings say. */
export function setTheme(theme: Settings['theme']): void {
  useAppearance.setState({ theme })
}
