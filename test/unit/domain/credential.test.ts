import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Credential,
  CredentialKind,
  credentialText,
  readCredential,
} from '../../../domain/credential.ts'

const anyCredential: fc.Arbitrary<Credential> = fc.record({
  kind: fc.constantFrom(...CredentialKind.options),
  account: fc.string(),
  secret: fc.string({ unit: 'grapheme' }),
})

test('C1: a credential of any kind is read back as it was stored, and the account is not in the stored text', () => {
  fc.assert(
    fc.property(anyCredential, (credential) => {
      const text = credentialText(credential)
      expect(readCredential(text, credential.account)).toEqual(credential)
      expect(Object.keys(JSON.parse(text))).toEqual(['version', 'kind', 'secret'])
    }),
  )
})

test('C1: a password that Curfew 0.1 stored is read as what it is', () => {
  expect(readCredential('{"password":"correct horse"}', 'ann')).toEqual({
    kind: 'password',
    account: 'ann',
    secret: 'correct horse',
  })
})

test.each([
  '{"version":2,"kind":"password","secret":"x"}',
  '{"version":1,"kind":"retina","secret":"x"}',
  '{}',
  'not JSON',
])('what a newer version stored is not taken for anything else: %s', (text) => {
  expect(readCredential(text, 'ann')).toBeUndefined()
})
