import { describe, expect, test } from 'vitest'
import { type Outcome, succeed } from '../../../../domain/problem.ts'
import { defaultPolicy } from '../../../../domain/service-policy.ts'
import { revisionOfTag } from '../../../../main/connectors/http/revision.ts'
import { createApi } from '../../../../main/connectors/session-service/api.ts'
import { createPolicyAccess } from '../../../../main/connectors/session-service/policy-access.ts'

test.each([
  ['"7"', '7'],
  ['W/"7"', '7'],
  ['w/"7"', '7'],
  ['7', '7'],
  [' "7" ', '7'],
  ['"7-gzip"', '7'],
  ['W/"7;br"', '7'],
  ['"7--zstd"', '7-'],
  ['""', ''],
  [null, ''],
])('the ETag %s stands for revision %s', (tag, revision) => {
  expect(revisionOfTag(tag)).toBe(revision)
})

/** A service behind a proxy that does to ETags what it likes, between any two requests. */
function build({ inBody }: { readonly inBody: boolean }) {
  let policy = defaultPolicy
  let revision = 1
  let tagOf: (tag: string) => string | undefined = (tag) => tag
  const answer = (status: number, body: object) => {
    const tag = tagOf(`"${revision}"`)
    return Response.json(body, { status, ...(tag !== undefined && { headers: { etag: tag } }) })
  }
  const stored = () => ({
    ...policy,
    updatedAt: '2026-01-01T12:00:00.000Z',
    updatedBy: 'ann',
    ...(inBody && { revision: String(revision) }),
  })
  const server = async (_: string, init?: RequestInit) => {
    if (init?.method !== 'PUT') return answer(200, stored())
    if (new Headers(init.headers).get('if-match') !== `"${revision}"`)
      return answer(412, { code: 'conflict', title: 'Changed by someone else', current: stored() })
    policy = JSON.parse(String(init.body))
    revision += 1
    return answer(200, stored())
  }
  const target = {
    baseUrl: 'https://sessions.example.com',
    fetch: server,
    signal: new AbortController().signal,
  }
  return {
    access: createPolicyAccess(
      createApi(target, 'token', async () => succeed(undefined)),
      false,
    ),
    proxy(next: typeof tagOf) {
      tagOf = next
    },
    somebodyElseWrites(seconds: number) {
      policy = { ...policy, idleTimeout: { enabled: true, seconds } }
      revision += 1
    },
  }
}

const unwrap = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(outcome.problem.message)
  return outcome.value
}
const limit = (seconds: number) => ({ inactivity: { on: true, seconds } })

const forms: readonly (readonly [string, (tag: string) => string | undefined])[] = [
  ['leaves them', (tag) => tag],
  ['weakens them', (tag) => `W/${tag}`],
  ['marks them as compressed', (tag) => tag.replace(/"$/, '-gzip"')],
  ['takes their quotes', (tag) => tag.replaceAll('"', '')],
]
const destroying: typeof forms = [
  ['removes them', () => undefined],
  ['puts its own in their place', () => '"0f-63b1c2"'],
  ['gives the same one for everything', () => 'W/"1"'],
]

describe('B9: behind a proxy that changes ETags', () => {
  test.each([...forms, ...destroying])(
    'which %s, a revision in the body makes writing work, and only real conflicts are any',
    async (_, change) => {
      const { access, proxy, somebodyElseWrites } = build({ inBody: true })
      const { revision } = unwrap(await access.read())
      proxy(change)
      expect(unwrap(await access.write(limit(3_600), revision)).outcome).toBe('written')
      const again = unwrap(await access.read())
      expect(unwrap(await access.write(limit(7_200), again.revision)).outcome).toBe('written')
      const third = unwrap(await access.read())
      somebodyElseWrites(600)
      const conflict = unwrap(await access.write(limit(10_800), third.revision))
      expect(conflict).toMatchObject({
        outcome: 'conflict',
        reading: { fields: { inactivity: { value: { seconds: 600 } } } },
      })
      // “Keep mine”.
      expect(unwrap(await access.write(limit(10_800), conflict.reading.revision)).outcome).toBe('written')
    },
  )

  test.each(forms)(
    'which %s, an older service without one works too, whenever the proxy changes its mind',
    async (_, change) => {
      const { access, proxy } = build({ inBody: false })
      const { revision } = unwrap(await access.read())
      proxy(change)
      expect(unwrap(await access.write(limit(3_600), revision)).outcome).toBe('written')
      const again = unwrap(await access.read())
      proxy((tag) => tag)
      expect(unwrap(await access.write(limit(7_200), again.revision)).outcome).toBe('written')
    },
  )

  test('which removes them from an older service, the reason is said, and no conflict', async () => {
    const { access, proxy } = build({ inBody: false })
    proxy(() => undefined)
    const { revision } = unwrap(await access.read())
    expect(await access.write(limit(3_600), revision)).toMatchObject({
      problem: { code: 'gateway', message: expect.stringMatching(/ETag/) },
    })
  })
})

test('B9: what somebody else stored meanwhile is no conflict where it is the same', async () => {
  const { access, somebodyElseWrites } = build({ inBody: true })
  const { revision } = unwrap(await access.read())
  somebodyElseWrites(3_600)
  expect(unwrap(await access.write(limit(3_600), revision))).toMatchObject({
    outcome: 'written',
    reading: { revision: '2' },
  })
})
