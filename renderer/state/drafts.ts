import type { InstanceId } from '../../domain/instance.ts'
import { draftMaxLength } from '../../domain/lock.ts'
import { type DraftKey, draftName } from '../../preload/contract/drafts.ts'
import { main } from './calls.ts'
import { draftedStores, pageStore } from './page-store.ts'

/** How many drafts main hands back at once. */
const atOnce = 500

/** What main may have: the rest need not be dropped. */
const kept = new Set<string>()
let endKeeping: (() => void) | undefined
let restoring: Promise<void> | undefined

/** Whether main has been asked for what had been typed before the lock. */
export const useRestored = pageStore({ ready: false })

/** A draft's key in the contract; `''` is no instance. */
const keyOf = (what: DraftKey['what'], instance: string): DraftKey =>
  instance === '' ? { what } : { what, instance }

/**
 * Keeps what is typed and not saved, over a lock: main holds it sealed. Every change goes at once, since the lock waits
 * for nobody.
 *
 * @param value what can be written as JSON, and is not longer than a draft may be; `undefined` forgets the draft
 */
export function keepDraft(key: DraftKey, value: unknown): void {
  if (!endKeeping) return
  const name = draftName(key)
  if (value === undefined) {
    if (kept.delete(name)) void main().drafts.drop({ key })
    return
  }
  const text = JSON.stringify(value)
  if (text.length > draftMaxLength) return
  kept.add(name)
  void main().drafts.keep({ key, text })
}

/**
 * After unlocking: every store gets back what had been typed, and from then on it is kept again, since main hands each
 * draft back once.
 */
export function restoreDrafts(instances: readonly InstanceId[]): Promise<void> {
  restoring ??= takeBack(instances)
  return restoring
}

async function takeBack(instances: readonly InstanceId[]): Promise<void> {
  const wanted = draftedStores().flatMap((store) =>
    (store.perInstance ? instances : ['']).map((instance) => ({ store, instance })),
  )
  for (let at = 0; at < wanted.length; at += atOnce) {
    const part = wanted.slice(at, at + atOnce)
    const taken = await main().drafts.take({
      keys: part.map(({ store, instance }) => keyOf(store.what, instance)),
    })
    if (!taken.ok) continue
    for (const [index, { store, instance }] of part.entries()) {
      const text = taken.value[index]
      if (typeof text === 'string') store.restore(parsed(text), instance)
    }
  }
  beginKeeping()
  useRestored.setState({ ready: true })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What was handed back a moment ago is kept at once: the next lock would lose it. */
function beginKeeping(): void {
  const ends: (() => void)[] = []
  endKeeping = () => {
    for (const end of ends) end()
  }
  for (const { what, follow } of draftedStores())
    ends.push(follow((instance, value) => keepDraft(keyOf(what, instance), value)))
}

/** The page forgets: what main has kept stays there. */
export function stopKeeping(): void {
  endKeeping?.()
  endKeeping = undefined
  restoring = undefined
  kept.clear()
}
