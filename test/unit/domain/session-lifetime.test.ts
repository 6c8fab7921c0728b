import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../../domain/service-policy.ts'
import {
  hasEnded,
  type RunningSession,
  type SessionLimits,
  sessionEnd,
} from '../../../domain/session-lifetime.ts'

const limits: SessionLimits = { policy: defaultPolicy, tokenSeconds: 3_600, kubernetesSeconds: 1_800 }
const web: RunningSession = { kind: 'web', createdAt: 0, lastActivityAt: 0, remembered: false }

const withPolicy = (change: Partial<typeof defaultPolicy>): SessionLimits => ({
  ...limits,
  policy: { ...defaultPolicy, ...change },
})

describe('a session', () => {
  test('K5, O1: ends when it was inactive for the idle timeout, to the millisecond', () => {
    expect(sessionEnd({ ...web, lastActivityAt: 5_000 }, limits)).toEqual({ at: 1_205_000, because: 'idle' })
    expect(hasEnded(web, limits, 1_199_999)).toBe(false)
    expect(hasEnded(web, limits, 1_200_000)).toBe(true)
  })

  test('O2: ends at the maximum duration however active it is, remembered or not', () => {
    const active = { ...web, lastActivityAt: 1_727_999_000 }
    expect(sessionEnd(active, limits)).toEqual({ at: 1_728_000_000, because: 'maximum' })
    expect(sessionEnd({ ...active, remembered: true }, limits).because).toBe('maximum')
  })

  test('O2: ends for its maximum duration where both ends are at the same moment', () => {
    const both = { ...web, lastActivityAt: 1_728_000_000 - 1_200_000 }
    expect(sessionEnd(both, limits)).toEqual({ at: 1_728_000_000, because: 'maximum' })
    const before = { ...both, lastActivityAt: both.lastActivityAt - 1 }
    expect(sessionEnd(before, limits)).toEqual({ at: 1_727_999_999, because: 'idle' })
  })

  test('is spared by the idle timeout when remembered, unless the policy says otherwise', () => {
    const remembered = { ...web, remembered: true }
    expect(sessionEnd(remembered, limits).because).toBe('maximum')
    expect(sessionEnd(remembered, withPolicy({ idleAppliesToRemembered: true })).because).toBe('idle')
  })

  test('O2: is an ordinary one when remember-me is switched off, idle counted from its last activity', () => {
    const remembered = { ...web, remembered: true, lastActivityAt: 7_000 }
    const off = withPolicy({ rememberMe: { enabled: false, maximumSeconds: 1_728_000 } })
    expect(sessionEnd(remembered, off)).toEqual({ at: 1_207_000, because: 'idle' })
  })

  test('K2: never ends by inactivity while the rule is off', () => {
    const off = withPolicy({ idleTimeout: { enabled: false, seconds: 60 } })
    expect(sessionEnd(web, off)).toEqual({ at: 1_728_000_000, because: 'maximum' })
  })

  test('D2, D3: ends after its kind’s duration whatever the activity, for tokens and Kubernetes', () => {
    const active = { ...web, lastActivityAt: 3_500_000 }
    expect(sessionEnd({ ...active, kind: 'token' }, limits)).toEqual({ at: 3_600_000, because: 'expired' })
    expect(sessionEnd({ ...active, kind: 'kubernetes' }, limits)).toEqual({
      at: 1_800_000,
      because: 'expired',
    })
  })

  test('ends no later under a shorter limit than under a longer one', () => {
    const seconds = fc.integer({ min: 60, max: 30 * 86_400 })
    fc.assert(
      fc.property(seconds, seconds, fc.nat(10_000_000), (a, b, lastActivityAt) => {
        const at = (idle: number) =>
          sessionEnd(
            { ...web, lastActivityAt },
            withPolicy({ idleTimeout: { enabled: true, seconds: idle } }),
          ).at
        expect(at(Math.min(a, b))).toBeLessThanOrEqual(at(Math.max(a, b)))
      }),
    )
  })
})
