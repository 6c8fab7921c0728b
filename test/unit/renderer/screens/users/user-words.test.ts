import { describe, expect, test } from 'vitest'
import { SessionEndReason, sessionKinds } from '../../../../../domain/session.ts'
import {
  endWords,
  kindNames,
  sessionCountWords,
  sessionTotal,
  shownWords,
} from '../../../../../renderer/screens/users/user-words.ts'

/** Why a session ends, as the pane says it after “Ends in 20 m 0 s”. Written by hand. */
const reasons: Readonly<Record<SessionEndReason, string>> = {
  idle: 'if nothing is done in it',
  maximum: 'at the maximum session duration',
  expired: 'when its duration is over',
  revoked: 'because it was revoked',
  'signed-out': 'because it was signed out',
  disabled: 'because the account is disabled',
  displaced: 'because the account signed in many times since',
}

describe('when a session ends', () => {
  const now = Date.parse('2026-01-01T09:00:00Z')
  const session = {
    id: 's1',
    userId: 'u1',
    kind: 'web',
    createdAt: '2026-01-01T08:00:00Z',
    lastActivityAt: null,
    remembered: false,
    client: 'Firefox on Linux',
    address: '203.0.113.1',
    endsAt: '2026-01-01T09:20:00Z',
    endsBecause: null,
    current: false,
  } as const

  test.each(SessionEndReason.options)('each reason has its words: %s', (endsBecause) => {
    expect(endWords({ ...session, endsBecause }, now)).toBe(`Ends in 20 m 0 s ${reasons[endsBecause]}`)
  })

  test('a reason that is not told is left out, and one that is not due yet is not said of what never ends', () => {
    expect(endWords(session, now)).toBe('Ends in 20 m 0 s')
    expect(endWords({ ...session, endsAt: null, endsBecause: 'idle' }, now)).toBe('No rule ends it')
  })

  test('the last second counts, and what is over ends now', () => {
    const at = (left: number) => endWords(session, Date.parse(session.endsAt) - left)
    expect([1, 0, -1, -60_000].map(at)).toEqual(['Ends in 1 s', 'Ending now', 'Ending now', 'Ending now'])
  })
})

describe('somebody’s sessions', () => {
  test('are of these kinds', () => {
    expect(sessionKinds.map((kind) => kindNames[kind])).toEqual(['Web', 'Token', 'Kubernetes'])
  })

  test('are counted together and by kind; a kind without any is not said', () => {
    expect(sessionTotal({ web: 1_000, token: 20, kubernetes: 3 })).toBe(1_023)
    expect(sessionTotal({ web: 0, token: 0, kubernetes: 0 })).toBe(0)
    expect(sessionTotal(undefined)).toBe(0)
    expect(sessionCountWords({ web: 1_000, token: 20, kubernetes: 3 })).toBe(
      '1\u202f000 web, 20 token, 3 kubernetes',
    )
    expect(sessionCountWords({ web: 0, token: 0, kubernetes: 1 })).toBe('1 kubernetes')
  })

  test('O5: of which only some are on show say so, and where Curfew has no more of them', () => {
    expect(shownWords(200, 1_523, 500)).toBe('200 of 1\u202f523 shown')
    expect(shownWords(500, 1_523, 500)).toBe(
      '500 of 1\u202f523 shown. Curfew lists no more of one person; revoking all ends the others too.',
    )
  })
})
