import type { InstanceId } from '../../domain/instance.ts'
import type { InstanceNotice, Notice } from '../../domain/news.ts'
import type { SeenNotices } from './seen-notices.ts'

/** Which notice: one record of a server may be worth two. */
export type NoticeKey = Pick<InstanceNotice, 'instance' | 'id' | 'what'>

/** What has been seen of each instance. */
export type Seen = Readonly<Record<InstanceId, SeenNotices>>

/** The notices that nobody has dismissed, and what was seen. */
export interface NoticeBoard {
  readonly seen: Seen
  open(instance: InstanceId): readonly Notice[]
  /** Takes up those that were not seen; answers whether there were any. */
  show(instance: InstanceId, notices: readonly Notice[]): boolean
  /** Of an instance that was never asked before nothing of old is shown: it begins with what is heard from here on. */
  begin(instance: InstanceId, notices: readonly Notice[]): void
  dismiss(key: NoticeKey): void
  /** Takes down what there is of an instance; answers whether there was anything. */
  takeDown(instance: InstanceId): boolean
}

/** So many of one instance are kept, the newest: nobody reads more. */
const mostKept = 200

const textOf = ({ id, what }: Pick<Notice, 'id' | 'what'>) => `${id} ${what}`
const numberOf = (text: string) => Number.parseInt(text, 10)

export function createNoticeBoard(before: Seen): NoticeBoard {
  let seen = before
  const open = new Map<InstanceId, readonly Notice[]>()
  const openOf = (instance: InstanceId) => open.get(instance) ?? []
  const seenOf = (instance: InstanceId): SeenNotices => seen[instance] ?? { after: 0, dismissed: [] }

  return {
    get seen() {
      return seen
    },
    open: openOf,
    show(instance, notices) {
      const { after, dismissed } = seenOf(instance)
      const known = new Set([...dismissed, ...openOf(instance).map(textOf)])
      const fresh = notices.filter((notice) => notice.id > after && !known.has(textOf(notice)))
      if (fresh.length === 0) return false
      const all = [...openOf(instance), ...fresh].toSorted((a, b) => b.id - a.id)
      open.set(instance, all.slice(0, mostKept))
      return true
    },
    begin(instance, notices) {
      const shown = openOf(instance).map(({ id }) => id - 1)
      const newest = Math.max(0, ...notices.map(({ id }) => id))
      seen = { ...seen, [instance]: { after: Math.min(newest, ...shown), dismissed: [] } }
    },
    dismiss({ instance, ...notice }) {
      const left = openOf(instance).filter((one) => textOf(one) !== textOf(notice))
      if (left.length === openOf(instance).length) return
      open.set(instance, left)
      const { after, dismissed } = seenOf(instance)
      const all = [...dismissed, textOf(notice)]
      const done =
        left.length === 0
          ? Math.max(after, ...all.map(numberOf))
          : Math.max(after, Math.min(...left.map(({ id }) => id)) - 1)
      seen = { ...seen, [instance]: { after: done, dismissed: all.filter((text) => numberOf(text) > done) } }
    },
    takeDown: (instance) => open.delete(instance),
  }
}
