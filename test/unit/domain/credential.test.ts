import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CredentialKind,
  credentialText,
  type Destination,
  destinationOf,
  differenceOf,
  readCredential,
} from '../../../domain/credential.ts'

const anyDestination: fc.Arbitrary<Destination> = fc.record(
  {
    address: fc.webUrl(),
    account: fc.string({ unit: 'grapheme' }),
    connector: fc.string(),
    builtIn: fc.constant(false),
    serverId: fc.string({ minLength: 1 }),
    pin: fc.string({ minLength: 1 }),
  },
  { requiredKeys: ['address', 'account', 'connector', 'builtIn'] },
)

test('C1: a credential of any kind is read back as it was stored, with what it is for', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CredentialKind.options),
      fc.string({ unit: 'grapheme' }),
      anyDestination,
      fc.record({ device: fc.string(), demoPassword: fc.string() }, { requiredKeys: [] }),
      (kind, secret, destination, more) => {
        expect(readCredential(credentialText({ kind, secret, ...more }, destination))).toStrictEqual({
          kind,
          secret,
          destination: { ...destination },
          ...more,
        })
      },
    ),
  )
})

test.each([
  ['0.1', '{"password":"correct horse"}'],
  ['0.2', '{"version":1,"kind":"password","secret":"correct horse"}'],
])('C1: what Curfew %s stored is read as a password for nobody knows what', (_, text) => {
  expect(readCredential(text)).toEqual({
    kind: 'password',
    secret: 'correct horse',
    destination: undefined,
  })
})

test.each([
  '{"version":2,"kind":"password","secret":"x"}',
  '{"version":3,"kind":"password","secret":"x"}',
  '{"version":1,"kind":"retina","secret":"x"}',
  '{}',
  'not JSON',
])('what a newer version stored is not taken for anything else: %s', (text) => {
  expect(readCredential(text)).toBeUndefined()
})

describe('what a credential is for', () => {
  const was = destinationOf({
    baseUrl: 'https://a.example.com',
    username: 'ann',
    connector: 'session-service',
    builtIn: false,
    serverId: 'server-1',
    pin: 'key-1',
  })

  test('is what its instance is; the built-in service’s address may be another each time', () => {
    expect(was).toStrictEqual({
      address: 'https://a.example.com',
      account: 'ann',
      connector: 'session-service',
      builtIn: false,
      serverId: 'server-1',
      pin: 'key-1',
    })
    const builtIn = {
      baseUrl: 'http://127.0.0.1:1',
      username: 'owner',
      connector: 'session-service',
      builtIn: true,
    }
    expect(destinationOf(builtIn)).toStrictEqual({
      address: '',
      account: 'owner',
      connector: 'session-service',
      builtIn: true,
    })
  })

  test('two destinations differ exactly where any part of them does', () => {
    fc.assert(
      fc.property(anyDestination, anyDestination, (one, other) => {
        expect(differenceOf(one, one)).toBe('')
        const same =
          JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort())
        expect(differenceOf(one, other) === '').toBe(same)
      }),
    )
  })

  test.each<[Partial<Destination>, string]>([
    [{ address: 'https://b.example.com' }, 'the server was https://a.example.com, now https://b.example.com'],
    [{ account: 'bea' }, 'the account was “ann”, now “bea”'],
    [{ connector: 'keycloak' }, 'the product was session-service, now keycloak'],
    [{ builtIn: true }, 'the server was https://a.example.com, now the built-in service'],
    [{ serverId: 'server-2' }, 'the server’s id was server-1, now server-2'],
    [{ pin: 'key-2' }, 'the certificate was key-1, now key-2'],
  ])('a difference names both: %j', (change, words) => {
    expect(differenceOf(was, { ...was, ...change })).toBe(words)
  })

  test('an id or a certificate that is gone is a difference too', () => {
    const { serverId: _, pin: __, ...rest } = was
    expect(differenceOf(was, rest)).toBe(
      'the server’s id was server-1, now none; the certificate was key-1, now any that this computer trusts',
    )
  })
})
