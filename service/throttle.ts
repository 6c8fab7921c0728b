import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { nameKey } from '../domain/names.ts'
import type { Clock } from './clock.ts'
import { sameSecret } from './secrets.ts'

/** Tokens that refill with time; an attempt that fails takes one. */
interface Bucket {
  left: number
  at: number
}

interface Rate {
  readonly burst: number
  /** Real milliseconds until one more attempt. */
  readonly refillMs: number
}

const rates = {
  /** One address on one account. */
  pair: { burst: 10, refillMs: 30_000 },
  /** The same, while the account is being attacked from many addresses. */
  besieged: { burst: 1, refillMs: 30_000 },
  /** One account from everywhere. Empty means "besieged"; it never refuses by itself. */
  account: { burst: 100, refillMs: 36_000 },
  /** One address on all accounts. */
  address: { burst: 100, refillMs: 3_000 },
  /** A browser that this account has signed in from before. */
  device: { burst: 20, refillMs: 30_000 },
} as const satisfies Record<string, Rate>

/** So many counters are kept; the oldest go first. */
const mostBuckets = 50_000

function createBuckets(rate: Rate, clock: Clock) {
  const buckets = new Map<string, Bucket>()
  const read = (key: string): Bucket => {
    const bucket = buckets.get(key)
    const now = clock()
    if (!bucket) return { left: rate.burst, at: now }
    const refilled = Math.min(rate.burst, bucket.left + Math.max(0, now - bucket.at) / rate.refillMs)
    return { left: refilled, at: now }
  }
  return {
    left: (key: string) => read(key).left,
    waitMs: (key: string) => Math.max(0, (1 - read(key).left) * rate.refillMs),
    take: (key: string) => {
      const { left, at } = read(key)
      buckets.delete(key)
      buckets.set(key, { left: Math.max(0, left - 1), at })
      if (buckets.size > mostBuckets) {
        const oldest = buckets.keys().next()
        if (!oldest.done) buckets.delete(oldest.value)
      }
    },
    forget: (key: string) => buckets.delete(key),
  }
}

/** An address as an attacker can hold it: IPv6 is given out in networks of 64 bits. */
function addressBlock(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return groups.slice(0, 4).join(':')
}

/** One attempt to sign in. */
export interface Attempt {
  readonly username: string
  readonly address: string
  /** What {@link Throttle.deviceMark} gave this browser after an earlier success. */
  readonly device?: string | undefined
}

export interface Throttle {
  /** @returns whole seconds to wait, 0 when the attempt may be made */
  waitSeconds(attempt: Attempt): number
  /** An attempt begins: it costs, so that many at once can't slip through. */
  begin(attempt: Attempt): void
  succeeded(attempt: Attempt): void
  deviceMark(username: string): string
}

/**
 * Slows guessing without locking anybody out (OWASP's device cookies, and a share for every address).
 *
 * However hard an account is attacked, an address that has not failed itself may always try; and a browser the
 * account has used before has its own count, even behind the attacker's address.
 *
 * @param clock real time: a demo's faster clock would let guesses through faster
 */
export function createThrottle({
  secret,
  clock,
}: {
  readonly secret: string
  readonly clock: Clock
}): Throttle {
  const pair = createBuckets(rates.pair, clock)
  const besieged = createBuckets(rates.besieged, clock)
  const account = createBuckets(rates.account, clock)
  const address = createBuckets(rates.address, clock)
  const device = createBuckets(rates.device, clock)
  const deviceMark = (username: string) =>
    createHmac('sha256', secret)
      .update(`device ${nameKey(username)}`)
      .digest('base64url')
  const isKnownDevice = (attempt: Attempt): boolean =>
    attempt.device !== undefined && sameSecret(attempt.device, deviceMark(attempt.username))
  const keys = (attempt: Attempt) => {
    const who = nameKey(attempt.username).slice(0, 100)
    const from = addressBlock(attempt.address)
    return { who, from, both: `${who}\n${from}` }
  }
  return {
    waitSeconds: (attempt) => {
      const { who, from, both } = keys(attempt)
      if (isKnownDevice(attempt)) return Math.ceil(device.waitMs(both) / 1000)
      const waits = [pair.waitMs(both), address.waitMs(from)]
      if (account.left(who) < 1) waits.push(besieged.waitMs(both))
      return Math.ceil(Math.max(...waits) / 1000)
    },
    begin: (attempt) => {
      const { who, from, both } = keys(attempt)
      if (isKnownDevice(attempt)) {
        device.take(both)
        return
      }
      pair.take(both)
      besieged.take(both)
      account.take(who)
      address.take(from)
    },
    succeeded: (attempt) => {
      const { from, both } = keys(attempt)
      device.forget(both)
      pair.forget(both)
      besieged.forget(both)
      address.forget(from)
    },
    deviceMark,
  }
}
