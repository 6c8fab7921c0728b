import type { InstanceId } from '../../domain/instance.ts'
import type { InstanceNotice, Notice } from '../../domain/news.ts'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { After } from '../clock.ts'
import type { Connections } from '../instances/connections.ts'
import { lockedProblem } from '../while-unlocked.ts'
import { createNoticeBoard, type NoticeKey } from './notice-board.ts'
import type { SeenStore } from './seen-notices.ts'

/**
 * What servers have told the Owner whose account this is, until it is dismissed: who has power now that had none, whose
 * password was reset, many sessions ended. What was not dismissed is asked for again in the next unlocked period.
 */
export interface OwnerNotices {
  /** Newest first. */
  list(): readonly InstanceNotice[]
  /** Heard just now. */
  heard(instance: InstanceId, notice: Notice): void
  /** Asks for what was told while nobody listened. */
  ask(instance: InstanceId): Promise<void>
  dismiss(keys: readonly NoticeKey[]): Promise<void>
  /** @param begun aborted when the unlocked period ends */
  open(begun: AbortSignal): void
  close(): void
  forget(): Promise<void>
}

export interface OwnerNoticesPorts {
  readonly connections: Pick<Connections, 'use' | 'states'>
  readonly store: SeenStore
  readonly after: After
  readonly onChange: () => void
  readonly log: (what: string, error?: unknown) => void
}

/** When a server is asked again that gave no answer. */
const askAgainMs = 30_000

export function createOwnerNotices(ports: OwnerNoticesPorts): OwnerNotices {
  const { connections, store, after, onChange, log } = ports
  let period = AbortSignal.abort()
  let board = createNoticeBoard({})
  const again = new Map<InstanceId, () => void>()

  const listed = () => connections.states().map(({ instance }) => instance.id)

  /** What was seen of an instance that was removed is forgotten. */
  async function keep(): Promise<void> {
    const { seen } = board
    const kept = listed().flatMap((id) => (seen[id] ? [[id, seen[id]] as const] : []))
    try {
      await store.write(Object.fromEntries(kept))
    } catch (error) {
      log('Keeping which notices were seen failed', error)
    }
  }

  function askAgain(instance: InstanceId): void {
    again.set(
      instance,
      after(askAgainMs, () => void ask(instance)),
    )
  }

  async function ask(instance: InstanceId): Promise<void> {
    again.get(instance)?.()
    again.delete(instance)
    const asked = period
    const known = board.seen[instance]?.after ?? 0
    const answer = await connections.use(
      instance,
      async (connection): Promise<Outcome<readonly Notice[]>> => {
        if (asked.aborted) return fail(lockedProblem)
        return (await connection.events?.notices?.(known)) ?? succeed([])
      },
    )
    if (asked.aborted) return
    if (!answer.ok) {
      const { code } = answer.problem
      // Otherwise the account is no Owner, or no longer; or the server has no such list.
      if (code !== 'refused' && code !== 'not-found') askAgain(instance)
      else if (board.takeDown(instance)) onChange()
    } else if (board.seen[instance]) {
      if (board.show(instance, answer.value)) onChange()
    } else {
      board.begin(instance, answer.value)
      await keep()
    }
  }

  return {
    list: () =>
      listed()
        .flatMap((instance) => board.open(instance).map((notice) => ({ ...notice, instance })))
        .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at) || b.id - a.id),
    heard(instance, notice) {
      if (board.show(instance, [notice])) onChange()
    },
    ask,
    async dismiss(keys) {
      keys.forEach(board.dismiss)
      onChange()
      await keep()
    },
    open(begun) {
      period = begun
      board = createNoticeBoard(store.read())
    },
    close() {
      period = AbortSignal.abort()
      for (const stop of again.values()) stop()
      again.clear()
      board = createNoticeBoard({})
    },
    forget: () => store.clear(),
  }
}
