import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { policyOf } from '../../../domain/policy.ts'
import {
  checkServicePolicy,
  defaultPolicy,
  fieldOfPath,
  type ServicePolicy,
  servedFields,
  serviceBounds,
  withChange,
} from '../../../domain/service-policy.ts'

const anyPolicy: fc.Arbitrary<ServicePolicy> = fc.record({
  idleTimeout: fc.record({ enabled: fc.boolean(), seconds: fc.nat(40 * 86_400) }),
  idleAppliesToRemembered: fc.boolean(),
  rememberMe: fc.record({ enabled: fc.boolean(), maximumSeconds: fc.nat(400 * 86_400) }),
})

const withIdle = (seconds: number): ServicePolicy => ({
  ...defaultPolicy,
  idleTimeout: { enabled: true, seconds },
})

describe('the policy of the session service', () => {
  test('O1, O2: starts with 1 200 s of inactivity and 1 728 000 s at most, and that is sound', () => {
    expect(defaultPolicy.idleTimeout).toEqual({ enabled: true, seconds: 1_200 })
    expect(defaultPolicy.rememberMe.maximumSeconds).toBe(1_728_000)
    expect(checkServicePolicy(defaultPolicy)).toEqual([])
  })

  test('is sound exactly within its bounds', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const idle = policy.idleTimeout.seconds
        const maximum = policy.rememberMe.maximumSeconds
        const within =
          idle >= serviceBounds.idle.min &&
          idle <= serviceBounds.idle.max &&
          maximum >= serviceBounds.maximum.min &&
          maximum <= serviceBounds.maximum.max &&
          !(policy.idleTimeout.enabled && maximum < idle)
        expect(checkServicePolicy(policy).length === 0).toBe(within)
      }),
    )
  })

  test('says a broken bound next to the field as its API names it', () => {
    expect(checkServicePolicy(withIdle(59))).toEqual([
      {
        field: 'idleTimeout.seconds',
        code: 'too-short',
        message: 'The timeout limit must be at least 60 seconds (1 minute).',
        min: 60,
        max: 2_592_000,
      },
    ])
    const short = { ...withIdle(3_600), rememberMe: { enabled: true, maximumSeconds: 1_800 } }
    expect(checkServicePolicy(short)).toMatchObject([
      { field: 'rememberMe.maximumSeconds', code: 'below-idle', min: 3_600 },
    ])
    expect(checkServicePolicy({ ...short, idleTimeout: { enabled: false, seconds: 3_600 } })).toEqual([])
  })

  test('K2, O1, O2: is these rules of the catalogue, each with its unit and its bounds', () => {
    expect(servedFields(defaultPolicy)).toEqual({
      inactivity: {
        value: { on: true, seconds: 1_200 },
        unit: 'seconds',
        bounds: { min: 60, max: 2_592_000 },
        canBeOff: true,
      },
      'inactivity-binds-remembered': { value: { on: false } },
      'remember-me': { value: { on: true } },
      maximum: {
        value: { on: true, seconds: 1_728_000 },
        unit: 'seconds',
        bounds: { min: 300, max: 31_536_000, notBelow: 'inactivity' },
      },
    })
  })

  test('goes into the catalogue’s rules and back without a difference', () => {
    fc.assert(
      fc.property(anyPolicy, anyPolicy, (policy, other) => {
        expect(withChange(other, policyOf(servedFields(policy)))).toEqual(policy)
      }),
    )
  })

  test('takes no change of a rule that it does not keep', () => {
    expect(withChange(defaultPolicy, { 'access-token': { on: true, seconds: 60 } })).toBeUndefined()
    expect(withChange(defaultPolicy, { maximum: { on: true } })).toBeUndefined()
  })

  test('finds the rule of each of its fields', () => {
    expect(
      [
        'idleTimeout.seconds',
        'idleTimeout.enabled',
        'idleAppliesToRemembered',
        'rememberMe.enabled',
        'rememberMe.maximumSeconds',
        'nothing',
      ].map(fieldOfPath),
    ).toEqual([
      'inactivity',
      'inactivity',
      'inactivity-binds-remembered',
      'remember-me',
      'maximum',
      'nothing',
    ])
  })
})
