import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, decodeProtectedHeader, type JWK, jwtVerify } from 'jose'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { kubernetesDurationKey } from '../../domain/config.ts'
import { openDatabases } from './databases.ts'
import { startHeld } from './held.ts'
import { type Client, startService, type TestService } from './support.ts'

const day = 86_400
const minutes = 10
/** Of the clocks of several machines. */
const tolerated = 60

async function keysOf(service: TestService): Promise<readonly JWK[]> {
  return (await service.call('GET', '/.well-known/jwks.json')).body.keys
}

const kidsOf = async (service: TestService) => (await keysOf(service)).map(({ kid }) => kid)

async function storedKeys({ service }: TestService) {
  const rows = await service.services.database.read
    .selectFrom('signing_keys')
    .selectAll()
    .orderBy('created_at', 'desc')
    .execute()
  return rows.map(({ jwk, ...row }) => ({ ...row, jwk: JSON.parse(jwk) as JWK }))
}

async function mint(client: Client): Promise<string> {
  const reply = await client.call('POST', 'kubernetes/credential')
  expect(reply.status).toBe(201)
  return reply.body.status.token
}

const kidOf = (token: string) => decodeProtectedHeader(token).kid

const verify = async (service: TestService, token: string) =>
  (await service.call('GET', 'kubernetes/verify', undefined, { authorization: `Bearer ${token}` })).body

/** Whether a cluster, which knows nothing but the published keys, takes a credential. */
async function clusterTakes(service: TestService, token: string): Promise<boolean> {
  const keySet = createLocalJWKSet({ keys: [...(await keysOf(service))] })
  return await jwtVerify(token, keySet, { currentDate: new Date(service.now()) }).then(
    () => true,
    () => false,
  )
}

async function limitSessions(owner: Client): Promise<void> {
  const { type, key } = kubernetesDurationKey
  expect((await owner.call('POST', 'config/entries', { type, key, value: String(minutes) })).status).toBe(201)
}

for (const database of openDatabases()) {
  const { name, open } = database

  test(`D3: the signing key is replaced after 90 days, and what the old one has signed is good until its end (${name})`, async () => {
    await using service = await startService({ open })
    await limitSessions(await service.signIn('owner'))
    const [first] = await kidsOf(service)
    service.pass(90 * day - 301)
    await service.service.sweep()
    const owner = await service.signIn('owner')
    service.pass(300)
    await service.service.sweep()
    expect(await kidsOf(service)).toEqual([first])
    const before = await mint(owner)
    service.pass(1)
    await service.service.sweep()
    const after = await mint(owner)
    const second = kidOf(after)
    expect([kidOf(before), second === first]).toEqual([first, false])
    expect(await kidsOf(service)).toEqual([second, first])
    for (const key of await keysOf(service)) expect(key).not.toHaveProperty('d')
    // Nobody who reads the database now can sign with the old one.
    expect(
      (await storedKeys(service)).map(({ kid, jwk, retired_at }) => [kid, 'd' in jwk, retired_at !== null]),
    ).toEqual([
      [second, true, false],
      [first, false, true],
    ])
    const { body } = await owner.call('GET', 'audit?action=signing-key.rotate')
    expect(
      body.items.map(({ actor, before, after }: Record<string, string>) => [actor, before, after]),
    ).toEqual([['service', JSON.stringify({ kid: first }), JSON.stringify({ kid: second })]])
    service.pass(minutes * 60 - 2)
    await service.service.sweep()
    for (const token of [before, after]) {
      expect((await verify(service, token)).active).toBe(true)
      expect(await clusterTakes(service, token)).toBe(true)
    }
    service.pass(1)
    await service.service.sweep()
    expect(await verify(service, before)).toEqual({ active: false, reason: 'expired' })
    expect((await verify(service, after)).active).toBe(true)
    service.pass(tolerated)
    await service.service.sweep()
    expect(await kidsOf(service)).toEqual([second, first])
    service.pass(1)
    await service.service.sweep()
    expect(await kidsOf(service)).toEqual([second])
    expect((await storedKeys(service)).length).toBe(1)
    expect(await verify(service, before)).toEqual({ active: false, reason: 'invalid' })
    expect(await clusterTakes(service, before)).toBe(false)
    expect((await owner.call('GET', 'audit?action=signing-key.remove')).body.items.length).toBe(1)
  })

  test(`D3: a key is kept for longer where Kubernetes sessions have been made longer (${name})`, async () => {
    await using service = await startService({ open, signingKeyDays: 2 })
    const [first] = await kidsOf(service)
    await limitSessions(await service.signIn('owner'))
    service.pass(2 * day - 1)
    const owner = await service.signIn('owner')
    const { id, revision } = (await owner.call('GET', 'config/entries')).body.items[0]
    const { type, key } = kubernetesDurationKey
    const longer = { type, key, value: String(2 * minutes) }
    expect(
      (await owner.call('PUT', `config/entries/${id}`, longer, { 'if-match': `"${revision}"` })).status,
    ).toBe(200)
    const token = await mint(owner)
    service.pass(1)
    await service.service.sweep()
    service.pass(2 * minutes * 60 - 2)
    await service.service.sweep()
    expect((await kidsOf(service)).length).toBe(2)
    expect(kidOf(token)).toBe(first)
    expect((await verify(service, token)).active).toBe(true)
    expect(await clusterTakes(service, token)).toBe(true)
  })

  test(`D3: replicas that replace the key at the same time agree on one, and each takes what the other signs (${name})`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-keys-'))
    {
      await using one = await startService({ open, folder })
      const isShared = one.service.services.database.replicas !== undefined
      await using shared = isShared ? await startService({ open, folder }) : undefined
      const other = shared ?? one
      const [first] = await kidsOf(one)
      expect(await kidsOf(other)).toEqual([first])
      // Both have signed with the old key, so both hold it in memory.
      await mint(await one.signIn('owner'))
      await mint(await other.signIn('owner'))
      for (const service of new Set([one, other])) service.pass(90 * day)
      await Promise.all([one.service.sweep(), other.service.sweep()])
      expect((await storedKeys(one)).length).toBe(2)
      expect(await kidsOf(other)).toEqual(await kidsOf(one))
      const tokens = [await mint(await one.signIn('owner')), await mint(await other.signIn('owner'))]
      const [newest] = await kidsOf(one)
      expect(tokens.map(kidOf)).toEqual([newest, newest])
      // And a replica that has taken no part in it signs with the new one and takes what it has signed.
      for (const service of new Set([one, other])) service.pass(90 * day)
      await one.service.sweep()
      const late = await mint(await other.signIn('owner'))
      expect(kidOf(late)).toBe((await kidsOf(one))[0])
      expect(kidOf(late)).not.toBe(newest)
      for (const service of [one, other]) expect((await verify(service, late)).active).toBe(true)
    }
    await rm(folder, { recursive: true })
  })

  test(`D3: nothing is signed with a key that was replaced while the request was on its way (${name})`, async () => {
    await using world = await startHeld(database)
    const { attacked, meanwhile } = world
    const [first] = await kidsOf(attacked)
    for (const service of new Set([attacked, meanwhile])) service.pass(90 * day)
    const owner = await attacked.signIn('owner')
    const held = world.holdChange()
    const answer = mint(owner)
    await held.reached
    await meanwhile.service.sweep()
    held.release()
    const token = await answer
    expect([kidOf(token), (await kidsOf(meanwhile))[1]]).toEqual([(await kidsOf(meanwhile))[0], first])
    expect((await verify(meanwhile, token)).active).toBe(true)
  })

  test(`D3: what is signed just before the key is replaced can be verified (${name})`, async () => {
    await using world = await startHeld(database)
    const { attacked, meanwhile } = world
    const [first] = await kidsOf(attacked)
    for (const service of new Set([attacked, meanwhile])) service.pass(90 * day)
    const owner = await attacked.signIn('owner')
    const held = world.holdCommit()
    const answer = mint(owner)
    await held.reached
    const swept = meanwhile.service.sweep()
    held.release()
    const token = await answer
    await swept
    expect(kidOf(token)).toBe(first)
    expect((await kidsOf(meanwhile)).length).toBe(2)
    expect((await verify(meanwhile, token)).active).toBe(true)
    expect(await clusterTakes(meanwhile, token)).toBe(true)
  })

  test(`D3: a database from before keys were replaced keeps its key, and replaces it when it is old enough (${name})`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-keys-'))
    let token: string
    let first: string | undefined
    {
      await using service = await startService({ open, folder })
      token = await mint(await service.signIn('owner'))
      first = kidOf(token)
      await service.service.services.database.write(async (transaction) => {
        await transaction.schema.alterTable('signing_keys').dropColumn('retired_at').execute()
        await sql`delete from kysely_migration where name >= '2026-12-signing-keys'`.execute(transaction)
      })
    }
    {
      await using service = await startService({ open, folder })
      expect(await kidsOf(service)).toEqual([first])
      expect((await verify(service, token)).active).toBe(true)
      service.pass(90 * day)
      await service.service.sweep()
      expect((await kidsOf(service)).length).toBe(2)
    }
    await rm(folder, { recursive: true })
  })
}

test('D3: a private key that was replaced is nowhere in the embedded database’s file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-keys-'))
  let [old, newer]: (string | undefined)[] = []
  {
    await using service = await startService({ folder })
    old = (await storedKeys(service))[0]?.jwk.d
    service.pass(90 * day)
    await service.service.sweep()
    newer = (await storedKeys(service))[0]?.jwk.d
  }
  const file = await readFile(join(folder, 'curfew.db'), 'latin1')
  expect(newer).toMatch(/^[\w-]{43}$/)
  expect(old).toMatch(/^[\w-]{43}$/)
  expect([file.includes(newer ?? ''), file.includes(old ?? '')]).toEqual([true, false])
  await rm(folder, { recursive: true })
})
