import type { AuditAnchorsTable } from '../database/tables.ts'
import type { AuditKeys } from './audit-keys.ts'

/** A place in the audit trail: a record's number and its hash, which covers all before it. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

/** A signed place: the end of the trail (`head`), or the record up to which it was removed (`cut`). */
export type Anchor = AuditAnchorsTable

/** What holds the audit trail from outside the database: the key that signs it, and the last head it had. */
export interface AuditSeal {
  sign(place: Pick<Anchor, 'kind' | 'seq' | 'hash' | 'at'>): Anchor
  /** Whether one of our keys has signed it. */
  isGenuine(anchor: Anchor): Promise<boolean>
  /** The newest head that is known to have been, whatever the database says; `undefined` before the first. */
  known(): Head | undefined
  /**
   * Remembers a head that has been committed; an older one than that known is nothing new.
   *
   * @param durability what may be lost with the power is remembered by the process only: outside, it would accuse
   *   a database of having lost what it was allowed to lose
   */
  remember(head: Head, durability: 'lasting' | 'hasty'): void
  readonly keys: AuditKeys
  /** Waits until what is to be remembered outside is written. */
  settled(): Promise<void>
}

/** What is signed, in a form that can't be read two ways. */
export function anchorStatement({ kind, seq, hash, at, key_id }: Omit<Anchor, 'signature'>): string {
  return JSON.stringify(['curfew audit anchor 1', kind, key_id, seq, hash, at])
}

/** Where the last head is kept outside the database. */
export interface HeadStore {
  readonly kept: Head | undefined
  /** Puts a head in place of an older one, whole or not at all. */
  keep(head: Head): Promise<void>
}

/** So long, in milliseconds, heads gather before the newest is written outside: what a rollback can hide. */
const gatherMs = 250

/** Signs the audit trail's heads and remembers the last, one write outside at a time and nobody waiting for it. */
export function createAuditSeal(
  keys: AuditKeys,
  store: HeadStore,
  logError: (error: Error) => void = () => {},
): AuditSeal {
  let known = store.kept
  let toKeep: Head | undefined
  let timer: NodeJS.Timeout | undefined
  let keeping = Promise.resolve()
  const keep = () => {
    clearTimeout(timer)
    timer = undefined
    keeping = keeping.then(async () => {
      const head = toKeep
      toKeep = undefined
      if (head) await store.keep(head).catch((error: unknown) => logError(error as Error))
    })
    return keeping
  }
  return {
    keys,
    sign: (place) => {
      const unsigned = { ...place, key_id: keys.currentId() }
      return { ...unsigned, signature: keys.sign(anchorStatement(unsigned)) }
    },
    isGenuine: ({ signature, ...unsigned }) =>
      keys.verify(unsigned.key_id, anchorStatement(unsigned), signature),
    known: () => known,
    remember: (head, durability) => {
      if (head.seq > (known?.seq ?? 0)) known = head
      if (durability === 'hasty') return
      toKeep = head
      timer ??= setTimeout(keep, gatherMs).unref()
    },
    settled: keep,
  }
}
