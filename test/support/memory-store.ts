import type { SmallStore } from '../../main/vault/attempts.ts'

/** A small store in memory; `value` is what it holds. */
export interface MemoryStore extends SmallStore {
  value: unknown
}

export function createMemoryStore(value?: unknown): MemoryStore {
  return {
    value,
    async read() {
      return this.value
    },
    async write(next) {
      this.value = next
    },
  }
}
