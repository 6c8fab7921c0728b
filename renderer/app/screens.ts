import { type Icon, IconPlus, IconSettings, IconShieldLock, IconTable, IconUsers } from '@tabler/icons-react'
import { type ComponentType, lazy } from 'react'
import type { InstanceState } from '../../domain/instance.ts'
import { AddInstanceScreen } from '../screens/add-instance/add-instance-screen.tsx'
import { SecurityScreen } from '../screens/security/security-screen.tsx'
// What a screen has to give back after unlocking is registered before the screen itself is loaded.
import '../screens/system-config/entry-editor.ts'
import '../screens/users/prepared-revocations.ts'
import type { ScreenName } from '../state/navigation.ts'

export interface AppScreen {
  readonly id: ScreenName
  readonly label: string
  readonly icon: Icon
  /** Where it stands in the sidebar: below the instances, with the screens of the one chosen, or at the foot. */
  readonly place: 'instances' | 'instance' | 'foot'
  readonly Content: ComponentType<{ readonly current: InstanceState }>
}

/** Every screen of the shell, in the order of the sidebar. */
export const screens: readonly AppScreen[] = [
  {
    id: 'add-instance',
    label: 'Add an instance',
    icon: IconPlus,
    place: 'instances',
    Content: AddInstanceScreen,
  },
  { id: 'security', label: 'Security', icon: IconShieldLock, place: 'instance', Content: SecurityScreen },
  {
    id: 'system-config',
    label: 'System Config',
    icon: IconTable,
    place: 'instance',
    Content: lazy(async () => ({
      default: (await import('../screens/system-config/system-config-screen.tsx')).SystemConfigScreen,
    })),
  },
  {
    id: 'users',
    label: 'Users',
    icon: IconUsers,
    place: 'instance',
    Content: lazy(async () => ({
      default: (await import('../screens/users/users-screen.tsx')).UsersScreen,
    })),
  },
  {
    id: 'settings',
    label: 'Settings',
    icon: IconSettings,
    place: 'foot',
    Content: lazy(async () => ({
      default: (await import('../screens/settings/settings-screen.tsx')).SettingsScreen,
    })),
  },
]
