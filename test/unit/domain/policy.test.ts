import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkPolicy,
  defaultPolicy,
  type Policy,
  policyBounds,
  policyDifference,
} from '../../../domain/policy.ts'

const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  idleTimeout: fc.record({ enabled: fc.boolean(), seconds: fc.nat(40 * 86_400) }),
  idleAppliesToRemembered: fc.boolean(),
  rememberMe: fc.record({ enabled: fc.boolean(), maximumSeconds: fc.nat(400 * 86_400) }),
})

const withIdle = (seconds: number): Policy => ({ ...defaultPolicy, idleTimeout: { enabled: true, seconds } })

describe('a policy', () => {
  test('O1, O2: starts with 1 200 s of inactivity and 1 728 000 s at most, and that is sound', () => {
    expect(defaultPolicy.idleTimeout).toEqual({ enabled: true, seconds: 1_200 })
    expect(defaultPolicy.rememberMe.maximumSeconds).toBe(1_728_000)
    expect(checkPolicy(defaultPolicy)).toEqual([])
  })

  test('is sound exactly within its bounds', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const idle = policy.idleTimeout.seconds
        const maximum = policy.rememberMe.maximumSeconds
        const within =
          idle >= policyBounds.idleSeconds.min &&
          idle <= policyBounds.idleSeconds.max &&
          maximum >= policyBounds.maximumSeconds.min &&
          maximum <= policyBounds.maximumSeconds.max &&
          !(policy.idleTimeout.enabled && maximum < idle)
        expect(checkPolicy(policy).length === 0).toBe(within)
      }),
    )
  })

  test('says a broken bound next to the field, in the unit that was typed', () => {
    expect(checkPolicy(withIdle(59))[0]?.message).toBe(
      'The timeout limit must be at least 60 seconds (1 minute).',
    )
    expect(checkPolicy(withIdle(0), { 'idleTimeout.seconds': 'minutes' })[0]?.message).toBe(
      'The timeout limit must be at least 1 minute.',
    )
    expect(checkPolicy(withIdle(31 * 86_400), { 'idleTimeout.seconds': 'minutes' })[0]?.message).toBe(
      'The timeout limit can be at most 43\u202f200 minutes (30 days).',
    )
  })

  test('may not have a maximum below the idle timeout, unless that is off', () => {
    const short = { ...withIdle(3_600), rememberMe: { enabled: true, maximumSeconds: 1_800 } }
    expect(checkPolicy(short)).toMatchObject([{ field: 'rememberMe.maximumSeconds', code: 'below-idle' }])
    expect(checkPolicy({ ...short, idleTimeout: { enabled: false, seconds: 3_600 } })).toEqual([])
  })

  test('differs from another by the changed rules only, and by nothing from itself', () => {
    fc.assert(
      fc.property(anyPolicy, anyPolicy, (from, to) => {
        expect({ ...from, ...policyDifference(from, to) }).toEqual(to)
        expect(policyDifference(from, structuredClone(from))).toEqual({})
      }),
    )
    expect(Object.keys(policyDifference(defaultPolicy, withIdle(3_600)))).toEqual(['idleTimeout'])
  })
})
