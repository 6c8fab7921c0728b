import type { z } from 'zod'
import { create, type StoreApi, type UseBoundStore } from 'zustand'
import type { DraftKey } from '../../preload/contract/drafts.ts'

/**
 * What of a store outlives a lock, by instance, or under `''` where it belongs to none.
 *
 * The module with the store has to be loaded before drafts are handed back: `app/screens.ts` sees to it.
 */
interface StoreDraft<State, Value> {
  readonly what: DraftKey['what']
  /** Whether every instance has its own. */
  readonly perInstance: boolean
  /** What main hands back is parsed with this, and dropped where it is something else. */
  readonly schema: z.ZodType<Value>
  /** What is to be kept of a state; absent where the screen calls `keepDraft` itself. */
  readonly kept?: (state: State) => Readonly<Record<string, Value | undefined>>
  /** The state with a draft put back. */
  readonly restored: (state: State, value: Value, instance: string) => State
}

/** A store's draft, as `drafts.ts` goes through all of them. */
export interface DraftedStore {
  readonly what: DraftKey['what']
  readonly perInstance: boolean
  readonly restore: (value: unknown, instance: string) => void
  /**
   * Tells what is to be kept, now and with every change; `undefined` forgets it.
   *
   * @returns the function that ends it
   */
  readonly follow: (keep: (instance: string, value: unknown) => void) => () => void
}

const resets: (() => void)[] = []
const drafted: DraftedStore[] = []

/** A store of the window's own that is as new after a lock, but for what its draft hands back. */
export function pageStore<State extends object, Value = never>(
  initial: State,
  options: { readonly draft?: StoreDraft<State, Value> } = {},
): UseBoundStore<StoreApi<State>> {
  const store = create<State>(() => initial)
  resets.push(() => store.setState(initial, true))
  if (options.draft) drafted.push(draftedStore(store, options.draft))
  return store
}

function draftedStore<State, Value>(
  store: StoreApi<State>,
  { what, perInstance, schema, kept, restored }: StoreDraft<State, Value>,
): DraftedStore {
  return {
    what,
    perInstance,
    restore(value, instance) {
      const parsed = schema.safeParse(value)
      if (parsed.success) store.setState((state) => restored(state, parsed.data, instance), true)
    },
    follow(keep) {
      if (!kept) return () => {}
      let told: Readonly<Record<string, Value | undefined>> = {}
      const tell = () => {
        const now = kept(store.getState())
        for (const instance of new Set([...Object.keys(told), ...Object.keys(now)]))
          if (now[instance] !== told[instance]) keep(instance, now[instance])
        told = now
      }
      tell()
      return store.subscribe(tell)
    },
  }
}

/** Every store that has a draft. */
export function draftedStores(): readonly DraftedStore[] {
  return drafted
}

/** Forgets what every page store holds. */
export function resetPageStores(): void {
  for (const reset of resets) reset()
}
