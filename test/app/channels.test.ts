import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { policyOf } from '../../domain/policy.ts'
import { Preview } from '../../domain/preview.ts'
import { type ChannelArgument, type ChannelName, contract } from '../../preload/contract/index.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createMemoryKeychain } from '../support/memory-keychain.ts'
import {
  demoPassword,
  demoPeople,
  ownerPassword,
  startTestService,
  type TestService,
} from '../support/session-service.ts'
import { createPublisher, fetchFrom, release } from '../support/update-feed.ts'

/** Polls for longer than a busy machine takes. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000, interval: 5 })

const passphrase = 'correct horse battery'
const nobody = '00000000-0000-4000-8000-000000000000'

/** What the channels are tried with: the app, a service, and what earlier cases have found or made. */
interface Desk {
  readonly app: TestApp
  readonly service: TestService
  instance: string
  user: string
  job: string
  entry: { readonly id: string; readonly revision: string }
}

interface Case<C extends ChannelName> {
  /** What the window sends. */
  readonly give: (desk: Desk) => Promise<ChannelArgument<C>> | ChannelArgument<C>
  /** Holds what came of it; the value as it crosses to the window. */
  readonly check: (value: unknown, desk: Desk) => Promise<void> | void
  /** What must not get past the door. */
  readonly bad: readonly unknown[]
}

const nothingGiven = { give: () => undefined, bad: [null, {}, 'text'] } as const
const isDone = (value: unknown) => expect(value).toBeUndefined()
const asRecord = (value: unknown) => value as Record<string, never>
const configEntry = { type: 'Other', key: 'registry', value: 'kept to itself' }
const badInstances = [undefined, {}, { instance: 'one' }, { instance: nobody, more: 1 }]

async function revoked({ app }: Desk): Promise<void> {
  await eventually(async () => (await app.value('jobs.list')).map(({ state }) => state.status)).toEqual([
    'done',
  ])
}

async function signedInMember({ app, instance, user, service }: Desk) {
  await service.signIn(demoPeople.member, demoPassword)
  const { items } = await app.value('users.sessions', { instance, user })
  return items
}

const publisher = createPublisher()
const newer = release('1.0.0', publisher)

/** Every channel, in an order in which each finds what it needs. */
const cases: { readonly [C in ChannelName]: Case<C> } = {
  'app.info': {
    ...nothingGiven,
    check: (value) => expect(value).toMatchObject({ version: '0.0.0', theme: 'system', notices: [] }),
  },
  'app.dismissNotice': {
    give: () => ({ id: 'none' }),
    check: isDone,
    bad: [undefined, {}, { id: 1 }, { id: 'x'.repeat(101) }],
  },
  'lock.state': { ...nothingGiven, check: (value) => expect(value).toEqual({ status: 'new' }) },
  'lock.openKeychain': { ...nothingGiven, check: isDone },
  'lock.setUp': {
    give: () => ({ passphrase }),
    check(value, { app }) {
      isDone(value)
      expect(app.curfew.isUnlocked()).toBe(true)
    },
    bad: [undefined, {}, { passphrase: 'short' }, { passphrase: 1 }, { passphrase: 'x'.repeat(1025) }],
  },
  'lock.unlock': {
    give({ app }) {
      app.curfew.lockNow()
      return { passphrase }
    },
    check: (value) => expect(value).toEqual({ outcome: 'unlocked' }),
    bad: [undefined, {}, { passphrase: '' }, { passphrase, more: 1 }],
  },
  'lock.activity': { ...nothingGiven, check: isDone },
  'lock.changePassphrase': {
    give: () => ({ current: passphrase, next: passphrase, replaceKey: true }),
    check: (value) => expect(value).toEqual({ outcome: 'changed', key: 'replaced' }),
    bad: [
      undefined,
      { current: passphrase },
      { current: passphrase, next: passphrase },
      { current: passphrase, next: 'short', replaceKey: true },
    ],
  },
  'settings.read': {
    ...nothingGiven,
    check: (value) => expect(value).toMatchObject({ settings: { theme: 'system' }, fixed: [] }),
  },
  'settings.write': {
    give: () => ({ theme: 'dark' }),
    check: (value) => expect(value).toMatchObject({ settings: { theme: 'dark' } }),
    bad: [undefined, { theme: 'pink' }, { autoLockMinutes: -1 }, { unknown: true }],
  },
  'clipboard.copy': {
    give: () => ({ text: 'copied' }),
    check: (_, { app }) => expect(app.clipboard.text).toBe('copied'),
    bad: [undefined, {}, { text: '' }, { text: 'x'.repeat(10_001) }],
  },
  'drafts.keep': {
    give: () => ({ key: { what: 'place' }, text: 'where I was' }),
    check: isDone,
    bad: [undefined, { key: { what: 'else' }, text: '' }, { key: { what: 'place' }, text: 1 }],
  },
  'drafts.take': {
    give: () => ({ keys: [{ what: 'place' }, { what: 'add-instance' }] }),
    check: (value) => expect(value).toEqual(['where I was', null]),
    bad: [undefined, { keys: [{ what: 'else' }] }, { keys: 'all' }],
  },
  'drafts.drop': { give: () => ({ key: { what: 'place' } }), check: isDone, bad: [undefined, { key: {} }] },
  'instances.add': {
    give: ({ service }) => ({
      name: 'Test',
      environment: '',
      colour: 'blue',
      baseUrl: service.url,
      username: 'owner',
      password: ownerPassword,
    }),
    check(value, desk) {
      desk.instance = String(value)
    },
    bad: [
      undefined,
      {},
      { name: '', environment: '', colour: 'mauve', baseUrl: '', username: '', password: '' },
    ],
  },
  'lock.ratePassphrase': {
    give: () => ({ candidate: 'ownerowner' }),
    check: (value) =>
      expect(value).toMatchObject({ fault: expect.stringContaining('names that others know') }),
    bad: [undefined, {}, { candidate: 1 }, { candidate: 'x'.repeat(1025) }],
  },
  'instances.list': {
    ...nothingGiven,
    check: (value, { instance }) =>
      expect(value).toMatchObject([{ instance: { id: instance }, connection: { status: 'connected' } }]),
  },
  'instances.signIn': {
    give: ({ instance }) => ({ instance }),
    check: isDone,
    bad: [...badInstances, { instance: nobody, password: '' }],
  },
  'instances.pin': {
    give: ({ instance }) => ({ instance, password: ownerPassword, pinned: false }),
    check: isDone,
    bad: [
      ...badInstances,
      { instance: nobody, password: 'p' },
      { instance: nobody, password: '', pinned: true },
    ],
  },
  'instances.putBack': {
    give: ({ instance }) => ({ instance }),
    check: isDone,
    bad: badInstances,
  },
  'policy.read': {
    give: ({ instance }) => ({ instance }),
    check: (value) => expect(asRecord(value)['fields']).toBeTypeOf('object'),
    bad: badInstances,
  },
  'policy.preview': {
    give: async ({ app, instance }) => {
      const { fields, revision } = await app.value('policy.read', { instance })
      return { instance, basis: revision, change: policyOf(fields) }
    },
    check: (value) => expect(Preview.safeParse(value).success).toBe(true),
    bad: [...badInstances, { instance: nobody, basis: 1, change: {} }],
  },
  'policy.write': {
    give: async ({ app, instance }) => {
      const { fields, revision } = await app.value('policy.read', { instance })
      return { instance, basis: revision, change: policyOf(fields) }
    },
    check: (value) => expect(value).toMatchObject({ outcome: 'written' }),
    bad: [...badInstances, { instance: nobody, basis: '', change: 'all' }],
  },
  'config.read': {
    give: ({ instance }) => ({ instance }),
    check: (value) => expect(value).toMatchObject({ types: expect.arrayContaining(['AppConfig']) }),
    bad: badInstances,
  },
  'config.preview': {
    give: ({ instance }) => ({ instance, entry: configEntry }),
    check: (value) => expect(Preview.safeParse(value).success).toBe(true),
    bad: [...badInstances, { instance: nobody, entry: { ...configEntry, more: 1 } }],
  },
  'config.add': {
    give: ({ instance }) => ({ instance, entry: configEntry }),
    check(value, desk) {
      expect(value).toMatchObject({ outcome: 'written', entry: { type: 'Other', value: null } })
      desk.entry = (value as { entry: Desk['entry'] }).entry
    },
    bad: [
      ...badInstances,
      { instance: nobody, entry: { type: '', key: 'k', value: '' } },
      { instance: nobody, entry: { type: 'T', key: 'k', value: 'x'.repeat(20_001) } },
    ],
  },
  'config.reveal': {
    give: ({ instance, entry }) => ({ instance, id: entry.id }),
    check: (value) => expect(value).toBe(configEntry.value),
    bad: [...badInstances, { instance: nobody, id: '' }],
  },
  'config.replace': {
    give: ({ instance, entry }) => ({
      instance,
      id: entry.id,
      basis: entry.revision,
      entry: { ...configEntry, value: 'another' },
    }),
    check(value, desk) {
      expect(value).toMatchObject({ outcome: 'written' })
      desk.entry = (value as { entry: Desk['entry'] }).entry
    },
    bad: [...badInstances, { instance: nobody, id: 'e', basis: 1, entry: configEntry }],
  },
  'config.remove': {
    give: ({ instance, entry }) => ({ instance, id: entry.id, basis: entry.revision }),
    check: (value) => expect(value).toEqual({ outcome: 'removed' }),
    bad: [...badInstances, { instance: nobody, id: 'e' }],
  },
  'users.list': {
    give: ({ instance }) => ({ instance, query: { search: demoPeople.member } }),
    check(value, desk) {
      const { items } = value as { items: { id: string; username: string }[] }
      desk.user = items.find(({ username }) => username === demoPeople.member)?.id ?? ''
      expect(desk.user).not.toBe('')
    },
    bad: [...badInstances, { instance: nobody, query: { limit: 501 } }],
  },
  'users.read': {
    give: ({ instance, user }) => ({ instance, user }),
    check: (value) => expect(value).toMatchObject({ username: demoPeople.member }),
    bad: [...badInstances, { instance: nobody, user: '' }],
  },
  'users.sessions': {
    give: async (desk) => {
      await desk.service.signIn(demoPeople.member, demoPassword)
      return { instance: desk.instance, user: desk.user }
    },
    check: (value) => expect(asRecord(value)['items']).not.toEqual([]),
    bad: [...badInstances, { instance: nobody, user: 'x'.repeat(201) }],
  },
  'sessions.revoke': {
    give: async (desk) => {
      const [session] = await signedInMember(desk)
      return { instance: desk.instance, ids: [session?.id ?? ''] }
    },
    check: (value) => expect(value).toMatchObject({ results: [{ outcome: 'revoked', revoked: 1 }] }),
    bad: [...badInstances, { instance: nobody, ids: [] }, { instance: nobody, what: 'users', ids: ['u1'] }],
  },
  'jobs.revokeUsers': {
    give: async (desk) => {
      await desk.service.signIn(demoPeople.member, demoPassword)
      return { instance: desk.instance, users: [{ id: desk.user, name: 'Maya' }], reason: 'Left' }
    },
    async check(value, desk) {
      desk.job = String(value)
      await revoked(desk)
    },
    bad: [
      ...badInstances,
      { instance: nobody, users: [] },
      { instance: nobody, users: ['u1'] },
      { instance: nobody, users: [{ id: '', name: '' }] },
      { instance: nobody, users: Array.from({ length: 10_001 }, (_, at) => ({ id: `u${at}`, name: '' })) },
    ],
  },
  'jobs.list': {
    ...nothingGiven,
    check: (value, { job }) => expect(value).toMatchObject([{ id: job, done: 1, total: 1 }]),
  },
  'jobs.read': {
    give: ({ job }) => ({ job }),
    check: (value) =>
      expect(value).toMatchObject({ items: [{ name: 'Maya', outcome: { what: 'revoked' } }] }),
    bad: [undefined, {}, { job: 'one' }, { job: nobody, more: 1 }],
  },
  'jobs.cancel': { give: ({ job }) => ({ job }), check: isDone, bad: [undefined, {}, { job: 'one' }] },
  'jobs.goOn': {
    give: ({ job }) => ({ job }),
    check: (_, desk) => revoked(desk),
    bad: [undefined, {}, { job: 'one' }],
  },
  'jobs.dismiss': {
    give: ({ job }) => ({ job }),
    check: async (_, { app }) => expect(await app.value('jobs.list')).toEqual([]),
    bad: [undefined, {}, { job: 'one' }],
  },
  'news.state': {
    ...nothingGiven,
    check: (value, { instance }) =>
      expect(value).toEqual({ following: { [instance]: { how: 'told' } }, notices: [] }),
  },
  'news.dismiss': {
    give: ({ instance }) => ({ notices: [{ instance, id: 1, what: 'admin-made' }] }),
    check: isDone,
    bad: [undefined, {}, { notices: [] }, { notices: [{ instance: nobody, id: 'one', what: 'admin-made' }] }],
  },
  'instances.startBuiltIn': {
    ...nothingGiven,
    check: async (value, { app }) =>
      expect((await app.value('instances.list')).find(({ instance }) => instance.builtIn)?.instance.id).toBe(
        value,
      ),
  },
  'instances.demoPassword': {
    give: async ({ app }) => ({ instance: await app.value('instances.startBuiltIn') }),
    check: async (value, { app }) => {
      const builtIn = (await app.value('instances.list')).find(({ instance }) => instance.builtIn)
      const signIn = (password: unknown) =>
        fetch(`${builtIn?.instance.baseUrl}/api/v1/sign-in`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username: 'member', password }),
        })
      expect([(await signIn('curfew-demo')).status, (await signIn(value)).status]).toEqual([401, 201])
    },
    bad: badInstances,
  },
  'instances.remove': {
    give: ({ instance }) => ({ instance }),
    check: async (_, { app, instance }) =>
      expect((await app.value('instances.list')).map((each) => each.instance.id)).not.toContain(instance),
    bad: badInstances,
  },
  'updates.check': {
    ...nothingGiven,
    check: async (_, { app }) =>
      expect(await app.value('updates.state')).toMatchObject({
        problem: null,
        step: { at: 'available', release: { version: '1.0.0' } },
      }),
  },
  'updates.download': {
    ...nothingGiven,
    check: (_, { app }) => eventually(async () => (await app.value('updates.state')).step.at).toBe('ready'),
  },
  'updates.state': {
    ...nothingGiven,
    check: (value, { app }) => expect(value).toEqual(app.told('updates.state').at(-1)),
  },
  'updates.cancel': {
    ...nothingGiven,
    check: async (_, { app }) => expect((await app.value('updates.state')).step.at).toBe('available'),
  },
  'lock.now': { ...nothingGiven, check: isDone },
  'lock.forgetEverything': {
    give: () => ({ confirmed: 'forget everything' }),
    check: async (_, { app }) => expect(await app.value('lock.state')).toEqual({ status: 'new' }),
    bad: [undefined, {}, { confirmed: true }],
  },
}

const channels = Object.keys(cases) as ChannelName[]

describe('the app in plain Node, over a real session service', () => {
  let desk: Desk
  let folder: string
  let requests = 0
  /** What each channel was given when it succeeded. */
  const given = new Map<ChannelName, readonly unknown[]>()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'curfew-app-'))
    const app = await startApp({
      dataFolder: folder,
      keychain: createMemoryKeychain(),
      fetch(url, init) {
        requests += 1
        return fetch(url, init)
      },
      updates: {
        fetch: fetchFrom(() => newer),
        install: async () => {},
        published: { feed: 'https://updates.example/', keys: [publisher.publicKey] },
      },
    })
    desk = {
      app,
      service: await startTestService(),
      instance: '',
      user: '',
      job: '',
      entry: { id: '', revision: '' },
    }
  })
  afterAll(async () => {
    await desk.app.curfew.quit()
    await desk.service.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  test('has a case for every channel of the contract', () => {
    expect(channels.toSorted()).toEqual(Object.keys(contract).toSorted())
  })

  describe('bad input is refused on every channel', () => {
    test.each(channels)('%s', async (channel) => {
      for (const bad of cases[channel].bad) {
        const isPublic = contract[channel].access === 'public'
        const refused = await desk.app.send(channel, bad)
        expect(refused, JSON.stringify(bad)?.slice(0, 100)).toMatchObject({
          problem: { code: isPublic ? 'bad-request' : 'locked' },
        })
      }
    })
  })

  // All but the last two, which end what the others need and have tests of their own.
  const atWork = channels.slice(0, -2)
  describe('every channel does what it is for', () => {
    test.each(atWork)('%s', (channel) => succeedOn(channel))
  })

  describe('bad input is refused while unlocked, and no server hears of it', () => {
    test.each(channels)('%s', async (channel) => {
      expect(cases[channel].bad).not.toEqual([])
      for (const bad of cases[channel].bad) {
        const before = requests
        const refused = await desk.app.send(channel, bad)
        expect(refused, JSON.stringify(bad)?.slice(0, 100)).toMatchObject({
          problem: { code: 'bad-request' },
        })
        expect(requests).toBe(before)
      }
    })
  })

  test('lock.now locks, and its own answer is dropped as every other that comes after a lock', async () => {
    const { app } = desk
    given.set('lock.now', [])
    expect(await app.send('lock.now')).toMatchObject({ problem: { code: 'locked' } })
    expect(app.curfew.isUnlocked()).toBe(false)
    expect(app.told('lock.state').at(-1)).toMatchObject({ status: 'locked', reason: 'manual' })
  })

  describe('while locked what succeeded before is refused, and no server hears of it', () => {
    const behindTheLock = channels.filter((channel) => contract[channel].access !== 'public')
    test.each(behindTheLock)('%s', async (channel) => {
      const before = requests
      expect(await desk.app.send(channel, ...(given.get(channel) ?? []))).toMatchObject({
        problem: { code: 'locked' },
      })
      expect(requests).toBe(before)
    })
  })

  test('lock.forgetEverything', () => succeedOn('lock.forgetEverything'))

  test('nothing of all that was a fault of the app', () => {
    expect(desk.app.faults.filter((fault) => !fault.endsWith(': bad-request'))).toEqual([])
  })

  async function succeedOn(channel: ChannelName): Promise<void> {
    const input = await cases[channel].give(desk)
    const args = input === undefined ? [] : [input]
    given.set(channel, args)
    const outcome = await desk.app.send(channel, ...args)
    expect(outcome).toMatchObject({ ok: true })
    if (outcome.ok) await cases[channel].check(outcome.value, desk)
  }
})
