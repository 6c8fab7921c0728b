import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createSigningKeys, signingAlgorithm } from '../../../../service/store/signing-keys.ts'
import { openWorld, start, type World } from './world.ts'

const day = 86_400
const open = async (world: World, days = 90) => await createSigningKeys({ ...world, days })
const stored = async ({ database }: World) =>
  (await database.read.selectFrom('signing_keys').selectAll().orderBy('created_at').execute()).map(
    ({ jwk, ...row }) => ({ ...row, jwk: JSON.parse(jwk) as Record<string, unknown> }),
  )
type Keys = Awaited<ReturnType<typeof open>>
const signWith = async (world: World, keys: Keys) =>
  await world.database.write(async (db) => {
    const { kid, privateKey } = await keys.signer(db)
    return await new SignJWT({}).setProtectedHeader({ alg: signingAlgorithm, kid }).sign(privateKey)
  })
const isGood = async (keys: Keys, credential: string) =>
  await jwtVerify(credential, keys.verifier).then(
    () => true,
    () => false,
  )

describe('D3: signing keys', () => {
  test('begin with one, which signs and verifies, and whose private part nobody is shown', async () => {
    const world = await openWorld()
    const keys = await open(world)
    const [only, ...others] = await stored(world)
    expect(others).toEqual([])
    expect(only).toMatchObject({ created_at: start, retired_at: null })
    expect(only?.jwk).toMatchObject({ kid: only?.kid, alg: 'ES256', use: 'sig', kty: 'EC' })
    expect(only?.jwk['d']).toBeTypeOf('string')
    const { d: _, ...publicPart } = only?.jwk ?? {}
    expect(await keys.publicKeys()).toEqual([publicPart])
    const credential = await signWith(world, keys)
    expect(decodeProtectedHeader(credential)).toEqual({ alg: 'ES256', kid: only?.kid })
    expect(await isGood(keys, credential)).toBe(true)
    expect(await isGood(keys, `${credential.slice(0, -8)}AAAAAAAA`)).toBe(false)
    // The first key is nobody's change.
    expect(await world.audit()).toEqual([])
  })

  test('are those of the database, for every replica and after a restart', async () => {
    const world = await openWorld()
    const [one, other] = [await open(world), await open(world)]
    expect(await stored(world)).toHaveLength(1)
    expect(await isGood(other, await signWith(world, one))).toBe(true)
  })

  test('are replaced once the days are over, and the old one then only verifies', async () => {
    const world = await openWorld()
    const keys = await open(world, 7)
    const credential = await signWith(world, keys)
    world.pass(7 * day - 1)
    await keys.rotate()
    expect(await stored(world)).toHaveLength(1)
    world.pass(1)
    await keys.rotate()
    await keys.rotate()
    const [old, current] = await stored(world)
    expect(await stored(world)).toHaveLength(2)
    expect(old).toMatchObject({ retired_at: start + 7 * day * 1000 })
    expect(Object.keys(old?.jwk ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    expect(current).toMatchObject({ created_at: start + 7 * day * 1000, retired_at: null })
    expect((await keys.publicKeys()).map(({ kid }) => kid)).toEqual([current?.kid, old?.kid])
    const newer = await signWith(world, keys)
    expect(decodeProtectedHeader(newer).kid).toBe(current?.kid)
    expect([await isGood(keys, credential), await isGood(keys, newer)]).toEqual([true, true])
    expect(await world.audit()).toMatchObject([
      {
        actor: 'service',
        action: 'signing-key.rotate',
        target: 'signing-key',
        before: JSON.stringify({ kid: old?.kid }),
        after: JSON.stringify({ kid: current?.kid }),
      },
    ])
  })

  test('are forgotten once nothing can run any more that they have signed, a minute later', async () => {
    const world = await openWorld()
    const keys = await open(world, 1)
    const credential = await signWith(world, keys)
    world.pass(day)
    await keys.rotate()
    const [old] = await stored(world)
    // The longest Kubernetes session is an hour; clocks may differ by a minute.
    world.pass(3_600 + 59)
    await keys.rotate()
    expect(await stored(world)).toHaveLength(2)
    expect(await isGood(keys, credential)).toBe(true)
    world.pass(1)
    await keys.rotate()
    await keys.rotate()
    expect(await stored(world)).toHaveLength(1)
    expect(await isGood(keys, credential)).toBe(false)
    const records = await world.audit()
    expect(records).toHaveLength(2)
    expect(records[1]).toMatchObject({
      actor: 'service',
      action: 'signing-key.remove',
      target: 'signing-key',
      before: JSON.stringify({ kids: [old?.kid] }),
      after: null,
    })
  })

  test('are replaced by one of two replicas that come to it together', async () => {
    const world = await openWorld()
    const [one, other] = [await open(world, 1), await open(world, 1)]
    world.pass(day)
    await Promise.all([one.rotate(), other.rotate()])
    expect(await stored(world)).toHaveLength(2)
    expect(await world.audit()).toHaveLength(1)
    for (const [by, at] of [
      [one, other],
      [other, one],
    ] as const)
      expect(await isGood(at, await signWith(world, by))).toBe(true)
  })

  test('of an earlier version, of which several sign, leave one that does', async () => {
    const world = await openWorld()
    const keys = await open(world, 7)
    const [first] = await stored(world)
    if (!first) throw new Error('a key')
    await world.database.write((db) =>
      db
        .insertInto('signing_keys')
        .values({
          kid: 'second',
          jwk: JSON.stringify({ ...first.jwk, kid: 'second' }),
          created_at: start + 1,
          retired_at: null,
        })
        .execute(),
    )
    expect(decodeProtectedHeader(await signWith(world, keys)).kid).toBe('second')
    world.pass(8 * day)
    await keys.rotate()
    const all = await stored(world)
    expect(all.map(({ retired_at }) => retired_at === null)).toEqual([false, false, true])
    expect(all.filter(({ jwk }) => 'd' in jwk)).toHaveLength(1)
  })

  test('must be there for anything to be signed', async () => {
    const world = await openWorld()
    const keys = await open(world)
    await world.database.write((db) => db.deleteFrom('signing_keys').execute())
    await expect(signWith(world, keys)).rejects.toThrow('There must be a signing key.')
    await keys.rotate()
    expect(await isGood(keys, await signWith(world, keys))).toBe(true)
    await world.database.write((db) =>
      db
        .updateTable('signing_keys')
        .set({ kid: 'x', jwk: JSON.stringify({ kty: 'oct', k: 'AAAA' }) })
        .execute(),
    )
    await expect(signWith(world, keys)).rejects.toThrow('A signing key must be a key pair.')
  })
})
