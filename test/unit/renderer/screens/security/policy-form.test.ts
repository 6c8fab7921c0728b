import { describe, expect, test } from 'vitest'
import type { DurationUnit } from '../../../../../domain/duration.ts'
import type { ServedFields } from '../../../../../domain/policy.ts'
import { type FieldId, type LimitField, policyFields } from '../../../../../domain/policy-fields.ts'
import { defaultPolicy, servedFields } from '../../../../../domain/service-policy.ts'
import { previewWords } from '../../../../../renderer/components/preview-words.ts'
import {
  customLimit,
  echoOf,
  evaluateForm,
  type FieldForm,
  faultsOfServer,
  formOf,
  offeredLengths,
  type PolicyForm,
  typedUnits,
  withChoice,
} from '../../../../../renderer/screens/security/policy-form.ts'
import { readingOf } from '../../../../support/policies.ts'

const fresh = servedFields(defaultPolicy)

const idleOf = (seconds: number, enabled = true) =>
  readingOf(servedFields({ ...defaultPolicy, idleTimeout: { enabled, seconds } }))

/** The same rules on a server that keeps one of them in another unit. */
function inUnit(id: FieldId, unit: DurationUnit): ServedFields {
  const served = fresh[id]
  if (!served) throw new Error(`No ${id}`)
  return { ...fresh, [id]: { ...served, unit } }
}

function has<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('It is not there.')
  return part
}

const limit = (id: FieldId) =>
  has(policyFields.find((field): field is LimitField => field.id === id && field.kind === 'limit'))

const typed = (form: PolicyForm, id: FieldId, change: Partial<FieldForm>): PolicyForm => ({
  ...form,
  [id]: { ...has(form[id]), ...change },
})

describe('the Security form shows a policy', () => {
  test.each([
    [3_600, '3600'],
    [10_800, '10800'],
    [86_400, '86400'],
  ])('K3: %i seconds is a named limit', (seconds, choice) => {
    expect(formOf(idleOf(seconds)).inactivity?.choice).toBe(choice)
  })

  test.each([
    [1_200, '20', 'minutes'],
    [90, '90', 'seconds'],
    [7_200, '120', 'minutes'],
  ])('K3: %i seconds is Custom, %s %s', (seconds, amount, unit) => {
    expect(formOf(idleOf(seconds)).inactivity).toMatchObject({ choice: customLimit, amount, unit })
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
    const inactivity = limit('inactivity')
    const minutes = has(inUnit('inactivity', 'minutes').inactivity)
    expect(typedUnits(inactivity, minutes)).toEqual(['minutes'])
    expect(offeredLengths(inactivity, minutes)).toHaveLength(5)
    expect(offeredLengths(inactivity, has(inUnit('inactivity', 'days').inactivity))).toEqual([86_400])
  })

  test('the maximum stands in the unit of the server', () => {
    const reading = readingOf(inUnit('maximum', 'days'))
    const form = formOf(reading)
    expect(form.maximum?.amount).toBe('20')
    expect(evaluateForm(typed(form, 'maximum', { amount: '2' }), reading).change).toEqual({
      maximum: { on: true, seconds: 172_800 },
    })
  })
})

describe('the Security form reads what was typed', () => {
  const reading = idleOf(1_200)
  const form = formOf(reading)

  test('only what differs is sent', () => {
    const { change, ready } = evaluateForm(typed(form, 'inactivity', { choice: '10800' }), reading)
    expect(ready).toBe(true)
    expect(change).toEqual({ inactivity: { on: true, seconds: 10_800 } })
  })

  test('the same time in another unit is no change', () => {
    const same = typed(form, 'inactivity', { amount: '1 200', unit: 'seconds' })
    const { change, ready, seconds } = evaluateForm(same, reading)
    expect({ change, ready, seconds: seconds.inactivity }).toEqual({
      change: {},
      ready: false,
      seconds: 1_200,
    })
  })

  test('Custom starts from the limit chosen before', () => {
    const named = withChoice(has(form.inactivity), '10800')
    expect(withChoice(named, customLimit)).toMatchObject({ choice: customLimit, amount: '180' })
  })

  test.each([
    ['', 'Type how many minutes.'],
    ['1.5', 'Only whole minutes can be kept.'],
    ['-3', 'Type a whole number of minutes, for example 20.'],
    ['0', 'The timeout limit must be at least 1 minute.'],
    ['43201', 'The timeout limit can be at most 43\u202f200 minutes (30 days).'],
  ])('“%s” minutes is explained beside the field and can’t be saved', (amount, words) => {
    const { faults, ready } = evaluateForm(typed(form, 'inactivity', { amount }), reading)
    expect(faults.inactivity).toBe(words)
    expect(ready).toBe(false)
  })

  test('a bound is named in the unit typed', () => {
    const short = typed(form, 'inactivity', { amount: '59', unit: 'seconds' })
    expect(evaluateForm(short, reading).faults.inactivity).toBe(
      'The timeout limit must be at least 60 seconds (1 minute).',
    )
  })

  test('a maximum below the limit is a fault of the maximum', () => {
    const both = typed(typed(form, 'inactivity', { choice: '10800' }), 'maximum', { amount: '3600' })
    expect(evaluateForm(both, reading).faults).toEqual({
      maximum:
        "The maximum session duration can't be shorter than the timeout limit, 10\u202f800 seconds (3 hours).",
    })
  })

  test('switched off, an unreadable limit is out of sight and the stored one is kept', () => {
    const off = typed(form, 'inactivity', { on: false, amount: 'soon' })
    const { change, ready } = evaluateForm(off, reading)
    expect(ready).toBe(true)
    expect(change).toEqual({ inactivity: { on: false, seconds: 1_200 } })
  })

  test('what depends on a rule that is switched off is out of sight too, and stays as it is stored', () => {
    const ticked = typed(form, 'inactivity-binds-remembered', { on: true })
    const off = typed(ticked, 'inactivity', { on: false })
    expect(evaluateForm(ticked, reading).change).toEqual({ 'inactivity-binds-remembered': { on: true } })
    expect(evaluateForm(off, reading).change).toEqual({ inactivity: { on: false, seconds: 1_200 } })
  })

  test('a rule that the server does not have is never sent', () => {
    const only = readingOf({ inactivity: has(fresh.inactivity) })
    const more = { ...form, inactivity: { ...has(form.inactivity), choice: '3600' } }
    expect(evaluateForm(more, only).change).toEqual({ inactivity: { on: true, seconds: 3_600 } })
  })

  test('a limit without a length of its own shows the one it inherits, and takes its own when given one', () => {
    const own = { value: { on: true }, unit: 'seconds', inheritsFrom: 'inactivity' } as const
    const inheriting = readingOf({ ...fresh, 'inactivity-client': own })
    const untouched = formOf(inheriting)
    expect(untouched['inactivity-client']).toMatchObject({ inherited: true, amount: '1200' })
    const { change: none, faults } = evaluateForm(untouched, inheriting)
    expect({ none, faults }).toEqual({ none: {}, faults: {} })
    const given = typed(untouched, 'inactivity-client', { inherited: false, amount: '600' })
    const { change } = evaluateForm(given, inheriting)
    expect(change).toEqual({ 'inactivity-client': { on: true, seconds: 600 } })
  })

  test('what the server found wrong stands beside the field it means', () => {
    const errors = [
      { field: 'inactivity', code: 'too-short', message: 'A' },
      { field: 'maximum', code: 'below-idle', message: 'B' },
      { field: 'authorization-token', code: 'too-long', message: 'C' },
      { field: 'somethingElse', code: 'unknown', message: 'D' },
    ]
    expect(faultsOfServer(errors, form)).toEqual({ inactivity: 'A', maximum: 'B', form: 'C D' })
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
