import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openDatabases } from './databases.ts'
import { contractOf, password, startService, type TestService } from './support.ts'

const pageRoutes = new URL('../../service/pages/page-routes.ts', import.meta.url)
const long = 'x'.repeat(3_000)

/** What may stand where one ordinary value is expected, already encoded. */
const odd: readonly string[] = [
  '',
  '%00',
  '%20',
  '%E2%80%AE',
  '%ED%A0%80',
  '%FF%FE',
  '%',
  '%zz',
  '+',
  '-1',
  '1e309',
  '9'.repeat(30),
  'null',
  'undefined',
  'true',
  '[]',
  '{}',
  '__proto__',
  'constructor',
  '..%2f..%2fetc%2fpasswd',
  '%27%20or%201%3D1--',
  '%F0%9F%98%80',
  long,
]

/** A name with each odd value, twice, as a list, as a property of a list, and under a name that objects have. */
const pairsFor = (name: string): readonly string[] => [
  ...odd.map((value) => `${name}=${value}`),
  `${name}=a&${name}=b`,
  `${name}=a&${name}=${long}`,
  Array.from({ length: 1_200 }, (_, at) => `${name}=${at}`).join('&'),
  `${name}[]=a`,
  `${name}[x]=a`,
  `${name}.x=a`,
  name,
  `=${name}`,
  `&&${name}=&=`,
  `__proto__=a&${name}=b`,
  `__proto__[x]=a`,
  `constructor=a&toString=b&hasOwnProperty=c`,
]

const formFields: Readonly<Record<string, readonly string[]>> = {
  '/sign-in': ['username', 'password', 'rememberMe', 'returnTo'],
  '/sign-out': ['anything'],
  '/profile/revoke': ['id', 'keep'],
  '/profile/password': ['currentPassword', 'newPassword', 'again'],
}
const pageQueries: Readonly<Record<string, readonly string[]>> = {
  '/': ['anything'],
  '/sign-in': ['returnTo', 'ended'],
  '/profile': ['older', 'revoked', 'changed'],
  '/assets/style.css': ['v'],
  '/favicon.ico': ['v'],
  '/no-such-page': ['x'],
}

interface Tried {
  readonly method: string
  readonly target: string
  readonly form?: string
}

/** Forms and queries of the pages. */
function pageRequests(): readonly Tried[] {
  return [
    ...Object.entries(pageQueries).flatMap(([path, names]) =>
      names.flatMap((name) => pairsFor(name).map((pairs) => ({ method: 'GET', target: `${path}?${pairs}` }))),
    ),
    ...Object.entries(formFields).flatMap(([path, names]) =>
      names.flatMap((name) => pairsFor(name).map((form) => ({ method: 'POST', target: path, form }))),
    ),
  ]
}

/** Queries and ids of every operation of the API. */
async function apiRequests({ origin }: TestService): Promise<readonly Tried[]> {
  const { operations } = await contractOf(origin)
  return operations
    .filter(({ id }) => id !== 'listenToEvents')
    .flatMap(({ method, path, operation }) => {
      const names: readonly string[] = [
        'anything',
        ...(operation.parameters ?? [])
          .filter((parameter: { in: string }) => parameter.in === 'query')
          .map(({ name }: { name: string }) => name),
      ]
      const queries = names.flatMap((name) =>
        pairsFor(name).map((pairs) => ({ method, target: `${path.replace('{id}', 'nobody')}?${pairs}` })),
      )
      const ids = path.includes('{id}') ? odd.map((id) => ({ method, target: path.replace('{id}', id) })) : []
      return [...queries, ...ids]
    })
}

for (const { name, open } of openDatabases())
  test(`Doubled, listed, long and odd parameters and form fields, on every page and every operation: none is a 5xx (${name})`, {
    timeout: 400_000,
  }, async () => {
    await using service = await startService({ open })
    await service.addUser('mia')
    let token = (await service.signIn('mia')).token
    const { operations } = await contractOf(service.origin)
    // A page that is added later has its line above.
    const mounted = readFileSync(pageRoutes, 'utf8').matchAll(/server\.(get|post)\('([^']+)'/g)
    for (const [, method, path = ''] of mounted)
      expect([path, path in (method === 'get' ? pageQueries : formFields)]).toEqual([path, true])
    const faults: string[] = []
    const statuses = new Map<number, number>()
    const requests = [...pageRequests(), ...(await apiRequests(service))]
    expect(requests.length).toBeGreaterThan(operations.length * 30)
    for (const { method, target, form } of requests) {
      for (const accept of target.startsWith('/api/') ? ['*/*'] : ['text/html', '*/*']) {
        const response = await fetch(service.origin + target, {
          method,
          redirect: 'manual',
          headers: {
            accept,
            origin: service.origin,
            cookie: `${service.cookieName}=${token}`,
            ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
          },
          ...(form !== undefined && { body: form }),
        })
        const text = await response.text()
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        const isOver = response.status === 401 || response.headers.get('location')?.startsWith('/sign-in')
        if (response.status >= 500 || /\bat \S+ \(|\.ts:\d/.test(text))
          faults.push(
            `${response.status} ${method} ${target.slice(0, 200)} ${form?.slice(0, 200) ?? ''}: ${text.slice(0, 200)}`,
          )
        // Some of it signs out or revokes, as it should.
        if (isOver) token = await tokenOf(service, 'mia')
      }
    }
    expect(faults).toEqual([])
    // It was not all refused at the door, nor all let through.
    expect(statuses.get(200) ?? 0).toBeGreaterThan(300)
    expect((statuses.get(422) ?? 0) + (statuses.get(400) ?? 0)).toBeGreaterThan(300)
    // Nothing of it was taken for an act of somebody else.
    expect((await service.call('POST', 'sign-in', { username: 'owner', password })).status).toBe(201)
  })

/** A new session, past the throttle that is not what this is about. */
async function tokenOf(service: TestService, username: string): Promise<string> {
  const { sessions, users, journal } = service.service.services
  const user = await users.findByUsername(username)
  const { token } = await journal.write((transaction, record) =>
    sessions.start(transaction, record, {
      userId: user?.id ?? '',
      kind: 'web',
      remembered: false,
      client: 'odd',
      address: '127.0.0.1',
    }),
  )
  return token
}

for (const { name, open } of openDatabases())
  test(`Revoking on the profile with an id that is long, doubled or a list says so, and revokes nothing (${name})`, async () => {
    await using service = await startService({ open })
    await service.addUser('mia')
    const mia = await service.signIn('mia')
    const other = await service.signIn('mia')
    const revoke = async (form: string) =>
      (
        await service.call('POST', '/profile/revoke', form, {
          'content-type': 'application/x-www-form-urlencoded',
          cookie: `${service.cookieName}=${mia.token}`,
          origin: service.origin,
        })
      ).status
    for (const form of [
      `id=${long}`,
      `id=${other.sessionId}&id=${mia.sessionId}`,
      `id=&id=${other.sessionId}`,
      'id=',
      'id=%00',
      `id=${other.sessionId}%00`,
      `keep=current&id=${long}`,
    ])
      expect([form.slice(0, 40), await revoke(form)]).toEqual([form.slice(0, 40), 422])
    expect((await mia.call('GET', 'me')).status).toBe(200)
    expect((await other.call('GET', 'me')).status).toBe(200)
    expect(await revoke(`id=${other.sessionId}`)).toBe(303)
    expect((await other.call('GET', 'me')).body.reason).toBe('revoked')
  })
