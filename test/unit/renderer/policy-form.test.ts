import { describe, expect, test } from 'vitest'
import type { PolicyReading } from '../../../domain/policy.ts'
import { defaultPolicy, type InstancePolicy } from '../../../domain/policy.ts'
import {
  compare,
  customLimit,
  customUnits,
  echoOf,
  evaluateForm,
  faultsOfServer,
  formOf,
  keepMine,
  offeredLimits,
  previewWords,
  withLimit,
} from '../../../renderer/state/policy-form.ts'

function readingOf(value: InstancePolicy, units: PolicyReading['units'] = {}): PolicyReading {
  return {
    value,
    units,
    revision: '"1"',
    asOf: '2026-01-01T00:00:00Z',
    updatedAt: null,
    updatedBy: null,
  }
}

const idleOf = (seconds: number, enabled = true) =>
  readingOf({ ...defaultPolicy, idleTimeout: { enabled, seconds } })

describe('the Security form shows a policy', () => {
  test.each([
    [3_600, '3600'],
    [10_800, '10800'],
    [86_400, '86400'],
  ])('%i seconds is a named limit', (seconds, limit) => {
    expect(formOf(idleOf(seconds)).limit).toBe(limit)
  })

  test.each([
    [1_200, '20', 'minutes'],
    [90, '90', 'seconds'],
    [7_200, '120', 'minutes'],
  ])('%i seconds is Custom, %s %s', (seconds, customAmount, customUnit) => {
    expect(formOf(idleOf(seconds))).toMatchObject({ limit: customLimit, customAmount, customUnit })
  })

  test('an untouched form has nothing to save, whatever the policy', () => {
    for (const seconds of [60, 90, 1_200, 3_600, 86_400])
      for (const enabled of [true, false]) {
        const reading = idleOf(seconds, enabled)
        const { change, ready, faults } = evaluateForm(formOf(reading), reading)
        expect({ change, ready, faults }).toEqual({ change: {}, ready: false, faults: {} })
      }
  })

  test('a server that keeps minutes offers no seconds, and one that keeps days offers only whole days', () => {
    const minutes = readingOf(defaultPolicy, { 'idleTimeout.seconds': 'minutes' })
    expect(customUnits(minutes)).toEqual(['minutes'])
    expect(offeredLimits(minutes)).toHaveLength(5)
    expect(offeredLimits(readingOf(defaultPolicy, { 'idleTimeout.seconds': 'days' }))).toEqual([86_400])
  })

  test('the maximum stands in the unit of the server', () => {
    const reading = readingOf(defaultPolicy, { 'rememberMe.maximumSeconds': 'days' })
    expect(formOf(reading).maximum).toBe('20')
    expect(evaluateForm({ ...formOf(reading), maximum: '2' }, reading).change.rememberMe).toEqual({
      enabled: true,
      maximumSeconds: 172_800,
    })
  })
})

describe('the Security form reads what was typed', () => {
  const reading = idleOf(1_200)
  const form = formOf(reading)

  test('only what differs is sent', () => {
    const { change, ready } = evaluateForm({ ...form, limit: '10800' }, reading)
    expect(ready).toBe(true)
    expect(change).toEqual({ idleTimeout: { enabled: true, seconds: 10_800 } })
  })

  test('the same time in another unit is no change', () => {
    const typed = { ...form, customAmount: '1 200', customUnit: 'seconds' } as const
    expect(evaluateForm(typed, reading)).toMatchObject({ change: {}, ready: false, idleSeconds: 1_200 })
  })

  test('Custom starts from the limit chosen before', () => {
    const named = withLimit(form, '10800')
    expect(withLimit(named, customLimit)).toMatchObject({ limit: customLimit, customAmount: '180' })
  })

  test.each([
    ['', 'Type how many minutes.'],
    ['1.5', 'Only whole minutes can be kept.'],
    ['-3', 'Type a whole number of minutes, for example 20.'],
    ['0', 'The timeout limit must be at least 1 minute.'],
    ['43201', 'The timeout limit can be at most 43\u202f200 minutes (30 days).'],
  ])('“%s” minutes is explained beside the field and can’t be saved', (customAmount, words) => {
    const { faults, ready } = evaluateForm({ ...form, customAmount }, reading)
    expect(faults.idle).toBe(words)
    expect(ready).toBe(false)
  })

  test('a bound is named in the unit typed', () => {
    const typed = { ...form, customAmount: '59', customUnit: 'seconds' } as const
    expect(evaluateForm(typed, reading).faults.idle).toBe(
      'The timeout limit must be at least 60 seconds (1 minute).',
    )
  })

  test('a maximum below the limit is a fault of the maximum', () => {
    const { faults } = evaluateForm({ ...form, limit: '10800', maximum: '3600' }, reading)
    expect(faults).toEqual({
      maximum:
        "The maximum session duration can't be shorter than the timeout limit, 10\u202f800 seconds (3 hours).",
    })
  })

  test('switched off, an unreadable limit is out of sight and the stored one is kept', () => {
    const { change, ready } = evaluateForm({ ...form, idleEnabled: false, customAmount: 'soon' }, reading)
    expect(ready).toBe(true)
    expect(change).toEqual({ idleTimeout: { enabled: false, seconds: 1_200 } })
  })

  test('a rule that the server does not have is never sent', () => {
    const idleOnly = readingOf({ idleTimeout: { enabled: true, seconds: 1_200 } })
    const typed = { ...formOf(idleOnly), limit: '3600', rememberEnabled: true, idleAppliesToRemembered: true }
    expect(evaluateForm(typed, idleOnly).change).toEqual({ idleTimeout: { enabled: true, seconds: 3_600 } })
  })

  test('what the server found wrong stands beside the field it means', () => {
    expect(
      faultsOfServer([
        { field: 'idleTimeout.seconds', code: 'too-short', message: 'A' },
        { field: 'rememberMe.maximumSeconds', code: 'below-idle', message: 'B' },
        { field: 'tokenSeconds', code: 'too-long', message: 'C' },
      ]),
    ).toEqual({ idle: 'A', maximum: 'B', form: 'C' })
  })
})

describe('the words of the Security screen', () => {
  test('the echo says the stored seconds and what they mean', () => {
    expect(echoOf(1_200)).toBe('1\u202f200\u00a0s = 20 minutes')
  })

  const byKind = { web: 0, token: 0, kubernetes: 0 }
  test.each([
    [{ endsSessions: 0, endsUsers: 0, endsYours: false, byKind }, 'Ends no session now.'],
    [
      { endsSessions: 12, endsUsers: 9, endsYours: false, byKind },
      'Ends 12 sessions of 9 people now. Yours is not among them.',
    ],
    [
      { endsSessions: 1, endsUsers: 1, endsYours: true, byKind },
      'Ends 1 session of 1 person now. Yours is one of them.',
    ],
  ])('the preview counts sessions and people', (preview, words) => {
    expect(previewWords(preview)).toBe(words)
  })
})

describe('two people change the same policy', () => {
  const was = defaultPolicy
  const yours = { ...was, idleTimeout: { enabled: true, seconds: 3_600 } }
  const theirs = {
    ...was,
    idleTimeout: { enabled: false, seconds: 1_200 },
    rememberMe: { enabled: true, maximumSeconds: 86_400 },
  }

  test('every rule that either of them changed is compared', () => {
    expect(compare(was, yours, theirs)).toEqual([
      {
        label: 'Automatically sign out inactive users',
        was: 'After 20 minutes',
        yours: 'After 1 hour',
        theirs: 'Off',
        differs: true,
      },
      {
        label: 'Maximum Session Duration',
        was: '20 days',
        yours: '20 days',
        theirs: '1 day',
        differs: true,
      },
    ])
  })

  test('Keep mine takes what was changed here and leaves the rest as they stored it', () => {
    expect(keepMine(was, yours, theirs)).toEqual({
      ...was,
      idleTimeout: { enabled: true, seconds: 3_600 },
      rememberMe: { enabled: true, maximumSeconds: 86_400 },
    })
  })

  test('within “Remember me”, the switch and the maximum are kept apart', () => {
    const mine = { ...was, rememberMe: { enabled: false, maximumSeconds: 1_728_000 } }
    expect(keepMine(was, mine, theirs).rememberMe).toEqual({ enabled: false, maximumSeconds: 86_400 })
  })
})
