import { createHash, X509Certificate } from 'node:crypto'
import { fail, type Outcome, succeed } from '../../../domain/problem.ts'
import type { Fetch } from '../connector.ts'
import { exchange } from './exchange.ts'
import { WrongKey } from './wrong-key.ts'

/** What a server shows before anything is sent to it. */
export interface ShownCertificate {
  readonly hostname: string
  readonly pem: string
  /** Whether the system's own check has found nothing wrong. */
  readonly isTrusted: boolean
}

/** `refused` ends the connection before a request is sent; `as-the-system-says` leaves it to the system's own check. */
export type Verdict = 'as-the-system-says' | 'refused'

/**
 * A way to servers that shares no connections with any other.
 *
 * @param name the same name is the same way, whose `verify` is the first one given
 * @param verify asked of every certificate that a server shows; the answer may be remembered for that certificate
 */
export type OpenWay = (name: string, verify: (shown: ShownCertificate) => Verdict) => Fetch

/** Certificates that are held to one key, and a look at what a server shows. */
export interface Certificates {
  /**
   * Requests to the holder of one key only, which the system has to trust besides. To anybody else nothing is sent: the
   * request rejects with {@link WrongKey}.
   *
   * @param pin the SHA-256 of the key (SPKI), in base64
   */
  fetchPinned(pin: string): Fetch
  /** The pin of the key that a server shows now, if this computer trusts its certificate. Nothing is sent. */
  shownAt(origin: string, signal: AbortSignal): Promise<Outcome<string>>
}

export function createCertificates(open: OpenWay): Certificates {
  const ways = new Map<string, Fetch>()
  let looks = 0

  function openPinned(pin: string): Fetch {
    /** What was shown last instead, by host: the network tells why it has refused, and not what it saw. */
    const others = new Map<string, string>()
    const fetch = open(`curfew-pin-${Buffer.from(pin, 'base64').toString('hex')}`, ({ hostname, pem }) => {
      const shown = pinOf(pem)
      if (shown === pin) return 'as-the-system-says'
      others.set(hostname, shown ?? 'one that can’t be read')
      return 'refused'
    })
    return async (url, init) => {
      const { protocol, hostname } = new URL(url)
      if (protocol !== 'https:') throw new WrongKey(pin, 'none, since the address is not https')
      try {
        return await fetch(url, init)
      } catch (error) {
        if (!WrongKey.isRefusal(error)) throw error
        throw new WrongKey(pin, others.get(hostname) ?? 'another')
      }
    }
  }

  return {
    fetchPinned(pin) {
      const way = ways.get(pin) ?? openPinned(pin)
      ways.set(pin, way)
      return way
    },
    async shownAt(origin, signal) {
      const seen: ShownCertificate[] = []
      looks += 1
      // A way of its own each time, since a verdict on a certificate that was seen before is remembered.
      const fetch = open(`curfew-look-${looks}`, (shown) => {
        seen.push(shown)
        return shown.isTrusted ? 'refused' : 'as-the-system-says'
      })
      const answer = await exchange(fetch, origin, { signal, firstContact: true })
      const shown = seen.at(-1)
      const pin = shown?.isTrusted ? pinOf(shown.pem) : undefined
      if (pin !== undefined) return succeed(pin)
      return fail(answer.ok ? noCertificate : answer.problem)
    },
  }
}

const noCertificate = {
  code: 'untrusted-certificate',
  message: 'The server answered without showing a certificate that could be pinned.',
} as const

/** The SHA-256 of a certificate's public key (SPKI), in base64; `undefined` for what is no certificate. */
function pinOf(pem: string): string | undefined {
  try {
    const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
    return createHash('sha256').update(key).digest('base64')
  } catch {
    return undefined
  }
}
