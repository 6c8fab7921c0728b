import { describe, expect, test } from 'vitest'
import type { Stale } from '../../../../domain/news.ts'
import { createStaleness } from '../../../../main/instances/staleness.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const berlin = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const paris = '5d1c7e34-31a7-4a8e-9d37-0d4d5b1e7c22'

function build() {
  const time = createVirtualTime()
  const told: (readonly Stale[])[] = []
  const staleness = createStaleness(time.after, (stale) => told.push(stale))
  return { time, told, staleness }
}

describe('what is stale', () => {
  test('B7: is told together, once each, a quarter of a second after the first', () => {
    const { time, told, staleness } = build()
    staleness.add(berlin, { stale: 'users', whose: ['u1'] })
    staleness.add(berlin, { stale: 'users', whose: ['u2', 'u1'] })
    staleness.add(paris, { stale: 'policy' })
    time.pass(249)
    expect(told).toEqual([])
    time.pass(1)
    expect(told).toEqual([
      [
        { instance: berlin, what: 'users', whose: ['u1', 'u2'] },
        { instance: paris, what: 'policy' },
      ],
    ])
    time.pass(60_000)
    expect(told).toHaveLength(1)
  })

  test('B7: ten thousand news within a second are one signal, and name nobody', () => {
    const { time, told, staleness } = build()
    for (let at = 0; at < 10_000; at += 1) {
      staleness.add(berlin, { stale: 'sessions', whose: [`u${at}`] })
      if (at % 20 === 0) time.pass(1)
    }
    time.pass(1_000)
    expect(told).toEqual([[{ instance: berlin, what: 'sessions' }]])
  })

  test('B7: anything is everything there is, and takes up whoever was named', () => {
    const { time, told, staleness } = build()
    staleness.add(berlin, { stale: 'users', whose: ['u1'] })
    staleness.add(berlin, { stale: 'anything' })
    staleness.add(berlin, { stale: 'users', whose: ['u2'] })
    time.pass(250)
    expect(told.flat().toSorted((a, b) => a.what.localeCompare(b.what))).toEqual([
      { instance: berlin, what: 'config' },
      { instance: berlin, what: 'policy' },
      { instance: berlin, what: 'sessions' },
      { instance: berlin, what: 'users' },
    ])
  })

  test('B7: what was gathered before a lock is told to nobody', () => {
    const { time, told, staleness } = build()
    staleness.add(berlin, { stale: 'policy' })
    staleness.clear()
    time.pass(60_000)
    expect(told).toEqual([])
    staleness.add(paris, { stale: 'policy' })
    time.pass(250)
    expect(told).toEqual([[{ instance: paris, what: 'policy' }]])
  })
})
