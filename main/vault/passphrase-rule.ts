import { userInfo } from 'node:os'
import { passphraseMinLength } from '../../domain/lock.ts'
import { leastScore, rateSecret } from '../../domain/password-strength.ts'
import { fail, type Outcome } from '../../domain/problem.ts'

const because = {
  known: 'It is made of names that others know.',
  common: 'It is made of words that are tried first.',
  pattern: 'It repeats, or follows a row of keys or numbers.',
} as const

/**
 * What keeps a new passphrase from being taken: it is too short, or easy to guess for somebody who has a copy of the
 * keychain and as much time as they like. `undefined` where it may be taken. The window's meter only advises.
 *
 * @param known what such a person reads beside the keychain: names of instances, their addresses and accounts
 */
export async function passphraseFault(
  passphrase: string,
  known: readonly string[],
): Promise<Outcome<never> | undefined> {
  if (passphrase.length < passphraseMinLength)
    return refused('too-short', `A passphrase has at least ${passphraseMinLength} characters.`)
  const { score, because: why } = await rateSecret(passphrase, ['curfew', loginName(), ...known])
  if (score >= leastScore) return undefined
  return refused(
    'too-weak',
    `This passphrase is easy to guess. ${why ? `${because[why]} ` : ''}Take four or more words that don’t belong together.`,
  )
}

function refused(code: string, message: string): Outcome<never> {
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
