import { userInfo } from 'node:os'
import { missingCharacters, passphraseMinLength } from '../../domain/lock.ts'
import { leastScore, rateSecret } from '../../domain/password-strength.ts'
import { fail, type Outcome } from '../../domain/problem.ts'

const because = {
  known: 'It is made of names that others know.',
  common: 'It is made of words that are tried first.',
  pattern: 'It repeats, or follows a row of keys or numbers.',
} as const

/** What the rule says of a passphrase, from 0 to 4 points; without a fault it may be taken. */
interface Verdict {
  readonly score: number
  readonly fault?: { readonly code: 'too-short' | 'too-weak'; readonly message: string }
}

/**
 * Rates a passphrase as for somebody who has a copy of the keychain and as much time as they like. The one rule: what the
 * window shows while it is typed is this too.
 *
 * @param known what such a person reads beside the keychain: names of instances, their addresses and accounts
 */
export async function ratePassphrase(passphrase: string, known: readonly string[]): Promise<Verdict> {
  if (missingCharacters(passphrase) > 0) {
    const message = `A passphrase has at least ${passphraseMinLength} characters.`
    return { score: 0, fault: { code: 'too-short', message } }
  }
  const { score, because: why } = await rateSecret(passphrase, ['curfew', loginName(), ...known])
  if (score >= leastScore) return { score }
  const message = `This passphrase is easy to guess. ${why ? `${because[why]} ` : ''}Take four or more words that don’t belong together.`
  return { score, fault: { code: 'too-weak', message } }
}

/** What keeps a new passphrase from being taken, by {@link ratePassphrase}; `undefined` where it may be. */
export async function passphraseFault(
  passphrase: string,
  known: readonly string[],
): Promise<Outcome<never> | undefined> {
  const { fault } = await ratePassphrase(passphrase, known)
  if (!fault) return undefined
  const { code, message } = fault
  const least = code === 'too-short' ? { min: passphraseMinLength } : {}
  return fail({ code: 'invalid', message, errors: [{ field: 'passphrase', code, message, ...least }] })
}

/** What the person is called on this computer; nothing where the system does not say. */
function loginName(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
