import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type FieldValue,
  keepMine,
  type Policy,
  policyDifference,
  policyOf,
  type ServedFields,
} from '../../../domain/policy.ts'
import { checkPolicy } from '../../../domain/policy-check.ts'
import { FieldId, policyFields } from '../../../domain/policy-fields.ts'
import { comparePolicies } from '../../../domain/policy-words.ts'

const anyValue: fc.Arbitrary<FieldValue> = fc.record(
  { on: fc.boolean(), seconds: fc.nat(10_000) },
  { requiredKeys: ['on'] },
)
const anyPolicy = fc.dictionary(fc.constantFrom(...FieldId.options), anyValue) as fc.Arbitrary<Policy>

const served: ServedFields = {
  inactivity: {
    value: { on: true, seconds: 1_200 },
    unit: 'seconds',
    bounds: { min: 60, max: 2_592_000 },
    canBeOff: true,
  },
  'remember-me': { value: { on: true } },
  'inactivity-remembered': {
    value: { on: true },
    unit: 'seconds',
    inheritsFrom: 'inactivity',
    bounds: { notBelow: 'inactivity' },
  },
  maximum: {
    value: { on: true, seconds: 36_000 },
    unit: 'minutes',
    bounds: { min: 300, notBelow: 'inactivity' },
    name: 'SSO Session Max',
  },
  'inactivity-client': {
    value: { on: true },
    unit: 'seconds',
    inheritsFrom: 'inactivity',
    bounds: { notAbove: 'inactivity' },
  },
}
const stored = policyOf(served)

describe('the catalogue', () => {
  test('names every rule once, and each rule depends on one that is there', () => {
    const ids = policyFields.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { dependsOn } of policyFields) if (dependsOn) expect(ids).toContain(dependsOn)
  })
})

describe('a policy', () => {
  test('is held against the bounds of its own server, in the unit that was typed', () => {
    const short = { ...stored, inactivity: { on: true, seconds: 59 } }
    expect(checkPolicy(short, served)).toMatchObject([
      {
        field: 'inactivity',
        code: 'too-short',
        message: 'The timeout limit must be at least 60 seconds (1 minute).',
        min: 60,
      },
    ])
    expect(checkPolicy(short, served, { inactivity: 'minutes' })[0]?.message).toBe(
      'The timeout limit must be at least 1 minute.',
    )
    const free: ServedFields = { inactivity: { value: { on: true, seconds: 1 }, unit: 'seconds' } }
    expect(checkPolicy(policyOf(free), free)).toEqual([])
  })

  test('may not have a limit below one it must not be below, in the server’s own words, unless either is off', () => {
    const low = { ...stored, inactivity: { on: true, seconds: 40_000 } }
    expect(checkPolicy(low, served)).toMatchObject([
      {
        field: 'maximum',
        code: 'below-other',
        message: "“SSO Session Max” can't be shorter than the timeout limit, 11 hours 6 minutes 40 seconds.",
        min: 40_000,
      },
    ])
    expect(checkPolicy({ ...low, inactivity: { on: false, seconds: 40_000 } }, served)).toEqual([])
  })

  test('may not have a limit above one it must not be above; a length that is inherited is never at fault', () => {
    expect(checkPolicy(stored, served)).toEqual([])
    const high = { ...stored, 'inactivity-client': { on: true, seconds: 1_201 } }
    expect(checkPolicy(high, served)).toMatchObject([{ field: 'inactivity-client', code: 'above-other' }])
  })

  test('is not at fault for a rule that depends on one that is off', () => {
    const low = { ...stored, 'inactivity-remembered': { on: true, seconds: 600 } }
    expect(checkPolicy(low, served)).toMatchObject([{ field: 'inactivity-remembered' }])
    expect(checkPolicy({ ...low, 'remember-me': { on: false } }, served)).toEqual([])
  })

  test('differs from another by the changed rules only, and by nothing from itself', () => {
    fc.assert(
      fc.property(anyPolicy, anyPolicy, (from, to) => {
        expect({ ...from, ...policyDifference(from, to) }).toEqual({ ...from, ...to })
        expect(policyDifference(from, structuredClone(from))).toEqual({})
      }),
    )
  })
})

describe('B9: two people change the same policy', () => {
  const yours: Policy = { ...stored, inactivity: { on: true, seconds: 3_600 } }
  const theirs: ServedFields = {
    ...served,
    inactivity: { ...served.inactivity, value: { on: false, seconds: 1_200 } },
    maximum: { ...served.maximum, value: { on: true, seconds: 86_400 } },
  }

  test('every rule that either of them changed is compared, under its server’s name', () => {
    expect(comparePolicies(stored, yours, theirs)).toEqual([
      {
        label: 'Automatically sign out inactive users',
        was: 'After 20 minutes',
        yours: 'After 1 hour',
        theirs: 'Off',
        differs: true,
      },
      {
        label: 'SSO Session Max',
        was: '10 hours',
        yours: '10 hours',
        theirs: '1 day',
        differs: true,
      },
    ])
  })

  test('Keep mine takes what was changed here and leaves the rest as they stored it', () => {
    expect(keepMine(stored, yours, policyOf(theirs))).toEqual({
      ...stored,
      inactivity: { on: true, seconds: 3_600 },
      maximum: { on: true, seconds: 86_400 },
    })
  })

  test('Keep mine is mine where only I changed something, and theirs where only they did', () => {
    fc.assert(
      fc.property(anyPolicy, anyPolicy, (was, other) => {
        expect(keepMine(was, was, other)).toEqual(other)
        expect(keepMine(was, { ...was, ...other }, was)).toEqual(
          Object.fromEntries(Object.keys(was).map((id) => [id, other[id as FieldId] ?? was[id as FieldId]])),
        )
      }),
    )
  })
})
