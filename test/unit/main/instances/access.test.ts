import { describe, expect, test } from 'vitest'
import type { Credential, SignIn } from '../../../../domain/credential.ts'
import type { Instance } from '../../../../domain/instance.ts'
import { fail, succeed } from '../../../../domain/problem.ts'
import { createAccess } from '../../../../main/instances/access.ts'

const known: Instance = {
  id: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11',
  name: 'Production',
  colour: 'red',
  environment: '',
  baseUrl: 'https://sessions.example.com',
  connector: 'session-service',
  builtIn: false,
  username: 'ann',
}
const nobody = fail({ code: 'unreachable', message: 'Nobody there.' })

/** Access over one stored text; tells with what, and where, the connector was asked to connect. */
function build(options: { readonly stored?: string; readonly listed?: Instance } = {}) {
  const asked: { baseUrl: string; credential: Credential }[] = []
  const { listed = known } = options
  const put: Instance[] = []
  const started: number[] = []
  const access = createAccess({
    registry: {
      list: () => [listed],
      get: () => listed,
      put: async (instance) => {
        put.push(instance)
      },
      remove: async () => {},
      clear: async () => {},
    },
    credentials: {
      read: async () =>
        options.stored === undefined
          ? fail({ code: 'password-needed', message: 'None.' })
          : succeed(options.stored),
    },
    startBuiltIn: async ({ port }) => {
      started.push(port)
      return succeed('http://127.0.0.1:4999')
    },
    connectorOf: () => ({
      id: 'session-service',
      probe: async () => nobody,
      connect: async ({ baseUrl }, { credential }) => {
        asked.push({ baseUrl, credential })
        return nobody
      },
    }),
    fetch: () => Promise.reject(new Error('No network in this test')),
  })
  const connect = (signIn?: SignIn) => access.connect(listed, new AbortController().signal, signIn)
  return { connect, asked, put, started }
}

describe('access to an instance', () => {
  test('C1: a password that an earlier version stored still signs in', async () => {
    const { connect, asked } = build({ stored: '{"password":"old"}' })
    expect(await connect()).toEqual(nobody)
    expect(asked).toEqual([
      { baseUrl: known.baseUrl, credential: { kind: 'password', account: 'ann', secret: 'old' } },
    ])
  })

  test('C1: what a newer version stored is not used; typing it again is asked for', async () => {
    const { connect, asked } = build({ stored: '{"version":9,"kind":"passkey"}' })
    expect(await connect()).toMatchObject({ problem: { code: 'password-needed' } })
    expect(asked).toEqual([])
  })

  test('C1: what was just typed needs nothing stored', async () => {
    const { connect, asked } = build()
    const credential = { kind: 'password', account: 'ann', secret: 'typed' } as const
    await connect({ credential })
    expect(asked).toEqual([{ baseUrl: known.baseUrl, credential }])
  })

  test('the built-in service is started on the port it had, and its address is kept where it is another', async () => {
    const listed = { ...known, builtIn: true, baseUrl: 'http://127.0.0.1:4180' }
    const { connect, asked, put, started } = build({ stored: '{"password":"made up"}', listed })
    await connect()
    expect(started).toEqual([4180])
    expect(asked).toMatchObject([{ baseUrl: 'http://127.0.0.1:4999' }])
    expect(put).toEqual([{ ...listed, baseUrl: 'http://127.0.0.1:4999' }])
  })
})
