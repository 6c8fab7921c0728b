import { describe, expect, test } from 'vitest'
import type { Session } from '../../../domain/session.ts'
import { autoLockWords } from '../../../renderer/app/lock-words.ts'
import { formatInstant } from '../../../renderer/components/connection-words.ts'
import { endWords, sessionCountWords, shownWords } from '../../../renderer/screens/users/user-words.ts'
import { leftOf } from '../../../renderer/state/lock-store.ts'

const session: Session = {
  id: 's1',
  userId: 'u1',
  kind: 'web',
  createdAt: '2026-01-01T08:00:00Z',
  lastActivityAt: '2026-01-01T09:00:00Z',
  remembered: false,
  client: 'Firefox on Linux',
  address: '203.0.113.1',
  endsAt: '2026-01-01T09:20:00Z',
  endsBecause: 'idle',
  current: false,
}

describe('when a session ends', () => {
  test('counts down on the server’s clock and says why', () => {
    expect(endWords(session, Date.parse('2026-01-01T09:00:01Z'))).toBe(
      'Ends in 19 m 59 s if nothing is done in it',
    )
  })
  test('at its end it ends, and a session without a limit says so', () => {
    expect(endWords(session, Date.parse('2026-01-01T09:20:00Z'))).toBe('Ending now')
    expect(endWords({ ...session, endsAt: null, endsBecause: null }, 0)).toBe('No rule ends it')
  })
})

test('sessions are counted by kind; none and unknown are different', () => {
  expect(sessionCountWords({ web: 2, token: 1, kubernetes: 0 })).toBe('2 web, 1 token')
  expect(sessionCountWords({ web: 0, token: 0, kubernetes: 0 })).toBe('No')
  expect(sessionCountWords(undefined)).toBe('—')
})

test('the time to the automatic lock is in minutes, and in seconds in the last one', () => {
  expect([600_000, 90_000, 61_000, 60_000, 29_400].map(autoLockWords)).toEqual([
    'Locks in 10 min',
    'Locks in 2 min',
    'Locks in 2 min',
    'Locks in 60 s',
    'Locks in 30 s',
  ])
})

test('time left never grows and never falls below zero', () => {
  expect(leftOf(1_000, 500, 400)).toBe(1_000)
  expect(leftOf(1_000, 500, 900)).toBe(600)
  expect(leftOf(1_000, 500, 9_000)).toBe(0)
})

test('an instant of today is a time; an earlier one has its day; both as the system writes them', () => {
  const now = new Date(2026, 10, 21, 16, 0)
  const today = new Date(2026, 10, 21, 14, 2).getTime()
  expect(formatInstant(today, now, 'en-GB')).toBe('14:02')
  expect(formatInstant(today, now, 'en-US')).toMatch(/^02:02\sPM$/)
  expect(formatInstant(new Date(2026, 10, 3, 14, 2).getTime(), now, 'en-GB')).toBe('3 Nov, 14:02')
  expect(formatInstant(new Date(2026, 10, 3, 14, 2).getTime(), now, 'de-DE')).toBe('3. Nov., 14:02')
  expect(formatInstant(new Date(2025, 10, 3, 14, 2).getTime(), now, 'en-GB')).toBe('3 Nov 2025, 14:02')
})

test('O5: a list says how much of it is shown, and where Curfew holds no more', () => {
  expect(shownWords(200, 523, 523)).toBe('200 of 523 shown')
  expect(shownWords(10_000, 12_345, 10_000)).toMatch(/^10\D?000 of 12\D?345 shown\. Curfew lists no more/)
})
