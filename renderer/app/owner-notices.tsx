import { Button, CloseButton } from '@mantine/core'
import { IconUserShield } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import type { InstanceState } from '../../domain/instance.ts'
import { type InstanceNotice, manySessions } from '../../domain/news.ts'
import { may } from '../../domain/rights.ts'
import { formatInstant } from '../components/connection-words.ts'
import { shownName } from '../components/shown-name.ts'
import { meOn } from '../state/instances.ts'
import { goToPerson } from '../state/navigation.ts'
import { dismissNotices, noticeKey, useOwnerNotices } from '../state/news.ts'
import { classesIn } from '../styles/css.ts'
import styles from './owner-notices.module.css'

const css = classesIn(styles)

/** So many lines stand above a screen unless all are asked for. */
const atFirst = 3

/**
 * What Owners are told, one quiet line each, above whichever screen is open: who has power now that had none, whose
 * password was reset, many sessions ended.
 */
export function OwnerNotices({ instances }: { readonly instances: readonly InstanceState[] }) {
  const notices = useOwnerNotices()
  const [all, setAll] = useState(false)
  const list = useRef<HTMLUListElement>(null)
  const known = notices.flatMap((notice) => {
    const on = instances.find(({ instance }) => instance.id === notice.instance)
    return on ? [{ notice, on }] : []
  })
  const shown = all ? known : known.slice(0, atFirst)
  const [newest] = known

  /** The keyboard stays where it was: on the line that moves up, or on the screen after the last one. */
  const leftAt = useRef<number>(undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the other list that the keyboard is put back into.
  useEffect(() => {
    const at = leftAt.current
    if (at === undefined) return
    leftAt.current = undefined
    const lines = [...(list.current?.querySelectorAll<HTMLElement>('[data-dismiss]') ?? [])]
    const next = lines[Math.min(at, lines.length - 1)] ?? document.querySelector<HTMLElement>('#screen')
    next?.focus()
  }, [notices])
  const dismiss = (dismissed: readonly InstanceNotice[], index: number) => {
    leftAt.current = index
    void dismissNotices(dismissed)
  }

  return (
    <>
      <p className="visually-hidden" role="status">
        {newest &&
          `${known.length === 1 ? '' : `${known.length} notices for Owners. `}${spoken(newest.notice, newest.on)}`}
      </p>
      {known.length > 0 && (
        <section className={css('notices')} aria-label="For Owners">
          <ul className={css('list')} ref={list}>
            {shown.map(({ notice, on }, index) => (
              <Line
                key={noticeKey(notice)}
                notice={notice}
                on={on}
                onDismiss={() => dismiss([notice], index)}
              />
            ))}
          </ul>
          {known.length > 1 && (
            <div className={css('foot')}>
              {known.length > atFirst && (
                <Button size="compact-xs" variant="subtle" onClick={() => setAll(!all)}>
                  {all ? `Show ${atFirst} only` : `Show all ${known.length}`}
                </Button>
              )}
              <Button
                size="compact-xs"
                variant="subtle"
                onClick={() =>
                  dismiss(
                    known.map(({ notice }) => notice),
                    0,
                  )
                }
              >
                Dismiss all
              </Button>
            </div>
          )}
        </section>
      )}
    </>
  )
}

interface LineProps {
  readonly notice: InstanceNotice
  readonly on: InstanceState
  readonly onDismiss: () => void
}

function Line({ notice, on, onDismiss }: LineProps) {
  const { instance, connection } = on
  const { person } = notice
  const me = meOn(connection)
  const canShow =
    connection.status === 'connected' &&
    connection.capabilities.includes('users.list') &&
    me !== undefined &&
    may(me, 'users.view')
  return (
    <li className={css('line')}>
      <IconUserShield className={css('icon')} size={16} stroke={1.75} aria-hidden />
      <p className={css('words')}>
        {sentence(notice, on).map((part) =>
          typeof part === 'string' ? part : <bdi key={part.as}>{part.name}</bdi>,
        )}
        <span className="quiet"> · {formatInstant(notice.at)}</span>
      </p>
      {person && canShow && (
        <Button
          size="compact-xs"
          variant="subtle"
          aria-label={`Show ${shownName(person.username)}`}
          onClick={() => goToPerson(instance.id, person)}
        >
          Show
        </Button>
      )}
      <CloseButton size="xs" data-dismiss aria-label={`Dismiss: ${spoken(notice, on)}`} onClick={onDismiss} />
    </li>
  )
}

/** A sentence in parts, so that names can stand apart: whoever chose them has no say in what is around them. */
function sentence(notice: InstanceNotice, { instance }: InstanceState) {
  const by = { as: 'by', name: shownName(notice.by) }
  const person = { as: 'person', name: shownName(notice.person?.username ?? '') }
  const on = { as: 'on', name: shownName(instance.name) }
  switch (notice.what) {
    case 'owner-made':
      return [by, ' made ', person, ' an owner on ', on]
    case 'admin-made':
      return [by, ' made ', person, ' an admin on ', on]
    case 'password-reset':
      return [by, ' set a new password for ', person, ' on ', on]
    case 'many-sessions-ended':
      return [by, ` ended more than ${manySessions} sessions on `, on]
  }
}

function spoken(notice: InstanceNotice, on: InstanceState): string {
  return sentence(notice, on)
    .map((part) => (typeof part === 'string' ? part : part.name))
    .join('')
}
