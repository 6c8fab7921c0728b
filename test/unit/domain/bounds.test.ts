import { describe, expect, test } from 'vitest'
import { explainBounds, inTypedUnit } from '../../../domain/bounds.ts'

describe('the bounds of a duration', () => {
  test.each([
    [59, 'too-short', 'It must be at least 1 minute.'],
    [121, 'too-long', 'It can be at most 2 minutes.'],
  ])('do not let %d s through, and say why', (value, code, message) => {
    expect(explainBounds('It', value, { min: 60, max: 120 }, 'minutes')).toEqual({ code, message })
  })

  test('let through what is at either of them, and anything where a server does not say', () => {
    for (const value of [60, 61, 120])
      expect(explainBounds('It', value, { min: 60, max: 120 })).toBeUndefined()
    for (const value of [0, 1, 1e9]) expect(explainBounds('It', value, {})).toBeUndefined()
  })

  test('are said in seconds where no unit was typed, with the echo in words where that differs', () => {
    expect(explainBounds('It', 1, { min: 60 })?.message).toBe('It must be at least 60 seconds (1 minute).')
    expect(inTypedUnit(45, 'seconds')).toBe('45 seconds')
    expect(inTypedUnit(90, 'minutes')).toBe('1 minute 30 seconds')
  })
})
