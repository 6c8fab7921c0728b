import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { credentialRoutes } from '../../../../../service/http/routes/credential-routes.ts'
import { start } from '../../store/world.ts'
import { openRoutes } from './open-routes.ts'

const issuer = 'https://curfew.test'
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString()

describe('An authorization token (D2)', () => {
  test('is shown once, reads unless it is made for more, and is written down', async () => {
    const { ask, join, told, sessions } = await openRoutes(credentialRoutes)
    const { id, token } = await join('anna')
    await told()
    const { status, body } = await ask('POST', 'tokens', { as: token, body: { name: ' CI ' } })
    expect(status).toBe(201)
    expect(body).toEqual({
      token: expect.stringMatching(/^\S{30,}$/),
      session: {
        id: body.session.id,
        userId: id,
        kind: 'token',
        createdAt: at(0),
        lastActivityAt: at(0),
        remembered: false,
        client: 'CI',
        address: '192.0.2.7',
        scopes: ['read'],
        endsAt: at(3_600),
        endsBecause: 'expired',
        current: false,
      },
    })
    expect(await sessions.validate(body.token)).toMatchObject({ state: 'running', holder: { id } })
    expect(await told()).toEqual({
      audit: [
        {
          actor: 'anna',
          action: 'token.add',
          target: `user:${id}`,
          after: { session: body.session.id, name: 'CI', scopes: ['read'] },
        },
      ],
      events: [
        { type: 'session-started', data: { session: { id: body.session.id, userId: id, kind: 'token' } } },
      ],
    })
    const more = await ask('POST', 'tokens', {
      as: token,
      body: { name: 'x', scopes: ['kubernetes', 'policy', 'policy'] },
    })
    expect(more.body.session.scopes).toEqual(['policy', 'kubernetes'])
  })

  test.each([
    [{}, 'name', 'required'],
    [{ name: '' }, 'name', 'too-short'],
    [{ name: 'n'.repeat(101) }, 'name', 'too-long'],
    [{ name: 'x', scopes: [] }, 'scopes', 'too-short'],
    [{ name: 'x', scopes: ['all'] }, 'scopes.0', 'not-allowed'],
    [{ name: 'x', scopes: Array(6).fill('read') }, 'scopes', 'too-long'],
    [{ name: 'x', more: 1 }, 'more', 'unknown'],
  ])('is not made of %j', async (body, field, code) => {
    const { ask, join } = await openRoutes(credentialRoutes)
    const { token } = await join('anna')
    expect(await ask('POST', 'tokens', { as: token, body })).toMatchObject({
      status: 422,
      body: { errors: [{ field, code }] },
    })
  })

  test('is made only with a password typed lately, by no token, not too many, and not too fast', async () => {
    const opened = await openRoutes(credentialRoutes, { quotas: { token: 1 }, credentialsPerMinute: 2 })
    const { ask, join, tokenOf, pass, told } = opened
    const body = { name: 'x' }
    const bob = await join('bob')
    const { token } = await tokenOf(bob.user, 'read', 'config', 'policy', 'revoke', 'kubernetes')
    expect((await ask('POST', 'tokens', { as: token, body })).body).toMatchObject({ code: 'forbidden' })
    const { token: as } = await join('anna')
    expect((await ask('POST', 'tokens', { as, body })).status).toBe(201)
    await told()
    const tooMany = await ask('POST', 'tokens', { as, body })
    expect(tooMany).toMatchObject({
      status: 409,
      body: { code: 'too-many', detail: expect.stringMatching(/1/) },
    })
    expect(await told()).toEqual({ audit: [], events: [] })
    const tooFast = await ask('POST', 'tokens', { as, body })
    expect(tooFast).toMatchObject({
      status: 429,
      body: { code: 'throttled' },
      headers: { 'retry-after': '30' },
    })
    pass(600)
    expect(await ask('POST', 'tokens', { as: bob.token, body })).toMatchObject({
      status: 403,
      body: { code: 'fresh-sign-in-needed' },
    })
  })

  test('is not made where something else fails', async () => {
    const { ask, join, sessions } = await openRoutes(credentialRoutes)
    const { token } = await join('anna')
    Object.assign(sessions, { start: () => Promise.reject(new Error('The disk fails.')) })
    expect(await ask('POST', 'tokens', { as: token, body: { name: 'x' } })).toMatchObject({
      status: 500,
      body: { detail: 'Error: The disk fails.' },
    })
  })
})

describe('A Kubernetes credential (D3)', () => {
  test('is signed, says who it is for and how long, and is written down', async () => {
    const { ask, join, told, storedSession } = await openRoutes(credentialRoutes, { issuer })
    const { id, token } = await join('anna', { permissions: ['UserView'] })
    await told()
    const { status, body } = await ask('POST', 'kubernetes/credential', { as: token })
    expect(status).toBe(201)
    expect(body).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { expirationTimestamp: at(3_600).replace('.000', ''), token: expect.any(String) },
    })
    const jwt = body.status.token
    const { keys } = (await ask('GET', '/.well-known/jwks.json')).body
    expect(keys).toEqual([
      {
        kty: 'EC',
        crv: 'P-256',
        x: expect.any(String),
        y: expect.any(String),
        kid: decodeProtectedHeader(jwt).kid,
        alg: 'ES256',
        use: 'sig',
      },
    ])
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'ES256', kid: keys[0].kid, typ: 'JWT' })
    const { payload } = await jwtVerify(jwt, await importJWK(keys[0], 'ES256'), {
      currentDate: new Date(start),
    })
    const sid = payload['sid'] as string
    expect(payload).toEqual({
      sid,
      jti: sid,
      sub: id,
      iss: issuer,
      aud: 'kubernetes',
      iat: start / 1000,
      exp: start / 1000 + 3_600,
      preferred_username: 'anna',
      groups: ['curfew:users', 'curfew:role:member', 'curfew:permission:UserView'],
    })
    expect(await storedSession(sid)).toMatchObject({
      kind: 'kubernetes',
      user_id: id,
      client: 'kubectl',
      address: '192.0.2.7',
      remembered: 0,
      parent_id: null,
    })
    expect(await told()).toEqual({
      audit: [
        { actor: 'anna', action: 'kubernetes.credential', target: `user:${id}`, after: { session: sid } },
      ],
      events: [{ type: 'session-started', data: { session: { id: sid, userId: id, kind: 'kubernetes' } } }],
    })
  })

  test('made with a token for it ends with that, has the name it is given, and is one of few', async () => {
    const { ask, join, tokenOf, storedSession, endOf } = await openEnding()
    const { user } = await join('anna', { role: 'admin' })
    const { token, session } = await tokenOf(user, 'kubernetes')
    const made = await ask('POST', 'kubernetes/credential', { as: token, body: { name: ' dash ' } })
    expect(made.status).toBe(201)
    const jwt = made.body.status.token
    const payload = decodeJwt(jwt)
    expect(payload['groups']).toEqual([
      'curfew:users',
      'curfew:role:admin',
      'curfew:permission:AdministerSystem',
      'curfew:permission:UserEdit',
      'curfew:permission:UserView',
    ])
    expect(await storedSession(payload['sid'] as string)).toMatchObject({
      client: 'dash',
      parent_id: session.id,
    })
    await endOf(session.id)
    expect((await verify(ask, jwt)).body).toEqual({ active: false, reason: 'revoked' })
  })

  test.each([
    [{ name: '' }, 'name', 'too-short'],
    [{ name: 'n'.repeat(101) }, 'name', 'too-long'],
    [{ more: 1 }, 'more', 'unknown'],
  ])('is not made of %j', async (body, field, code) => {
    const { ask, join } = await openRoutes(credentialRoutes, { issuer })
    const { token } = await join('anna')
    expect(await ask('POST', 'kubernetes/credential', { as: token, body })).toMatchObject({
      status: 422,
      body: { errors: [{ field, code }] },
    })
  })

  test('is made with the scope for it or a password typed lately, not too many, and not too fast', async () => {
    const quotas = { kubernetes: 1 }
    const { ask, join, tokenOf, pass } = await openRoutes(credentialRoutes, {
      issuer,
      quotas,
      credentialsPerMinute: 2,
    })
    const path = 'kubernetes/credential'
    const bob = await join('bob')
    const { token } = await tokenOf(bob.user, 'read', 'config')
    expect((await ask('POST', path, { as: token })).body).toMatchObject({ permission: 'scope kubernetes' })
    const { token: as } = await join('anna')
    expect((await ask('POST', path, { as })).status).toBe(201)
    expect(await ask('POST', path, { as })).toMatchObject({ status: 409, body: { code: 'too-many' } })
    expect(await ask('POST', path, { as })).toMatchObject({ status: 429, body: { code: 'throttled' } })
    pass(600)
    expect((await ask('POST', path, { as: bob.token })).body).toMatchObject({ code: 'fresh-sign-in-needed' })
  })

  test('is none of a server that was not told by which address clusters know it', async () => {
    const { ask, join } = await openRoutes(credentialRoutes)
    const { token } = await join('anna')
    const refusal = {
      status: 404,
      body: {
        code: 'not-found',
        detail:
          'This server makes no Kubernetes credentials: it was not told by which address clusters know it (--issuer).',
      },
    }
    expect(await ask('POST', 'kubernetes/credential', { as: token })).toMatchObject(refusal)
    expect(await ask('GET', '/.well-known/openid-configuration')).toMatchObject(refusal)
  })

  test('of a demo lives in the world’s time, and shorter by as much as its clock is faster', async () => {
    const { ask, join, pass } = await openRoutes(credentialRoutes, { issuer, timeScale: 7_000 })
    // Its own clock is ahead of the world's by then.
    pass(Math.ceil((Date.now() - start) / 1000) + 86_400)
    const { token } = await join('anna')
    const before = Math.floor(Date.now() / 1000)
    const { body } = await ask('POST', 'kubernetes/credential', { as: token })
    const { iat = 0, exp = 0 } = decodeJwt(body.status.token)
    expect(iat).toBeGreaterThanOrEqual(before)
    expect(iat).toBeLessThanOrEqual(Date.now() / 1000)
    expect(exp - iat).toBe(1)
    pass(3_599)
    expect((await verify(ask, body.status.token)).body).toMatchObject({ active: true })
  })
})

const verify = (ask: Awaited<ReturnType<typeof openRoutes>>['ask'], token: string, scheme = 'Bearer') =>
  ask('GET', 'kubernetes/verify', { headers: { authorization: `${scheme} ${token}` } })

async function openEnding() {
  const opened = await openRoutes(credentialRoutes, { issuer })
  return {
    ...opened,
    endOf: (id: string) => opened.sessions.endByIds({ author: opened.owner, because: 'revoked' }, [id]),
    /** A credential of somebody, with its session. */
    make: async (as: string) => {
      const { body } = await opened.ask('POST', 'kubernetes/credential', { as })
      const jwt = body.status.token as string
      return { jwt, sid: decodeJwt(jwt)['sid'] as string }
    },
  }
}

describe('Whether a Kubernetes credential is still good', () => {
  test('is told with whose it is, to whoever has it', async () => {
    const { ask, join, make } = await openEnding()
    const { id, token } = await join('anna', { role: 'owner' })
    const { jwt } = await make(token)
    for (const scheme of ['Bearer', 'bearer', 'Bearer  '])
      expect(await verify(ask, jwt, scheme)).toMatchObject({
        status: 200,
        body: {
          active: true,
          username: 'anna',
          subject: id,
          groups: [
            'curfew:users',
            'curfew:role:owner',
            'curfew:permission:AdministerSystem',
            'curfew:permission:UserEdit',
            'curfew:permission:UserView',
          ],
          endsAt: at(3_600),
        },
      })
    expect((await verify(ask, `${jwt}  `)).body.active).toBe(true)
  })

  test('it is not once its session was revoked, or it is over', async () => {
    const { ask, join, make, endOf, pass } = await openEnding()
    const { token } = await join('anna')
    const [first, second] = [await make(token), await make(token)]
    await endOf(first.sid)
    expect((await verify(ask, first.jwt)).body).toEqual({ active: false, reason: 'revoked' })
    pass(3_599)
    expect((await verify(ask, second.jwt)).body.active).toBe(true)
    pass(1)
    expect((await verify(ask, second.jwt)).body).toEqual({ active: false, reason: 'expired' })
  })

  test('it is not after what is written in it, also where sessions may last longer since', async () => {
    const { ask, join, make, entries, owner, pass } = await openEnding()
    const { token } = await join('anna')
    const { jwt } = await make(token)
    await entries.add(owner, { type: 'AppConfig', key: 'MaximumK8sSessionDuration', value: '120' })
    pass(3_599)
    expect((await verify(ask, jwt)).body).toMatchObject({ active: true, endsAt: at(7_200) })
    pass(1)
    expect((await verify(ask, jwt)).body).toEqual({ active: false, reason: 'expired' })
  })

  test('nothing else is one', async () => {
    const { ask, join, make, services, journal, sessions } = await openEnding()
    const { user, token, session } = await join('anna')
    const { jwt, sid } = await make(token)
    const invalid = { active: false, reason: 'invalid' }
    const signer = await journal.write((transaction) => services.signingKeys.signer(transaction))
    const signed = (claims: Record<string, unknown>, audience = 'kubernetes') =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: signer.kid })
        .setAudience(audience)
        .setExpirationTime(start / 1000 + 60)
        .sign(signer.privateKey)
    expect((await verify(ask, await signed({ sid }))).body.active).toBe(true)
    for (const other of [
      'nothing',
      token,
      `${jwt}x`,
      await signed({ sid }, 'others'),
      await signed({}),
      await signed({ sid: 7 }),
      await signed({ sid: 'none' }),
      await signed({ sid: session.id }),
      `${jwt} ${jwt}`,
    ])
      expect((await verify(ask, other)).body, other).toEqual(invalid)
    expect((await verify(ask, jwt, 'Basic')).body).toEqual(invalid)
    expect((await verify(ask, jwt, 'x Bearer')).body).toEqual(invalid)
    expect((await ask('GET', 'kubernetes/verify')).body).toEqual(invalid)
    // One that names no end is over.
    const endless = await new SignJWT({ sid })
      .setProtectedHeader({ alg: 'ES256', kid: signer.kid })
      .setAudience('kubernetes')
      .sign(signer.privateKey)
    expect((await verify(ask, endless)).body).toEqual({ active: false, reason: 'expired' })
    expect(user.id).toBe(((await sessions.recheck(sid)) as { holder: { id: string } }).holder.id)
  })
})

test('A cluster that is pointed at this server finds what it needs', async () => {
  const { ask } = await openRoutes(credentialRoutes, { issuer })
  expect(await ask('GET', '/.well-known/openid-configuration')).toMatchObject({
    status: 200,
    body: {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      authorization_endpoint: `${issuer}/sign-in`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      claims_supported: ['iss', 'aud', 'sub', 'exp', 'iat', 'sid', 'preferred_username', 'groups'],
    },
  })
})
