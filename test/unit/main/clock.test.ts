import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { scaledAfter, systemAfter } from '../../../main/clock.ts'

const day = 24 * 60 * 60 * 1_000

describe('a timer', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test.each([1_000, 2 ** 31 - 1, 2 ** 31, 30 * day, 100 * day])(
    'of %d ms fires then and not before, however long that is',
    (milliseconds) => {
      let fired = 0
      systemAfter(milliseconds, () => {
        fired += 1
      })
      vi.advanceTimersByTime(milliseconds - 1)
      expect(fired).toBe(0)
      vi.advanceTimersByTime(1)
      expect(fired).toBe(1)
      vi.advanceTimersByTime(100 * day)
      expect(fired).toBe(1)
    },
  )

  test.each([1e99, Number.POSITIVE_INFINITY, Number.NaN])('of %d ms never fires at once', (milliseconds) => {
    const action = vi.fn()
    const cancel = systemAfter(milliseconds, action)
    vi.advanceTimersByTime(365 * day)
    expect(action).not.toHaveBeenCalled()
    cancel()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that is called off in its second part does not fire', () => {
    const action = vi.fn()
    const cancel = systemAfter(60 * day, action)
    vi.advanceTimersByTime(30 * day)
    cancel()
    vi.advanceTimersByTime(60 * day)
    expect(action).not.toHaveBeenCalled()
  })

  test('of the past fires at once, and a scaled clock slows the longest one too', () => {
    const action = vi.fn()
    systemAfter(-5, action)
    vi.advanceTimersByTime(1)
    expect(action).toHaveBeenCalledTimes(1)
    scaledAfter(systemAfter, 0.5)(2 ** 31 - 1, action)
    vi.advanceTimersByTime(2 ** 31)
    expect(action).toHaveBeenCalledTimes(1)
  })
})
