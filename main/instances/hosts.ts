import { domainToUnicode } from 'node:url'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { Confirm } from '../confirm.ts'

/** The hosts that a person has said yes to; nothing else is ever asked for anything. */
export interface Hosts {
  /** A credential that was sealed for this address vouches for it, as long as the app stays unlocked. */
  vouch(baseUrl: string): void
  /**
   * Has the person confirm a host in a dialog outside the window, unless it is vouched for.
   *
   * @param why what is about to happen there, as a sentence; a reason of its own is asked even of a known host
   */
  confirm(baseUrl: string, period: AbortSignal, why?: string): Promise<Outcome<undefined>>
  /** Forgets them all: at the lock. */
  forget(): void
}

export function createHosts(ask: Confirm): Hosts {
  const known = new Set<string>()
  return {
    vouch(baseUrl) {
      known.add(new URL(baseUrl).origin)
    },
    async confirm(baseUrl, period, why) {
      const { origin } = new URL(baseUrl)
      if (known.has(origin) && why === undefined) return succeed(undefined)
      const isConfirmed = await ask(
        {
          message: `Connect to ${origin}?`,
          detail: [
            why ?? 'Curfew has not been there before.',
            ...lookAlike(origin),
            'It will send the password that was typed there. Go on only if you know this address and have just asked for it.',
          ].join('\n\n'),
          yes: 'Connect',
        },
        period,
      )
      if (!isConfirmed) return fail(notConfirmed)
      if (!period.aborted) known.add(origin)
      return succeed(undefined)
    },
    forget: () => known.clear(),
  }
}

/** A name in another alphabet may look like one that is known: it is shown in the letters that it is made of. */
function lookAlike(origin: string): readonly string[] {
  const { hostname } = new URL(origin)
  const shown = domainToUnicode(hostname)
  return shown === hostname
    ? []
    : [`This name is written in letters of other alphabets (“${shown}”) and may only look like another.`]
}

const notConfirmed = {
  code: 'refused',
  message: 'This address was not confirmed, so nothing was sent there.',
} as const
