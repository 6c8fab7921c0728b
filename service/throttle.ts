import { hash } from 'node:crypto'
import { nameKey } from '../domain/names.ts'
import { networksOf, surroundingsOf } from './address.ts'
import type { Clock } from './clock.ts'
import type { Turn } from './fair-queue.ts'
import { createLedger } from './ledger.ts'

/** Tokens that refill with time; an attempt takes one. */
interface Rate {
  readonly burst: number
  /** Real milliseconds until one more attempt. */
  readonly refillMs: number
}

const rates = {
  /** One network on one account. */
  pair: { burst: 10, refillMs: 30_000 },
  /** The same, while the account is being attacked from many addresses. */
  besieged: { burst: 1, refillMs: 30_000 },
  /** One account from everywhere. Empty means "besieged"; it never refuses by itself. */
  account: { burst: 100, refillMs: 36_000 },
  /** One network on all accounts. */
  network: { burst: 100, refillMs: 3_000 },
  /** All known devices of one account. Empty means "not known"; it never refuses by itself. */
  device: { burst: 20, refillMs: 30_000 },
} as const satisfies Record<string, Rate>

/** What was had lately counts half after so many milliseconds. */
const halfLifeMs = 600_000

/** So many counters of each kind are kept. */
export const mostCounters = 50_000

/**
 * Counters of tokens. Kept is only when each will be full again: the one that is full soonest says least, and is the
 * first to be forgotten.
 */
export function createBuckets({ burst, refillMs }: Rate, clock: Clock, most: number) {
  const fullAt = createLedger(most)
  const emptyMs = burst * refillMs
  // A clock that was set back keeps nobody waiting for longer.
  const owedMs = (name: string) => Math.min(emptyMs, Math.max(0, (fullAt.get(name) ?? 0) - clock()))
  const owe = (name: string, ms: number) => {
    if (ms > 0) fullAt.set(name, clock() + Math.min(ms, emptyMs))
    else fullAt.delete(name)
  }
  /** A network with a share of 4 has four times the tokens, which come back four times as fast. */
  const costMs = (share: number) => refillMs / share
  return {
    waitMs: (name: string, share = 1) => Math.max(0, owedMs(name) + costMs(share) - emptyMs),
    take: (name: string, share = 1) => owe(name, owedMs(name) + costMs(share)),
    giveBack: (name: string, share = 1) => owe(name, owedMs(name) - costMs(share)),
  }
}

/** Counts what was had lately, fading. Kept is one number that orders them at all times: the lowest is forgotten first. */
function createRecentCounts(clock: Clock, most: number) {
  const counts = createLedger(most)
  const faded = () => clock() / halfLifeMs
  const read = (name: string) => 2 ** ((counts.get(name) ?? Number.NEGATIVE_INFINITY) - faded())
  return { read, add: (name: string) => counts.set(name, Math.log2(read(name) + 1) + faded()) }
}

/** One attempt to sign in. */
export interface Attempt {
  readonly username: string
  readonly address: string
  /** Whether the account was used from this device before, which it has proved. */
  readonly known: boolean
}

/** Whether an attempt may be made. */
export type Admission =
  | { readonly admitted: false; readonly waitSeconds: number }
  | {
      readonly admitted: true
      /** Its place among all who want a password checked. */
      readonly turn: Turn
      /** For an attempt that was right, or that nobody looked at: it costs nothing. Call it once. */
      readonly giveBack: () => void
    }

export interface Throttle {
  /** An attempt begins: it is counted before anything is checked, so that many at once can't slip through. */
  admit(attempt: Attempt): Admission
}

/**
 * Slows guessing without locking anybody out (OWASP's device cookies, and a share for every network).
 *
 * However hard an account is attacked, a network that has not failed itself may always try; and a device the account has
 * been used from has its own count, even behind the attacker's address. What is right costs nothing and gives back
 * nothing else, so that nobody can pay for guesses at others with sign-ins of their own.
 *
 * @param clock real time, that only goes forward: a demo's faster clock would let guesses through faster
 * @param most the most counters of each kind
 */
export function createThrottle({
  clock,
  most = mostCounters,
}: {
  readonly clock: Clock
  readonly most?: number
}): Throttle {
  // In whole milliseconds tokens are counted exactly.
  const now = () => Math.floor(clock())
  const pair = createBuckets(rates.pair, now, most)
  const besieged = createBuckets(rates.besieged, now, most)
  const account = createBuckets(rates.account, now, most)
  const network = createBuckets(rates.network, now, most)
  const device = createBuckets(rates.device, now, most)
  const recent = createRecentCounts(now, most)

  /** Adds to what was had lately, also for what is refused. @returns how much it was before */
  const note = (names: readonly { readonly name: string; readonly share: number }[]): number => {
    const had = names.reduce((sum, { name, share }) => sum + recent.read(name) / share, 0)
    for (const { name } of names) recent.add(name)
    return Math.round(had)
  }

  return {
    admit: ({ username, address, known }) => {
      const who = hash('sha256', nameKey(username), 'base64url').slice(0, 22)
      if (known && device.waitMs(who) === 0) {
        device.take(who)
        const had = note([{ name: who, share: 1 }])
        return { admitted: true, turn: { known, had }, giveBack: () => device.giveBack(who) }
      }
      const had = note(surroundingsOf(address))
      const counted = networksOf(address).flatMap(({ name, share }) => [
        { buckets: pair, name: `${who} ${name}`, share, refuses: true },
        { buckets: besieged, name: `${who} ${name}`, share, refuses: account.waitMs(who) > 0 },
        { buckets: network, name, share, refuses: true },
      ])
      const waitMs = Math.max(
        ...counted.map(({ buckets, name, share, refuses }) => (refuses ? buckets.waitMs(name, share) : 0)),
      )
      if (waitMs > 0) return { admitted: false, waitSeconds: Math.ceil(waitMs / 1000) }
      account.take(who)
      for (const { buckets, name, share } of counted) buckets.take(name, share)
      return {
        admitted: true,
        turn: { known: false, had },
        giveBack: () => {
          account.giveBack(who)
          for (const { buckets, name, share } of counted) buckets.giveBack(name, share)
        },
      }
    },
  }
}
