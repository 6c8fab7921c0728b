import { describe, expect, test } from 'vitest'
import { ann, fakeSessionService as build, refuse, say } from '../../../support/fake-session-service.ts'

describe('O4: a revocation', () => {
  const path = 'POST /sessions/revoke'
  const options = { reason: 'Left', includeOwn: false }
  const revocations = ({ sent }: Pick<ReturnType<typeof build>, 'sent'>) =>
    sent().filter(([what]) => what === path)
  const report = (outcome: string, revoked: number) => say({ results: [{ id: 'u1', outcome, revoked }] })

  test('names people or sessions, with the reason, and keeps Curfew’s own unless asked', async () => {
    const { connect, sent } = build({ [path]: () => report('revoked', 2) })
    const { sessions } = await connect()
    const done = { ok: true, value: { results: [{ id: 'u1', outcome: 'revoked', revoked: 2 }] } }
    expect(await sessions?.revoke.users?.(['u1'], options)).toEqual(done)
    expect(await sessions?.revoke.sessions?.(['s1', 's2'], { ...options, includeOwn: true })).toEqual(done)
    expect(sent()).toEqual([
      [path, { userIds: ['u1'], reason: 'Left', keepCurrent: true }],
      [path, { sessionIds: ['s1', 's2'], reason: 'Left', keepCurrent: false }],
    ])
  })

  test('of people without a session has ended nothing; of a session that is gone it is said', async () => {
    const { connect } = build({ [path]: () => report('gone', 0) })
    const { sessions } = await connect()
    expect(await sessions?.revoke.users?.(['u1'], options)).toMatchObject({
      value: { results: [{ id: 'u1', outcome: 'revoked', revoked: 0 }] },
    })
    expect(await sessions?.revoke.sessions?.(['u1'], options)).toMatchObject({
      value: { results: [{ outcome: 'gone' }] },
    })
  })

  test('whose answer was lost is sent once more; lost twice, what it did is not known', async () => {
    let times = 0
    const lose = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNRESET') }))
    const once = build({
      [path]: () => {
        times += 1
        return times === 1 ? lose() : report('forbidden', 0)
      },
    })
    const again = await (await once.connect()).sessions?.revoke.users?.(['u1'], options)
    expect(again).toMatchObject({ value: { results: [{ outcome: 'forbidden' }] } })
    expect(revocations(once)).toHaveLength(2)
    const twice = build({ [path]: lose })
    expect(await (await twice.connect()).sessions?.revoke.sessions?.(['s1'], options)).toEqual({
      ok: false,
      problem: {
        code: 'not-known',
        message:
          'The connection to sessions.example.com broke off before it had answered. Whether these sessions have ended is not known. Look at them once the server answers, or try again: what has ended stays ended.',
      },
    })
    expect(revocations(twice)).toHaveLength(2)
  })

  test('whose answer was lost is what the second says, and is not sent again after the lock', async () => {
    const lose = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNRESET') }))
    let times = 0
    const refused = build({
      [path]: () => {
        times += 1
        return times === 1 ? lose() : refuse('forbidden', 403)
      },
    })
    expect(await (await refused.connect()).sessions?.revoke.users?.(['u1'], options)).toMatchObject({
      problem: { code: 'refused' },
    })
    const locked = build({
      [path]: () => {
        locked.abort.abort()
        return lose()
      },
    })
    expect(await (await locked.connect()).sessions?.revoke.users?.(['u1'], options)).toMatchObject({
      problem: { code: 'not-known' },
    })
    expect(revocations(locked)).toHaveLength(1)
  })

  test('that was refused, or never sent, is not sent again', async () => {
    for (const answer of [
      () => refuse('forbidden', 403),
      () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
    ]) {
      const { connect, sent } = build({ [path]: answer })
      expect(await (await connect()).sessions?.revoke.users?.(['u1'], options)).toMatchObject({ ok: false })
      expect(sent()).toHaveLength(1)
    }
  })

  test('C4: outlasts the lock, which ends everything else, and the farewell waits for it', async () => {
    const held = Promise.withResolvers<Response>()
    const { connect, abort, requests, sent } = build({
      [path]: () => held.promise,
      'GET /me': () => say(ann),
    })
    const connection = await connect()
    const revoking = connection.sessions?.revoke.users?.(['u1'], options)
    await connection.check()
    abort.abort()
    expect(requests.map(({ signal }) => (signal as AbortSignal).aborted)).toEqual([false, true])
    const leaving = connection.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent().map(([what]) => what)).toEqual([path, 'GET /me'])
    held.resolve(report('revoked', 1))
    expect(await revoking).toMatchObject({ ok: true })
    await leaving
    expect(sent().map(([what]) => what)).toEqual([path, 'GET /me', 'POST /sign-out'])
  })
})
