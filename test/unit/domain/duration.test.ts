import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type DurationUnit,
  durationUnits,
  formatCount,
  formatCountdown,
  formatDuration,
  fromUnit,
  naturalUnit,
  parseDuration,
  toUnit,
} from '../../../domain/duration.ts'

const units = Object.keys(durationUnits) as DurationUnit[]

describe('durations', () => {
  test('convert to a unit exactly or not at all', () => {
    fc.assert(
      fc.property(fc.nat(40_000_000), fc.constantFrom(...units), (seconds, unit) => {
        const amount = toUnit(seconds, unit)
        if (amount === undefined) expect(seconds % durationUnits[unit]).not.toBe(0)
        else expect(fromUnit(amount, unit)).toBe(seconds)
      }),
    )
    expect(toUnit(90, 'minutes')).toBeUndefined()
  })

  test('are shown in the largest unit that loses nothing', () => {
    expect([0, 45, 90, 1_200, 5_400, 7_200, 86_400].map(naturalUnit)).toEqual([
      'seconds',
      'seconds',
      'seconds',
      'minutes',
      'minutes',
      'hours',
      'days',
    ])
  })

  test('echo in words, exactly', () => {
    expect(formatDuration(7_200)).toBe('2 hours')
    expect(formatDuration(1_728_000)).toBe('20 days')
    expect(formatDuration(90_061)).toBe('1 day 1 hour 1 minute 1 second')
    expect(formatDuration(0)).toBe('0 seconds')
  })

  test('count down with two units, and never below zero', () => {
    expect(formatCountdown(1_199)).toBe('19 m 59 s')
    expect(formatCountdown(60)).toBe('1 m 0 s')
    expect(formatCountdown(183_600)).toBe('2 d 3 h')
    expect(formatCountdown(-5)).toBe('0 s')
  })

  test('are read as typed, digits grouped or not, and refused with the reason', () => {
    expect(parseDuration('1 200', 'seconds')).toEqual({ seconds: 1_200 })
    expect(parseDuration('90', 'minutes')).toEqual({ seconds: 5_400 })
    expect(parseDuration('1.5', 'hours')).toEqual({ fault: 'not-whole' })
    expect(parseDuration('-1', 'minutes')).toEqual({ fault: 'not-a-number' })
    expect(parseDuration('1e3', 'minutes')).toEqual({ fault: 'not-a-number' })
    expect(parseDuration('  ', 'minutes')).toEqual({ fault: 'empty' })
  })

  test.each([
    ['10,25', 'not-whole'],
    ['12.5', 'not-whole'],
    ['x1.5', 'not-a-number'],
    ['1.5x', 'not-a-number'],
    ['1.', 'not-a-number'],
    ['1234567890123', 'not-a-number'],
    ['12x', 'not-a-number'],
    ['x12', 'not-a-number'],
  ])('typed as %s are refused as %s', (typed, fault) => {
    expect(parseDuration(typed, 'seconds')).toEqual({ fault })
  })

  test('are read with any space between their digits, however many', () => {
    expect(parseDuration('1\u00a0728\u202f000', 'seconds')).toEqual({ seconds: 1_728_000 })
    expect(parseDuration('123456789012', 'seconds')).toEqual({ seconds: 123_456_789_012 })
  })
})

test('A count has its digits in threes, with a space that no line breaks at', () => {
  expect([0, 999, 1_000, 12_345, 999_999, 1_728_000, 1_234_567_890].map(formatCount)).toEqual([
    '0',
    '999',
    '1\u202f000',
    '12\u202f345',
    '999\u202f999',
    '1\u202f728\u202f000',
    '1\u202f234\u202f567\u202f890',
  ])
})
