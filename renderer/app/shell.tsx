import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import type { InstanceState } from '../../domain/instance.ts'
import { colourOf } from '../components/instance-colour.tsx'
import { AddInstanceScreen } from '../screens/add-instance/add-instance-screen.tsx'
import { SecurityScreen } from '../screens/security/security-screen.tsx'
import { goToInstance, type ScreenName, useNavigation } from '../state/navigation.ts'
import { classesIn } from '../styles/css.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { InstanceBanner } from './instance-banner.tsx'
import { Notices } from './notices.tsx'
import styles from './shell.module.css'
import { useShellKeys } from './shell-keys.ts'
import { Sidebar } from './sidebar.tsx'
import { TopBar } from './top-bar.tsx'

const css = classesIn(styles)

const UsersScreen = lazy(async () => ({
  default: (await import('../screens/users/users-screen.tsx')).UsersScreen,
}))
const SettingsScreen = lazy(async () => ({
  default: (await import('../screens/settings/settings-screen.tsx')).SettingsScreen,
}))

interface ShellProps {
  readonly instances: readonly InstanceState[]
}

/** The window while there is something to administer: instances and screens, top bar, the screen itself. */
export function Shell({ instances }: ShellProps) {
  const { instanceId, screen } = useNavigation()
  const [menuOpen, setMenuOpen] = useState(false)
  const current = instances.find(({ instance }) => instance.id === instanceId) ?? instances[0]
  useShellKeys(instances, current)

  useEffect(() => {
    if (current && current.instance.id !== instanceId) goToInstance(current.instance.id)
  }, [current, instanceId])

  const name = current?.instance.name ?? 'Curfew'
  useEffect(() => {
    document.title = name
  }, [name])

  if (!current) return null
  const ofInstance = screen === 'security' || screen === 'users'
  return (
    <div className={css('shell')} data-menu={menuOpen ? 'open' : undefined}>
      <a className={css('skip')} href="#screen">
        Skip to the screen
      </a>
      <div
        className={css('band')}
        style={{ background: colourOf(current.instance.colour) }}
        data-colour={current.instance.colour}
        aria-hidden
      />
      <Sidebar instances={instances} current={current} screen={screen} onChosen={() => setMenuOpen(false)} />
      {menuOpen && <div className={css('scrim')} onPointerDown={() => setMenuOpen(false)} aria-hidden />}
      <div className={css('content')}>
        <TopBar current={current} menuOpen={menuOpen} onMenu={() => setMenuOpen((open) => !open)} />
        <Notices />
        {ofInstance && <InstanceBanner key={current.instance.id} current={current} />}
        <main id="screen" className={css('screen')} tabIndex={-1}>
          <ErrorBoundary key={`${screen} ${current.instance.id}`}>
            <Suspense fallback={null}>{screenOf(screen, current)}</Suspense>
          </ErrorBoundary>
        </main>
      </div>
    </div>
  )
}

function screenOf(screen: ScreenName, current: InstanceState): ReactNode {
  switch (screen) {
    case 'security':
      return <SecurityScreen current={current} />
    case 'users':
      return <UsersScreen current={current} />
    case 'settings':
      return <SettingsScreen />
    case 'add-instance':
      return <AddInstanceScreen />
  }
}
