import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../support/app.ts'
import { createMemoryKeychain } from '../support/memory-keychain.ts'
import {
  demoPassword,
  demoPeople,
  ownerPassword,
  startTestService,
  type TestService,
} from '../support/session-service.ts'

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000, interval: 10 })

const passphrase = 'velvet harbor moss ladder'
const another = 'lamp otter violin 31'

let service: TestService
let dataFolder: string
let keychain: ReturnType<typeof createMemoryKeychain>
let app: TestApp
let instance: string
let people = 0

beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

const start = () => startApp({ dataFolder, keychain })

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'curfew-news-'))
  keychain = createMemoryKeychain()
  app = await start()
  await app.value('lock.setUp', { passphrase })
})
afterEach(async () => {
  await app.curfew.quit()
  await rm(dataFolder, { recursive: true, force: true })
})

async function addInstance(username = 'owner', password = ownerPassword): Promise<void> {
  instance = await app.value('instances.add', {
    name: 'Berlin',
    colour: 'blue',
    environment: '',
    baseUrl: service.url,
    username,
    password,
  })
  await isFollowed()
  // All of it counts as stale when a stream begins; what is named meanwhile would be part of that.
  await eventually(toldSoFar).toBeGreaterThan(0)
}

const isFollowed = () =>
  eventually(async () => (await app.value('news.state')).following).toEqual({ [instance]: { how: 'told' } })

/** A second admin acts on the service; answers whom. */
async function makeAdmin(): Promise<string> {
  people += 1
  const username = `admin-${people}`
  const token = await service.signIn(demoPeople.admin, demoPassword)
  const { status } = await service.call('POST', '/users', {
    token,
    body: { username, password: another, role: 'admin' },
  })
  expect(status).toBe(201)
  return username
}

const lines = async () =>
  (await app.value('news.state')).notices.map(({ what, by, person }) => [what, by, person?.username])

/** What was stale since a moment: of everybody, or whose. */
const staleSince = (told: number) =>
  app
    .told('news.stale')
    .slice(told)
    .flat()
    .flatMap(({ what, whose = [''] }) => whose.map((person) => [what, ...(person === '' ? [] : [person])]))
const toldSoFar = () => app.told('news.stale').length

describe('what Owners are told', () => {
  test('B7: the Owner is told whom a second admin has made an admin, until it is dismissed', async () => {
    await addInstance()
    expect(await lines()).toEqual([])
    const username = await makeAdmin()
    await eventually(lines).toEqual([['admin-made', demoPeople.admin, username]])
    await eventually(() => app.told('news.state').at(-1)?.notices.length).toBe(1)
    const { notices } = await app.value('news.state')
    await app.value('news.dismiss', {
      notices: notices.map(({ instance, id, what }) => ({ instance, id, what })),
    })
    expect(await lines()).toEqual([])
  })

  test('B7: what was told while Curfew was locked is told after the unlocking, and what was not dismissed once more', async () => {
    await addInstance()
    const first = await makeAdmin()
    await eventually(lines).toHaveLength(1)
    app.curfew.lockNow()
    expect(await app.call('news.state')).toMatchObject({ ok: false, problem: { code: 'locked' } })
    const second = await makeAdmin()
    await app.value('lock.unlock', { passphrase })
    await eventually(lines).toEqual([
      ['admin-made', demoPeople.admin, second],
      ['admin-made', demoPeople.admin, first],
    ])
  })

  test('B7: what was dismissed is not told again after a restart, and the rest is', async () => {
    await addInstance()
    const first = await makeAdmin()
    await eventually(lines).toHaveLength(1)
    await makeAdmin()
    await eventually(lines).toHaveLength(2)
    const { notices } = await app.value('news.state')
    const newest = notices.slice(0, 1).map(({ instance, id, what }) => ({ instance, id, what }))
    await app.value('news.dismiss', { notices: newest })
    await app.curfew.quit()
    const third = await makeAdmin()
    app = await start()
    await app.value('lock.unlock', { passphrase })
    await eventually(lines).toEqual([
      ['admin-made', demoPeople.admin, third],
      ['admin-made', demoPeople.admin, first],
    ])
  })

  test('B7: nobody but an Owner is told', async () => {
    await addInstance(demoPeople.admin, demoPassword)
    const told = toldSoFar()
    await makeAdmin()
    // The same act made the list of people stale, so that its news had come by then.
    await eventually(() => staleSince(told).some(([what]) => what === 'users')).toBe(true)
    expect(await lines()).toEqual([])
  })

  test('B7: the file of what was seen is sealed, and whoever changes it is told of', async () => {
    await addInstance()
    await makeAdmin()
    await eventually(lines).toHaveLength(1)
    const { notices } = await app.value('news.state')
    await app.value('news.dismiss', {
      notices: notices.map(({ instance, id, what }) => ({ instance, id, what })),
    })
    await app.curfew.quit()
    const file = join(dataFolder, 'notices.json')
    const text = await readFile(file, 'utf8')
    expect(text).not.toContain(instance)
    await writeFile(file, text.replace(/("sealed":\s*"[^"]*)..(")/, '$1AA$2'))
    app = await start()
    await app.value('lock.unlock', { passphrase })
    await eventually(async () => (await app.value('app.info')).notices.map(({ title }) => title)).toEqual([
      'The list of the notices you have seen could not be read',
    ])
  })
})

describe('what others change', () => {
  test('B7: a policy that a second admin saves is stale within two seconds', async () => {
    await addInstance()
    const token = await service.signIn(demoPeople.admin, demoPassword)
    const { body: policy } = await service.call('GET', '/security/policy', { token })
    const told = toldSoFar()
    const saved = await service.call('PUT', '/security/policy', {
      token,
      headers: { 'if-match': `"${policy.revision}"` },
      body: {
        idleTimeout: { ...policy.idleTimeout, seconds: policy.idleTimeout.seconds + 60 },
        idleAppliesToRemembered: policy.idleAppliesToRemembered,
        rememberMe: policy.rememberMe,
      },
    })
    const at = performance.now()
    expect(saved.status).toBe(200)
    await eventually(() => staleSince(told)).toContainEqual(['policy'])
    expect(performance.now() - at).toBeLessThan(2_000)
  })

  test('B7: a sign-in and a revocation say whose sessions are stale', async () => {
    await addInstance()
    const { items } = await app.value('users.list', {
      instance,
      query: { search: demoPeople.member, limit: 1, active: false },
    })
    const [{ id = '' } = {}] = items
    let told = toldSoFar()
    await service.signIn(demoPeople.member, demoPassword)
    await eventually(() => staleSince(told)).toContainEqual(['sessions', id])
    told = toldSoFar()
    await service.call('DELETE', `/users/${id}/sessions`)
    await eventually(() => staleSince(told)).toContainEqual(['users', id])
  })

  test('B7: what was missed while the server was away is told once it is back', async () => {
    await addInstance()
    await service.kill()
    await eventually(async () =>
      (await app.value('instances.list')).map(({ connection }) => connection.status),
    ).toEqual(['offline'])
    await eventually(async () => (await app.value('news.state')).following).toEqual({})
    const told = toldSoFar()
    await service.restart()
    const username = await makeAdmin()
    await eventually(lines).toContainEqual(['admin-made', demoPeople.admin, username])
    await isFollowed()
    await eventually(() => staleSince(told).map(([what]) => what)).toContain('users')
  })

  test('B7: nothing is followed or told while Curfew is locked', async () => {
    await addInstance()
    app.curfew.lockNow()
    const told = app.told('news.state').length + toldSoFar()
    await makeAdmin()
    const { body } = await service.call('GET', '/audit?limit=5')
    expect(JSON.stringify(body)).toContain('user.add')
    expect(app.told('news.state').length + toldSoFar()).toBe(told)
  })
})
