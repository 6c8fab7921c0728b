import { create } from 'zustand'
import type { InstanceId } from '../../domain/instance.ts'

/** The screens of one instance, in the order of the sidebar. */
export const instanceScreens = ['security', 'users'] as const
export type InstanceScreen = (typeof instanceScreens)[number]
export type ScreenName = InstanceScreen | 'settings' | 'add-instance'

export interface Navigation {
  readonly instanceId: InstanceId | undefined
  readonly screen: ScreenName
  /** Where *Settings* and *Add an instance* return to. */
  readonly lastInstanceScreen: InstanceScreen
}

const start: Navigation = { instanceId: undefined, screen: 'security', lastInstanceScreen: 'security' }

/** Where the admin is. Kept in memory only, and forgotten when the app locks. */
export const useNavigation = create<Navigation>(() => start)

export function goTo(screen: ScreenName): void {
  useNavigation.setState(
    screen === 'security' || screen === 'users' ? { screen, lastInstanceScreen: screen } : { screen },
  )
}

export function goBack(): void {
  useNavigation.setState(({ lastInstanceScreen }) => ({ screen: lastInstanceScreen }))
}

/** Shows an instance, on the screen that was last used. */
export function goToInstance(instanceId: InstanceId): void {
  useNavigation.setState(({ lastInstanceScreen }) => ({ instanceId, screen: lastInstanceScreen }))
}

export function resetNavigation(): void {
  useNavigation.setState(start, true)
}
