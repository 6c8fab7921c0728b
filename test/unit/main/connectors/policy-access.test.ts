import { describe, expect, test, vi } from 'vitest'
import { defaultPolicy, servedFields } from '../../../../domain/service-policy.ts'
import type { Connection } from '../../../../main/connectors/connector.ts'
import { fakeSessionService as build, refuse, say, server } from '../../../support/fake-session-service.ts'

const then = '2026-01-01T12:00:00.000Z'
const path = 'GET /security/policy'
const put = 'PUT /security/policy'
const ask = 'POST /security/policy/preview'

const withIdle = (seconds: number) => ({ ...defaultPolicy, idleTimeout: { enabled: true, seconds } })
const stored = (policy = defaultPolicy, revision: string | undefined = '1') => ({
  ...policy,
  updatedAt: then,
  updatedBy: 'ann',
  ...(revision !== '' && { revision }),
})
const limit = (seconds: number) => ({ inactivity: { on: true, seconds } })
const lose = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNRESET') }))

/** Answers one after the other, the last one for ever. */
function inTurn(...answers: readonly (() => Response | Promise<Response>)[]) {
  let at = 0
  return () => {
    const answer = answers[Math.min(at, answers.length - 1)]
    at += 1
    if (!answer) throw new Error('Nothing answers.')
    return answer()
  }
}

async function policyOf({ connect }: { readonly connect: () => Promise<Connection> }) {
  const { policy } = await connect()
  if (!policy?.preview) throw new Error('No policy, or no preview of it.')
  return { ...policy, preview: policy.preview }
}

describe('the rules of the session service', () => {
  test('are read with what the service says of them, of whom, and when that was', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-01-02T00:00:00Z'), toFake: ['Date'] })
    const { read } = await policyOf(build({ [path]: () => say(stored()) }))
    expect(await read()).toEqual({
      ok: true,
      value: {
        fields: servedFields(defaultPolicy),
        revision: '1',
        asOf: '2026-01-02T00:00:00.000Z',
        updatedAt: then,
        updatedBy: 'ann',
      },
    })
    vi.useRealTimers()
  })

  test('are looked at without counting as activity while the admin is away', async () => {
    const service = build({ [path]: () => say(stored()), [ask]: () => refuse('internal', 500) })
    const { read, preview } = await policyOf(service)
    await read()
    await preview(limit(60), '1')
    service.adminLeaves()
    await read()
    await preview(limit(60), '1')
    expect(service.requests.map(({ what, headers }) => [what, headers['Session-Activity']])).toEqual([
      [path, undefined],
      [ask, undefined],
      [path, 'passive'],
      [ask, 'passive'],
    ])
  })

  test('that can’t be read, or are none, are said to be so', async () => {
    for (const [answer, code] of [
      [() => refuse('forbidden', 403), 'refused'],
      [() => say({ hello: 1 }), 'server-error'],
    ] as const) {
      const { read, write, preview } = await policyOf(build({ [path]: answer }))
      for (const outcome of [await read(), await write(limit(60), '1'), await preview(limit(60), '1')])
        expect(outcome).toMatchObject({ ok: false, problem: { code } })
    }
  })
})

describe('B1: a preview of the rules', () => {
  const value = {
    endsSessions: 2,
    endsUsers: 1,
    endsYours: false,
    byKind: { web: 2, token: 0, kubernetes: 0 },
  }

  test('is asked for with the change laid over what was read last, without reading it again', async () => {
    const service = build({ [path]: () => say(stored()), [ask]: () => say(value) })
    const { read, preview } = await policyOf(service)
    await read()
    expect(await preview(limit(60), '1')).toEqual({ ok: true, value })
    expect(service.sent()).toEqual([[path], [ask, withIdle(60)]])
  })

  test('is asked for over what is stored now, where that was read at another revision, or never', async () => {
    const service = build({
      [path]: inTurn(
        () => say(stored()),
        () => say(stored(withIdle(600), '2')),
      ),
      [ask]: () => say(value),
    })
    const { preview } = await policyOf(service)
    await preview({ 'remember-me': { on: false } }, '1')
    await preview({ 'remember-me': { on: false } }, '2')
    const off = { enabled: false, maximumSeconds: defaultPolicy.rememberMe.maximumSeconds }
    expect(service.sent()).toEqual([
      [path],
      [ask, { ...defaultPolicy, rememberMe: off }],
      [path],
      [ask, { ...withIdle(600), rememberMe: off }],
    ])
    expect(service.requests[0]?.headers['Session-Activity']).toBe('passive')
  })

  test('that is refused names the rules as the form does; of a rule that the service lacks none is asked for', async () => {
    const errors = [{ field: 'idleTimeout.seconds', code: 'too-short', message: 'Too short.' }]
    const service = build({
      [path]: () => say(stored()),
      [ask]: () => refuse('invalid', 400, { errors }),
    })
    const { preview } = await policyOf(service)
    expect(await preview(limit(1), '1')).toMatchObject({
      problem: { code: 'invalid', errors: [{ ...errors[0], field: 'inactivity' }] },
    })
    const asked = service.sent().length
    expect(await preview({ kubernetes: { on: true, seconds: 60 } }, '1')).toEqual({
      ok: false,
      problem: { code: 'unsupported', message: 'This server keeps no such rule in its policy.' },
    })
    expect(service.sent()).toHaveLength(asked)
  })

  test('is not offered by a service that has none', async () => {
    const { connect } = build({ 'GET /server': () => say({ ...server, capabilities: ['policy'] }) })
    expect((await connect()).policy).not.toHaveProperty('preview')
  })
})

describe('K4, B9: a change of the rules', () => {
  const written = () => say(stored(withIdle(60), '2'))

  test('is sent as the whole policy, over the revision it was begun on, and answered with what is stored', async () => {
    const service = build({ [path]: () => say(stored()), [put]: written })
    const { read, write } = await policyOf(service)
    await read()
    service.adminLeaves()
    expect(await write(limit(60), '1')).toMatchObject({
      ok: true,
      value: { outcome: 'written', reading: { revision: '2', fields: servedFields(withIdle(60)) } },
    })
    expect(service.sent()).toEqual([[path], [put, withIdle(60)]])
    expect(service.requests[1]?.headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/json',
      authorization: 'Bearer token-1',
      'if-match': '"1"',
    })
    // What was answered is what the next change is laid over.
    await write({ 'remember-me': { on: true } }, '2')
    expect(service.sent().slice(2)).toEqual([[put, withIdle(60)]])
  })

  test('on a revision that is no longer stored is a conflict, and is not sent', async () => {
    const service = build({ [path]: () => say(stored(withIdle(600), '2')) })
    const { write } = await policyOf(service)
    expect(await write(limit(60), '1')).toMatchObject({
      value: { outcome: 'conflict', reading: { revision: '2' } },
    })
    expect(service.sent()).toEqual([[path]])
    expect(service.requests[0]?.headers['Session-Activity']).toBe('passive')
  })

  test('of a rule that the service lacks is not sent, nor one on no revision at all', async () => {
    const service = build({ [path]: () => say(stored(defaultPolicy, '')) })
    const { write } = await policyOf(service)
    expect(await write({ kubernetes: { on: true, seconds: 60 } }, '')).toMatchObject({
      problem: { code: 'unsupported' },
    })
    expect(await write(limit(60), '')).toEqual({
      ok: false,
      problem: {
        code: 'gateway',
        message:
          'Something in front of the server takes away which version of the rules was read (the ETag), so that they can’t be changed safely. Update the server, or let ETags through.',
      },
    })
    expect(service.sent()).toEqual([[path]])
  })

  test('that the service refuses is not done, and names the rules as the form does', async () => {
    const errors = [{ field: 'rememberMe.maximumSeconds', code: 'too-long', message: 'Too long.' }]
    const service = build({
      [path]: () => say(stored()),
      [put]: inTurn(
        () => refuse('invalid', 400, { errors }),
        () => refuse('forbidden', 403, { permission: 'AdministerSystem' }),
      ),
    })
    const { write } = await policyOf(service)
    expect(await write(limit(60), '1')).toEqual({
      ok: false,
      problem: { code: 'invalid', message: 'No.', errors: [{ ...errors[0], field: 'maximum' }] },
    })
    expect(await write(limit(60), '1')).toEqual({
      ok: false,
      problem: { code: 'refused', message: 'No.', permission: 'AdministerSystem' },
    })
    expect(service.sent().filter(([what]) => what === path)).toHaveLength(1)
  })

  test.each([
    ['was lost', lose],
    ['is a fault of the service', () => refuse('internal', 500)],
    ['is a gateway’s', () => new Response('<h1>Busy</h1>', { status: 502 })],
    ['says otherwise than promised', () => say({ hello: 1 })],
  ])('whose answer %s is neither done nor undone before what is stored was read again', async (_, answer) => {
    const settled = async (now: unknown) => {
      const again = () => (now === undefined ? refuse('unavailable', 503) : say(now))
      const service = build({ [path]: inTurn(() => say(stored()), again), [put]: answer })
      service.adminLeaves()
      const { read, write } = await policyOf(service)
      await read()
      const outcome = await write(limit(60), '1')
      expect(service.sent().map(([what]) => what)).toContain(put)
      expect(service.requests.at(-1)).toMatchObject({
        what: path,
        headers: { 'Session-Activity': 'passive' },
      })
      return outcome
    }
    expect(await settled(stored(withIdle(60), '2'))).toMatchObject({
      value: { outcome: 'written', readAgain: true, reading: { revision: '2' } },
    })
    expect(await settled(stored(withIdle(600), '2'))).toMatchObject({
      value: { outcome: 'conflict', reading: { revision: '2' } },
    })
    expect(await settled(stored())).toMatchObject({
      problem: {
        message: expect.stringMatching(/Curfew read the rules again: nothing was changed so far\.$/),
      },
    })
    expect(await settled(undefined)).toMatchObject({
      problem: { code: 'not-known', message: expect.stringMatching(/the rules could not be read again/) },
    })
  })

  test('that came too late is a conflict with what the service has told, or else with what is read again', async () => {
    const now = stored(withIdle(600), '3')
    for (const [body, reads] of [
      [{ code: 'conflict', title: 'No.', current: now }, 1],
      [{ code: 'conflict', title: 'No.' }, 2],
    ] as const) {
      const service = build({
        [path]: inTurn(
          () => say(stored()),
          () => say(now),
        ),
        [put]: () => say(body, 412),
      })
      const { write } = await policyOf(service)
      expect(await write(limit(60), '1')).toMatchObject({
        value: { outcome: 'conflict', reading: { revision: '3', fields: servedFields(withIdle(600)) } },
      })
      expect(service.sent().filter(([what]) => what === path)).toHaveLength(reads)
    }
    const silent = build({
      [path]: inTurn(
        () => say(stored()),
        () => refuse('forbidden', 403),
      ),
      [put]: () => say({}, 412),
    })
    expect(await (await policyOf(silent)).write(limit(60), '1')).toMatchObject({
      problem: { code: 'refused' },
    })
  })
})
