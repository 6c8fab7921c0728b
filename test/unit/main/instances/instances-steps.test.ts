import { describe, expect, test } from 'vitest'
import { credentialText, destinationOf, readCredential, type SignIn } from '../../../../domain/credential.ts'
import type { Instance } from '../../../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../../../domain/problem.ts'
import type { Connection, ServerInfo } from '../../../../main/connectors/connector.ts'
import { createInstances } from '../../../../main/instances/instances.ts'

const id = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const unknownId = '5d1c7e34-31a7-4a8e-9d37-0d4d5b1e7c22'
const remote: Instance = {
  id,
  name: 'Production',
  colour: 'red',
  environment: '',
  baseUrl: 'https://sessions.example.com',
  connector: 'session-service',
  builtIn: false,
  username: 'ann',
}
const ours: Instance = { ...remote, builtIn: true, baseUrl: 'http://127.0.0.1:4180', username: 'owner' }

const no = {
  keychain: fail({ code: 'keychain-unavailable', message: 'The keychain is full.' }),
  yes: fail({ code: 'refused', message: 'Not confirmed.' }),
  signIn: fail({ code: 'invalid-credentials', message: 'No.' }),
  server: fail({ code: 'unreachable', message: 'Nobody there.' }),
  start: fail({ code: 'unreachable', message: 'It did not start.' }),
  locked: fail({ code: 'locked', message: 'Curfew is locked. Unlock it and try again.' }),
  instance: fail({ code: 'no-such-instance', message: 'This instance is no longer in the list.' }),
} as const

type Signed = Pick<Connection, 'server' | 'device'>

interface World {
  readonly list?: readonly Instance[]
  readonly stored?: string
  readonly server?: Outcome<ServerInfo>
  readonly signed?: Outcome<Signed>
  readonly write?: Outcome<undefined>
  readonly delete?: Outcome<undefined>
  readonly confirm?: Outcome<undefined>
  readonly start?: Outcome<string>
  readonly address?: Outcome<string>
  readonly reconnect?: Outcome<undefined>
  /** May do something in the middle of a step, which is named by its first word. */
  readonly at?: (step: string) => void
}

/** The instances with all they work on in memory; every step is noted, in order. */
function build(world: World = {}) {
  const { server = succeed({ name: 'Test', version: '1', id: 'server-1' }) } = world
  const { signed = succeed({ server: { name: 'Test', version: '1', id: 'server-1' } }) } = world
  const instances = new Map((world.list ?? [remote]).map((instance) => [instance.id, instance]))
  const secrets = new Map(world.stored === undefined ? [] : [[id, world.stored]])
  const steps: string[] = []
  const signIns: SignIn[] = []
  const signedIn: Instance[] = []
  const reasons: (string | undefined)[] = []
  const period = new AbortController()
  const did = (step: string) => {
    steps.push(step)
    world.at?.(step.split(' ')[0] ?? '')
  }
  const part = createInstances({
    registry: {
      list: () => [...instances.values()],
      get: (wanted) => instances.get(wanted),
      put: async (instance) => {
        did('put')
        instances.set(instance.id, instance)
      },
      remove: async (wanted) => {
        did('remove')
        instances.delete(wanted)
      },
      clear: async () => {},
    },
    credentials: {
      read: async (wanted) => {
        const text = secrets.get(wanted)
        return text === undefined ? no.keychain : succeed(text)
      },
      write: async (wanted, text) => {
        did('write')
        if (world.write) return world.write
        secrets.set(wanted, text)
        return succeed(undefined)
      },
      delete: async (wanted) => {
        did('delete')
        if (world.delete) return world.delete
        secrets.delete(wanted)
        return succeed(undefined)
      },
    },
    connections: {
      reconnect: async () => {
        did('reconnect')
        return world.reconnect ?? succeed(undefined)
      },
      signIn: async (instance, signIn, begun) => {
        expect(begun).toBe(period.signal)
        did('sign-in')
        signedIn.push(instance)
        signIns.push(signIn)
        return signed
      },
      drop: () => did('drop'),
      announce: () => did('announce'),
    },
    hosts: {
      confirm: async (baseUrl, begun, why) => {
        expect(begun).toBe(period.signal)
        did(`confirm ${baseUrl}`)
        reasons.push(why)
        return world.confirm ?? succeed(undefined)
      },
    },
    period: () => period.signal,
    certificates: { shownAt: () => Promise.reject(new Error('Nothing is pinned here.')) },
    confirm: () => Promise.reject(new Error('Nothing is pinned here.')),
    probe: async ({ baseUrl }, begun) => {
      expect(begun).toBe(period.signal)
      did(`probe ${baseUrl}`)
      return server
    },
    addressOf: async ({ baseUrl }, begun) => {
      expect(begun).toBe(period.signal)
      did('address')
      return world.address ?? succeed(baseUrl)
    },
  })
  return { part, instances, secrets, steps, signIns, signedIn, reasons, period }
}

const typed = {
  name: 'Test',
  environment: 'Staging',
  colour: 'blue',
  baseUrl: 'test.example.com',
  username: 'bea',
  password: 'correct horse',
  pinCertificate: false,
} as const

/** What is sealed for the instance of that id, read. */
const sealedOf = ({ secrets }: ReturnType<typeof build>, wanted: string) =>
  readCredential(secrets.get(wanted) ?? '')

describe('C5: adding an instance', () => {
  test('confirms its host, asks who is there, signs in, seals the secret and lists it, in that order', async () => {
    const world = build()
    const added = await world.part.add(typed)
    if (!added.ok) throw new Error(added.problem.message)
    expect(world.steps).toEqual([
      'confirm https://test.example.com',
      'probe https://test.example.com',
      'sign-in',
      'write',
      'put',
      'announce',
    ])
    expect(world.reasons).toEqual([undefined])
    expect(world.instances.get(added.value)).toStrictEqual({
      id: added.value,
      name: 'Test',
      environment: 'Staging',
      colour: 'blue',
      baseUrl: 'https://test.example.com',
      username: 'bea',
      connector: 'session-service',
      builtIn: false,
      serverId: 'server-1',
    })
  })

  test('of a server without an id knows none', async () => {
    const nameless = { name: 'Test', version: '1' }
    const world = build({ server: succeed(nameless), signed: succeed({ server: nameless }) })
    const added = await world.part.add(typed)
    expect(added.ok && 'serverId' in (world.instances.get(added.value) ?? {})).toBe(false)
    expect(added.ok && 'serverId' in (world.signedIn[0] ?? {})).toBe(false)
  })

  test('that is in the list under that address asks nobody, and names it', async () => {
    const world = build()
    const message = 'This server is already in the list, as “Production”.'
    expect(await world.part.add({ ...typed, baseUrl: remote.baseUrl, username: 'ann' })).toEqual(
      fail({ code: 'invalid', message, errors: [{ field: 'baseUrl', code: 'invalid', message }] }),
    )
    expect(world.steps).toEqual([])
  })

  test('that is in the list under another address is found out by its id, and gets no secret', async () => {
    const world = build({ list: [{ ...remote, serverId: 'server-1' }] })
    expect(await world.part.add({ ...typed, username: 'ann' })).toMatchObject({
      problem: { errors: [{ field: 'baseUrl', code: 'invalid' }] },
    })
    expect(world.steps).toEqual(['confirm https://test.example.com', 'probe https://test.example.com'])
  })

  test('at what is no address names the field and what is wrong with it, and asks nobody', async () => {
    const world = build()
    const added = await world.part.add({ ...typed, baseUrl: 'https://ann:secret@test.example.com' })
    expect(added).toMatchObject({ problem: { code: 'invalid', errors: [{ field: 'baseUrl' }] } })
    if (!added.ok && 'errors' in added.problem)
      expect(added.problem.errors).toMatchObject([{ message: added.problem.message }])
    expect(world.steps).toEqual([])
  })

  test.each([
    ['a host that is not confirmed', { confirm: no.yes }, no.yes, 1],
    ['nobody at the address', { server: no.server }, no.server, 2],
  ])('comes to nothing with %s, and what was said is told', async (_, changes, told, steps) => {
    const world = build(changes)
    expect(await world.part.add(typed)).toEqual(told)
    expect(world.steps).toHaveLength(steps)
    expect([...world.instances.keys()]).toEqual([id])
  })

  test.each([
    ['the password is refused', { signed: no.signIn }, no.signIn],
    ['the keychain keeps nothing', { write: no.keychain }, no.keychain],
  ])('drops the connection where %s, and lists nothing', async (_, changes, told) => {
    const world = build(changes)
    expect(await world.part.add(typed)).toEqual(told)
    expect(world.steps.at(-1)).toBe('drop')
    expect(world.steps).not.toContain('put')
    expect(world.steps).not.toContain('announce')
  })
})

describe('the newcomer’s way', () => {
  test('starts a service of one’s own, with passwords that nobody has to know, and keeps both sealed', async () => {
    const world = build({ list: [remote] })
    const added = await world.part.startBuiltIn()
    if (!added.ok) throw new Error(added.problem.message)
    // Sealed before anything is started: whoever is cut off in between loses no password.
    expect(world.steps).toEqual(['write', 'put', 'reconnect'])
    expect(world.instances.get(added.value)).toStrictEqual({
      id: added.value,
      name: 'Built-in service',
      colour: 'teal',
      environment: 'On this computer',
      baseUrl: 'http://127.0.0.1:0',
      connector: 'session-service',
      builtIn: true,
      username: 'owner',
    })
    const { secret, demoPassword } = { ...sealedOf(world, added.value) }
    expect([secret, demoPassword]).toEqual([
      expect.stringMatching(/^[\w-]{24}$/),
      expect.stringMatching(/^[\w-]{24}$/),
    ])
    expect(secret).not.toBe(demoPassword)
    expect(await world.part.demoPassword(added.value)).toEqual(succeed(demoPassword))
  })

  test('leads to the service that is there already, and starts no second one', async () => {
    const world = build({ list: [{ ...remote, id: unknownId }, ours] })
    expect(await world.part.startBuiltIn()).toEqual(succeed(id))
    expect(world.steps).toEqual([])
  })

  test('comes to nothing where the service does not start', async () => {
    const world = build({ reconnect: no.start })
    expect(await world.part.startBuiltIn()).toEqual(no.start)
    expect(world.steps).toEqual(['write', 'put', 'reconnect'])
  })

  test('keeps the port that the service got while it was signed in to', async () => {
    const moved = 'http://127.0.0.1:4999'
    const world = build({
      list: [ours],
      at: (step) => {
        if (step === 'sign-in') world.instances.set(id, { ...ours, baseUrl: moved })
      },
    })
    expect(await world.part.signIn(id, 'typed')).toEqual(succeed(undefined))
    expect(world.instances.get(id)?.baseUrl).toBe(moved)
  })
})

describe('the password of the sample people', () => {
  const stored = (demoPassword?: string) =>
    credentialText({ kind: 'password', secret: 'x', demoPassword }, destinationOf(ours))
  const nobodyKnows = fail({
    code: 'not-found',
    message:
      'Curfew does not know a password of sample people here. Set one for them on the service’s own pages.',
  })

  test.each([
    ['is told of the built-in service', ours, stored('demo'), succeed('demo')],
    ['is not known where none was sealed', ours, stored(), nobodyKnows],
    ['is not known where nothing is sealed', ours, undefined, nobodyKnows],
    ['is not known where what is sealed can’t be read', ours, 'not JSON', nobodyKnows],
    ['is told of no other server', remote, stored('demo'), nobodyKnows],
    ['is told of no instance that is gone', { ...ours, id: unknownId }, stored('demo'), nobodyKnows],
  ])('%s', async (_, listed, text, told) => {
    const { part } = build({ list: [listed], ...(text !== undefined && { stored: text }) })
    expect(await part.demoPassword(id)).toEqual(told)
  })

  test('is kept when the Owner’s is typed anew, and another server’s credential never has one', async () => {
    const world = build({ list: [ours], stored: stored('demo') })
    await world.part.signIn(id, 'a new one')
    expect(sealedOf(world, id)).toMatchObject({ secret: 'a new one', demoPassword: 'demo' })
    const other = build({ list: [remote], stored: stored('demo') })
    await other.part.signIn(id, 'a new one')
    expect(sealedOf(other, id)).not.toHaveProperty('demoPassword')
  })
})

describe('removing an instance', () => {
  test('C1: ends the connection first, so that nothing is written any more, then forgets the secret and its place in the list', async () => {
    const world = build({ stored: 'x' })
    expect(await world.part.remove(id)).toEqual(succeed(undefined))
    expect(world.steps).toEqual(['drop', 'delete', 'remove', 'announce'])
    expect([world.instances.size, world.secrets.size]).toEqual([0, 0])
  })

  test('C1: whose secret could not be deleted leaves it in the list, and connects it again', async () => {
    const world = build({ delete: no.keychain })
    expect(await world.part.remove(id)).toEqual(no.keychain)
    expect(world.steps).toEqual(['drop', 'delete', 'reconnect'])
  })
})

describe('C1: signing in again', () => {
  test('with the stored password connects anew, and what that came to is told', async () => {
    for (const reconnect of [succeed(undefined), no.signIn]) {
      const world = build({ reconnect })
      expect(await world.part.signIn(id, undefined)).toEqual(reconnect)
      expect(world.steps).toEqual(['reconnect'])
    }
  })

  test('to an instance that is gone, or putting it back, says so', async () => {
    const world = build()
    expect(await world.part.signIn(unknownId, 'typed')).toEqual(no.instance)
    expect(await world.part.signIn(unknownId, undefined)).toEqual(no.instance)
    expect(await world.part.putBack(unknownId)).toEqual(no.instance)
    expect(world.steps).toEqual([])
  })

  test('with what was typed confirms the host, and keeps it with the device’s proof once it has worked', async () => {
    const signed = succeed({ server: { name: 'Test', version: '1', id: 'server-1' }, device: 'proof' })
    const world = build({ signed })
    expect(await world.part.signIn(id, 'typed')).toEqual(succeed(undefined))
    expect(world.steps).toEqual([
      'confirm https://sessions.example.com',
      'sign-in',
      'write',
      'put',
      'announce',
    ])
    expect(world.reasons).toEqual([undefined])
    expect(sealedOf(world, id)).toEqual({
      kind: 'password',
      secret: 'typed',
      device: 'proof',
      destination: destinationOf({ ...remote, serverId: 'server-1' }),
    })
  })

  test('to the built-in service asks nobody: main itself starts it', async () => {
    const world = build({ list: [ours] })
    expect(await world.part.signIn(id, 'typed')).toEqual(succeed(undefined))
    expect(world.steps).toEqual(['sign-in', 'write', 'put', 'announce'])
  })

  test('to whichever server answers is confirmed with that as the reason, and learns which it is first', async () => {
    const world = build({ list: [{ ...remote, serverId: 'server-0' }] })
    expect(await world.part.signIn(id, 'typed', true)).toEqual(succeed(undefined))
    expect(world.reasons).toEqual(['Another server than the one added as “Production” may answer there.'])
    expect(world.steps.slice(0, 4)).toEqual([
      'confirm https://sessions.example.com',
      'address',
      'probe https://sessions.example.com',
      'sign-in',
    ])
    expect(world.signedIn).toMatchObject([{ serverId: 'server-1' }])
  })

  test('to whichever server answers, where that has no id, is to one without', async () => {
    const nameless = { name: 'Test', version: '1' }
    const world = build({
      list: [{ ...remote, serverId: 'server-0' }],
      server: succeed(nameless),
      signed: succeed({ server: nameless }),
    })
    await world.part.signIn(id, 'typed', true)
    expect(world.signedIn).toStrictEqual([remote])
    expect(world.instances.get(id)).toStrictEqual(remote)
  })

  test('to whichever server answers goes by the list as it is once the address is known', async () => {
    const world = build({
      at: (step) => {
        if (step === 'address') world.instances.set(id, { ...remote, name: 'Renamed' })
      },
    })
    await world.part.signIn(id, 'typed', true)
    expect(world.signedIn).toMatchObject([{ name: 'Renamed' }])
    const gone = build({
      at: (step) => {
        if (step === 'address') gone.instances.clear()
      },
    })
    await gone.part.signIn(id, 'typed', true)
    expect(gone.signedIn).toMatchObject([{ name: 'Production' }])
  })

  test.each([
    ['the address is not known', { address: no.start }, no.start, 'address'],
    ['nobody answers', { server: no.server }, no.server, 'probe https://sessions.example.com'],
  ])('to whichever server answers sends nothing where %s', async (_, changes, told, last) => {
    const world = build(changes)
    expect(await world.part.signIn(id, 'typed', true)).toEqual(told)
    expect(world.steps.at(-1)).toBe(last)
  })

  test.each([
    ['refused', { signed: no.signIn }, no.signIn],
    ['not kept', { write: no.keychain }, no.keychain],
  ])(
    'with a password that is %s leaves the instance, and the window hears of it',
    async (_, changes, told) => {
      const world = build(changes)
      expect(await world.part.signIn(id, 'typed')).toEqual(told)
      expect(world.steps.at(-1)).toBe('announce')
      expect(world.steps).not.toContain('put')
      expect(world.steps).not.toContain('drop')
    },
  )
})

describe('C1: putting back what was changed outside Curfew', () => {
  const sealedFor = (instance: Instance) =>
    credentialText({ kind: 'password', secret: 'x' }, destinationOf(instance))
  const pin = `${'A'.repeat(43)}=`

  test('restores all that the secret was sealed for, keeps the rest, and signs in', async () => {
    const before = { ...remote, serverId: 'server-1', pin }
    const changed = {
      ...remote,
      name: 'Renamed',
      baseUrl: 'https://evil.example.com',
      username: 'bea',
      serverId: 'evil',
      pin: `${'B'.repeat(43)}=`,
    }
    const world = build({ list: [changed], stored: sealedFor(before), reconnect: no.signIn })
    expect(await world.part.putBack(id)).toEqual(no.signIn)
    expect(world.steps).toEqual(['put', 'reconnect'])
    expect(world.instances.get(id)).toStrictEqual({ ...before, name: 'Renamed' })
  })

  test('takes away a server’s id and a pin that the secret was not sealed for', async () => {
    const world = build({ list: [{ ...remote, serverId: 'evil', pin }], stored: sealedFor(remote) })
    await world.part.putBack(id)
    expect(world.instances.get(id)).toStrictEqual(remote)
  })

  test('of the built-in service leaves it to the service where it listens', async () => {
    const world = build({ list: [{ ...ours, builtIn: false }], stored: sealedFor(ours) })
    await world.part.putBack(id)
    expect(world.instances.get(id)).toStrictEqual({ ...ours, baseUrl: 'http://127.0.0.1:0' })
  })

  const unknown = fail({
    code: 'password-needed',
    message: 'It is not known how this instance was before. Remove it and add it again.',
  })
  test.each([
    ['nothing is sealed', undefined, no.keychain],
    ['an earlier Curfew did not note what for', '{"password":"old"}', unknown],
    ['a newer Curfew sealed it', '{"version":9}', unknown],
    [
      'it is for a product that this Curfew does not know',
      sealedFor({ ...remote, connector: 'of next year' as Instance['connector'] }),
      unknown,
    ],
  ])('changes nothing where %s', async (_, stored, told) => {
    const world = build(stored === undefined ? {} : { stored })
    expect(await world.part.putBack(id)).toEqual(told)
    expect(world.steps).toEqual([])
  })
})

describe('C4: the lock', () => {
  const acts: Readonly<
    Record<string, (part: ReturnType<typeof build>['part']) => Promise<Outcome<unknown>>>
  > = {
    add: (part) => part.add(typed),
    'start the built-in service': (part) => part.startBuiltIn(),
    'sign in': (part) => part.signIn(id, 'typed', true),
    'put back': (part) => part.putBack(id),
  }
  const stored = credentialText({ kind: 'password', secret: 'x' }, destinationOf(remote))

  test.each([
    ['add', 'confirm'],
    ['add', 'probe'],
    ['add', 'sign-in'],
    ['start the built-in service', 'write'],
    ['start the built-in service', 'put'],
    ['start the built-in service', 'reconnect'],
    ['sign in', 'confirm'],
    ['sign in', 'address'],
    ['sign in', 'probe'],
    ['sign in', 'sign-in'],
    ['put back', 'put'],
  ])('C4: in the middle of “%s”, at its step “%s”, ends it there', async (act, when) => {
    const world = build({
      stored,
      at: (step) => {
        if (step === when) world.period.abort()
      },
    })
    expect(await acts[act]?.(world.part)).toEqual(no.locked)
    expect(world.steps.at(-1)?.split(' ')[0]).toBe(when)
  })

  test.each([...Object.keys(acts), 'tell the sample people’s password'])(
    'C4: “%s” begun while locked does nothing',
    async (act) => {
      const world = build({ stored })
      world.period.abort()
      expect(await (acts[act]?.(world.part) ?? world.part.demoPassword(id))).toEqual(no.locked)
      expect(world.steps).toEqual([])
    },
  )
})
