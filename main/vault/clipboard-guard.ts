import { createHmac, randomBytes } from 'node:crypto'
import { clipboardSeconds } from '../../domain/lock.ts'
import type { After, Clock } from '../clock.ts'

/** The system's clipboard, as far as text goes. */
export interface ClipboardPort {
  readText(): Promise<string>
  writeText(text: string): Promise<void>
}

export interface ClipboardGuardPorts {
  readonly clipboard: ClipboardPort
  readonly clock: Clock
  readonly after: After
  /** Whether the clipboard may still hold what Curfew copied; told when that is another. */
  readonly onChange: (ours: boolean) => void
  /** Told once where the clipboard can't be cleared when its time has come; it is tried again until it can. */
  readonly onFault: (error: unknown) => void
}

/** Remembers what Curfew copied, and clears it from the clipboard after a while unless something else is there by now. */
export interface ClipboardGuard {
  copy(text: string): Promise<void>
  /** Clears the clipboard if it still holds what `copy` put there last. Rejects where the clipboard does, and goes on trying. */
  clearIfOurs(): Promise<void>
}

/** How often the clocks are looked at while something of ours is there, and clearing is tried again, in milliseconds. */
const lookEveryMs = 1_000

/**
 * What was copied is remembered as a keyed hash, never as text; the key is this run's own. Its time is a comparison, as the
 * lock's is: the larger of what the two clocks say, so that sleep counts and setting one back does not help.
 */
export function createClipboardGuard(ports: ClipboardGuardPorts): ClipboardGuard {
  const { clipboard, clock, after, onChange, onFault } = ports
  const key = randomBytes(32)
  const hashOf = (text: string) => createHmac('sha256', key).update(text).digest('hex')
  /** What is there by us, and since when by both clocks. */
  let ours: { readonly hash: string; readonly wall: number; readonly monotonic: number } | undefined
  /** Whether its time has come, for a reason other than the clocks. */
  let overdue = false
  let failing = false
  let stopWaiting = () => {}
  /** One act after the other: a lock in the middle of a copy clears what that copy has then written. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const done = turn.then(act)
    turn = done.catch(() => {})
    return done
  }

  function isDue({ wall, monotonic }: { readonly wall: number; readonly monotonic: number }): boolean {
    const elapsed = Math.max(clock.wall() - wall, clock.monotonic() - monotonic)
    return overdue || elapsed >= clipboardSeconds * 1_000
  }

  function lookLater(): void {
    stopWaiting()
    stopWaiting = after(lookEveryMs, () => void inTurn(look))
  }

  /** Asks in turn: what was copied anew meanwhile has its own time. */
  async function look(): Promise<void> {
    if (!ours) return
    try {
      if (isDue(ours)) await clear(ours.hash)
      else lookLater()
    } catch (error) {
      if (!failing) onFault(error)
      failing = true
      lookLater()
    }
  }

  async function clear(hash: string): Promise<void> {
    if (hashOf(await clipboard.readText()) === hash) await clipboard.writeText('')
    stopWaiting()
    ours = undefined
    failing = false
    onChange(false)
  }

  return {
    copy: (text) =>
      inTurn(async () => {
        ours = { hash: hashOf(text), wall: clock.wall(), monotonic: clock.monotonic() }
        overdue = false
        // Before it is written: a clipboard that then fails may have taken it all the same.
        lookLater()
        await clipboard.writeText(text)
        onChange(true)
      }),
    clearIfOurs: () =>
      inTurn(async () => {
        if (!ours) return
        overdue = true
        await clear(ours.hash)
      }),
  }
}
