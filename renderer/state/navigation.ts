import { z } from 'zod'
import { InstanceId } from '../../domain/instance.ts'
import { pageStore } from './page-store.ts'

/** The screens of one instance, in the order of the sidebar. */
const instanceScreens = ['security', 'system-config', 'users'] as const
type InstanceScreen = (typeof instanceScreens)[number]
const screenNames = [...instanceScreens, 'settings', 'add-instance'] as const
export type ScreenName = (typeof screenNames)[number]

/** Where the admin is. JSON has no `undefined`: an instance that is not chosen is left out. */
const Navigation = z
  .object({
    instanceId: InstanceId.optional(),
    screen: z.enum(screenNames),
    /** Where *Settings* and *Add an instance* return to. */
    lastInstanceScreen: z.enum(instanceScreens),
  })
  .transform(({ instanceId, ...place }) => ({ instanceId, ...place }))
type Navigation = Readonly<z.infer<typeof Navigation>>

const start: Navigation = { instanceId: undefined, screen: 'security', lastInstanceScreen: 'security' }

/** Where the admin is. Kept over a lock as a draft, and otherwise forgotten by it. */
export const useNavigation = pageStore(start, {
  draft: {
    what: 'place',
    perInstance: false,
    schema: Navigation,
    kept: (place) => ({ '': place }),
    restored: (_, place) => place,
  },
})

/** Whether a screen shows one instance, and not the app. */
export function isOfInstance(screen: ScreenName): screen is InstanceScreen {
  return instanceScreens.some((name) => name === screen)
}

/** Shows a screen, of the instance that is chosen where it is of one. */
export function goTo(screen: ScreenName): void {
  useNavigation.setState(isOfInstance(screen) ? { screen, lastInstanceScreen: screen } : { screen })
}

/** Shows the screen of an instance that was last used. */
export function goBack(): void {
  useNavigation.setState(({ lastInstanceScreen }) => ({ screen: lastInstanceScreen }))
}

/** Shows an instance, on the screen that was last used. */
export function goToInstance(instanceId: InstanceId): void {
  useNavigation.setState(({ lastInstanceScreen }) => ({ instanceId, screen: lastInstanceScreen }))
}

/** Somebody whom *Users* is to show, by whatever way one came there. */
interface WantedPerson {
  readonly instance: InstanceId
  readonly id: string
  readonly username: string
}

/** Who is to be shown as soon as *Users* of their instance is open. */
export const useWantedPerson = pageStore<{ readonly wanted?: WantedPerson }>({})

/** Shows a person of an instance on *Users*. */
export function goToPerson(
  instance: InstanceId,
  person: { readonly id: string; readonly username: string },
): void {
  useWantedPerson.setState({ wanted: { instance, ...person } })
  useNavigation.setState({ instanceId: instance, screen: 'users', lastInstanceScreen: 'users' })
}
