import type { KeyboardEvent } from 'react'
import type { InstanceState } from '../../domain/instance.ts'
import { ConnectionIcon } from '../components/connection-icon.tsx'
import { connectionWords } from '../components/connection-words.ts'
import { ColourMark } from '../components/instance-colour.tsx'
import { goTo, goToInstance, type ScreenName } from '../state/navigation.ts'
import { classesIn } from '../styles/css.ts'
import { type AppScreen, screens } from './screens.ts'
import styles from './sidebar.module.css'

const css = classesIn(styles)

interface SidebarProps {
  readonly instances: readonly InstanceState[]
  readonly current: InstanceState
  readonly screen: ScreenName
  readonly onChosen: () => void
}

/** Left of everything: the instances, the screens of the one chosen, and Settings. */
export function Sidebar({ instances, current, screen, onChosen }: SidebarProps) {
  const choose = (go: () => void) => () => {
    go()
    onChosen()
  }
  const rowsAt = (place: AppScreen['place']) =>
    screens
      .filter((row) => row.place === place)
      .map((row) => (
        <Row key={row.id} screen={row} chosen={screen === row.id} onChoose={choose(() => goTo(row.id))} />
      ))
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
        {rowsAt('instances')}
      </nav>
      <nav className={css('list')} aria-label="Screens" onKeyDown={moveWithArrows}>
        <h2 className={css('caption')}>{current.instance.name}</h2>
        {rowsAt('instance')}
      </nav>
      <nav className={css('bottom')} aria-label="App">
        {rowsAt('foot')}
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

function Row(props: { readonly screen: AppScreen; readonly chosen: boolean; readonly onChoose: () => void }) {
  const { icon: Icon, label } = props.screen
  return (
    <button
      type="button"
      className={css('row')}
      aria-current={props.chosen ? 'page' : undefined}
      onClick={props.onChoose}
    >
      <Icon size={16} stroke={1.75} aria-hidden />
      <span>{label}</span>
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
