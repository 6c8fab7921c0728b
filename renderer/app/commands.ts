import { type Icon, IconKeyboard, IconLock, IconSearch, IconServer } from '@tabler/icons-react'
import type { InstanceState } from '../../domain/instance.ts'
import { main } from '../state/calls.ts'
import { connectAgain, refreshInstance } from '../state/instances.ts'
import { goTo, goToInstance } from '../state/navigation.ts'
import { useSheets } from '../state/sheets.ts'
import { checkForUpdates } from '../state/updates.ts'
import { screens } from './screens.ts'

/** What a command may act on. */
export interface CommandContext {
  readonly instances: readonly InstanceState[]
  readonly current: InstanceState
}

/** A key that runs a command, wherever in the shell it is pressed. */
export interface CommandKey {
  /** As `KeyboardEvent.key` has it, small letters. */
  readonly key: string
  /** With Ctrl, or Cmd on macOS. */
  readonly withCommand: boolean
  /** It is left alone where somebody types, since it is a character. */
  readonly types?: true
}

export interface Command {
  readonly id: string
  readonly label: string
  /** What it is about, where the label alone does not say it: it is found by that too. */
  readonly about?: string
  readonly icon?: Icon
  readonly key?: CommandKey
  /** Whether it stands in the account's menu too. */
  readonly inAccountMenu?: true
  /** Why it can't be run now; absent, or `undefined`, where it can. */
  readonly disabledReason?: () => string | undefined
  readonly run: (context: CommandContext) => void
}

/** How many instances have a key of their own. */
const instancesWithKeys = 9

const searchField = () => document.querySelector<HTMLInputElement>('input[type="search"]')

const lock: Command = {
  id: 'lock',
  label: 'Lock now',
  icon: IconLock,
  key: { key: 'l', withCommand: true },
  inAccountMenu: true,
  run: lockNow,
}

const refresh: Command = {
  id: 'refresh',
  label: 'Ask the instance again',
  key: { key: 'f5', withCommand: false },
  run({ current: { instance, connection } }) {
    if (connection.status === 'connected') refreshInstance(instance.id)
    else void connectAgain(instance.id)
  },
}

const search: Command = {
  id: 'search',
  label: 'Search',
  key: { key: '/', withCommand: false, types: true },
  disabledReason: () => (searchField() ? undefined : 'There is nothing to search on this screen.'),
  run() {
    const field = searchField()
    field?.focus()
    field?.select()
  },
}

const updates: Command = {
  id: 'check-for-updates',
  label: 'Check for updates',
  inAccountMenu: true,
  run() {
    goTo('settings')
    checkForUpdates()
  },
}

const palette: Command = {
  id: 'palette',
  label: 'Go to…',
  icon: IconSearch,
  key: { key: 'k', withCommand: true },
  inAccountMenu: true,
  run: () => useSheets.setState({ open: 'palette' }),
}

const keys: Command = {
  id: 'keys',
  label: 'Keys',
  about: 'every shortcut',
  icon: IconKeyboard,
  key: { key: '?', withCommand: false, types: true },
  inAccountMenu: true,
  run: () => useSheets.setState({ open: 'keys' }),
}

const screenCommands: readonly Command[] = screens.map(({ id, label, icon, place }) => ({
  id,
  label,
  icon,
  ...(place === 'foot' && { inAccountMenu: true }),
  run: () => goTo(id),
}))

/** What can be done anywhere in the shell: keys and menus fold over it. */
export const commands: readonly Command[] = [palette, lock, refresh, search, ...screenCommands, updates, keys]

/** The commands, and one for each instance; the first nine have a key. */
export function commandsOf({ instances }: CommandContext): readonly Command[] {
  return [
    ...commands,
    ...instances.map(
      ({ instance }, at): Command => ({
        id: `instance ${instance.id}`,
        label: instance.name,
        about: [instance.environment, instance.baseUrl].filter(Boolean).join(' · '),
        icon: IconServer,
        ...(at < instancesWithKeys && { key: { key: String(at + 1), withCommand: true } }),
        run: () => goToInstance(instance.id),
      }),
    ),
  ]
}

/** Locks the app. Main says by itself that it is locked. */
export function lockNow(): void {
  void main().lock.now()
}
