import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { proveOwn } from '../../service/own-proof.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createMemoryKeychain, type MemoryKeychain } from '../support/memory-keychain.ts'
import { type Pretender, startPretender } from '../support/pretender.ts'

const passphrase = 'correct horse battery'
/** More steps than anything here has. */
const most = 60

/**
 * Counts the steps that Curfew waits for outside itself: the keychain, the network, the person. At one of them it locks,
 * while that one is under way or when it has been answered.
 */
function createSteps() {
  const state = { at: Number.POSITIVE_INFINITY, when: 'before' as 'before' | 'after', taken: 0 }
  let lock = () => {}
  return {
    state,
    lockWith: (next: () => void) => {
      lock = next
    },
    /** Locks at the nth step from now. */
    lockAt(step: number, when: 'before' | 'after') {
      Object.assign(state, { at: step, when, taken: 0 })
    },
    async step<T>(work: () => Promise<T>): Promise<T> {
      state.taken += 1
      const isIt = state.taken === state.at
      if (isIt && state.when === 'before') lock()
      const result = await work()
      if (isIt && state.when === 'after') lock()
      return result
    },
  }
}

describe('B8: a lock in the middle of', () => {
  let server: Pretender
  let folder: string
  let app: TestApp
  let keychain: MemoryKeychain
  const steps = createSteps()
  /** What left once Curfew was locked. */
  let left: string[]

  beforeAll(async () => {
    server = await startPretender('server-1')
  })
  afterAll(() => server.stop())

  beforeEach(async () => {
    left = []
    steps.lockAt(Number.POSITIVE_INFINITY, 'before')
    folder = await mkdtemp(join(tmpdir(), 'curfew-app-'))
    keychain = createMemoryKeychain()
    app = await startApp({
      dataFolder: folder,
      keychain: {
        ...keychain,
        get: (account) => steps.step(() => keychain.get(account)),
        set: (account, value) => steps.step(() => keychain.set(account, value)),
      },
      // It sends whatever it is given, as a network would that hears of no signal.
      fetch: (url, { signal: _, ...init } = {}) => {
        if (!app.curfew.isUnlocked()) left.push(new URL(url).pathname.replace('/api/v1', ''))
        return steps.step(() => fetch(url, init))
      },
      confirm: () => steps.step(async () => true),
      startService: ({ proofKey }) =>
        steps.step(async () => {
          server.prove = (challenge, origin) => proveOwn(proofKey, challenge, origin)
          return { address: server.url, ended: new Promise(() => {}), stop: async () => {} }
        }),
    })
    steps.lockWith(() => app.curfew.lockNow())
    await app.value('lock.setUp', { passphrase })
  })
  afterEach(async () => {
    await app.curfew.quit()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  const add = () =>
    app.call('instances.add', {
      name: 'A',
      environment: '',
      colour: 'blue',
      baseUrl: server.url,
      username: 'ann',
      password: 'password of A',
    })
  const firstId = async () => (await app.value('instances.list'))[0]?.instance.id ?? ''

  const begun: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['adding an instance', add],
    ['starting the built-in service', () => app.call('instances.startBuiltIn')],
    [
      'signing in with what was typed',
      async () => app.call('instances.signIn', { instance: await firstId(), password: 'p' }),
    ],
    [
      'signing in to whichever server answers',
      async () =>
        app.call('instances.signIn', { instance: await firstId(), password: 'p', acceptServer: true }),
    ],
    ['connecting again', async () => app.call('instances.signIn', { instance: await firstId() })],
    ['putting an instance back', async () => app.call('instances.putBack', { instance: await firstId() })],
    ['looking at people', async () => app.call('users.list', { instance: await firstId(), query: {} })],
  ]

  for (const when of ['before', 'after'] as const)
    test.each(begun)(
      `%s, ${when} any step: nothing further leaves but a sign-out, and no session is kept`,
      async (what, begin) => {
        const isNew = what.startsWith('adding') || what.startsWith('starting')
        if (!isNew) await add()
        for (let step = 1; step <= most; step += 1) {
          server.clear()
          left = []
          steps.lockAt(step, when)
          await begin()
          const wasReached = steps.state.taken >= step
          steps.lockAt(Number.POSITIVE_INFINITY, 'before')
          if (!wasReached) return
          expect(app.curfew.isUnlocked()).toBe(false)
          // The session that there was, and one that was just being made, are ended on the server.
          const signedIn = () => server.received.filter(({ path }) => path === '/sign-in').length
          const signedOut = () => server.received.filter(({ path }) => path === '/sign-out').length
          await expect.poll(signedOut).toBeGreaterThanOrEqual(signedIn())
          expect(left.filter((path) => path !== '/sign-out' && path !== '/server')).toEqual([])
          await app.value('lock.unlock', { passphrase })
          if (isNew)
            for (const { instance } of await app.value('instances.list'))
              await app.value('instances.remove', { instance: instance.id })
          else
            await expect
              .poll(async () =>
                (await app.value('instances.list')).map(({ connection }) => connection.status),
              )
              .toEqual(['connected'])
        }
        throw new Error('There were more steps than were tried.')
      },
    )
})
