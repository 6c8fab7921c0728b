import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  counts,
  type FieldValue,
  keepMine,
  lengthOf,
  type Policy,
  policyDifference,
  policyOf,
  type ServedFields,
} from '../../../domain/policy.ts'
import { checkPolicy } from '../../../domain/policy-check.ts'
import { FieldId, type PolicyField, policyFields } from '../../../domain/policy-fields.ts'
import { comparePolicies, fieldName } from '../../../domain/policy-words.ts'

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

describe('a fault of a policy', () => {
  test('names the unit of the server where nothing was typed, and seconds where the server does not say', () => {
    const high = { ...stored, inactivity: { on: true, seconds: 2_592_001 } }
    expect(checkPolicy(high, served)).toMatchObject([{ code: 'too-long', min: 60, max: 2_592_000 }])
    const terms: ServedFields = {
      inactivity: { value: { on: true, seconds: 7_200 }, unit: 'seconds' },
      maximum: { value: { on: true, seconds: 3_600 }, bounds: { notBelow: 'inactivity', max: 9_000 } },
    }
    const said = (units = {}) => checkPolicy(policyOf(terms), terms, units)
    expect(said()).toEqual([
      {
        field: 'maximum',
        code: 'below-other',
        message:
          "The maximum session duration can't be shorter than the timeout limit, 7\u202f200 seconds (2 hours).",
        min: 7_200,
        max: 9_000,
      },
    ])
    expect(said({ maximum: 'hours' })[0]?.message).toMatch(/the timeout limit, 2 hours\.$/)
  })

  test('says of a limit above another how long it may be', () => {
    const high = { ...stored, 'inactivity-client': { on: true, seconds: 1_201 } }
    expect(checkPolicy(high, served)).toEqual([
      {
        field: 'inactivity-client',
        code: 'above-other',
        message:
          "The timeout limit of one client can't be longer than the timeout limit, 1\u202f200 seconds (20 minutes).",
        min: undefined,
        max: 1_200,
      },
    ])
  })

  test('is not one of a limit as long as the other', () => {
    for (const id of ['inactivity-client', 'maximum'] as const)
      expect(checkPolicy({ ...stored, [id]: { on: true, seconds: 1_200 } }, served)).toEqual([])
  })

  test('stands in the order of the form, whichever kind it is', () => {
    const wrong = {
      ...stored,
      'inactivity-remembered': { on: true, seconds: 60 },
      maximum: { on: true, seconds: 299 },
      'inactivity-client': { on: true, seconds: 2_000 },
    }
    expect(checkPolicy(wrong, served).map(({ field }) => field)).toEqual([
      'inactivity-remembered',
      'maximum',
      'inactivity-client',
    ])
  })

  test('is not said of a rule that has no length at all, or is held against one that has none', () => {
    const bare = { ...stored, inactivity: { on: true }, maximum: { on: true } }
    expect(checkPolicy(bare, served)).toEqual([])
  })
})

describe('whether a rule counts, and the length it comes to', () => {
  const row = (id: FieldId, dependsOn?: FieldId): PolicyField => ({
    id,
    kind: 'switch',
    label: id,
    binds: 'everyone',
    section: 'timeout',
    help: '',
    ...(dependsOn && { dependsOn }),
  })
  const [first, second, third] = [
    row('inactivity'),
    row('inactivity-binds-remembered', 'inactivity'),
    row('remember-me', 'inactivity-binds-remembered'),
  ]
  const fields = [first, second, third]
  const set = (one: boolean, two: boolean): Policy => ({
    inactivity: { on: one },
    'inactivity-binds-remembered': { on: two },
  })

  test('it counts only while all that it hangs on, one behind the other, are on', () => {
    expect(counts(first, set(false, false), fields)).toBe(true)
    expect(counts(second, set(false, true), fields)).toBe(false)
    expect(counts(third, set(true, true), fields)).toBe(true)
    expect(counts(third, set(true, false), fields)).toBe(false)
    expect(counts(third, set(false, true), fields)).toBe(false)
    // Rules that the server, or the table, does not have hold nothing back.
    expect(counts(third, {}, fields)).toBe(true)
    expect(counts(third, set(false, true), [third])).toBe(true)
  })

  test('a limit has its own length, else the one it inherits, and none while it is off or goes in a circle', () => {
    const terms: ServedFields = {
      'inactivity-client': { value: { on: true }, inheritsFrom: 'inactivity' },
      'maximum-client': { value: { on: true }, inheritsFrom: 'maximum-client' },
    }
    const policy: Policy = {
      inactivity: { on: true, seconds: 60 },
      'inactivity-client': { on: true },
      'maximum-client': { on: true },
    }
    expect(lengthOf('inactivity', policy, terms)).toBe(60)
    expect(lengthOf('inactivity-client', policy, terms)).toBe(60)
    expect(lengthOf('maximum-client', policy, terms)).toBeUndefined()
    expect(lengthOf('maximum', { maximum: { on: true } }, {})).toBeUndefined()
    expect(lengthOf('inactivity', { inactivity: { on: false, seconds: 60 } }, terms)).toBeUndefined()
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

  test('a switch is on or off, a limit without a length says so, and who agrees does not differ', () => {
    const was: Policy = { 'remember-me': { on: false }, 'inactivity-client': { on: true, seconds: 60 } }
    const both: Policy = { 'remember-me': { on: true }, 'inactivity-client': { on: true } }
    const now: ServedFields = {
      'remember-me': { value: { on: true } },
      'inactivity-client': { value: { on: true, seconds: 60 } },
    }
    expect(comparePolicies(was, both, now)).toEqual([
      { label: 'Remember me', was: 'Off', yours: 'On', theirs: 'On', differs: false },
      {
        label: 'Timeout limit of one client',
        was: 'After 1 minute',
        yours: 'None of its own',
        theirs: 'After 1 minute',
        differs: true,
      },
    ])
  })

  test('a rule that one of the three does not have can’t be compared', () => {
    const off: Policy = { maximum: { on: false } }
    const served = { maximum: { value: { on: true } } }
    expect(comparePolicies(off, off, served)).toHaveLength(1)
    expect(comparePolicies({}, off, served)).toEqual([])
    expect(comparePolicies(off, {}, served)).toEqual([])
    expect(comparePolicies(off, off, {})).toEqual([])
  })

  test('a rule without terms of its server has its own name', () => {
    const field = policyFields.find(({ id }) => id === 'maximum')
    expect(field && fieldName(field, undefined)).toBe('Maximum Session Duration')
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
