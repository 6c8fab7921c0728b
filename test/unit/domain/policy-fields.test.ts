import { describe, expect, test } from 'vitest'
import { type FieldId, policyFields, policySections } from '../../../domain/policy-fields.ts'

describe('the catalogue', () => {
  test('names every rule once, and each rule depends on one that is there', () => {
    const ids = policyFields.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { dependsOn } of policyFields) if (dependsOn !== undefined) expect(ids).toContain(dependsOn)
  })

  test('K3: offers 1, 3, 6, 12 and 24 hours of inactivity, and no named length of any other rule', () => {
    const offers = policyFields.flatMap((field) =>
      field.kind === 'limit' && field.offered ? [[field.id, ...field.offered]] : [],
    )
    expect(offers).toEqual([['inactivity', 3_600, 10_800, 21_600, 43_200, 86_400]])
  })

  test('has a label, an explanation and a phrase for the middle of a sentence for each rule, each its own', () => {
    const said = policyFields.flatMap((field) => [
      field.label,
      field.help,
      ...(field.kind === 'limit' ? [field.noun, field.length] : [field.control]),
    ])
    const words = said.filter((text) => text !== undefined)
    expect(new Set(words).size).toBe(words.length)
    for (const field of policyFields) {
      expect(field.label).toMatch(/^[A-Z].*[^.]$/)
      expect(field.help).toMatch(/^[A-Z].*\.$/)
      if (field.kind === 'limit') {
        expect(field.noun).toMatch(/^the [a-z].*[^.]$/)
        expect(field.length ?? 'None').toMatch(/^[A-Z].*[^.]$/)
      } else expect(field.control ?? 'None').toMatch(/^[A-Z].*[^.]$/)
    }
  })

  test('says of each rule in which part of the form it stands, whom it binds and what it counts from', () => {
    expect(Object.values(policySections)).toEqual([
      'Session timeout',
      'Remember me',
      'Offline access',
      'Each client',
      'Tokens',
      'Kubernetes',
    ])
    const [active, whole] = ['inactivity', 'absolute']
    expect(
      policyFields.map((field) => [
        field.id,
        field.section,
        field.binds,
        field.kind === 'limit' ? field.measures : field.kind,
      ]),
    ).toEqual([
      ['inactivity', 'timeout', 'everyone', active],
      ['inactivity-binds-remembered', 'timeout', 'remembered', 'switch'],
      ['remember-me', 'remember', 'remembered', 'switch'],
      ['inactivity-remembered', 'remember', 'remembered', active],
      ['maximum-remembered', 'remember', 'remembered', whole],
      ['maximum', 'remember', 'everyone', whole],
      ['inactivity-offline', 'offline', 'offline access', active],
      ['maximum-offline', 'offline', 'offline access', whole],
      ['inactivity-client', 'client', 'one client', active],
      ['maximum-client', 'client', 'one client', whole],
      ['inactivity-client-offline', 'client', 'one client', active],
      ['maximum-client-offline', 'client', 'one client', whole],
      ['access-token', 'tokens', 'tokens', whole],
      ['authorization-token', 'tokens', 'tokens', whole],
      ['kubernetes', 'kubernetes', 'kubernetes', whole],
    ])
  })

  test('knows which rules hang on another, and which ones an admin misses where a server has none', () => {
    const on = (id: FieldId) =>
      policyFields.filter(({ dependsOn }) => dependsOn === id).map((field) => field.id)
    expect(on('inactivity')).toEqual(['inactivity-binds-remembered'])
    expect(on('remember-me')).toEqual(['inactivity-remembered', 'maximum-remembered'])
    expect(policyFields.filter(({ dependsOn }) => dependsOn !== undefined)).toHaveLength(3)
    expect(policyFields.filter(({ expected }) => expected).map(({ id }) => id)).toEqual([
      'inactivity',
      'inactivity-binds-remembered',
      'remember-me',
      'maximum',
    ])
  })
})
