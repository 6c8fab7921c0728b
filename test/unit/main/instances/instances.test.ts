import { describe, expect, test } from 'vitest'
import { credentialText, destinationOf, readCredential, type SignIn } from '../../../../domain/credential.ts'
import type { Instance } from '../../../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../../../domain/problem.ts'
import type { Connection } from '../../../../main/connectors/connector.ts'
import { createInstances } from '../../../../main/instances/instances.ts'
import { sampleInstance as known } from '../../../support/sample-instance.ts'

const { id } = known
const shownPin = `${'S'.repeat(43)}=`
const wrong = fail({ code: 'invalid-credentials', message: 'No.' })

/** The registry and the keyring in memory, and servers that answer what the test says. */
function build(
  options: {
    readonly stored?: string
    readonly answer?: Outcome<Pick<Connection, 'server' | 'device'>>
    readonly isConfirmed?: boolean
    readonly isPinConfirmed?: boolean
    readonly pin?: string
    /** Which server answers at which address. */
    readonly servers?: Readonly<Record<string, string>>
    readonly serverId?: string
  } = {},
) {
  const instances = new Map<string, Instance>([
    [
      id,
      {
        ...known,
        ...(options.serverId !== undefined && { serverId: options.serverId }),
        ...(options.pin !== undefined && { pin: options.pin }),
      },
    ],
  ])
  const probed: string[] = []
  const confirmed: string[] = []
  const asked: string[] = []
  const looked: string[] = []
  const reconnected: string[] = []
  const pinsProbed: (string | undefined)[] = []
  const signedIn: Instance[] = []
  const secrets = new Map(options.stored === undefined ? [] : [[id, options.stored]])
  const signIns: SignIn[] = []
  const dropped: string[] = []
  const part = createInstances({
    registry: {
      list: () => [...instances.values()],
      get: (wanted) => instances.get(wanted),
      put: async (instance) => {
        instances.set(instance.id, instance)
      },
      remove: async (wanted) => {
        instances.delete(wanted)
      },
      clear: async () => instances.clear(),
    },
    credentials: {
      read: async (wanted) => {
        const text = secrets.get(wanted)
        return text === undefined ? fail({ code: 'keychain-unavailable', message: 'None.' }) : succeed(text)
      },
      write: async (wanted, text) => {
        secrets.set(wanted, text)
        return succeed(undefined)
      },
      delete: async (wanted) => {
        secrets.delete(wanted)
        return succeed(undefined)
      },
    },
    connections: {
      reconnect: async (wanted) => {
        reconnected.push(wanted)
        return succeed(undefined)
      },
      signIn: async (instance, signIn) => {
        signedIn.push(instance)
        signIns.push(signIn)
        const server = { name: 'Test', version: '1', id: instance.serverId ?? 'learnt' }
        return options.answer ?? succeed({ server, device: 'proof' })
      },
      drop: (wanted) => dropped.push(wanted),
      announce: () => {},
    },
    hosts: {
      confirm: async (baseUrl, _, why) => {
        confirmed.push(why === undefined ? baseUrl : `${baseUrl}: ${why}`)
        return options.isConfirmed === false
          ? fail({ code: 'refused', message: 'Not confirmed.' })
          : succeed(undefined)
      },
    },
    period: () => new AbortController().signal,
    certificates: {
      shownAt: async (origin) => {
        looked.push(origin)
        return succeed(shownPin)
      },
    },
    confirm: async ({ detail }) => {
      asked.push(detail)
      return options.isPinConfirmed !== false
    },
    probe: async ({ baseUrl, pin }) => {
      probed.push(baseUrl)
      pinsProbed.push(pin)
      if (!options.servers) return succeed({ name: 'Test', version: '1', id: 'a-server-of-its-own' })
      const serverId = options.servers[baseUrl]
      return serverId === undefined
        ? fail({ code: 'not-this-product', message: `Not at ${baseUrl}.` })
        : succeed({ name: 'Test', version: '1', id: serverId })
    },
    addressOf: async ({ baseUrl }) => succeed(baseUrl),
  })
  return {
    part,
    instances,
    secrets,
    signIns,
    signedIn,
    dropped,
    probed,
    pinsProbed,
    confirmed,
    asked,
    looked,
    reconnected,
  }
}

const typed = {
  name: 'Test',
  environment: '',
  colour: 'blue',
  baseUrl: 'test.example.com',
  username: 'bea',
  password: 'correct horse',
  pinCertificate: false,
} as const

describe('the instances', () => {
  test('C5: a new instance is kept once it has been signed in to, its secret in the keyring only', async () => {
    const { part, instances, secrets, signIns } = build()
    const added = await part.add(typed)
    if (!added.ok) throw new Error(added.problem.message)
    expect(signIns).toEqual([{ credential: { kind: 'password', account: 'bea', secret: 'correct horse' } }])
    const kept = instances.get(added.value)
    expect(readCredential(secrets.get(added.value) ?? '')).toEqual({
      kind: 'password',
      secret: 'correct horse',
      destination: kept && destinationOf(kept),
      device: 'proof',
    })
    expect(kept?.serverId).toBe('a-server-of-its-own')
    expect(JSON.stringify(instances.get(added.value))).not.toContain('correct horse')
    expect(instances.get(added.value)?.baseUrl).toBe('https://test.example.com')
  })

  test('C5: of a new instance that could not be signed in to nothing is kept', async () => {
    const { part, instances, secrets, dropped } = build({ answer: wrong })
    expect(await part.add(typed)).toEqual(wrong)
    expect([...instances.keys()]).toEqual([id])
    expect(secrets.size).toBe(0)
    expect(dropped).toHaveLength(1)
  })

  test('C1: a wrong password typed for a known instance leaves the stored one', async () => {
    const { part, secrets, dropped } = build({ stored: '{"password":"old"}', answer: wrong })
    expect(await part.signIn(id, 'new')).toEqual(wrong)
    expect(secrets.get(id)).toBe('{"password":"old"}')
    expect(dropped).toEqual([])
  })

  test.each([
    ['https://127.0.0.1:8443', 'ann'],
    ['https://localhost.:8443/', 'ann'],
    ['HTTPS://Sessions.Example.COM', 'Ann'],
    ['https://sessions.example.com.', 'ANN'],
    ['https://sessions.example.com/sign-in', 'ann'],
    ['https://sessions.example.com/admin/people', ' ａｎｎ '],
  ])(
    'C5: the server that is in the list, added again as %s with %s, is named and sent no password',
    async (baseUrl, username) => {
      const servers = Object.fromEntries(
        ['https://127.0.0.1:8443', 'https://localhost:8443', known.baseUrl].map((url) => [url, 'server-1']),
      )
      const { part, signIns } = build({ serverId: 'server-1', servers })
      expect(await part.add({ ...typed, baseUrl, username })).toMatchObject({
        problem: {
          code: 'invalid',
          errors: [{ field: 'baseUrl', message: expect.stringContaining('“Production”') }],
        },
      })
      expect(signIns).toEqual([])
    },
  )

  test('C5: another account of a server that is in the list is an instance of its own', async () => {
    const { part } = build({ serverId: 'server-1', servers: { [known.baseUrl]: 'server-1' } })
    expect(await part.add({ ...typed, baseUrl: known.baseUrl, username: 'bea' })).toMatchObject({ ok: true })
  })

  test('C5: a pasted page finds its server, the nearest above it, which the instance is then known by', async () => {
    const { part, instances, probed } = build({
      servers: { 'https://example.com/curfew': 'inner', 'https://example.com': 'outer' },
    })
    const added = await part.add({ ...typed, baseUrl: 'https://example.com/curfew/people/17/' })
    if (!added.ok) throw new Error(added.problem.message)
    expect(instances.get(added.value)).toMatchObject({
      baseUrl: 'https://example.com/curfew',
      serverId: 'inner',
    })
    expect(probed).toEqual([
      'https://example.com/curfew/people/17',
      'https://example.com/curfew/people',
      'https://example.com/curfew',
    ])
  })

  test('C5: where no page above is a server either, what was typed is what is said', async () => {
    const { part, probed, signIns } = build({ servers: {} })
    expect(await part.add({ ...typed, baseUrl: 'https://example.com/a/b' })).toMatchObject({
      problem: { code: 'not-this-product', message: 'Not at https://example.com/a/b.' },
    })
    expect(probed.at(-1)).toBe('https://example.com')
    expect(signIns).toEqual([])
  })

  test('C1: a password typed for another server at the address goes there only where that was accepted', async () => {
    const servers = { [known.baseUrl]: 'server-2' }
    const { part, instances, signedIn } = build({ serverId: 'server-1', servers })
    await part.signIn(id, 'typed')
    await part.signIn(id, 'typed', true)
    expect(signedIn.map(({ serverId }) => serverId)).toEqual(['server-1', 'server-2'])
    expect(instances.get(id)?.serverId).toBe('server-2')
  })

  test('C1: a host that was not confirmed is not asked anything, not even who it is', async () => {
    const { part, probed, signIns, confirmed } = build({ isConfirmed: false })
    expect(await part.add(typed)).toMatchObject({ problem: { code: 'refused' } })
    expect(await part.signIn(id, 'typed')).toMatchObject({ problem: { code: 'refused' } })
    expect(await part.signIn(id, 'typed', true)).toMatchObject({ problem: { code: 'refused' } })
    expect(confirmed).toEqual([
      'https://test.example.com',
      known.baseUrl,
      expect.stringContaining(`${known.baseUrl}: Another server`),
    ])
    expect([probed, signIns]).toEqual([[], []])
  })

  test('C1: what was changed outside Curfew is put back as it was sealed with the password', async () => {
    const before = { ...known, serverId: 'server-1' }
    const stored = credentialText({ kind: 'password', secret: 'x' }, destinationOf(before))
    const { part, instances } = build({ stored, serverId: 'server-2' })
    instances.set(id, { ...known, name: 'Renamed', baseUrl: 'https://evil.example.com', username: 'bea' })
    expect(await part.putBack(id)).toMatchObject({ ok: true })
    expect(instances.get(id)).toEqual({ ...before, name: 'Renamed' })
  })
})

describe('B8: the pin of an instance', () => {
  const pinned = `${'P'.repeat(43)}=`
  const stored = credentialText({ kind: 'password', secret: 'old' }, destinationOf(known))

  test('is the key that the server shows, once the person has confirmed its fingerprint outside the window', async () => {
    const { part, instances, secrets, asked, looked, signedIn, pinsProbed } = build()
    const added = await part.add({ ...typed, pinCertificate: true })
    if (!added.ok) throw new Error(added.problem.message)
    expect(looked).toEqual(['https://test.example.com'])
    expect(asked).toEqual([expect.stringContaining(shownPin)])
    // Whatever is asked of the server, is asked of the holder of that key.
    expect([pinsProbed, signedIn.map(({ pin }) => pin)]).toEqual([[shownPin], [shownPin]])
    expect(instances.get(added.value)?.pin).toBe(shownPin)
    expect(readCredential(secrets.get(added.value) ?? '')?.destination?.pin).toBe(shownPin)
  })

  test('that the person does not confirm sends nothing and keeps nothing', async () => {
    const { part, instances, signIns, probed } = build({ isPinConfirmed: false })
    expect(await part.add({ ...typed, pinCertificate: true })).toMatchObject({ problem: { code: 'refused' } })
    expect([probed, signIns, instances.size]).toEqual([[], [], 1])
  })

  test('is not for an address without certificates', async () => {
    const { part, looked, signIns } = build()
    const local = { ...typed, baseUrl: 'http://127.0.0.1:4180', pinCertificate: true }
    expect(await part.add(local)).toMatchObject({ problem: { code: 'invalid' } })
    expect([looked, signIns]).toEqual([[], []])
  })

  test.each([
    ['set', undefined, true, shownPin],
    ['changed', pinned, true, shownPin],
    ['taken off', pinned, false, undefined],
  ])('is %s with the password typed again, which is sealed for it', async (_, pin, wanted, after) => {
    const { part, instances, secrets, signIns, signedIn, asked } = build({
      stored,
      ...(pin !== undefined && { pin }),
    })
    expect(await part.pin(id, 'typed', wanted)).toEqual(succeed(undefined))
    expect(asked).toEqual([expect.stringContaining(after ?? pinned)])
    expect(signIns).toMatchObject([{ credential: { secret: 'typed' } }])
    expect(signedIn.map((instance) => instance.pin)).toEqual([after])
    expect(instances.get(id)?.pin).toBe(after)
    expect(readCredential(secrets.get(id) ?? '')).toMatchObject({ secret: 'typed' })
    expect(readCredential(secrets.get(id) ?? '')?.destination?.pin).toBe(after)
  })

  test.each([
    ['the person says no', { isPinConfirmed: false }],
    ['the host is not confirmed', { isConfirmed: false }],
    ['the password is wrong', { answer: wrong }],
  ])('stays as it was where %s', async (why, options) => {
    for (const wanted of [true, false]) {
      const { part, instances, secrets, signIns, reconnected } = build({ stored, pin: pinned, ...options })
      expect(await part.pin(id, 'typed', wanted)).toMatchObject({ ok: false })
      expect([instances.get(id)?.pin, secrets.get(id)]).toEqual([pinned, stored])
      const isSent = why === 'the password is wrong'
      expect([signIns.length, reconnected]).toEqual(isSent ? [1, [id]] : [0, []])
    }
  })
})
