import type { Keychain } from '../../main/keychain/keychain.ts'

/** A keychain in memory. `entries` is what it holds; put there what a test wants found. */
export interface MemoryKeychain extends Keychain {
  readonly entries: Map<string, string>
  /** How many calls have changed something. */
  readonly writes: number
}

/**
 * @param before called before every change; throws to make it fail
 * @param after called after every change; throws to make a change fail that has happened
 */
export function createMemoryKeychain(
  entries = new Map<string, string>(),
  hooks: { readonly before?: (write: number) => void; readonly after?: (write: number) => void } = {},
): MemoryKeychain {
  let writes = 0

  async function change<T>(action: () => T): Promise<T> {
    writes += 1
    const number = writes
    hooks.before?.(number)
    const result = action()
    hooks.after?.(number)
    return result
  }

  return {
    entries,
    get writes() {
      return writes
    },
    get: async (account) => entries.get(account),
    set: (account, value) =>
      change(() => {
        entries.set(account, value)
      }),
    delete: (account) => change(() => entries.delete(account)),
    list: async () => [...entries.keys()],
    open: async () => {},
  }
}
