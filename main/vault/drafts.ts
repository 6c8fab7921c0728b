import type { MakeBox } from '../keyring/keyring.ts'
import { KeyringError } from '../keyring/keyring-error.ts'

/** The longest draft, and all of them together, in bytes as sealed. */
const longestDraft = 256 * 1024
const mostDrafts = 2 * 1024 * 1024

/**
 * What a person has typed and not saved, kept over a lock. It is held in memory only, and only sealed: while
 * the app is locked nobody can read it, and a restart loses it.
 */
export interface Drafts {
  /**
   * Keeps a text under a name, in place of an earlier one; the oldest make room. Only while unlocked: a window
   * keeps its drafts as they are typed, since the lock does not wait.
   *
   * @throws {KeyringError} `locked`
   */
  keep(key: string, text: string): 'kept' | 'too-large'
  /** Hands a draft back, once; `undefined` where there is none. @throws {KeyringError} `locked` */
  take(key: string): string | undefined
  /** Forgets one draft: it was saved, or thrown away. */
  drop(key: string): void
  clear(): void
}

export function createDrafts(makeBox: MakeBox): Drafts {
  const sealed = new Map<string, string>()
  const box = makeBox('drafts', {
    what: 'drafts',
    resealAll() {
      for (const [key, text] of sealed) {
        try {
          sealed.set(key, box.seal(box.open(text, key), key))
        } catch (error) {
          if (!(error instanceof KeyringError) || error.fault === 'locked') throw error
          sealed.delete(key)
        }
      }
    },
  })
  const size = () => [...sealed.values()].reduce((sum, text) => sum + text.length, 0)

  return {
    keep(key, text) {
      const draft = box.seal(text, key)
      sealed.delete(key)
      if (draft.length > longestDraft) return 'too-large'
      sealed.set(key, draft)
      for (const oldest of sealed.keys()) {
        if (size() <= mostDrafts) break
        sealed.delete(oldest)
      }
      return 'kept'
    },
    take(key) {
      const draft = sealed.get(key)
      if (draft === undefined) return undefined
      const text = box.open(draft, key)
      sealed.delete(key)
      return text
    },
    drop(key) {
      sealed.delete(key)
    },
    clear() {
      sealed.clear()
    },
  }
}
