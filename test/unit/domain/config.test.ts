import { describe, expect, test } from 'vitest'
import {
  catalogueKey,
  configCatalogue,
  kubernetesDurationKey,
  mayBeSecret,
  readConfigDuration,
  tokenDurationKey,
} from '../../../domain/config.ts'

describe('System Config', () => {
  test('D2, D3: knows two keys by type and key together, and no other', () => {
    expect(configCatalogue).toEqual([
      {
        type: 'AppConfig',
        key: 'AuthorizationTokenSessionDuration',
        label: 'Authorization token session duration',
        unit: 'minutes',
        min: 1,
        max: 43_200,
        default: 60,
        description: expect.stringMatching(/^After this time an authorization token .* sign in again\.$/),
      },
      {
        type: 'AppConfig',
        key: 'MaximumK8sSessionDuration',
        label: 'Maximum K8s Session Duration',
        unit: 'minutes',
        min: 1,
        max: 43_200,
        default: 60,
        description: expect.stringMatching(/^After this time a Kubernetes session .* re-authenticated\.$/),
      },
    ])
    expect(catalogueKey('AppConfig', 'MaximumK8sSessionDuration')).toBe(kubernetesDurationKey)
    expect(catalogueKey('Flags', 'MaximumK8sSessionDuration')).toBeUndefined()
    expect(catalogueKey('AppConfig', 'Else')).toBeUndefined()
  })

  test('D2: a value within its bounds is seconds, at both ends too', () => {
    expect(readConfigDuration(tokenDurationKey, '1')).toEqual({ seconds: 60 })
    expect(readConfigDuration(tokenDurationKey, '43200')).toEqual({ seconds: 2_592_000 })
  })

  test.each([
    ['0', 'too-short', 'Authorization token session duration must be at least 1 minute.'],
    [
      '43201',
      'too-long',
      'Authorization token session duration can be at most 43\u202f200 minutes (30 days).',
    ],
    ['soon', 'not-a-number', 'Authorization token session duration is a whole number of minutes.'],
  ])('D2: %s is refused as %s, with the bounds in the unit of the key', (typed, code, message) => {
    expect(readConfigDuration(tokenDurationKey, typed)).toEqual({
      fault: { field: 'value', code, message, min: 1, max: 43_200 },
    })
  })
})

describe('whether a value may be a secret', () => {
  const plain = { type: 'AppConfig', key: 'Banner', value: 'Maintenance on Sunday' }

  test('a setting of a plain type is none, and any value of another type may be one', () => {
    for (const type of ['AppConfig', 'Flags', 'TenantConfig'])
      expect([type, mayBeSecret({ ...plain, type })]).toEqual([type, false])
    for (const type of ['DockerRegistryCreds', 'Ours', '', 'appconfig'])
      expect([type, mayBeSecret({ ...plain, type })]).toEqual([type, true])
  })

  test('D2, D3: a key that Curfew knows holds none, though it is called a token’s or a session’s', () => {
    for (const { type, key } of configCatalogue) {
      expect([key, mayBeSecret({ type, key, value: '60' })]).toEqual([key, false])
      expect([key, mayBeSecret({ type: 'Flags', key, value: '60' })]).toEqual([key, true])
    }
  })

  test.each([
    ...['token', 'secret', 'pass', 'pwd', 'cred', 'key', 'auth', 'cert', 'private', 'salt', 'seed', 'sign'],
    ...['hmac', 'bearer', 'cookie', 'session', 'connection', 'dsn', 'webhook', 'login', 'otp'],
  ])('whatever has “%s” in its name may be one, in any case and anywhere', (word) => {
    for (const key of [word, `Smtp${word}Of1`, word.toUpperCase()])
      expect([key, mayBeSecret({ ...plain, key })]).toEqual([key, true])
  })

  test.each([
    ['pin', true],
    ['Pin code', true],
    ['CardPin', true],
    ['PAT', true],
    ['pat of the bot', true],
    ['github_pat', true],
    ['GithubPat', true],
    ['Pinned', false],
    ['spinning', false],
    ['Path', false],
    ['Compatible', false],
    ['Region', false],
  ])('a short word counts where it stands alone or ends the name: %s is one: %s', (key, secret) => {
    expect(mayBeSecret({ ...plain, key })).toBe(secret)
  })

  test.each([
    ['a key of a certificate', '-----BEGIN PRIVATE KEY-----', true],
    ['dashes', '----- Begin here', false],
    ['a signed token', 'eyJhbGciOiJIU.x', true],
    ['a signed token within a sentence', 'Bearer eyJh-GciOiJ_U.', true],
    ['what is too short for a signed token', 'eyJhbGciOiJI.x', false],
    ['what begins within a word', 'xeyJhbGciOiJIU.x', false],
    ['an address with a name and a password', 'postgres://app:open@db/app', true],
    ['an address with a token', 'https://abc@example.com', true],
    ['an address', 'https://example.com/me', false],
    ['an address whose path has an @', 'https://example.com/@me', false],
    ['an address before a mail address', 'https://example.com me@example.com', false],
    ['20 letters and digits', 'abcdefghij0123456789', true],
    ['the same with signs', 'abc+/=~.-_0123456789', true],
    ['19 of them', 'abcdefghij012345678', false],
    ['20 letters', 'abcdefghijabcdefghij', false],
    ['20 digits', '01234567890123456789', false],
    ['a letter behind 20 digits', '01234567890123456789a', true],
    ['letters here, digits there', 'abcdefghijabcdefghij 0123456789', false],
    ['digits here, letters there', '01234567890123456789 abcdefghij', false],
    ['letters and digits apart', 'abcdefghij 0123456789', false],
    ['random text in a sentence', 'It is abcdefghij0123456789 now', true],
    ['words about a password', 'The Password is above', true],
    ['words about a secret', 'Our SECRET', true],
    ['nothing', '', false],
  ])('a value that looks like one is one, whatever it is called: %s', (_, value, secret) => {
    expect(mayBeSecret({ ...plain, value })).toBe(secret)
  })
})
