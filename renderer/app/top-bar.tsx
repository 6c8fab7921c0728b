import { ActionIcon, Menu, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconLock, IconMenu2 } from '@tabler/icons-react'
import type { InstanceId } from '../../domain/instance.ts'
import { nameOf } from '../../domain/user.ts'
import { ConnectionIcon } from '../components/connection-icon.tsx'
import { connectionWords } from '../components/connection-words.ts'
import { colourOf } from '../components/instance-colour.tsx'
import { useMonotonicNow } from '../state/clock.ts'
import { meOn } from '../state/instances.ts'
import { leftOf, useLock } from '../state/lock-store.ts'
import { useFollowing } from '../state/news.ts'
import { classesIn } from '../styles/css.ts'
import { keyWords } from './command-keys.ts'
import { type CommandContext, commands, lockNow } from './commands.ts'
import { autoLockWords } from './lock-words.ts'
import styles from './top-bar.module.css'

const css = classesIn(styles)

interface TopBarProps {
  readonly context: CommandContext
  readonly menuOpen: boolean
  readonly onMenu: () => void
}

/** Port 0 is nobody's: the built-in service has not said yet where it listens. */
const isPlace = (baseUrl: string) => !baseUrl.endsWith(':0')

/** Above the screen: which instance this is, how it stands, when the app locks, and who one is here. */
export function TopBar({ context, menuOpen, onMenu }: TopBarProps) {
  const { instance, connection } = context.current
  return (
    <header className={css('bar')}>
      <ActionIcon
        className={css('menu')}
        aria-label="Instances and screens"
        aria-expanded={menuOpen}
        aria-controls="sidebar"
        onClick={onMenu}
      >
        <IconMenu2 size={18} stroke={1.75} aria-hidden />
      </ActionIcon>
      <div className={css('instance')}>
        <span className={css('name')}>{instance.name}</span>
        {instance.environment && (
          <span className={css('environment')} style={{ borderColor: colourOf(instance.colour) }}>
            {instance.environment}
          </span>
        )}
        <span className={css('state')} role="status">
          <ConnectionIcon status={connection.status} />
          <span>{connectionWords(connection)}</span>
        </span>
        <FollowingWords instance={instance.id} />
        <span className={css('address')}>{isPlace(instance.baseUrl) && instance.baseUrl}</span>
      </div>
      <TimeLeft />
      <ActionIcon aria-label="Lock now" title="Lock now" onClick={lockNow}>
        <IconLock size={16} stroke={1.75} aria-hidden />
      </ActionIcon>
      <AccountMenu context={context} />
    </header>
  )
}

/** How soon what others change here is seen. */
function FollowingWords({ instance }: { readonly instance: InstanceId }) {
  const following = useFollowing(instance)
  if (!following) return null
  return following.how === 'told' ? (
    <span className={css('following')} title="What others change here is shown by itself">
      Live
    </span>
  ) : (
    <span
      className={css('following')}
      title="This server does not tell Curfew what others change: what is on show is read again every so often"
    >
      Read again every {following.everySeconds} s
    </span>
  )
}

function TimeLeft() {
  const { state, saidAt } = useLock()
  const now = useMonotonicNow(1000)
  if (state?.status !== 'unlocked') return null
  return (
    <span className={css('left')} title="Curfew locks when nothing is done in it for a while">
      {autoLockWords(leftOf(state.locksInMs, saidAt, now))}
    </span>
  )
}

function AccountMenu({ context }: { readonly context: CommandContext }) {
  const { current } = context
  const me = meOn(current.connection)
  const name = me ? nameOf(me) : current.instance.username
  return (
    <Menu withInitialFocusPlaceholder={false} withinPortal={false}>
      <Menu.Target>
        <UnstyledButton className={css('account')} aria-label={`Account: ${name}`}>
          <span className={css('accountName')}>{name}</span>
          <IconChevronDown size={14} stroke={1.75} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={css('who')}>
          <p className={css('whoName')}>{name}</p>
          <p className="quiet">
            {me
              ? `${me.username} · ${me.role} on ${current.instance.name}`
              : `Not signed in to ${current.instance.name}`}
          </p>
        </div>
        <Menu.Divider />
        {commands
          .filter(({ inAccountMenu }) => inAccountMenu)
          .map(({ id, label, icon: Icon, key, run }) => (
            <Menu.Item
              key={id}
              leftSection={Icon && <Icon size={14} stroke={1.75} aria-hidden />}
              rightSection={
                key && (
                  <span className="quiet" aria-hidden>
                    {keyWords(key)}
                  </span>
                )
              }
              onClick={() => run(context)}
            >
              {label}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  )
}
