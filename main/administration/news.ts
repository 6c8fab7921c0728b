import type { NewsState, Stale } from '../../domain/news.ts'
import type { After } from '../clock.ts'
import type { Connections } from '../instances/connections.ts'
import { createFollow } from '../instances/following.ts'
import { createStaleness } from '../instances/staleness.ts'
import { oncePerTurn } from '../once-per-turn.ts'
import type { NoticeKey } from './notice-board.ts'
import { createOwnerNotices } from './owner-notices.ts'
import type { SeenStore } from './seen-notices.ts'

/** What the servers tell by themselves, as the window is to know it. */
export interface News {
  state(): NewsState
  dismiss(notices: readonly NoticeKey[]): Promise<void>
  /** @param period aborted when the unlocked period ends */
  open(period: AbortSignal): void
  close(): void
  forget(): Promise<void>
}

export interface NewsPorts {
  readonly connections: Pick<Connections, 'states' | 'onStates' | 'use'>
  readonly seen: SeenStore
  readonly after: After
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly random: () => number
  /** Told after every change, once a turn of the event loop. */
  readonly onState: (state: NewsState) => void
  readonly onStale: (stale: readonly Stale[]) => void
  readonly log: (what: string, error?: unknown) => void
}

export function createNews(ports: NewsPorts): News {
  const { connections, after, log } = ports
  const changed = oncePerTurn(() => ports.onState(state()))
  const notices = createOwnerNotices({ connections, store: ports.seen, after, onChange: changed, log })
  const staleness = createStaleness(after, ports.onStale)
  const follow = createFollow({
    connections,
    after,
    now: ports.now,
    random: ports.random,
    onHeard(instance, heard) {
      if ('notice' in heard) notices.heard(instance, heard.notice)
      else staleness.add(instance, heard)
    },
    onMissed: (instance) => void notices.ask(instance),
    onChange: changed,
  })
  const state = (): NewsState => ({ following: follow.states(), notices: [...notices.list()] })

  return {
    state,
    dismiss: notices.dismiss,
    open(period) {
      notices.open(period)
      follow.open(period)
    },
    close() {
      follow.close()
      notices.close()
      staleness.clear()
    },
    forget: notices.forget,
  }
}
