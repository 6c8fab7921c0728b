import { describe, expect, test } from 'vitest'
import type { SignIn } from '../../../../domain/credential.ts'
import type { Instance } from '../../../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../../../domain/problem.ts'
import { createInstances } from '../../../../main/instances/instances.ts'

const id = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const known: Instance = {
  id,
  name: 'Production',
  colour: 'red',
  environment: '',
  baseUrl: 'https://sessions.example.com',
  connector: 'session-service',
  builtIn: false,
  username: 'ann',
}
const wrong = fail({ code: 'invalid-credentials', message: 'No.' })

/** The registry and the keyring in memory, and servers that answer what the test says. */
function build(options: { readonly stored?: string; readonly answer?: Outcome<undefined> } = {}) {
  const instances = new Map([[id, known]])
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
      states: () => [],
      onStates: () => () => {},
      use: () => Promise.reject(new Error('Not in this test')),
      each: () => Promise.reject(new Error('Not in this test')),
      reconnect: async () => succeed(undefined),
      signIn: async (_, signIn) => {
        signIns.push(signIn)
        return options.answer ?? succeed(undefined)
      },
      drop: (wanted) => dropped.push(wanted),
      announce: () => {},
      open: () => {},
      close: () => {},
    },
    startBuiltIn: async () => succeed('http://127.0.0.1:1'),
  })
  return { part, instances, secrets, signIns, dropped }
}

const typed = {
  name: 'Test',
  environment: '',
  colour: 'blue',
  baseUrl: 'test.example.com',
  username: 'bea',
  password: 'correct horse',
} as const

describe('the instances', () => {
  test('C5: a new instance is kept once it has been signed in to, its secret in the keyring only', async () => {
    const { part, instances, secrets, signIns } = build()
    const added = await part.add(typed)
    if (!added.ok) throw new Error(added.problem.message)
    expect(signIns).toEqual([{ credential: { kind: 'password', account: 'bea', secret: 'correct horse' } }])
    expect(JSON.parse(secrets.get(added.value) ?? '')).toEqual({
      version: 1,
      kind: 'password',
      secret: 'correct horse',
    })
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
})
