import { describe, expect, test } from 'vitest'
import { createLedger } from '../../../service/ledger.ts'

describe('A ledger', () => {
  test('keeps a number by name until it is replaced or taken out', () => {
    const ledger = createLedger(10)
    expect([ledger.get('a'), ledger.size]).toEqual([undefined, 0])
    ledger.set('a', 1)
    ledger.set('b', 0)
    ledger.set('a', 2)
    expect([ledger.get('a'), ledger.get('b'), ledger.size]).toEqual([2, 0, 2])
    ledger.delete('a')
    ledger.delete('nobody')
    expect([ledger.get('a'), ledger.size]).toEqual([undefined, 1])
  })

  test.each([
    [30, 3],
    [29, 2],
    [10, 1],
    [9, 1],
    [1, 1],
  ])(
    'of %i names forgets the %i with the lowest numbers for a new one, and nothing for a known one',
    (most, gone) => {
      const ledger = createLedger(most)
      // Neither in order of coming nor of name.
      for (let index = 0; index < most; index++) ledger.set(`${index}`, (index * 7) % most || most)
      const before = Array.from({ length: most }, (_, index) => ledger.get(`${index}`) ?? 0)
      ledger.set('0', 1_000)
      expect(ledger.size).toBe(most)
      before[0] = 1_000
      ledger.set('new', 0)
      expect(ledger.size).toBe(most - gone + 1)
      expect(ledger.get('new')).toBe(0)
      const left = before.filter((_, index) => ledger.get(`${index}`) !== undefined)
      expect(left.toSorted((one, other) => one - other)).toEqual(
        before.toSorted((one, other) => one - other).slice(gone),
      )
    },
  )
})
