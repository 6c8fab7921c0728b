import { passphraseMinLength } from '../../domain/lock.ts'

/** How well a passphrase withstands guessing: 0 is refused, 4 is more than enough. */
export interface Strength {
  readonly level: 0 | 1 | 2 | 3 | 4
  readonly words: string
}

const wellKnown = /password|passphrase|passwort|curfew|letmein|welcome|qwert[yz]|admin|iloveyou/gi

function isStep(previous: number, code: number): boolean {
  return Math.abs(code - previous) <= 1
}

/** The length that counts: repeats, runs like `abcd` or `4321` and well-known words count as little. */
function effectiveLength(passphrase: string): number {
  const codes = [...passphrase.replace(wellKnown, '#')].map((character) => character.codePointAt(0) ?? 0)
  const runs = codes.filter((code, at) => at === 0 || !isStep(codes[at - 1] ?? 0, code)).length
  return Math.min(runs, new Set(codes).size * 3)
}

/**
 * Rates a passphrase by its length, as NIST SP 800-63B advises: no rules on kinds of characters, only a warning
 * where length is made of repeats or of words that everybody tries first.
 */
export function passphraseStrength(passphrase: string): Strength {
  const length = [...passphrase].length
  if (length < passphraseMinLength) {
    const missing = passphraseMinLength - length
    const more = length === 0 ? `At least ${passphraseMinLength} characters.` : `${missing} more to go.`
    return { level: 0, words: more }
  }
  const counted = effectiveLength(passphrase)
  if (counted < passphraseMinLength)
    return { level: 1, words: 'Easy to guess. Add words that don’t belong together.' }
  if (counted < 12) return { level: 2, words: 'Fair. A few more words make it strong.' }
  if (counted < 18) return { level: 3, words: 'Good.' }
  return { level: 4, words: 'Strong.' }
}
