import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { type Keychain, KeychainError } from '../keychain/keychain.ts'
import { entryNames } from '../keyring/entry-names.ts'

/** Something small that is kept over restarts. `read` answers `undefined` where nothing was ever written. */
export interface SmallStore {
  read(): Promise<unknown>
  write(value: unknown): Promise<void>
}

/** Wrong passphrases so far, and when the last was tried: by the time of day and since the computer started. */
const Tries = z.object({
  failures: z.int().nonnegative(),
  wall: z.number(),
  monotonic: z.number(),
})
type Tries = Readonly<z.infer<typeof Tries>>

const free = 3
const firstDelayMs = 5000
const longestDelayMs = 15 * 60_000

/** How long to wait after so many wrong passphrases: nothing for three, then doubling from 5 s to 15 minutes. */
export function delayAfter(failures: number): number {
  return failures <= free ? 0 : Math.min(firstDelayMs * 2 ** (failures - free - 1), longestDelayMs)
}

/** So many that the wait is the longest there is: what an unreadable count is taken for. */
const tooMany = free + 1 + Math.ceil(Math.log2(longestDelayMs / firstDelayMs))

/** What a guess came to. A right one leaves the count as it was; only one that unlocked a locked app ends it. */
export type Guess = 'wrong' | 'right' | 'unlocked'

export type Attempt =
  | { readonly outcome: 'right' }
  | { readonly outcome: 'wrong'; readonly retryInMs: number }
  /** Nothing was tried. */
  | { readonly outcome: 'too-soon'; readonly retryInMs: number }

export interface Attempts {
  /** Milliseconds until another passphrase may be tried, by what was last read: 0 for now. */
  retryInMs(): number
  /** Reads what earlier runs of the app have stored, once. */
  load(): Promise<void>
  /**
   * Lets one guess be made, if it is not too soon. It has to call {@link count} before it looks at the passphrase;
   * a guess that throws before that found nothing out, and one that throws after it stays counted.
   */
  attempt(guess: () => Promise<Guess>): Promise<Attempt>
  /**
   * Counts the guess that is being made, once, and stores the count: ending the app in the middle gains nothing.
   * Rejects where no attempt is being made, so that no passphrase is tried without one.
   */
  count(): Promise<void>
  /** Begins at none: for when there is nothing left to guess. */
  reset(): Promise<void>
}

/**
 * Delays after wrong passphrases (ARCHITECTURE.md, "Secrets and the lock"): none for three, then from 5 s to 15 minutes.
 *
 * The count is kept in memory and in every store given, all are read before each attempt, and the worst of them is
 * believed: Curfew uses a file beside its settings and a plain entry of the keychain, so that deleting or replacing
 * either gains nothing. An unreadable count is the worst there is. Elapsed time is the smaller of what both clocks say: neither setting the clock
 * forward nor putting the computer to sleep shortens a wait, and setting it back begins the wait anew. After
 * a restart of the computer only the time of day is left to go by.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one state machine: every part of it reads or moves the same count.
export function createAttempts(ports: {
  readonly clock: Clock
  readonly stores: readonly SmallStore[]
}): Attempts {
  const { clock, stores } = ports
  let tries: Tries = { failures: 0, wall: clock.wall(), monotonic: clock.monotonic() }
  let loading: Promise<void> | undefined
  let looked = false
  /** What the guess that is being made has to call; set while there is one. */
  let counting: (() => Promise<void>) | undefined
  let last: Promise<unknown> = Promise.resolve()
  let storing: Promise<void> = Promise.resolve()

  const now = (failures: number): Tries => ({
    failures,
    wall: clock.wall(),
    monotonic: clock.monotonic(),
  })

  async function readStore(store: SmallStore): Promise<Tries | 'unreadable' | undefined> {
    let stored: unknown
    try {
      stored = await store.read()
    } catch (error) {
      if (error instanceof KeychainError) throw error
      return 'unreadable'
    }
    if (stored === undefined) return undefined
    const parsed = Tries.safeParse(stored)
    return parsed.success ? parsed.data : 'unreadable'
  }

  /** The most failures that memory or any store tells, and the latest time of them. */
  async function look(): Promise<void> {
    const found: Tries[] = looked ? [tries] : []
    let isUnreadable = false
    for (const each of stores) {
      const stored = await readStore(each)
      if (stored === 'unreadable') isUnreadable = true
      else if (stored) found.push(stored)
    }
    looked = true
    if (isUnreadable) {
      // Stored at once: that a file was put aside as unreadable must not be forgotten at the next start.
      await store(now(Math.max(tries.failures, tooMany))).catch(() => undefined)
      return
    }
    if (found.length === 0) return
    const failures = Math.max(...found.map((each) => each.failures))
    tries = found
      .map((each) => ({ ...each, failures }))
      .reduce((one, other) => (remaining(other) > remaining(one) ? other : one))
  }

  function load(): Promise<void> {
    loading ??= look().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }

  function remaining(of: Tries): number {
    const delay = delayAfter(of.failures)
    const wall = clock.wall() - of.wall
    const monotonic = clock.monotonic() - of.monotonic
    // A monotonic clock that is behind itself has begun anew: the computer was started since.
    const elapsed = monotonic < 0 ? wall : Math.min(wall, monotonic)
    return Math.max(0, delay - Math.max(0, elapsed))
  }

  function retryInMs(): number {
    if (clock.wall() < tries.wall) tries = now(tries.failures)
    return remaining(tries)
  }

  /** Stored in one place at least, or the guess is not made. */
  async function store(next: Tries): Promise<void> {
    tries = next
    const written = await Promise.allSettled(stores.map((each) => each.write(next)))
    const faults = written.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (faults.length > 0 && faults.length === stores.length) throw faults[0]
  }

  async function attemptNow(guess: () => Promise<Guess>): Promise<Attempt> {
    await load()
    // What is known already is enough to refuse; another run of Curfew may know of more.
    if (retryInMs() === 0) await look()
    const wait = retryInMs()
    if (wait > 0) return { outcome: 'too-soon', retryInMs: wait }
    const before = tries
    let counted: Promise<void> | undefined
    counting = () => {
      counted ??= store(now(before.failures + 1))
      return counted
    }
    let result: Guess
    try {
      result = await guess()
    } finally {
      counting = undefined
    }
    if (result === 'wrong') {
      if (!counted) await store(now(before.failures + 1))
      tries = now(tries.failures)
      return { outcome: 'wrong', retryInMs: retryInMs() }
    }
    // Nobody waits for it who has just unlocked; the next attempt does.
    if (result === 'unlocked' || counted)
      storing = store(result === 'unlocked' ? now(0) : before).catch(() => undefined)
    return { outcome: 'right' }
  }

  return {
    retryInMs,
    load,
    attempt(guess) {
      const result = last.then(() => attemptNow(guess))
      last = result.then(
        () => storing,
        () => undefined,
      )
      return result
    },
    async count() {
      if (!counting) throw new Error('A passphrase is tried outside an attempt.')
      await counting()
    },
    async reset() {
      await storing
      await store(now(0))
    },
  }
}

/** Keeps the count as a plain entry of the keychain: there is no secret in it. */
export function attemptsInKeychain(keychain: Keychain): SmallStore {
  return {
    async read() {
      const text = await keychain.get(entryNames.attempts)
      return text === undefined ? undefined : JSON.parse(text)
    },
    write: (value) => keychain.set(entryNames.attempts, JSON.stringify(value)),
  }
}
