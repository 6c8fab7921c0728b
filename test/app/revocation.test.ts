import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isUnfinished, type Job, type JobId } from '../../domain/job.ts'
import type { User } from '../../domain/user.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createMemoryKeychain } from '../support/memory-keychain.ts'
import {
  demoPassword,
  demoPeople,
  ownerPassword,
  startTestService,
  type TestService,
} from '../support/session-service.ts'

/** Polls for longer than a busy machine takes. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000, interval: 5 })

const passphrase = 'correct horse battery'
const many = 300

/** A network that can hold back one revocation: `hold(2)` the second from now, until it is let go. */
function createNetwork() {
  const state = { revocations: 0, done: 0, held: Number.POSITIVE_INFINITY }
  let release = () => {}
  let gate = Promise.resolve()
  return {
    state,
    hold(which: number) {
      state.held = state.revocations + which
      gate = new Promise((resolve) => {
        release = resolve
      })
    },
    letGo: () => release(),
    async fetch(url: string, init?: RequestInit): Promise<Response> {
      if (!url.endsWith('/sessions/revoke')) return fetch(url, init)
      state.revocations += 1
      if (state.revocations === state.held) await gate
      const response = await fetch(url, init)
      if (response.status === 200) state.done += 1
      return response
    },
  }
}

describe('O4, B8: a revocation of 300 people', () => {
  let service: TestService
  let folder: string
  let app: TestApp
  let people: readonly User[]
  let instance: string
  const network = createNetwork()
  const keychain = createMemoryKeychain()
  const start = () => startApp({ dataFolder: folder, keychain, fetch: network.fetch })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'curfew-app-'))
    service = await startTestService()
    for (let at = 0; at < 51; at += 1) {
      const body = { username: `more-${at}`, displayName: `MARKER ${at}`, email: '', role: 'member' }
      const { status } = await service.call('POST', '/users', { body: { ...body, password: ownerPassword } })
      if (status !== 201) throw new Error(`A person could not be made: ${status}`)
    }
    // Every password is hashed as slowly as a real one.
  }, 240_000)
  beforeEach(async () => {
    app = await start()
    await app.call('lock.setUp', { passphrase })
    const account = { baseUrl: service.url, username: 'owner', password: ownerPassword }
    instance = await app.value('instances.add', { name: 'Test', environment: '', colour: 'blue', ...account })
    await service.signIn(demoPeople.member, demoPassword)
    const page = await app.value('users.list', { instance, query: { limit: 500 } })
    // The owner is left out: it is the test's own way to the service.
    people = page.items.filter(({ username }) => username !== 'owner').slice(-many)
    expect(people).toHaveLength(many)
  })
  afterEach(async () => {
    network.letGo()
    await app.call('lock.forgetEverything', { confirmed: 'forget everything' })
    await app.curfew.quit()
  })
  afterAll(async () => {
    await service.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  async function begin(): Promise<JobId> {
    const users = people.map(({ id, displayName }) => ({ id, name: displayName }))
    return app.value('jobs.revokeUsers', { instance, users, reason: 'Left' })
  }
  const statusOf = async (job: JobId) => (await app.value('jobs.list')).find(({ id }) => id === job)?.state
  const unlock = async () =>
    expect(await app.value('lock.unlock', { passphrase })).toEqual({ outcome: 'unlocked' })
  const unfinished = ({ items }: Job) => items.filter(isUnfinished).length
  const running = async () => {
    const page = await app.value('users.list', { instance, query: { active: true, limit: 500 } })
    return page.items.filter(({ id }) => people.some((person) => person.id === id))
  }

  test('goes on to its end and tells of everybody, whatever becomes of the window', async () => {
    const before = await running()
    expect(before.length).toBeGreaterThan(0)
    const job = await begin()
    await eventually(() => statusOf(job)).toEqual({ status: 'done' })
    const report = await app.value('jobs.read', { job })
    const revoked = report.items.filter(({ outcome }) => outcome.what === 'revoked')
    expect(revoked.map(({ id }) => id).toSorted()).toEqual(before.map(({ id }) => id).toSorted())
    expect(report.items.filter(({ outcome }) => outcome.what === 'had-no-session')).toHaveLength(
      many - before.length,
    )
    expect(await running()).toEqual([])
    const told = app.told('jobs.list').map(([summary]) => summary?.done)
    expect([...new Set(told)]).toEqual([0, 100, 200, 300])
  })

  test('with a lock in the middle: what was sent finishes, no more is sent, and one click goes on', async () => {
    const before = network.state.revocations
    network.hold(2)
    const job = await begin()
    await eventually(() => network.state.revocations).toBe(before + 2)

    app.curfew.lockNow()
    expect(await app.call('jobs.list')).toMatchObject({ problem: { code: 'locked' } })
    network.letGo()
    await eventually(() => network.state.done).toBe(before + 2)
    const toldWhileLocked = app.told('jobs.list').length
    await new Promise((resolve) => setImmediate(resolve))
    expect(network.state.revocations).toBe(before + 2)
    expect(app.told('jobs.list')).toHaveLength(toldWhileLocked)

    await unlock()
    await eventually(() => statusOf(job)).toEqual({ status: 'stopped', why: 'locked' })
    await eventually(async () => unfinished(await app.value('jobs.read', { job }))).toBe(100)
    const report = await app.value('jobs.read', { job })
    expect(report.items.slice(200).map(({ outcome }) => outcome.what)).toEqual(
      Array.from({ length: 100 }, () => 'waiting'),
    )
    await app.value('jobs.goOn', { job })
    await eventually(() => statusOf(job)).toEqual({ status: 'done' })
    expect(unfinished(await app.value('jobs.read', { job }))).toBe(0)
    expect(network.state.revocations).toBe(before + 3)
    expect(await running()).toEqual([])
    expect(app.faults).toEqual([])
  })

  test('with an end of Curfew in the middle: it shows as stopped afterwards, with what is known', async () => {
    const before = network.state.revocations
    network.hold(2)
    const job = await begin()
    await eventually(() => network.state.revocations).toBe(before + 2)
    // The first app is left as it is, as by a crash; nothing of it is asked any more.
    const crashed = app
    app = await start()
    await unlock()
    expect(await statusOf(job)).toEqual({ status: 'stopped', why: 'restarted' })
    const report = await app.value('jobs.read', { job })
    const whats = report.items.map(({ outcome }) => outcome.what)
    expect(new Set(whats.slice(100, 200))).toEqual(new Set(['sent']))
    expect(new Set(whats.slice(200))).toEqual(new Set(['waiting']))
    expect(whats.slice(0, 100)).not.toContain('sent')
    await crashed.curfew.quit()
  })

  test('is kept where nobody can read it without the passphrase, and is gone once it was read', async () => {
    const job = await begin()
    await eventually(() => statusOf(job)).toEqual({ status: 'done' })
    const file = await readFile(join(folder, 'jobs.json'), 'utf8')
    expect(JSON.parse(file)).toMatchObject({ sealed: expect.stringMatching(/^curfew1\.jobs\./) })
    expect(file).not.toContain('MARKER')
    await app.value('jobs.dismiss', { job })
    expect(JSON.parse(await readFile(join(folder, 'jobs.json'), 'utf8'))).toMatchObject({ sealed: '' })
  })
})
