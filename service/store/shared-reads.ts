import type { Recent } from '../recent.ts'

/** So many ids are asked for in one read: a burst does not make a single answer long to wait for. */
const mostAtOnce = 500
/** So many reads may be under way: one that hangs does not hold up everybody. */
const mostUnderWay = 2

/** Where rows come from, with a way to know that nothing at all has changed. */
export interface SharedSource<Row> {
  /** Reads the rows of some different ids, in any order, with the stamp that the database had then. */
  readAll(
    ids: readonly string[],
  ): Promise<{ readonly rows: readonly Row[]; readonly stamp: string | undefined }>
  /** Reads the stamp alone: as long as it stays the same, no row has changed. */
  readStamp(): Promise<string | undefined>
  /** A number that is another one after the database may have forgotten something. */
  epoch(): number
}

interface Waiting<Row> {
  readonly id: string
  readonly resolve: (row: Row | undefined) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Lets those who wait for a row at the same moment share one read, which costs hardly more than one row's; where all
 * their rows are known, the read only asks whether anything has changed since.
 *
 * Each is answered by a read that was sent after they asked, never by one that was already under way: what was committed
 * before somebody asks is in what they are told. When a read rejects, so does everybody who shared it.
 *
 * @param known what was read with the last stamp; nobody else may change it
 * @returns a function that finds one row; `undefined` when there is none
 */
export function shareReads<Row extends { readonly id: string }>(
  source: SharedSource<Row>,
  known: Recent<Row>,
): (id: string) => Promise<Row | undefined> {
  let waiting: Waiting<Row>[] = []
  let underWay = 0
  let scheduled = false
  let knownAt: { readonly stamp: string; readonly epoch: number } | undefined

  /** The rows of those who wait, if all are known and the database says that none has changed. */
  const confirm = async (sharing: readonly Waiting<Row>[]) => {
    const at = knownAt
    const rows: Row[] = []
    if (!at || at.epoch !== source.epoch()) return undefined
    for (const { id } of sharing) {
      const row = known.get(id)
      if (!row) return undefined
      rows.push(row)
    }
    const stamp = await source.readStamp()
    return stamp === at.stamp && at.epoch === source.epoch() ? rows : undefined
  }
  const read = async (sharing: readonly Waiting<Row>[]) => {
    const confirmed = await confirm(sharing)
    if (confirmed) return confirmed
    const epoch = source.epoch()
    const { rows, stamp } = await source.readAll([...new Set(sharing.map(({ id }) => id))])
    if (stamp === undefined) return rows
    if (stamp !== knownAt?.stamp || epoch !== knownAt.epoch) {
      known.clear()
      knownAt = { stamp, epoch }
    }
    for (const row of rows) known.set(row.id, row)
    return rows
  }
  const send = async () => {
    const sharing = waiting.slice(0, mostAtOnce)
    waiting = waiting.slice(mostAtOnce)
    underWay++
    try {
      const found = new Map((await read(sharing)).map((row) => [row.id, row]))
      for (const { id, resolve } of sharing) resolve(found.get(id))
    } catch (error) {
      for (const { reject } of sharing) reject(error)
    } finally {
      underWay--
      schedule()
    }
  }
  /** At the end of the turn, so that everybody who asks within it is in the same read. */
  const schedule = () => {
    if (scheduled || waiting.length === 0 || underWay >= mostUnderWay) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      send().catch(() => {})
      schedule()
    })
  }

  return (id) =>
    new Promise((resolve, reject) => {
      waiting.push({ id, resolve, reject })
      schedule()
    })
}
