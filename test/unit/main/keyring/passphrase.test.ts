import { expect, test } from 'vitest'
import { KeyringError } from '../../../../main/keyring/keyring-error.ts'
import { defaultScryptCost, deriveKey, isBearable } from '../../../../main/keyring/passphrase.ts'

test.each([
  // RFC 7914, section 12: the first 32 bytes of what it gives there.
  [
    'password',
    'NaCl',
    { N: 1024, r: 8, p: 16 },
    'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162',
  ],
  ['', '', { N: 16, r: 1, p: 1 }, '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442'],
])('B8 the key of the passphrase %j is scrypt’s, by RFC 7914', async (passphrase, salt, cost, key) => {
  expect((await deriveKey(passphrase, Buffer.from(salt), cost)).toString('hex')).toBe(key)
})

test('B8 a passphrase that the computer can’t work on says that memory is short, and nothing else', async () => {
  const failed = deriveKey('passphrase', Buffer.alloc(16), { N: 2 ** 40, r: 8, p: 1 })
  await expect(failed).rejects.toEqual(new KeyringError('no-memory'))
})

const least = { N: 2 ** 14, r: 8, p: 2 }
test.each([
  ['the least itself', {}, true],
  ['twice the memory', { N: 2 ** 15 }, true],
  ['more of each', { N: 2 ** 16, r: 16, p: 3 }, true],
  ['less memory', { N: 2 ** 13 }, false],
  ['smaller blocks', { r: 7 }, false],
  ['less work', { p: 1 }, false],
  ['no power of two', { N: 2 ** 14 + 1 }, false],
  ['none at all', { N: 0 }, false],
  ['no number', { N: Number.NaN }, false],
  ['512 MB, to the byte', { N: 2 ** 18, r: 8, p: 2 }, true],
  ['more than that by blocks', { N: 2 ** 18, r: 9, p: 2 }, false],
  ['more than that by work', { N: 2 ** 18, r: 8, p: 3 }, false],
  ['more than that by memory', { N: 2 ** 19, r: 8, p: 2 }, false],
])('B8 whether a cost that is in the keychain is worked on: %s', (_, change, isWorkedOn) => {
  expect(isBearable({ ...least, ...change }, least)).toBe(isWorkedOn)
})

test('B8 by default a try takes 128 MB', () => {
  expect(defaultScryptCost).toEqual({ N: 131_072, r: 8, p: 1 })
  expect(128 * defaultScryptCost.N * defaultScryptCost.r).toBe(128 * 1024 ** 2)
})
