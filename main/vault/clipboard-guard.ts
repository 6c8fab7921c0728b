import { createHmac, randomBytes } from 'node:crypto'

/** The system's clipboard, as far as text goes. */
export interface ClipboardPort {
  readText(): Promise<string>
  writeText(text: string): Promise<void>
}

/** Remembers what Curfew copied, and clears it from the clipboard unless something else is there by now. */
export interface ClipboardGuard {
  copy(text: string): Promise<void>
  /** Clears the clipboard if it still holds what `copy` put there last. Rejects where the clipboard does. */
  clearIfOurs(): Promise<void>
}

/** What was copied is remembered as a keyed hash, never as text; the key is this run's own. */
export function createClipboardGuard(clipboard: ClipboardPort): ClipboardGuard {
  const key = randomBytes(32)
  const hashOf = (text: string) => createHmac('sha256', key).update(text).digest('hex')
  let ours: string | undefined

  return {
    async copy(text) {
      // Before the clipboard has it: a lock in between must still find it.
      ours = hashOf(text)
      await clipboard.writeText(text)
    },
    async clearIfOurs() {
      const copied = ours
      if (copied === undefined) return
      if (hashOf(await clipboard.readText()) === copied) await clipboard.writeText('')
      if (ours === copied) ours = undefined
    },
  }
}
