import { Suspense, useEffect, useMemo, useState } from 'react'
import type { InstanceState } from '../../domain/instance.ts'
import { colourOf } from '../components/instance-colour.tsx'
import { goToInstance, isOfInstance, useNavigation } from '../state/navigation.ts'
import { classesIn } from '../styles/css.ts'
import { CommandSheets } from './command-palette.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { InstanceBanner } from './instance-banner.tsx'
import { Notices } from './notices.tsx'
import { OwnerNotices } from './owner-notices.tsx'
import { screens } from './screens.ts'
import styles from './shell.module.css'
import { Sidebar } from './sidebar.tsx'
import { TopBar } from './top-bar.tsx'
import { useCommandKeys } from './use-command-keys.ts'

const css = classesIn(styles)

interface ShellProps {
  readonly instances: readonly InstanceState[]
}

/** The window while there is something to administer: instances and screens, top bar, the screen itself. */
export function Shell({ instances }: ShellProps) {
  const { instanceId, screen } = useNavigation()
  const [menuOpen, setMenuOpen] = useState(false)
  const current = instances.find(({ instance }) => instance.id === instanceId) ?? instances[0]
  const context = useMemo(() => current && { instances, current }, [instances, current])
  useCommandKeys(context)

  useEffect(() => {
    if (current && current.instance.id !== instanceId) goToInstance(current.instance.id)
  }, [current, instanceId])

  const name = current?.instance.name ?? 'Curfew'
  useEffect(() => {
    document.title = name
  }, [name])

  const Content = screens.find(({ id }) => id === screen)?.Content
  if (!context || !current || !Content) return null
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
        <TopBar context={context} menuOpen={menuOpen} onMenu={() => setMenuOpen((open) => !open)} />
        <Notices />
        <OwnerNotices instances={instances} />
        {isOfInstance(screen) && <InstanceBanner key={current.instance.id} current={current} />}
        <main id="screen" className={css('screen')} tabIndex={-1}>
          <ErrorBoundary key={`${screen} ${current.instance.id}`}>
            <Suspense fallback={null}>
              <Content current={current} />
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <CommandSheets context={context} />
    </div>
  )
}
