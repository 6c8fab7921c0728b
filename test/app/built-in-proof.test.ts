import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { proveOwn } from '../../service/own-proof.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createMemoryKeychain } from '../support/memory-keychain.ts'
import { type Pretender, secretsIn, startPretender } from '../support/pretender.ts'

const passphrase = 'velvet harbor moss ladder'
const serverId = 'the-built-in-one'

let app: TestApp
let folder: string
let keychain: ReturnType<typeof createMemoryKeychain>
/** The built-in service, which has the key that main told it, as long as it stays itself. */
let service: Pretender
/** Every key that main has told a process. */
let keys: string[]
/** Where main is told that the process it started listens. */
let says: (started: Pretender) => string
let endProcess: () => void
/** Somebody else's program on this computer. */
let thief: Pretender | undefined

async function open(): Promise<void> {
  app = await startApp({
    dataFolder: folder,
    keychain,
    async startService({ port, proofKey }) {
      const takes = port !== 0 && new URL(thief?.url ?? 'http://x:1').port === String(port)
      if (takes) throw new Error('The port is taken.')
      keys.push(proofKey)
      service = await startPretender(serverId, port)
      service.prove = (challenge, origin) => proveOwn(proofKey, challenge, origin)
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      endProcess = resolve
      const stop = async () => {
        await service.stop()
        resolve()
      }
      return { address: says(service), ended, stop }
    },
  })
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'curfew-app-'))
  keychain = createMemoryKeychain()
  keys = []
  thief = undefined
  says = ({ url }) => url
  await open()
  await app.value('lock.setUp', { passphrase })
})
afterEach(async () => {
  await app.curfew.quit()
  await thief?.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

async function state() {
  const [first] = await app.value('instances.list')
  if (!first) throw new Error('There is no instance.')
  return first
}
const status = async () => (await state()).connection.status
const detail = async () => {
  const { connection } = await state()
  return 'detail' in connection ? connection.detail : ''
}

/** The service crashes, and before anybody has noticed another program has its port and its public id. */
async function takePlace(prove: Pretender['prove']): Promise<Pretender> {
  const port = Number(new URL(service.url).port)
  await service.stop()
  thief = await startPretender(serverId, port)
  thief.prove = prove
  return thief
}

/** Asks for what carries the token, and for signing in again with the stored password. */
async function askForEverything(): Promise<void> {
  const { instance } = await state()
  await app.call('policy.read', { instance: instance.id })
  await app.call('users.list', { instance: instance.id, query: {} })
  await app.call('instances.signIn', { instance: instance.id })
  await app.call('instances.signIn', { instance: instance.id, password: 'typed password' })
  await app.call('instances.signIn', {
    instance: instance.id,
    password: 'typed password',
    acceptServer: true,
  })
}

/** What another program may answer to the challenge that it was sent. */
const answers: readonly (readonly [string, () => Pretender['prove']])[] = [
  ['nothing', () => undefined],
  ['the challenge itself', () => (challenge) => challenge],
  ['the right number of other bytes', () => () => randomBytes(32).toString('base64url')],
  ['nothing at all of a proof', () => () => ''],
  [
    'a proof with a key of its own',
    () => (challenge, origin) => proveOwn(randomBytes(32).toString('base64url'), challenge, origin),
  ],
  ['a proof with an empty key', () => (challenge, origin) => proveOwn('', challenge, origin)],
  [
    'a proof that the real one gave earlier',
    () => {
      const earlier = proveOwn(keys.at(-1) ?? '', randomBytes(32).toString('base64url'), service.url)
      return () => earlier
    },
  ],
  [
    'what the real one, at another port, proves to the same challenge',
    () => {
      const [key = ''] = keys
      return (challenge) => proveOwn(key, challenge, 'http://127.0.0.1:1')
    },
  ],
  [
    'the right proof, cut short',
    () => {
      const [key = ''] = keys
      return (challenge, origin) => proveOwn(key, challenge, origin).slice(0, 40)
    },
  ],
  [
    'the right proof, doubled',
    () => {
      const [key = ''] = keys
      return (challenge, origin) => proveOwn(key, challenge, origin).repeat(2)
    },
  ],
]

describe('C1: the built-in service proves that it is the process which Curfew has started', () => {
  test('and is asked before every request that carries something secret', async () => {
    await app.value('instances.startBuiltIn')
    expect(await status()).toBe('connected')
    await app.call('policy.read', { instance: (await state()).instance.id })
    const asked = service.received.map(({ path }) => path)
    expect(asked.filter((path) => path === '/server').length).toBeGreaterThanOrEqual(
      asked.filter((path) => path !== '/server').length,
    )
    expect(asked[0]).toBe('/server')
  })

  test.each(answers)(
    'another program on its port that copies its id and answers the challenge with %s gets neither token nor password',
    async (_, prove) => {
      await app.value('instances.startBuiltIn')
      const other = await takePlace(prove())
      await askForEverything()
      expect(other.received.some(({ path }) => path === '/server')).toBe(true)
      expect(secretsIn(other.received)).toEqual([])
      expect(await status()).toBe('offline')
      expect(await detail()).toContain(
        `Another program answers at the built-in service’s address, ${new URL(other.url).host}.`,
      )
      app.curfew.lockNow()
      await app.value('lock.unlock', { passphrase })
      await expect.poll(status).toBe('offline')
      expect(secretsIn(other.received)).toEqual([])
    },
  )

  test('a program that was there before the service started, with all that one can know without the key, gets nothing', async () => {
    thief = await startPretender(serverId)
    says = () => thief?.url ?? ''
    expect(await app.call('instances.startBuiltIn')).toMatchObject({ problem: { code: 'not-proven' } })
    expect(secretsIn(thief.received)).toEqual([])
    expect(await status()).not.toBe('connected')
  })

  test('a program that relays everything, the challenge too, to the real service at another port gets nothing', async () => {
    thief = await startPretender(serverId)
    says = () => thief?.url ?? ''
    thief.prove = async (challenge) => {
      const answer = await fetch(`${service.url}/api/v1/server?challenge=${challenge}`)
      return ((await answer.json()) as { proof: string }).proof
    }
    expect(await app.call('instances.startBuiltIn')).toMatchObject({ problem: { code: 'not-proven' } })
    expect(service.received).toMatchObject([{ path: '/server' }])
    expect(secretsIn(thief.received)).toEqual([])
  })

  test('a service that ends by itself and finds its port taken starts on another, with another key, and is signed in to there', async () => {
    await app.value('instances.startBuiltIn')
    const [key = ''] = keys
    // The key that the first process had is of no use to whoever got hold of it.
    const other = await takePlace((challenge, origin) => proveOwn(key, challenge, origin))
    endProcess()
    await expect.poll(async () => (await state()).instance.baseUrl).toBe(service.url)
    await expect.poll(status).toBe('connected')
    await askForEverything()
    expect(new URL(service.url).port).not.toBe(new URL(other.url).port)
    expect(new Set(keys).size).toBe(2)
    expect(secretsIn(other.received)).toEqual([])
  })

  test('a program that has the port after a restart of Curfew gets nothing', async () => {
    await app.value('instances.startBuiltIn')
    await app.curfew.quit()
    thief = await startPretender(serverId, Number(new URL(service.url).port))
    await open()
    await app.value('lock.unlock', { passphrase })
    await expect.poll(status).toBe('connected')
    expect(thief.connections).toBe(0)
  })

  test('once the right one answers again it is connected to without anybody doing anything', async () => {
    await app.value('instances.startBuiltIn')
    const other = await takePlace(undefined)
    await askForEverything()
    expect(await status()).toBe('offline')
    await other.stop()
    thief = undefined
    endProcess()
    await expect.poll(status, { timeout: 10_000 }).toBe('connected')
  })
})
