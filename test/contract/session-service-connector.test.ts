import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SignIn } from '../../domain/credential.ts'
import { policyOf } from '../../domain/policy.ts'
import type { Outcome } from '../../domain/problem.ts'
import { may, Right } from '../../domain/rights.ts'
import { defaultPolicy, servedFields } from '../../domain/service-policy.ts'
import { type Connection, capabilitiesOf } from '../../main/connectors/connector.ts'
import { sessionService } from '../../main/connectors/session-service/session-service.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import {
  demoPassword,
  demoPeople,
  ownerPassword,
  startTestService,
  type TestService,
} from '../support/session-service.ts'
import { startUntrustedServer } from '../support/untrusted-server.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

const target = (baseUrl: string, signal = new AbortController().signal) => ({ baseUrl, fetch, signal })

const signInAs = (account: string, secret: string): SignIn => ({
  credential: { kind: 'password', account, secret },
})

const connect = (username = 'owner', password = ownerPassword) =>
  sessionService.connect(target(service.url), signInAs(username, password))

function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problem))
  return outcome.value
}

const codeOf = (outcome: Outcome<unknown>) => (outcome.ok ? 'ok' : outcome.problem.code)

/** A part of a connection that this server must have. */
function has<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('The connection lacks this part.')
  return part
}

const fresh = policyOf(servedFields(defaultPolicy))
const exception = { 'inactivity-binds-remembered': { on: true } }

const owner = async (): Promise<Connection> => unwrap(await connect())

describe('the connector of the session service, against the real one', () => {
  test('C2: signs in and says who it is and what the server can do', async () => {
    const connection = await owner()
    expect(connection.me).toMatchObject({ username: 'owner', role: 'Owner' })
    expect(capabilitiesOf(connection)).toEqual([
      'policy.read',
      'policy.write',
      'policy.preview',
      'config.read',
      'config.write',
      'config.preview',
      'users.list',
      'sessions.list',
      'sessions.revoke-one',
      'sessions.revoke-user',
    ])
  })

  test('C1: behind an attacker’s address the app still gets in, with the proof of its last sign-in', async () => {
    const attacked = await startTestService()
    try {
      const signIn = (secret: string, device?: string) =>
        sessionService.connect(target(attacked.url), {
          credential: { kind: 'password', account: 'owner', secret, device },
        })
      const { device } = unwrap(await signIn(ownerPassword))
      for (let tries = 0; tries < 10; tries++) await signIn('wrong')
      expect(codeOf(await signIn(ownerPassword))).not.toBe('ok')
      expect(codeOf(await signIn(ownerPassword, device))).toBe('ok')
    } finally {
      await attacked.stop()
    }
  })

  test.each([
    [demoPeople.admin, Right.options],
    [demoPeople.helpdesk, ['users.view', 'users.edit', 'sessions.revoke']],
    [demoPeople.viewer, ['users.view']],
    [demoPeople.member, []],
  ])('K1, O4: knows the rights of %s, as the service grants them', async (username, rights) => {
    const connection = unwrap(await connect(username, demoPassword))
    expect(connection.me.rights).toEqual(Object.fromEntries(rights.map((right) => [right, 'held'])))
    const read = await has(connection.policy).read()
    expect(codeOf(read)).toBe(may(connection.me, 'policy.read') ? 'ok' : 'refused')
    const list = await has(connection.users).list({ search: '', active: false, limit: 1 })
    expect(codeOf(list)).toBe(may(connection.me, 'users.view') ? 'ok' : 'refused')
    const revoked = unwrap(
      await has(has(connection.sessions).revoke.sessions)(['no-such-session'], {
        reason: '',
        includeOwn: false,
      }),
    )
    const outcome = may(connection.me, 'sessions.revoke') ? 'gone' : 'forbidden'
    expect(revoked.results).toEqual([{ id: 'no-such-session', outcome, revoked: 0 }])
  })

  test('takes a user name and a password, and says so to any other credential', async () => {
    const credential = { kind: 'api-key', account: '', secret: 'API-1' } as const
    expect(codeOf(await sessionService.connect(target(service.url), { credential }))).toBe('unsupported')
  })

  test('lacks what the server itself does not claim to do', async () => {
    const lesser: typeof fetch = async (url, init) => {
      const response = await fetch(url, init)
      if (!String(url).endsWith('/server')) return response
      const { capabilities, ...server } = await response.json()
      return Response.json({
        ...server,
        capabilities: capabilities.filter(
          (one: string) => !['policy-preview', 'config', 'revoke-many'].includes(one),
        ),
      })
    }
    const connection = unwrap(
      await sessionService.connect(
        { ...target(service.url), fetch: lesser },
        signInAs('owner', ownerPassword),
      ),
    )
    expect(capabilitiesOf(connection)).toEqual(['policy.read', 'policy.write', 'users.list', 'sessions.list'])
  })

  test('a wrong password is said as such', async () => {
    expect(codeOf(await connect('owner', 'not it'))).toBe('invalid-credentials')
  })

  test('K4, B1: reads, previews and writes the policy, and refuses a stale basis with what is stored', async () => {
    const policy = has((await owner()).policy)
    const read = unwrap(await policy.read())
    expect(read.fields).toEqual(servedFields(defaultPolicy))

    const change = { inactivity: { on: true, seconds: 3_600 } }
    const preview = unwrap(await has(policy.preview)(change, read.revision))
    expect(preview).toEqual({
      endsSessions: 0,
      endsUsers: 0,
      endsYours: false,
      byKind: { web: 0, token: 0, kubernetes: 0 },
    })
    const short = { inactivity: { on: true, seconds: 60 } }
    const many = unwrap(await has(policy.preview)(short, read.revision))
    expect(many.endsUsers).toBeGreaterThan(0)
    expect(many.endsSessions).toBeGreaterThanOrEqual(many.endsUsers)
    expect(many.byKind).toEqual({ web: many.endsSessions, token: 0, kubernetes: 0 })
    expect(unwrap(await policy.read()).revision).toBe(read.revision)

    const written = unwrap(await policy.write(change, read.revision))
    expect(written.outcome).toBe('written')
    expect(written.reading.fields.inactivity?.value).toEqual(change.inactivity)
    expect(written.reading.updatedBy).toBe('owner')
    const { revision } = written.reading
    const stale = unwrap(await policy.write(exception, read.revision))
    expect(stale).toMatchObject({
      outcome: 'conflict',
      reading: { revision, fields: written.reading.fields },
    })
    const back = unwrap(await policy.write(fresh, revision))
    expect(back).toMatchObject({ outcome: 'written', reading: { fields: servedFields(defaultPolicy) } })
  })

  test('D1: rows of System Config are added, listed, changed and deleted, each at its revision', async () => {
    const config = has((await owner()).config)
    const flag = { type: 'Flags', key: 'connector-test', value: 'on' }
    const added = unwrap(await config.add(flag))
    if (added.outcome !== 'written') throw new Error(added.outcome)
    expect(added.entry).toMatchObject({ ...flag, updatedBy: 'owner' })
    const { id, revision } = added.entry
    const read = unwrap(await config.read())
    expect(read.types).toEqual(['AppConfig', 'Flags', 'TenantConfig', 'DockerRegistryCreds'])
    expect(read.keys.map(({ label }) => label)).toEqual([
      'Authorization token session duration',
      'Maximum K8s Session Duration',
    ])
    expect(read.entries).toContainEqual(added.entry)

    expect(unwrap(await config.add({ ...flag, value: 'off' }))).toEqual({
      outcome: 'exists',
      entry: added.entry,
    })
    const changed = unwrap(await config.replace(id, revision, { ...flag, value: 'off' }))
    if (changed.outcome !== 'written') throw new Error(changed.outcome)
    expect(changed.entry).toMatchObject({ id, value: 'off' })
    const stale = { outcome: 'conflict', entry: changed.entry }
    expect(unwrap(await config.replace(id, revision, flag))).toEqual(stale)
    expect(unwrap(await config.remove(id, revision))).toEqual(stale)
    expect(unwrap(await config.remove(id, changed.entry.revision))).toEqual({ outcome: 'removed' })
    expect(unwrap(await config.remove(id, changed.entry.revision))).toEqual({ outcome: 'removed' })
    expect(unwrap(await config.replace(id, revision, flag))).toEqual({ outcome: 'gone' })
  })

  test('D2, D3, B1: a duration is held to its bounds, and what it would end is counted', async () => {
    const config = has((await owner()).config)
    const minutes = (value: string) => ({ type: 'AppConfig', key: 'MaximumK8sSessionDuration', value })
    expect(await config.add(minutes('0'))).toMatchObject({
      problem: { code: 'invalid', errors: [{ field: 'value', code: 'too-short' }] },
    })
    expect(unwrap(await has(config.preview)(minutes('1')))).toMatchObject({ byKind: { web: 0, token: 0 } })
  })

  test('B9: what another admin stored meanwhile comes back whole, and is what the next change is made on', async () => {
    const policy = has((await owner()).policy)
    const read = unwrap(await policy.read())
    const theirs = { ...defaultPolicy, idleTimeout: { enabled: true, seconds: 7_200 } }
    const stored = await service.call('PUT', '/security/policy', {
      body: theirs,
      headers: { 'if-match': `"${read.revision}"` },
    })
    expect(stored.status).toBe(200)
    const stale = unwrap(await policy.write(exception, read.revision))
    expect(stale).toMatchObject({
      outcome: 'conflict',
      reading: { fields: servedFields(theirs), updatedBy: 'owner' },
    })
    const merged = unwrap(await policy.write(exception, stale.reading.revision))
    expect(merged).toMatchObject({
      outcome: 'written',
      reading: { fields: servedFields({ ...theirs, idleAppliesToRemembered: true }) },
    })
    unwrap(await policy.write(fresh, merged.reading.revision))
  })

  test('C2: reads, previews and writes the policy with one request each, and signs in with two; over plain http each is preceded by asking who answers', async () => {
    const asked: string[] = []
    const counting: typeof fetch = (url, init) => {
      asked.push(`${init?.method} ${new URL(String(url)).pathname.replace('/api/v1', '')}`)
      return fetch(url, init)
    }
    const connection = unwrap(
      await sessionService.connect(
        { ...target(service.url), fetch: counting },
        signInAs('owner', ownerPassword),
      ),
    )
    const policy = has(connection.policy)
    const { revision } = unwrap(await policy.read())
    unwrap(await has(policy.preview)(exception, revision))
    unwrap(await policy.write({ 'inactivity-binds-remembered': { on: false } }, revision))
    unwrap(await has(has(connection.sessions).ofUser)(connection.me.userId))
    expect(asked).toEqual([
      'GET /server',
      'POST /sign-in',
      'GET /server',
      'GET /security/policy',
      'GET /server',
      'POST /security/policy/preview',
      'GET /server',
      'PUT /security/policy',
      'GET /server',
      `GET /users/${connection.me.userId}/sessions`,
    ])
  })

  test.each([{ etag: 'weak', gzip: true }, { etag: 'removed' }] as const)(
    'B9: behind a proxy that changes the tag (%j) Update is no conflict with oneself',
    async (fault) => {
      await using proxy = await startFaultProxy(service.url)
      proxy.add({ fault })
      const connection = unwrap(
        await sessionService.connect(target(proxy.url), signInAs('owner', ownerPassword)),
      )
      const policy = has(connection.policy)
      const read = unwrap(await policy.read())
      const written = unwrap(await policy.write(exception, read.revision))
      expect(written.outcome).toBe('written')
      const { revision } = written.reading
      expect(unwrap(await policy.write(fresh, read.revision))).toMatchObject({
        outcome: 'conflict',
        reading: { revision },
      })
      expect(unwrap(await policy.write(fresh, revision)).outcome).toBe('written')
    },
  )

  test('a policy out of bounds comes back with the field and its bounds', async () => {
    const policy = has((await owner()).policy)
    const { revision } = unwrap(await policy.read())
    const refused = await policy.write({ inactivity: { on: true, seconds: 1 } }, revision)
    expect(refused).toMatchObject({
      ok: false,
      problem: { code: 'invalid', errors: [{ field: 'inactivity', min: 60 }] },
    })
  })

  test('K1: a member is refused the policy, with the reason', async () => {
    const member = unwrap(await connect(demoPeople.member, demoPassword))
    expect(codeOf(await has(member.policy).read())).toBe('refused')
    expect(codeOf(await has(member.users).list({ search: '', active: false, limit: 10 }))).toBe('refused')
  })

  test('O4, O5: finds a person, lists their sessions, revokes one and then all; a revoked one is dead', async () => {
    const connection = await owner()
    const token = await service.signIn(demoPeople.helpdesk, demoPassword)
    const page = unwrap(
      await has(connection.users).list({ search: demoPeople.helpdesk, active: true, limit: 10 }),
    )
    const person = has(page.items.find(({ username }) => username === demoPeople.helpdesk))
    const sessions = has(connection.sessions)
    const { items } = unwrap(await has(sessions.ofUser)(person.id))
    const options = { reason: 'Test', includeOwn: false }
    const one = unwrap(await has(sessions.revoke.sessions)([has(items[0]).id, 'no-such-session'], options))
    expect(one.results.map(({ outcome }) => outcome)).toEqual(['revoked', 'gone'])
    const all = unwrap(await has(sessions.revoke.users)([person.id], options))
    expect(all.results).toEqual([{ id: person.id, outcome: 'revoked', revoked: items.length - 1 }])
    expect(unwrap(await has(sessions.ofUser)(person.id)).items).toEqual([])
    // Nothing was left to end: that is no failure.
    const again = unwrap(await has(sessions.revoke.users)([person.id], options))
    expect(again.results).toEqual([{ id: person.id, outcome: 'revoked', revoked: 0 }])
    expect((await service.call('GET', '/me', { token })).status).toBe(401)
  })

  test('O4: its own session is kept unless asked for, and a revoked one needs signing in', async () => {
    const connection = await owner()
    const sessions = has(connection.sessions)
    await has(sessions.revoke.users)([connection.me.userId], { reason: '', includeOwn: false })
    expect(codeOf(await connection.check())).toBe('ok')
    await has(sessions.revoke.users)([connection.me.userId], { reason: '', includeOwn: true })
    expect(codeOf(await connection.check())).toBe('sign-in-needed')
  })

  test('says a person’s role as people call it, and lists people by the roles it names', async () => {
    const users = has((await owner()).users)
    expect(users.roles.map(({ people }) => people)).toEqual(['Owners', 'Admins', 'Members'])
    for (const { id, people } of users.roles) {
      const page = unwrap(await users.list({ search: '', active: false, limit: 50, role: id }))
      expect(page.items.length).toBeGreaterThan(0)
      expect(new Set(page.items.map(({ role }) => `${role}s`))).toEqual(new Set([people]))
    }
  })

  test('pages through everybody, each once, in the order of the names that are shown', async () => {
    const users = has((await owner()).users)
    const seen: string[] = []
    const names: string[] = []
    let cursor: string | undefined
    do {
      const page = unwrap(
        await users.list({ search: '', active: false, limit: 100, ...(cursor !== undefined && { cursor }) }),
      )
      seen.push(...page.items.map(({ id }) => id))
      names.push(...page.items.map(({ displayName }) => displayName))
      cursor = page.nextCursor ?? undefined
      expect(page.total).toBeGreaterThanOrEqual(250)
    } while (cursor !== undefined)
    expect(new Set(seen).size).toBe(seen.length)
    expect(names).toEqual(names.toSorted(new Intl.Collator('und').compare))
    expect(seen.length).toBeGreaterThanOrEqual(250)
  })

  test('C4: reads that nobody has just asked for are marked as passive; the admin’s own, and every change, are not', async () => {
    const marks: string[] = []
    let isHere = true
    const recording: typeof fetch = (url, init) => {
      const { pathname } = new URL(String(url))
      const headers = new Headers(init?.headers)
      // Asking who answers is nobody's activity: no session goes with it.
      if (!headers.has('authorization') && pathname.endsWith('/server')) return fetch(url, init)
      const passive = headers.get('session-activity') === 'passive'
      marks.push(`${init?.method} ${pathname.replace('/api/v1', '')} ${passive ? 'passive' : 'active'}`)
      return fetch(url, init)
    }
    const connection = unwrap(
      await sessionService.connect(
        { ...target(service.url), fetch: recording, adminIsHere: () => isHere },
        signInAs('owner', ownerPassword),
      ),
    )
    const read = async () => {
      marks.length = 0
      const { revision } = unwrap(await has(connection.policy).read())
      await has(has(connection.policy).preview)({ inactivity: { on: true, seconds: 3_600 } }, revision)
      await has(connection.users).list({ search: '', active: false, limit: 1 })
      await has(connection.users).read(connection.me.userId)
      await has(has(connection.sessions).ofUser)(connection.me.userId)
      await connection.check()
      return [...marks]
    }
    const user = `/users/${connection.me.userId}`
    // The check is never the admin's doing. A policy that was read costs no second look before a preview.
    expect(await read()).toEqual([
      'GET /security/policy active',
      'POST /security/policy/preview active',
      'GET /users active',
      `GET ${user} active`,
      `GET ${user}/sessions active`,
      'GET /me passive',
    ])
    isHere = false
    expect((await read()).filter((mark) => !mark.endsWith(' passive'))).toEqual([])
    marks.length = 0
    await has(has(connection.sessions).revoke.sessions)(['no-such-session'], {
      reason: '',
      includeOwn: false,
    })
    expect(marks).toEqual(['POST /sessions/revoke active'])
    await connection.close()
  })

  test('closing signs out on the server', async () => {
    const connection = await owner()
    await connection.close()
    expect(codeOf(await connection.check())).toBe('sign-in-needed')
  })

  test('an address where nobody listens is unreachable', async () => {
    expect(codeOf(await sessionService.probe(target('http://127.0.0.1:9')))).toBe('unreachable')
  })

  test('a server of another kind is not taken for a session service', async () => {
    const other = createServer((_request, response) => response.end('<h1>Welcome</h1>'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    expect(codeOf(await sessionService.probe(target(url)))).toBe('not-this-product')
    other.close()
  })

  test('a redirect is not followed', async () => {
    let followed = 0
    const goal = createServer((_request, response) => {
      followed += 1
      response.end('{}')
    })
    await new Promise<void>((resolve) => goal.listen(0, '127.0.0.1', resolve))
    const there = `http://127.0.0.1:${(goal.address() as AddressInfo).port}`
    const detour = createServer((_request, response) => response.writeHead(302, { location: there }).end())
    await new Promise<void>((resolve) => detour.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(detour.address() as AddressInfo).port}`
    expect(codeOf(await sessionService.probe(target(url)))).toBe('not-this-product')
    expect(followed).toBe(0)
    goal.close()
    detour.close()
  })

  test('a certificate that nobody vouches for is refused before anything is sent', async () => {
    const server = await startUntrustedServer()
    expect(codeOf(await sessionService.probe(target(server.url)))).toBe('untrusted-certificate')
    expect(server.requests()).toBe(0)
    await server.stop()
  })

  test('an aborted connection answers, and no request is left behind', async () => {
    const controller = new AbortController()
    const connection = unwrap(
      await sessionService.connect(target(service.url, controller.signal), signInAs('owner', ownerPassword)),
    )
    controller.abort()
    expect(codeOf(await connection.check())).toBe('locked')
  })
})
