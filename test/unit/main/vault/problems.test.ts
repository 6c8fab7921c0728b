import { describe, expect, test } from 'vitest'
import type { Problem } from '../../../../domain/problem.ts'
import { KeychainError } from '../../../../main/keychain/keychain.ts'
import { KeyringError, type KeyringFault } from '../../../../main/keyring/keyring-error.ts'
import { outcomeOf, unlockedProblem } from '../../../../main/vault/problems.ts'

const said = (of: 'keyring' | 'instance', error: unknown) => outcomeOf(of, () => Promise.reject(error))

const again = 'Type it again; where you did not expect this, change it on the server first.'
const restore =
  'Restore your keychain from a backup, or choose “Forget everything” and add your instances again.'

/** What a fault is called where the whole keyring is meant, and where one instance's password is; written by hand. */
const faults: Readonly<Record<KeyringFault, readonly [keyring: Problem, instance: Problem]>> = (() => {
  const locked = { code: 'locked', message: 'Curfew is locked. Unlock it and try again.' } as const
  const refused = (words: string) => ({ code: 'refused', message: words }) as const
  const message = 'This is longer than the keychain can keep. At most about 1 700 characters fit.'
  const tooLong: Problem = {
    code: 'invalid',
    message,
    errors: [{ field: 'password', code: 'too-long', message }],
  }
  const foul = (words: string, password: string): readonly [Problem, Problem] => [
    {
      code: 'keychain-unavailable',
      message: `The entry “instance:one” of Curfew’s keyring was ${words} ${restore}`,
    },
    { code: 'password-needed', message: `The stored password of this instance was ${password} ${again}` },
  ]
  const both = (problem: Problem): readonly [Problem, Problem] => [problem, problem]
  return {
    locked: both(locked),
    exists: both(refused('A passphrase has already been chosen.')),
    full: both(refused('Curfew’s keyring is full. Remove an instance before adding another.')),
    outdated: both(
      refused(
        'Another Curfew on this computer has changed the keyring meanwhile. Lock this one and unlock it again.',
      ),
    ),
    resealing: both(
      refused(
        'Curfew is still sealing everything with the key of the last change. Try again when that is done.',
      ),
    ),
    'no-memory': both(
      refused(
        'This computer has too little free memory to try a passphrase. Close other programs and try again.',
      ),
    ),
    'too-long': both(tooLong),
    missing: foul('deleted from the keychain.', 'deleted from the keychain.'),
    'not-sealed': foul('replaced by something else.', 'replaced by something else.'),
    'unknown-version': [
      {
        code: 'keychain-unavailable',
        message:
          'The entry “instance:one” of Curfew’s keyring was written by a newer version of Curfew. Update Curfew.',
      },
      {
        code: 'password-needed',
        message: `The stored password of this instance was written by a newer version of Curfew. Update Curfew to use it. ${again}`,
      },
    ],
    'wrong-purpose': foul('replaced by another kind of entry.', 'replaced by another kind of entry.'),
    truncated: foul('cut short.', 'cut short.'),
    tampered: foul('changed outside Curfew.', 'changed outside Curfew.'),
    swapped: foul('exchanged for that of another instance.', 'exchanged for that of another instance.'),
    'rolled-back': foul('exchanged for an earlier one.', 'exchanged for an earlier one.'),
  }
})()

describe('B8 what a person reads', () => {
  test.each(Object.entries(faults))(
    'B8 of the fault “%s” in an entry',
    async (fault, [keyring, instance]) => {
      const error = new KeyringError(fault as KeyringFault, 'instance:one')
      expect(await said('keyring', error)).toEqual({ ok: false, problem: keyring })
      expect(await said('instance', error)).toEqual({ ok: false, problem: instance })
    },
  )

  test('B8 of a fault in an entry of the keyring’s own, met on the way to a password, names that entry', async () => {
    expect(await said('instance', new KeyringError('rolled-back', 'manifest'))).toEqual({
      ok: false,
      problem: {
        code: 'password-needed',
        message: `The entry “manifest” of Curfew’s keyring was exchanged for an earlier one. ${again}`,
      },
    })
  })

  test.each([
    ['absent', 'keychain-unavailable'],
    ['locked', 'keychain-locked'],
    ['restarted', 'keychain-unavailable'],
    ['timed-out', 'keychain-unavailable'],
    ['failed', 'keychain-unavailable'],
  ] as const)('C1 of a keychain that is “%s”, in the keychain’s own words', async (fault, code) => {
    for (const of of ['keyring', 'instance'] as const)
      expect(await said(of, new KeychainError('What to do.', fault))).toEqual({
        ok: false,
        problem: { code, message: 'What to do.' },
      })
  })

  test('C4 of unlocking what is unlocked says nothing of the passphrase', () => {
    expect(unlockedProblem).toEqual({ code: 'refused', message: 'Curfew is unlocked already.' })
  })
})

test('what the keyring did is its outcome, and a bug stays thrown', async () => {
  expect(await outcomeOf('keyring', async () => 7)).toEqual({ ok: true, value: 7 })
  const bug = new TypeError('undefined is not a function')
  await expect(said('keyring', bug)).rejects.toBe(bug)
})
