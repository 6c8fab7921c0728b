import { createHmac, randomBytes } from 'node:crypto'
import { clipboardSeconds } from '../../domain/lock.ts'
import type { After } from '../clock.ts'

/** The system's clipboard, as far as text goes. */
export interface ClipboardPort {
  readText(): Promise<string>
  writeText(text: string): Promise<void>
}

/** Remembers what Curfew copied, and clears it from the clipboard after a while unless something else is there by now. */
export interface ClipboardGuard {
  copy(text: string): Promise<void>
  /** Clears the clipboard if it still holds what `copy` put there last. Rejects where the clipboard does. */
  clearIfOurs(): Promise<void>
}

/**
 * What was copied is remembered as a keyed hash, never as text; the key is this run's own.
 *
 * @param onFault told where the clipboard can't be cleared when its time has come
 */
export function createClipboardGuard(
  clipboard: ClipboardPort,
  after: After,
  onFault: (error: unknown) => void,
): ClipboardGuard {
  const key = randomBytes(32)
  const hashOf = (text: string) => createHmac('sha256', key).update(text).digest('hex')
  let ours: string | undefined
  let stopWaiting = () => {}
  /** One act after the other: a lock in the middle of a copy clears what that copy has then written. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const done = turn.then(act)
    turn = done.catch(() => {})
    return done
  }

  const clearIfOurs = () => {
    stopWaiting()
    return inTurn(async () => {
      if (ours === undefined) return
      if (hashOf(await clipboard.readText()) === ours) await clipboard.writeText('')
      ours = undefined
    })
  }
  return {
    copy(text) {
      // What was copied anew has its own time.
      stopWaiting()
      return inTurn(async () => {
        ours = hashOf(text)
        await clipboard.writeText(text)
        stopWaiting()
        stopWaiting = after(clipboardSeconds * 1_000, () => void clearIfOurs().catch(onFault))
      })
    },
    clearIfOurs,
  }
}
