import { describe, expect, test } from 'vitest'
import type { Instance } from '../../../../domain/instance.ts'
import { fail, type Problem, succeed } from '../../../../domain/problem.ts'
import { findServer, findTwin } from '../../../../main/instances/known-servers.ts'

const server = { name: 'Test', version: '1' }

/** What is asked when an address was pasted; `there` says where the server is, if anywhere. */
async function looking(typed: string, there?: string, code: Problem['code'] = 'not-this-product') {
  const probed: string[] = []
  const found = await findServer(typed, async (url) => {
    probed.push(url)
    return url === there ? succeed(server) : fail({ code, message: `Not at ${url}.` } as Problem)
  })
  return { found, probed }
}

describe('C5: the server of a pasted address', () => {
  test('is there, and nothing above is asked', async () => {
    const typed = 'https://example.com/a'
    const { found, probed } = await looking(typed, typed)
    expect(found).toEqual(succeed({ baseUrl: typed, server }))
    expect(probed).toEqual([typed])
  })

  test('is looked for upwards as long as another product answers, to the root and not beyond', async () => {
    const { found, probed } = await looking('https://example.com/a/b')
    expect(found).toEqual(fail({ code: 'not-this-product', message: 'Not at https://example.com/a/b.' }))
    expect(probed).toEqual(['https://example.com/a/b', 'https://example.com/a', 'https://example.com'])
    expect((await looking('https://example.com')).probed).toHaveLength(1)
    expect((await looking('https://example.com/')).probed).toHaveLength(1)
  })

  test('is looked for in eight folders above at most, the eighth among them', async () => {
    const deep = (depth: number) => `https://example.com${'/x'.repeat(depth)}`
    expect(await looking(deep(20))).toMatchObject({
      found: { problem: { message: `Not at ${deep(20)}.` } },
      probed: Array.from({ length: 9 }, (_, up) => deep(20 - up)),
    })
    expect((await looking(deep(20), deep(12))).found).toEqual(succeed({ baseUrl: deep(12), server }))
    expect((await looking(deep(20), deep(11))).found).toMatchObject({ ok: false })
  })

  test.each(['unreachable', 'untrusted-certificate', 'gateway', 'throttled'] as const)(
    'is not looked for further up where the answer is “%s”: that is what is said',
    async (code) => {
      const { found, probed } = await looking('https://example.com/a/b', undefined, code)
      expect(found).toMatchObject({ problem: { code } })
      expect(probed).toHaveLength(1)
    },
  )
})

describe('C5: the same server with the same account', () => {
  const known: Instance = {
    id: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11',
    name: 'Production',
    colour: 'red',
    environment: '',
    baseUrl: 'https://sessions.example.com',
    connector: 'session-service',
    builtIn: false,
    username: 'Ann',
  }
  const here = known.baseUrl
  const elsewhere = 'https://127.0.0.1:8443'
  test.each([
    ['at its address', { baseUrl: here, username: 'ann' }, undefined, true],
    ['at its address, whatever its id', { baseUrl: here, username: 'ann', serverId: 'b' }, 'a', true],
    ['by its id at another address', { baseUrl: elsewhere, username: 'ann', serverId: 'a' }, 'a', true],
    ['but not by another id', { baseUrl: elsewhere, username: 'ann', serverId: 'b' }, 'a', false],
    ['but not where neither has an id', { baseUrl: elsewhere, username: 'ann' }, undefined, false],
    ['but not where only one has', { baseUrl: elsewhere, username: 'ann' }, 'a', false],
    ['but not as somebody else', { baseUrl: here, username: 'bea', serverId: 'a' }, 'a', false],
  ])('is in the list %s', (_, sought, serverId, isThere) => {
    const listed = { ...known, ...(serverId !== undefined && { serverId }) }
    expect(findTwin([listed], sought)).toBe(isThere ? listed : undefined)
  })
})
