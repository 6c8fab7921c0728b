import { describe, expect, test } from 'vitest'
import {
  catalogueKey,
  configCatalogue,
  kubernetesDurationKey,
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
