import type { ZxcvbnResult } from '@zxcvbn-ts/core'

/** How well a secret withstands guessing: 0 falls at once, 4 holds even against somebody who has its hash. */
export interface Strength {
  readonly score: ZxcvbnResult['score']
  /** What makes it guessable, where it is: words its owner is known by, ones that everybody tries, or repeats and rows. */
  readonly because: 'known' | 'common' | 'pattern' | undefined
}

/**
 * The least score of a secret that guards something: 10^10 guesses. One less would be reached by `Welcome2026!!`, since
 * zxcvbn counts every further piece of a secret as if nobody knew the pattern.
 */
export const leastScore = 4

/** What everybody begins or ends a password with: it counts for nothing, as a name does. */
const everybodyTries =
  'password passwort passphrase passw0rd admin welcome letmein changeme secret qwerty qwertz iloveyou login'.split(
    ' ',
  )

/** So much of a secret is rated, in UTF-16 units: the time grows with the length, and this takes 50 ms at the most. */
const ratedLength = 48
/** So many known words count: those of some hundred servers. */
const mostWords = 1000
/** So many replaced characters (`p4$$w0rd`) are undone; each makes rating slower. */
const undoneReplacements = 10

interface Rater {
  check(secret: string, words?: readonly string[]): ZxcvbnResult
}
let rater: Promise<Rater> | undefined

/** The dictionaries take a tenth of a second to load, so they wait until somebody chooses a secret. */
async function loadRater(): Promise<Rater> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ])
  const factory = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    maxLength: ratedLength,
    l33tMaxSubstitutions: undoneReplacements,
  })
  return { check: (secret, words = []) => factory.check(secret, [...words]) }
}

/** Names and the parts they have: `maya.brandt@example.com` is guessed as `maya` too. */
function wordsOf(known: readonly string[]): string[] {
  const parts = known.flatMap((text) => {
    const whole = text.normalize('NFKC').toLowerCase().slice(0, 100)
    return [whole, ...whole.split(/[^\p{L}\p{M}\p{N}]+/u)]
  })
  return [...new Set(parts)].filter((word) => word.length > 3).slice(0, mostWords)
}

/** What is left of a secret when what is known has been cut out of it, longest first. */
function withoutKnown(secret: string, words: readonly string[]): string {
  const longestFirst = words.toSorted((one, other) => other.length - one.length)
  return longestFirst.reduce((rest, word) => rest.split(word.toLowerCase()).join(''), secret.toLowerCase())
}

/**
 * Rates a secret by how many guesses it takes (zxcvbn): dictionaries of common passwords, words and names, rows of keys,
 * dates, repeats. What is known of its owner counts for nothing: the rest has to be enough. There are no rules on kinds of
 * characters (NIST SP 800-63B). Of a long secret only the beginning is rated.
 *
 * @param known what an attacker knows: the owner's names, the product's, the server's
 */
export async function rateSecret(secret: string, known: readonly string[]): Promise<Strength> {
  rater ??= loadRater()
  const { check } = await rater
  const text = secret.normalize('NFKC').slice(0, ratedLength)
  const words = wordsOf(known)
  const { score, sequence } = check(text, words)
  // As they were typed too: backwards, or with digits for letters.
  const typed = sequence.flatMap((part) => (part['dictionaryName'] === 'userInputs' ? [part.token] : []))
  const unknown = withoutKnown(text, [...words, ...typed])
  const rest = withoutKnown(unknown, everybodyTries)
  const left = rest.length < text.length ? check(rest).score : score
  if (left < leastScore && rest.length < text.length)
    return { score: left, because: unknown.length < text.length ? 'known' : 'common' }
  if (score >= leastScore) return { score: left, because: undefined }
  const isWord = sequence.some(({ pattern }) => pattern === 'dictionary' || pattern === 'spatial')
  return { score, because: isWord ? 'common' : 'pattern' }
}
