import type { InstanceId } from '../../domain/instance.ts'
import { type Stale, type Topic, topics } from '../../domain/news.ts'
import type { After } from '../clock.ts'
import type { Heard } from '../connectors/connector.ts'

/** What is stale by now, gathered for a moment so that a flood of news is one signal. */
export interface Staleness {
  add(instance: InstanceId, heard: Exclude<Heard, { notice: unknown }>): void
  /** Forgets what was gathered and not told. */
  clear(): void
}

/** How long news are gathered before they are told. */
const gatherMs = 250
/** After so many in one go there are more to come: those are gathered for a second. */
const flood = 50
const floodMs = 1_000
/** When more people than this are named, it is anybody. */
const mostNamed = 100

/** @param tell told all that is stale at once, never an empty list */
export function createStaleness(after: After, tell: (stale: readonly Stale[]) => void): Staleness {
  let gathered = new Map<InstanceId, Map<Topic, ReadonlySet<string> | 'anybody'>>()
  let count = 0
  let cancel: (() => void) | undefined

  function add(instance: InstanceId, what: Topic, whose: readonly string[] | undefined): void {
    const ofInstance = gathered.get(instance) ?? new Map<Topic, ReadonlySet<string> | 'anybody'>()
    gathered.set(instance, ofInstance)
    const named = ofInstance.get(what) ?? new Set()
    if (named === 'anybody') return
    if (whose === undefined || named.size + whose.length > mostNamed) ofInstance.set(what, 'anybody')
    else ofInstance.set(what, new Set([...named, ...whose]))
  }

  function told(): void {
    const stale = [...gathered].flatMap(([instance, ofInstance]) =>
      [...ofInstance].map(([what, whose]) => ({
        instance,
        what,
        ...(whose !== 'anybody' && { whose: [...whose] }),
      })),
    )
    clear()
    tell(stale)
  }

  function clear(): void {
    cancel?.()
    cancel = undefined
    gathered = new Map()
    count = 0
  }

  return {
    add(instance, heard) {
      count += 1
      cancel ??= after(gatherMs, () => {
        if (count <= flood) told()
        else cancel = after(floodMs - gatherMs, told)
      })
      if (heard.stale === 'anything') for (const what of topics) add(instance, what, undefined)
      else add(instance, heard.stale, heard.whose)
    },
    clear,
  }
}
