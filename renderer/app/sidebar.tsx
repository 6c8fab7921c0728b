import { IconPlus, IconSettings, IconShieldLock, IconUsers } from '@tabler/icons-react'
import type { KeyboardEvent, ReactNode } from 'react'
import type { InstanceState } from '../../domain/instance.ts'
import { ConnectionIcon } from '../components/connection-icon.tsx'
import { connectionWords } from '../components/connection-words.ts'
import { ColourMark } from '../components/instance-colour.tsx'
import { goTo, goToInstance, type ScreenName } from '../state/navigation.ts'
import { classesIn } from '../styles/css.ts'
import styles from './sidebar.module.css'

const css = classesIn(styles)

interface SidebarProps {
  readonly instances: readonly InstanceState[]
  readonly current: InstanceState
  readonly screen: ScreenName
  readonly onChosen: () => void
}

const screens = [
  { name: 'security', title: 'Security', icon: IconShieldLock },
  { name: 'users', title: 'Users', icon: IconUsers },
] as const

/** Left of everything: the instances, the screens of the one chosen, and Settings. */
export function Sidebar({ instances, current, screen, onChosen }: SidebarProps) {
  const choose = (go: () => void) => () => {
    go()
    onChosen()
  }
  return (
    <div className={css('sidebar')} id="sidebar">
      <nav className={css('list')} aria-label="Instances" onKeyDown={moveWithArrows}>
        <h2 className={css('caption')}>Instances</h2>
        {instances.map((state) => (
          <InstanceRow
            key={state.instance.id}
            state={state}
            chosen={state.instance.id === current.instance.id}
            onChoose={choose(() => goToInstance(state.instance.id))}
          />
        ))}
        <Row
          icon={<IconPlus size={16} stroke={1.75} aria-hidden />}
          chosen={screen === 'add-instance'}
          onChoose={choose(() => goTo('add-instance'))}
        >
          Add an instance
        </Row>
      </nav>
      <nav className={css('list')} aria-label="Screens" onKeyDown={moveWithArrows}>
        <h2 className={css('caption')}>{current.instance.name}</h2>
        {screens.map(({ name, title, icon: Icon }) => (
          <Row
            key={name}
            icon={<Icon size={16} stroke={1.75} aria-hidden />}
            chosen={screen === name}
            onChoose={choose(() => goTo(name))}
          >
            {title}
          </Row>
        ))}
      </nav>
      <nav className={css('bottom')} aria-label="App">
        <Row
          icon={<IconSettings size={16} stroke={1.75} aria-hidden />}
          chosen={screen === 'settings'}
          onChoose={choose(() => goTo('settings'))}
        >
          Settings
        </Row>
      </nav>
    </div>
  )
}

function InstanceRow(props: {
  readonly state: InstanceState
  readonly chosen: boolean
  readonly onChoose: () => void
}) {
  const { instance, connection } = props.state
  const words = connectionWords(connection)
  const label = [instance.name, instance.environment, words].filter(Boolean).join(', ')
  return (
    <button
      type="button"
      className={css('instance')}
      aria-label={label}
      aria-current={props.chosen || undefined}
      onClick={props.onChoose}
    >
      <ColourMark colour={instance.colour} />
      <span className={css('names')}>
        <span className={css('name')}>{instance.name}</span>
        <span className={css('state')}>
          <ConnectionIcon status={connection.status} />
          <span className={css('stateWords')}>
            {instance.environment && (
              <>
                <span>{instance.environment}</span> ·{' '}
              </>
            )}
            {words}
          </span>
        </span>
      </span>
    </button>
  )
}

function Row(props: {
  readonly icon: ReactNode
  readonly chosen: boolean
  readonly onChoose: () => void
  readonly children: ReactNode
}) {
  return (
    <button
      type="button"
      className={css('row')}
      aria-current={props.chosen ? 'page' : undefined}
      onClick={props.onChoose}
    >
      {props.icon}
      <span>{props.children}</span>
    </button>
  )
}

function moveWithArrows(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (!step) return
  event.preventDefault()
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  const at = buttons.findIndex((button) => button.matches(':focus'))
  buttons[at + step]?.focus()
}
