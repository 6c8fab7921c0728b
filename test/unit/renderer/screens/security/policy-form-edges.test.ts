import { describe, expect, test } from 'vitest'
import type { FieldReading, ServedFields } from '../../../../../domain/policy.ts'
import { type FieldId, type LimitField, policyFields } from '../../../../../domain/policy-fields.ts'
import {
  customLimit,
  evaluateForm,
  type FieldForm,
  faultsOfServer,
  formOf,
  offeredLengths,
  PolicyForm,
  typedUnits,
  withChoice,
} from '../../../../../renderer/screens/security/policy-form.ts'
import { readingOf } from '../../../../support/policies.ts'

const limit = (id: FieldId): LimitField => {
  const field = policyFields.find((one) => one.id === id)
  if (field?.kind !== 'limit') throw new Error(`${id} is no limit.`)
  return field
}
const shown = (id: FieldId, terms: FieldReading, more: ServedFields = {}) =>
  formOf(readingOf({ ...more, [id]: terms }))[id]

const custom: FieldForm = { on: true, inherited: false, choice: 'custom', amount: '5', unit: 'minutes' }

describe('how a rule stands in the Security form', () => {
  test('a switch is on or off, and has no length', () => {
    for (const on of [true, false])
      expect(shown('remember-me', { value: { on } })).toEqual({
        on,
        inherited: false,
        choice: 'custom',
        amount: '',
        unit: 'seconds',
      })
    expect(evaluateForm({}, readingOf({ 'remember-me': { value: { on: true } } })).seconds).toEqual({})
  })

  test('a limit has its length in the largest unit it may be typed in that loses nothing', () => {
    const value = { on: true, seconds: 5_400 }
    const stands = (unit: FieldReading['unit'], seconds = 5_400) => {
      const form = shown('inactivity', { value: { ...value, seconds }, unit })
      return [form?.amount, form?.unit]
    }
    expect(stands(undefined)).toEqual(['90', 'minutes'])
    expect(stands('seconds', 5_401)).toEqual(['5401', 'seconds'])
    expect(stands('minutes')).toEqual(['90', 'minutes'])
    // What the server says it can’t keep and keeps all the same.
    expect(stands('hours')).toEqual(['1.5', 'hours'])
    // Only a rule with named lengths may be typed in minutes too.
    expect(shown('maximum', { value, unit: 'seconds' })).toMatchObject({ amount: '5400', unit: 'seconds' })
  })

  test('a limit is inherited only where it has no length of its own and the server gives it another’s', () => {
    const more: ServedFields = { inactivity: { value: { on: true, seconds: 600 }, unit: 'seconds' } }
    const stands = (value: FieldReading['value'], inheritsFrom?: FieldId) =>
      shown('inactivity-client', { value, unit: 'minutes', ...(inheritsFrom && { inheritsFrom }) }, more)
    expect(stands({ on: true }, 'inactivity')).toEqual({
      on: true,
      inherited: true,
      choice: 'custom',
      amount: '10',
      unit: 'minutes',
    })
    expect(stands({ on: true, seconds: 60 }, 'inactivity')).toMatchObject({ inherited: false, amount: '1' })
    expect(stands({ on: false, seconds: 60 })).toMatchObject({ on: false, inherited: false, amount: '1' })
    expect(stands({ on: true })).toEqual({
      on: true,
      inherited: false,
      choice: 'custom',
      amount: '',
      unit: 'minutes',
    })
  })

  test('a rule without named lengths is never a named one, whatever it comes to', () => {
    expect(shown('maximum', { value: { on: true, seconds: 3_600 }, unit: 'seconds' })?.choice).toBe('custom')
    const terms: FieldReading = { value: { on: true, seconds: 3_600 }, unit: 'seconds' }
    expect(offeredLengths(limit('maximum'), terms)).toEqual([])
    expect(typedUnits(limit('maximum'), terms)).toEqual(['seconds'])
    expect(typedUnits(limit('inactivity'), terms)).toEqual(['minutes', 'seconds'])
    expect(typedUnits(limit('inactivity'), { value: { on: true } })).toEqual(['minutes', 'seconds'])
    expect(offeredLengths(limit('inactivity'), { ...terms, unit: 'hours' })).toEqual([
      3_600, 10_800, 21_600, 43_200, 86_400,
    ])
  })

  test('only what it is made of comes back over a lock', () => {
    expect(PolicyForm.safeParse({ inactivity: custom }).data).toEqual({ inactivity: custom })
    for (const part of Object.keys(custom)) {
      const { [part as keyof FieldForm]: _, ...rest } = custom
      expect([part, PolicyForm.safeParse({ inactivity: rest }).success]).toEqual([part, false])
      const wrong = { inactivity: { ...custom, [part]: 1 } }
      expect([part, PolicyForm.safeParse(wrong).success]).toEqual([part, false])
    }
    expect(PolicyForm.safeParse({ else: custom }).success).toBe(false)
  })
})

describe('choosing from the list of lengths', () => {
  test('Custom begins with the length chosen before, where that can be said in the unit', () => {
    expect(customLimit).toBe('custom')
    expect(withChoice({ ...custom, choice: '3600' }, 'custom')).toEqual({ ...custom, amount: '60' })
    const days = { ...custom, choice: '3600', unit: 'days' } as const
    expect(withChoice(days, 'custom')).toEqual({ ...days, choice: 'custom' })
  })

  test('what was typed stays as it is otherwise', () => {
    expect(withChoice(custom, 'custom')).toEqual(custom)
    expect(withChoice(custom, '3600')).toEqual({ ...custom, choice: '3600' })
    expect(withChoice({ ...custom, choice: '3600' }, '10800')).toEqual({ ...custom, choice: '10800' })
  })
})

describe('what the form comes to', () => {
  const fields: ServedFields = {
    inactivity: {
      value: { on: true, seconds: 600 },
      unit: 'seconds',
      bounds: { min: 60, max: 3_600 },
      canBeOff: true,
    },
    'remember-me': { value: { on: true } },
    'inactivity-remembered': {
      value: { on: true, seconds: 900 },
      unit: 'seconds',
      bounds: { notBelow: 'inactivity', notAbove: 'maximum' },
    },
    maximum: { value: { on: true, seconds: 7_200 }, unit: 'seconds' },
  }
  const reading = readingOf(fields)
  const form = formOf(reading)
  const typed = (id: FieldId, change: Partial<FieldForm>, in_ = form): PolicyForm => ({
    ...in_,
    [id]: { ...custom, ...in_[id], ...change },
  })

  test.each([
    ['', 'seconds', 'Type how many seconds.'],
    [' ', 'minutes', 'Type how many minutes.'],
    ['1,5', 'seconds', 'Only whole seconds can be kept.'],
    ['soon', 'seconds', 'Type a whole number of seconds, for example 1200.'],
    ['soon', 'minutes', 'Type a whole number of minutes, for example 20.'],
  ] as const)('“%s” %s is no length: what to type is said, and nothing is sent', (amount, unit, words) => {
    const other = typed('remember-me', { on: false })
    expect(evaluateForm(typed('inactivity', { amount, unit }, other), reading)).toEqual({
      policy: undefined,
      change: {},
      faults: { inactivity: words },
      ready: false,
      seconds: { 'inactivity-remembered': 900, maximum: 7_200 },
    })
  })

  test('a length that is too long is a fault, is still echoed, and keeps the rest from being saved', () => {
    const both = typed('inactivity', { amount: '61' }, typed('remember-me', { on: false }))
    expect(evaluateForm(both, reading)).toEqual({
      policy: {
        inactivity: { on: true, seconds: 3_660 },
        'remember-me': { on: false },
        'inactivity-remembered': { on: true, seconds: 900 },
        maximum: { on: true, seconds: 7_200 },
      },
      change: { inactivity: { on: true, seconds: 3_660 }, 'remember-me': { on: false } },
      faults: { inactivity: 'The timeout limit can be at most 60 minutes (1 hour).' },
      ready: false,
      seconds: { inactivity: 3_660, 'inactivity-remembered': 900, maximum: 7_200 },
    })
  })

  test('a named length that is too long is said in its own unit, not in the one typed before', () => {
    const named = typed('inactivity', { choice: '10800', amount: '9', unit: 'seconds' })
    expect(evaluateForm(named, reading).faults).toMatchObject({
      inactivity: 'The timeout limit can be at most 1 hour.',
    })
  })

  test('of two faults of one rule the first is said', () => {
    const squeezed = typed('maximum', { amount: '300' }, typed('inactivity-remembered', { amount: '400' }))
    expect(evaluateForm(squeezed, reading).faults).toEqual({
      'inactivity-remembered':
        "The timeout limit of remembered sessions can't be shorter than the timeout limit, 600 seconds (10 minutes).",
    })
  })

  test('a rule whose parent is switched off stays as it is stored, though what stands there can’t be read', () => {
    const hidden = typed('inactivity-remembered', { amount: 'soon' }, typed('remember-me', { on: false }))
    expect(evaluateForm(hidden, reading)).toMatchObject({
      change: { 'remember-me': { on: false } },
      faults: {},
      ready: true,
    })
    const visible = typed('inactivity-remembered', { amount: 'soon' })
    expect(evaluateForm(visible, reading).faults).toEqual({
      'inactivity-remembered': 'Type a whole number of seconds, for example 1200.',
    })
  })

  test('a rule is out of sight where the parent of its parent is off; a parent the server lacks hides nothing', () => {
    const row = (id: FieldId, dependsOn?: FieldId) => ({
      ...limit('maximum'),
      id,
      ...(dependsOn && { dependsOn }),
    })
    const chain = [row('inactivity'), row('maximum', 'inactivity'), row('inactivity-remembered', 'maximum')]
    const soon = typed('inactivity-remembered', { amount: 'soon' })
    const off = typed('inactivity', { on: false }, soon)
    expect(evaluateForm(soon, reading, chain).faults).toHaveProperty('inactivity-remembered')
    expect(evaluateForm(off, reading, chain).faults).toEqual({})
    const { maximum: _, ...without } = off
    expect(evaluateForm(without, reading, chain).faults).toHaveProperty('inactivity-remembered')
    // A parent that is none of the table's hides by itself alone.
    expect(evaluateForm(off, reading, [row('inactivity-remembered', 'maximum')]).faults).toHaveProperty(
      'inactivity-remembered',
    )
  })

  test('a limit that is off keeps the length that is stored; one that inherits is sent without any', () => {
    const off = typed('inactivity', { on: false, amount: '1' })
    expect(evaluateForm(off, reading).change).toEqual({ inactivity: { on: false, seconds: 600 } })
    const inherits = typed('maximum', { inherited: true, amount: 'soon' })
    expect(evaluateForm(inherits, reading).change).toEqual({ maximum: { on: true } })
  })
})

test('What a server found wrong stands beside its field, everything about one field together', () => {
  const fault = (field: string, message: string) => ({ field, code: 'wrong', message })
  expect(faultsOfServer([fault('maximum', 'A.'), fault('maximum', 'B.')], { maximum: custom })).toEqual({
    maximum: 'A. B.',
  })
  expect(faultsOfServer([fault('form', 'A.'), fault('maximum', 'B.')], {})).toEqual({ form: 'A. B.' })
  expect(faultsOfServer([], {})).toEqual({})
})
