import { MantineProvider } from '@mantine/core'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { type Policy, policyDifference, policyOf, type ServedFields } from '../../../../../domain/policy.ts'
import { checkPolicy } from '../../../../../domain/policy-check.ts'
import { type FieldId, type PolicyField, policyFields } from '../../../../../domain/policy-fields.ts'
import { comparePolicies } from '../../../../../domain/policy-words.ts'
import { succeed } from '../../../../../domain/problem.ts'
import { defaultPolicy, servedFields } from '../../../../../domain/service-policy.ts'
import type { PolicyAccess } from '../../../../../main/connectors/connector.ts'
import {
  evaluateForm,
  formOf,
  type PolicyForm,
} from '../../../../../renderer/screens/security/policy-form.ts'
import { PolicySections } from '../../../../../renderer/screens/security/policy-sections.tsx'
import { readingOf } from '../../../../support/policies.ts'

const tea = 'tea-break' as FieldId
const served: ServedFields = {
  ...servedFields(defaultPolicy),
  [tea]: {
    value: { on: true, seconds: 600 },
    unit: 'minutes',
    bounds: { min: 300, max: 3_600, notAbove: 'inactivity' },
    canBeOff: true,
    note: 'Counted by the kettle.',
  },
}
const fields: readonly PolicyField[] = [
  ...policyFields,
  {
    id: tea,
    kind: 'limit',
    label: 'Sign out at tea',
    length: 'Length of the tea break',
    noun: 'the tea break',
    measures: 'absolute',
    binds: 'everyone',
    section: 'timeout',
    help: 'Whoever is away for tea is signed out.',
  },
]

/** A server with one rule that Curfew has never heard of, and what was written to it. */
function fakeServer() {
  const written: Policy[] = []
  const policy: PolicyAccess = {
    read: async () => succeed(readingOf(served)),
    async write(change) {
      written.push(change)
      const reading = readingOf(
        Object.fromEntries(
          Object.entries(served).map(([id, field]) => [
            id,
            { ...field, value: change[id as FieldId] ?? field.value },
          ]),
        ),
      )
      return succeed({ outcome: 'written', reading })
    },
  }
  return { policy, written }
}

async function readFrom(policy: PolicyAccess) {
  const outcome = await policy.read()
  if (!outcome.ok) throw new Error(outcome.problem.message)
  return outcome.value
}

const typed = (form: PolicyForm, amount: string): PolicyForm => ({
  ...form,
  [tea]: { on: true, inherited: false, choice: 'custom', unit: 'minutes', amount },
})

describe('a rule that is new in the catalogue and that a server has', () => {
  test('stands in the form with its words, its unit and the server’s note', async () => {
    const reading = await readFrom(fakeServer().policy)
    const form = formOf(reading, fields)
    const page = renderToStaticMarkup(
      createElement(
        MantineProvider,
        null,
        createElement(PolicySections, {
          fields,
          form,
          basis: reading,
          evaluation: evaluateForm(form, reading, fields),
          faults: {},
          onEdit: () => {},
        }),
      ),
    )
    for (const words of [
      'Sign out at tea',
      'Whoever is away for tea is signed out.',
      'Length of the tea break',
      'value="10"',
      'minutes',
      'Counted by the kettle.',
    ])
      expect(page).toContain(words)
    expect(page.match(/<h2/g)).toHaveLength(2)
  })

  test('is checked against the server’s bounds, in the unit typed', async () => {
    const reading = await readFrom(fakeServer().policy)
    const form = formOf(reading, fields)
    const faultAt = (amount: string) => evaluateForm(typed(form, amount), reading, fields).faults[tea]
    expect(faultAt('4')).toBe('The tea break must be at least 5 minutes.')
    expect(faultAt('soon')).toBe('Type a whole number of minutes, for example 20.')
    expect(faultAt('21')).toBe("The tea break can't be longer than the timeout limit, 20 minutes.")
    expect(faultAt('20')).toBeUndefined()
    expect(checkPolicy({ [tea]: { on: true, seconds: 1 } }, served, {}, fields)).toMatchObject([
      { field: tea, code: 'too-short' },
    ])
  })

  test('is compared when two people changed it, sent as the only change, and undone', async () => {
    const { policy, written } = fakeServer()
    const reading = await readFrom(policy)
    const mine = evaluateForm(typed(formOf(reading, fields), '15'), reading, fields)
    const theirs = { ...served, [tea]: { ...served[tea], value: { on: false, seconds: 600 } } }
    expect(comparePolicies(policyOf(served), mine.policy ?? {}, theirs, fields)).toEqual([
      { label: 'Sign out at tea', was: '10 minutes', yours: '15 minutes', theirs: 'Off', differs: true },
    ])
    const result = await policy.write(mine.change, reading.revision)
    expect(written).toEqual([{ [tea]: { on: true, seconds: 900 } }])
    if (!result.ok) throw new Error(result.problem.message)
    const after = policyOf(result.value.reading.fields)
    expect(after).toEqual(mine.policy)
    expect(policyDifference(after, policyOf(served))).toEqual({ [tea]: { on: true, seconds: 600 } })
  })
})
