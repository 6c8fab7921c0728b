import { describe, expect, test } from 'vitest'
import type { SessionEndReason } from '../../../../domain/session.ts'
import {
  demandCaller,
  explainEnd,
  type Recognition,
  recognise,
  sessionEnded,
} from '../../../../service/http/caller.ts'
import {
  clearSessionCookie,
  cookieNamesOf,
  readDeviceCookie,
  readSessionCookie,
  writeDeviceCookie,
  writeSessionCookie,
} from '../../../../service/http/cookies.ts'
import { Problem } from '../../../../service/http/problem.ts'
import { openWorld } from '../store/world.ts'
import { replyTo, requestOf, type Sent } from './request.ts'

const host = ['Host', '127.0.0.1:8080'] as const
const sent = (...headers: readonly (readonly [string, string])[]): Sent => ({ headers: [host, ...headers] })

async function openCaller() {
  const world = await openWorld()
  const anna = await world.addUser('anna')
  const { token, session } = await world.startSession(anna, 'web')
  const who = async (request: Sent, passive?: boolean) => {
    const found = await recognise(world.sessions, requestOf(request), passive)
    return found.state === 'caller'
      ? `${found.caller.holder.username} via ${found.caller.via}`
      : found.state === 'ended'
        ? `ended: ${found.reason} via ${found.via}`
        : found.state
  }
  return { ...world, anna, token, session, who }
}

describe('Who is asking', () => {
  test('is said by the token of the header, however that is written, and else by the cookie', async () => {
    const { who, token } = await openCaller()
    for (const value of [`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token}  `])
      expect(await who(sent(['Authorization', value]))).toBe('anna via bearer')
    for (const value of [
      '',
      'Bearer',
      'Bearer ',
      token,
      `Basic ${token}`,
      `x Bearer ${token}`,
      `Bearer ${token} x`,
      `Bearer${token}`,
    ])
      expect([value, await who(sent(['Authorization', value]))]).toEqual([value, 'nobody'])
    const cookie = (value: string) => ['Cookie', `other=1; curfew_session_x=${value}; more=2`] as const
    expect(await who(sent(cookie(token)))).toBe('anna via cookie')
    expect(await who(sent(cookie(`lasting.${token}`)))).toBe('anna via cookie')
    expect(await who(sent(cookie(`other.${token}`)))).toBe('nobody')
    expect(await who(sent(['Cookie', `curfew_session_y=${token}`]))).toBe('nobody')
    expect(await who(sent())).toBe('nobody')
    // A header counts alone, right or wrong.
    expect(await who(sent(['Authorization', 'Bearer x'], cookie(token)))).toBe('nobody')
    expect(await who(sent(['Authorization', `Bearer ${token}`], cookie('x')))).toBe('anna via bearer')
  })

  test('is told by which way their session has ended', async () => {
    const { who, token, pass } = await openCaller()
    pass(1_200)
    expect(await who(sent(['Authorization', `Bearer ${token}`]))).toBe('ended: idle via bearer')
    expect(await who(sent(['Cookie', `curfew_session_x=${token}`]))).toBe('ended: idle via cookie')
  })

  test('O1: counts as active, unless the request or the call says that it is nobody’s activity', async () => {
    for (const [headers, passive, isActive] of [
      [[], undefined, true],
      [[], false, true],
      [[], true, false],
      [[['Session-Activity', 'passive']], false, false],
      [[['Session-Activity', 'active']], false, true],
      [[['Session-Activity', '']], false, true],
    ] as const) {
      const { who, token, pass, sessions, session } = await openCaller()
      pass(1_000)
      await who(sent(['Authorization', `Bearer ${token}`], ...headers), passive)
      pass(1_000)
      expect((await sessions.recheck(session.id)).state).toBe(isActive ? 'running' : 'ended')
    }
  })
})

const reasons: Readonly<Record<SessionEndReason, string>> = {
  idle: 'You were signed out because you were inactive.',
  maximum: 'Your session reached its longest duration.',
  revoked: 'Your session was revoked.',
  'signed-out': 'You signed out.',
  expired: 'Your authorization has expired.',
  disabled: 'Your account is disabled.',
  displaced: 'You have signed in many times since: of your sessions, the one unused for longest was ended.',
}

test('O5: whose session has ended is told why, in a sentence and for programs', () => {
  for (const [reason, sentence] of Object.entries(reasons) as [SessionEndReason, string][]) {
    expect(explainEnd(reason)).toBe(sentence)
    const problem = sessionEnded(reason)
    expect([problem.status, problem.code, problem.message, problem.more]).toEqual([
      401,
      'session-ended',
      sentence,
      { reason, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
    ])
  }
})

describe('A caller is demanded', () => {
  const refusal = (recognition: Recognition, request: Sent) => {
    try {
      return demandCaller(recognition, requestOf(request)).via
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return [error.code, error.message, error.more.headers?.['www-authenticate']]
    }
  }
  const by = (via: 'bearer' | 'cookie'): Recognition => ({ state: 'caller', caller: { via } as never })

  test('and nobody is asked to sign in, and whose session has ended is told', () => {
    expect(refusal({ state: 'nobody' }, {})).toEqual(['not-signed-in', 'Sign in first.', 'Bearer'])
    for (const via of ['bearer', 'cookie'] as const)
      expect(refusal({ state: 'ended', reason: 'idle', via }, {})).toEqual([
        'session-ended',
        reasons.idle,
        'Bearer error="invalid_token"',
      ])
  })

  test('and a browser’s cookie changes something for a page of this server alone', () => {
    const foreign = ['forbidden', 'This request did not come from a page of this server.', undefined]
    const own = ['Origin', 'http://127.0.0.1:8080'] as const
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      for (const [headers, isOwn] of [
        [[own], true],
        [[own, ['Sec-Fetch-Site', 'same-origin']], true],
        [[own, ['Sec-Fetch-Site', 'none']], true],
        [[], false],
        [[['Sec-Fetch-Site', 'same-origin']], false],
        [[['Origin', 'http://evil.example']], false],
        [[['Origin', 'http://127.0.0.1:8081']], false],
        [[['Origin', 'null']], false],
        [[own, ['Sec-Fetch-Site', 'cross-site']], false],
        [[own, ['Sec-Fetch-Site', 'same-site']], false],
      ] as const) {
        const request = { method, ...sent(...headers) }
        expect([headers, refusal(by('cookie'), request)]).toEqual([headers, isOwn ? 'cookie' : foreign])
        expect(refusal(by('bearer'), request)).toBe('bearer')
        expect(refusal(by('cookie'), { ...request, method: 'GET' })).toBe('cookie')
      }
  })
})

describe('Cookies', () => {
  const common = { path: '/', httpOnly: true, sameSite: 'lax', secure: false }

  test('are called by the organisation, and over TLS are this host’s alone', () => {
    expect(cookieNamesOf('0123456789abcdef')).toEqual({
      session: 'curfew_session_0123456789',
      device: 'curfew_device_0123456789',
    })
    for (const [encrypted, prefix] of [
      [false, ''],
      [true, '__Host-'],
    ] as const) {
      const request = requestOf({
        encrypted,
        ...sent([
          'Cookie',
          'curfew_session_x=plain; __Host-curfew_session_x=host; curfew_device_x=plain; __Host-curfew_device_x=host',
        ]),
      })
      const value = encrypted ? 'host' : 'plain'
      expect(readSessionCookie(request)).toEqual({ token: value, isLasting: false })
      expect(readDeviceCookie(request)).toBe(value)
      const { reply, set } = replyTo(request)
      writeSessionCookie(request, reply, 'token', false)
      writeSessionCookie(request, reply, 'token', true)
      clearSessionCookie(reply)
      writeDeviceCookie(request, reply, 'proof')
      const options = { ...common, secure: encrypted }
      expect(set).toEqual([
        ['set', `${prefix}curfew_session_x`, 'token', options],
        ['set', `${prefix}curfew_session_x`, 'lasting.token', { ...options, maxAge: 34_560_000 }],
        ['clear', `${prefix}curfew_session_x`, options],
        ['set', `${prefix}curfew_device_x`, 'proof', { ...options, sameSite: 'strict', maxAge: 7_776_000 }],
      ])
    }
  })

  test('say whether they outlive the browser’s window', () => {
    const read = (value: string) =>
      readSessionCookie(requestOf(sent(['Cookie', `curfew_session_x=${value}`])))
    expect(read('lasting.token')).toEqual({ token: 'token', isLasting: true })
    expect(read('token')).toEqual({ token: 'token', isLasting: false })
    expect(read('tokenlasting.')).toEqual({ token: 'tokenlasting.', isLasting: false })
    expect(readSessionCookie(requestOf())).toBeUndefined()
    expect(readDeviceCookie(requestOf())).toBeUndefined()
  })
})
