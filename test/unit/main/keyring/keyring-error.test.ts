import { expect, test } from 'vitest'
import { KeyringError, type KeyringFault } from '../../../../main/keyring/keyring-error.ts'

/** Written by hand: each fault has its own words, and those of an entry name it. */
const words: Readonly<Record<KeyringFault, string>> = {
  locked: 'Curfew is locked. Unlock it and try again.',
  missing: 'The entry “manifest” of Curfew’s keyring was deleted from the keychain.',
  'not-sealed': 'The entry “manifest” of Curfew’s keyring was replaced by something else.',
  'unknown-version':
    'The entry “manifest” of Curfew’s keyring was written by a newer version of Curfew. Update Curfew.',
  'wrong-purpose': 'The entry “manifest” of Curfew’s keyring was replaced by another kind of entry.',
  truncated: 'The entry “manifest” of Curfew’s keyring was cut short.',
  tampered: 'The entry “manifest” of Curfew’s keyring was changed outside Curfew.',
  swapped: 'The entry “manifest” of Curfew’s keyring was exchanged for that of another instance.',
  'rolled-back': 'The entry “manifest” of Curfew’s keyring was exchanged for an earlier one.',
  'too-long': 'This is longer than the keychain can keep. At most about 1 700 characters fit.',
  full: 'Curfew’s keyring is full. Remove an instance before adding another.',
  exists: 'A passphrase has already been chosen.',
  outdated:
    'Another Curfew on this computer has changed the keyring meanwhile. Lock this one and unlock it again.',
  resealing:
    'Curfew is still sealing everything with the key of the last change. Try again when that is done.',
  'no-memory':
    'This computer has too little free memory to try a passphrase. Close other programs and try again.',
}

test.each(Object.entries(words))('B8 the fault “%s” of the keyring is said as it is', (fault, message) => {
  const error = new KeyringError(fault as KeyringFault, 'manifest')
  expect([error.name, error.fault, error.entry, error.message]).toEqual([
    'KeyringError',
    fault,
    'manifest',
    message,
  ])
})

test('B8 a fault that is no entry’s names none', () => {
  expect(new KeyringError('full').entry).toBe('')
})
