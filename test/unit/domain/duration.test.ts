import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type DurationUnit,
  durationUnits,
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
})
