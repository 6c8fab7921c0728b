import { expect, test } from 'vitest'
import { passphraseMinLength } from '../../../domain/lock.ts'
import { passphraseStrength } from '../../../renderer/components/passphrase-strength.ts'

test('a passphrase that is too short is refused, and says how much is missing', () => {
  expect(passphraseStrength('')).toEqual({ level: 0, words: `At least ${passphraseMinLength} characters.` })
  expect(passphraseStrength('short')).toEqual({ level: 0, words: '3 more to go.' })
})

test.each(['aaaaaaaaaaaaaaaa', '12345678', 'abcdefghijklmnop', 'password', 'abababababab', 'curfewcurfew'])(
  '“%s” is long enough and yet easy to guess',
  (passphrase) => {
    expect(passphraseStrength(passphrase).level).toBe(1)
  },
)

test('length is what counts, not kinds of characters', () => {
  expect(passphraseStrength('lamp otter').level).toBe(2)
  expect(passphraseStrength('lamp otter violin').level).toBeGreaterThanOrEqual(3)
  expect(passphraseStrength('lamp otter violin crater').level).toBe(4)
})
