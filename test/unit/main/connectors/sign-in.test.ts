import { describe, expect, test, vi } from 'vitest'
import { sessionService } from '../../../../main/connectors/session-service/session-service.ts'
import {
  ann,
  fakeSessionService as build,
  credential,
  say,
  server,
} from '../../../support/fake-session-service.ts'

const locked = {
  ok: false,
  problem: { code: 'locked', message: 'Curfew is locked. Unlock it and try again.' },
}

describe('signing in to the session service', () => {
  test('shows what the last sign-in was answered with, and hands on what this one was', async () => {
    const { target, sent } = build({
      'POST /sign-in': () => say({ token: 'token-1', user: ann, device: 'device-2' }, 201),
    })
    const connected = await sessionService.connect(target, {
      credential: { ...credential, device: 'device-1' },
    })
    expect(sent()[1]).toEqual(['POST /sign-in', expect.objectContaining({ device: 'device-1' })])
    expect(connected).toMatchObject({ ok: true, value: { device: 'device-2' } })
    const { connect } = build()
    expect(await connect()).not.toHaveProperty('device')
  })

  test.each([
    ['a device of 200 characters', { device: 'x'.repeat(200) }, true],
    ['a longer one', { device: 'x'.repeat(201) }, false],
    ['no person', { user: undefined }, false],
    ['a person whose role is unheard of', { user: { ...ann, role: 'king' } }, false],
  ])('is done where it is answered with %s: %#', async (_, more, ok) => {
    const { target } = build({ 'POST /sign-in': () => say({ token: 'token-1', user: ann, ...more }, 201) })
    expect((await sessionService.connect(target, { credential })).ok).toBe(ok)
  })

  test.each([
    ['an id of 200 characters', { instanceId: 'x'.repeat(200) }, true],
    ['a longer id', { instanceId: 'x'.repeat(201) }, false],
    ['an empty id', { instanceId: '' }, false],
    ['no name', { name: undefined }, false],
    ['no version', { version: undefined }, false],
    ['no capabilities', { capabilities: undefined }, false],
    ['a capability that is no word', { capabilities: [1] }, false],
  ])('C2: is tried on a server with %s: %#', async (_, more, ok) => {
    const { target } = build({ 'GET /server': () => say({ ...server, ...more }) })
    expect((await sessionService.probe(target)).ok).toBe(ok)
    expect((await sessionService.connect(target, { credential })).ok).toBe(ok)
  })

  test('C2: a server that nobody answered for yet may be another one, a known one is behind a gateway', async () => {
    const page = build({ 'GET /server': () => new Response('<h1>Hello</h1>', { status: 404 }) }).target
    const gone = build({ 'GET /server': () => Promise.reject(new Error('ECONNREFUSED')) }).target
    const known = { serverId: 'server-1' }
    expect(await sessionService.probe(page)).toEqual({
      ok: false,
      problem: {
        code: 'not-this-product',
        message: 'What answers at sessions.example.com is not a session service. Check the address.',
      },
    })
    expect(await sessionService.probe({ ...page, ...known })).toMatchObject({ problem: { code: 'gateway' } })
    expect(await sessionService.probe(gone)).toMatchObject({
      problem: { message: expect.stringMatching(/Check the address/) },
    })
    expect(await sessionService.probe({ ...gone, ...known })).toMatchObject({
      problem: { message: expect.not.stringMatching(/address/) },
    })
  })

  test('tells just before the password leaves, and not where none does', async () => {
    const { target, sent } = build()
    const onSecretSent = vi.fn(() => expect(sent()).toEqual([['GET /server']]))
    await sessionService.connect({ ...target, onSecretSent }, { credential })
    expect(onSecretSent).toHaveBeenCalledTimes(1)
    await sessionService.connect(
      { ...target, onSecretSent },
      { credential: { ...credential, kind: 'bearer' } },
    )
    await sessionService.connect({ ...target, onSecretSent, serverId: 'other' }, { credential })
    expect(onSecretSent).toHaveBeenCalledTimes(1)
  })

  test('C4: sends no password after a lock, and is not cut off by one: what it made is signed out', async () => {
    const before = build({
      'GET /server': () => {
        before.abort.abort()
        return say(server)
      },
    })
    expect((await sessionService.connect(before.target, { credential })).ok).toBe(false)
    expect(before.sent()).toEqual([['GET /server']])

    const meanwhile = build({
      'POST /sign-in': () => {
        meanwhile.abort.abort()
        return say({ token: 'token-1', user: ann }, 201)
      },
    })
    expect(await sessionService.connect(meanwhile.target, { credential })).toEqual(locked)
    expect(meanwhile.sent().map(([what]) => what)).toEqual(['GET /server', 'POST /sign-in', 'POST /sign-out'])
    expect(meanwhile.requests.at(-1)?.headers).toMatchObject({ authorization: 'Bearer token-1' })
    const [asked, signIn] = meanwhile.requests.map(({ signal }) => (signal as AbortSignal).aborted)
    expect([asked, signIn]).toEqual([true, false])
  })

  test('C1: on this computer’s own port asks before each request whether it still is the same server', async () => {
    let who: object = server
    const fake = build({ 'GET /server': () => say(who), 'GET /me': () => say(ann) })
    const plain = {
      ...fake.target,
      baseUrl: 'http://127.0.0.1:4180',
      fetch: (url: string, init?: RequestInit) =>
        fake.target.fetch(url.replace('http://127.0.0.1:4180', 'https://sessions.example.com/base'), init),
    }
    const connected = await sessionService.connect(plain, { credential })
    if (!connected.ok) throw new Error(connected.problem.message)
    fake.requests.length = 0
    expect(await connected.value.check()).toMatchObject({ ok: true })
    expect(fake.sent()).toEqual([['GET /server'], ['GET /me']])
    who = { ...server, instanceId: 'server-2' }
    expect(await connected.value.check()).toMatchObject({ problem: { code: 'another-server' } })
    expect(fake.sent()).toHaveLength(3)
  })

  test('C1: of a server that has no id nothing more can be asked than that it is a session service', async () => {
    const nameless = { ...server, instanceId: undefined }
    const fake = build({
      'GET /server': () => say(nameless),
      'GET /me': () => Promise.reject(new Error('RESET')),
    })
    const connection = await fake.connect()
    await connection.check()
    await connection.check()
    expect(fake.sent().map(([what]) => what)).toEqual(['GET /me', 'GET /server', 'GET /me'])
  })
})
