import { describe, expect, test } from 'vitest'
import {
  createLimitsCache,
  governsSessions,
  policyOf,
  readLimits,
  withEntry,
} from '../../../../service/store/limits.ts'
import { readMeta, writeMeta } from '../../../../service/store/meta.ts'
import { nextTurn } from '../../../../service/store/next-turn.ts'
import { settleEnded } from '../../../../service/store/policy.ts'
import { openWorld, start } from './world.ts'

const policy = {
  idleTimeout: { enabled: true, seconds: 3_600 },
  idleAppliesToRemembered: true,
  rememberMe: { enabled: true, maximumSeconds: 86_400 },
}
const said = async (world: Awaited<ReturnType<typeof openWorld>>, token: string) => {
  const known = await world.sessions.validate(token)
  return known.state === 'ended' ? known.reason : known.state
}

test('K4: the policy is stored field by field, with who changed it and when, and its number grows', async () => {
  const world = await openWorld()
  const { policies, pass, owner, audit, heard, limits } = world
  const first = await policies.read()
  expect(first.policy).toEqual({
    idleTimeout: { enabled: true, seconds: 1_200 },
    idleAppliesToRemembered: false,
    rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
  })
  pass(5)
  const variants = [
    policy,
    { ...policy, idleTimeout: { enabled: false, seconds: 3_600 } },
    { ...policy, idleAppliesToRemembered: false },
    { ...policy, rememberMe: { enabled: false, maximumSeconds: 7_200 } },
  ]
  let before = first
  for (const [index, wanted] of variants.entries()) {
    const revision = limits.current().revision
    const result = await policies.replace(owner, ['x', before.revision], wanted)
    const stored = {
      policy: wanted,
      revision: String(Number(first.revision) + index + 1),
      updatedAt: start + 5_000,
      updatedBy: 'owner',
    }
    expect(result).toEqual({ stored })
    expect(await policies.read()).toEqual(stored)
    expect(limits.current()).toMatchObject({ policy: wanted, revision: revision + 1 })
    expect((await audit()).at(-1)).toMatchObject({
      actor: 'owner',
      action: 'policy.change',
      target: 'policy',
      before: JSON.stringify(before.policy),
      after: JSON.stringify(wanted),
    })
    expect(heard.at(-1)?.event).toEqual({
      type: 'policy-changed',
      data: { etag: `"${stored.revision}"`, by: 'owner' },
    })
    before = stored
  }
})

describe('B9: a policy that somebody else has changed', () => {
  test('is not replaced, and is told as it is now, and nothing at all is written', async () => {
    const { policies, owner, audit, startSession, addUser, storedSession, pass } = await openWorld()
    const { session } = await startSession(await addUser('anna'), 'token')
    const first = await policies.read()
    await policies.replace(owner, [first.revision], policy)
    const now = await policies.read()
    pass(3_600)
    for (const revisions of [[], [first.revision], ['x']])
      expect(await policies.replace(owner, revisions, first.policy)).toEqual({ conflict: now })
    expect([await policies.read(), (await audit()).length]).toEqual([now, 1])
    expect((await storedSession(session.id))?.ended_at).toBeNull()
  })

  test('is not replaced either where it changes while one’s own change is on its way', async () => {
    const world = await openWorld()
    const { policies, owner, authorNamed, audit } = world
    const { revision } = await policies.read()
    const other = authorNamed('other')
    const late = {
      ...owner,
      write: async (work: Parameters<typeof owner.write>[0]) => {
        await policies.replace(other, [revision], policy)
        return await owner.write(work)
      },
    } as typeof owner
    const wanted = { ...policy, idleAppliesToRemembered: false }
    expect(await policies.replace(late, [revision], wanted)).toEqual({ conflict: await policies.read() })
    expect((await policies.read()).policy).toEqual(policy)
    expect((await audit()).map(({ actor }) => actor)).toEqual(['other'])
  })
})

describe('K5: a longer limit revives nothing', () => {
  test('and what the old one has ended is written down before, by the old one', async () => {
    const world = await openWorld()
    const { setPolicy, startSession, addUser, pass, storedSession, sessions } = world
    const anna = await addUser('anna')
    const { token, session } = await startSession(anna, 'web')
    const used = await startSession(anna, 'web')
    pass(600)
    sessions.touch(used.session)
    pass(600)
    await setPolicy(86_400, 86_400)
    expect(await storedSession(session.id)).toMatchObject({ ended_at: start + 1_200_000, end_reason: 'idle' })
    expect(await said(world, token)).toBe('idle')
    expect(await said(world, used.token)).toBe('running')
  })

  test('and what ends between the small steps and the change is written down within it', async () => {
    const world = await openWorld()
    const { policies, startSession, addUser, pass, owner, storedSession } = world
    const { session } = await startSession(await addUser('anna'), 'web')
    pass(1_199)
    const { revision } = await policies.read()
    const late = {
      ...owner,
      write: async (work: Parameters<typeof owner.write>[0]) => {
        pass(1)
        return await owner.write(work)
      },
    } as typeof owner
    await policies.replace(late, [revision], { ...policy, idleTimeout: { enabled: false, seconds: 3_600 } })
    expect(await storedSession(session.id)).toMatchObject({ end_reason: 'idle' })
  })

  test('settling reads the limits of the transaction', async () => {
    const world = await openWorld()
    const { journal, startSession, addUser, storedSession } = world
    const { session } = await startSession(await addUser('anna'), 'web')
    await journal.write(async (db, record) => {
      await db.updateTable('settings').set({ idle_seconds: 60 }).execute()
      await settleEnded(db, record, start + 60_000)
    })
    expect(await storedSession(session.id)).toMatchObject({ ended_at: start + 60_000, end_reason: 'idle' })
  })
})

describe('O2: switching remember-me off takes it from all for good', () => {
  test('also where it is switched on again before anybody has looked', async () => {
    const world = await openWorld()
    const { setPolicy, startSession, addUser, storedSession } = world
    const anna = await addUser('anna')
    const one = await startSession(anna, 'web', { remembered: true })
    await setPolicy(3_600, 86_400, true)
    expect((await storedSession(one.session.id))?.remembered).toBe(1)
    await setPolicy(3_600, 86_400, false)
    await setPolicy(3_600, 86_400, true)
    expect((await storedSession(one.session.id))?.remembered).toBe(0)
  })

  test('also from one that begins while it is being switched on', async () => {
    const world = await openWorld()
    const { policies, setPolicy, startSession, addUser, storedSession, owner } = world
    const anna = await addUser('anna')
    await setPolicy(3_600, 86_400, false)
    const { revision } = await policies.read()
    let id = ''
    const late = {
      ...owner,
      write: async (work: Parameters<typeof owner.write>[0]) => {
        id = (await startSession(anna, 'web', { remembered: true })).session.id
        return await owner.write(work)
      },
    } as typeof owner
    await policies.replace(late, [revision], policy)
    expect((await storedSession(id))?.remembered).toBe(0)
  })
})

describe('D2, D3: the limits', () => {
  const token = ['AppConfig', 'AuthorizationTokenSessionDuration'] as const
  const kubernetes = ['AppConfig', 'MaximumK8sSessionDuration'] as const
  const entry = ([type, key]: readonly [string, string], value: string, id: string = type + key) => ({
    id,
    type,
    key,
    value,
    revision: 1,
    updated_at: 1,
    updated_by: '',
  })

  test('are the policy and two entries of System Config, each with its default', async () => {
    const { database, limits } = await openWorld()
    const row = await database.read.selectFrom('settings').selectAll().executeTakeFirstOrThrow()
    expect(await readLimits(database.read)).toEqual({
      policy: policyOf(row),
      tokenSeconds: 3_600,
      kubernetesSeconds: 3_600,
      revision: row.limits_revision,
    })
    const put = async (...entries: readonly ReturnType<typeof entry>[]) =>
      await database.write(async (db) => {
        await db.deleteFrom('config_entries').execute()
        if (entries.length > 0) await db.insertInto('config_entries').values(entries).execute()
      })
    const seconds = async () => {
      const { tokenSeconds, kubernetesSeconds } = await readLimits(database.read)
      return [tokenSeconds, kubernetesSeconds]
    }
    await put(entry(token, '15'), entry(kubernetes, '30'))
    expect(await seconds()).toEqual([900, 1_800])
    await put(entry(kubernetes, '30'))
    expect(await seconds()).toEqual([3_600, 1_800])
    // What is no duration counts as none; what is called alike elsewhere is something else.
    await put(entry(token, 'x'), entry(['Flags', kubernetes[1]], '30'))
    expect(await seconds()).toEqual([3_600, 3_600])
    expect(limits.current().tokenSeconds).toBe(3_600)
  })

  test('would be others with one entry replaced, and their defaults without it', async () => {
    const { limits } = await openWorld()
    const now = { ...limits.current(), tokenSeconds: 900, kubernetesSeconds: 900 }
    expect(withEntry(now, ...token, '30')).toEqual({ ...now, tokenSeconds: 1_800 })
    expect(withEntry(now, ...kubernetes, '30')).toEqual({ ...now, kubernetesSeconds: 1_800 })
    expect(withEntry(now, ...token, undefined)).toEqual({ ...now, tokenSeconds: 3_600 })
    expect(withEntry(now, ...kubernetes, 'x')).toEqual({ ...now, kubernetesSeconds: 3_600 })
    expect(withEntry(now, 'Flags', token[1], '30')).toBe(now)
    expect([
      governsSessions(...token),
      governsSessions(...kubernetes),
      governsSessions('Flags', token[1]),
    ]).toEqual([true, true, false])
  })

  test('in memory are the newest that were read, whoever reads an older one', async () => {
    const { database } = await openWorld()
    const cache = await createLimitsCache(database)
    const { revision } = cache.current()
    const at = (idle_seconds: number, limits_revision: number) =>
      database.write((db) => db.updateTable('settings').set({ idle_seconds, limits_revision }).execute())
    await at(60, revision + 2)
    expect(cache.current().revision).toBe(revision)
    expect((await cache.refresh()).policy.idleTimeout.seconds).toBe(60)
    await at(90, revision + 1)
    expect((await cache.refresh()).policy.idleTimeout.seconds).toBe(60)
    await at(120, revision + 2)
    expect((await cache.refresh()).policy.idleTimeout.seconds).toBe(120)
    await database.write(async (db) => {
      await db
        .updateTable('settings')
        .set({ idle_seconds: 240, limits_revision: revision + 3 })
        .execute()
      expect((await cache.refresh(db)).policy.idleTimeout.seconds).toBe(240)
    })
    expect(cache.current().policy.idleTimeout.seconds).toBe(240)
  })
})

test('What the service remembers about itself is one value a key', async () => {
  const { database } = await openWorld()
  expect(await readMeta(database, 'clock')).toBeUndefined()
  await writeMeta(database, 'clock', '1')
  await writeMeta(database, 'demo', 'no')
  await writeMeta(database, 'clock', '2')
  expect([await readMeta(database, 'clock'), await readMeta(database, 'demo')]).toEqual(['2', 'no'])
})

test('Long work lets others have their turn', async () => {
  let others = false
  setImmediate(() => {
    others = true
  })
  await nextTurn()
  expect(others).toBe(true)
})
