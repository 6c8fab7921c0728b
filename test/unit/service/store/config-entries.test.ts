import { describe, expect, test } from 'vitest'
import type { NewEntry } from '../../../../service/store/config-entries.ts'
import { openWorld, start, type World } from './world.ts'

const flag = (key: string, value = 'on'): NewEntry => ({ type: 'Flags', key, value })
const tokens = (value: string): NewEntry => ({
  type: 'AppConfig',
  key: 'AuthorizationTokenSessionDuration',
  value,
})

const addTo = async ({ entries, owner }: World, wanted: NewEntry) => {
  const added = await entries.add(owner, wanted)
  if (added.outcome !== 'done') throw new Error(added.outcome)
  return added.entry
}
const noted = async ({ audit }: World) => {
  const { before, after, ...last } = (await audit()).at(-1) ?? { before: null, after: null }
  return { ...last, before: JSON.parse(before ?? 'null'), after: JSON.parse(after ?? 'null') }
}

describe('D1: an entry', () => {
  test('is added with who did it and when, noted, and told', async () => {
    const world = await openWorld()
    world.pass(5)
    const entry = await addTo(world, flag('one'))
    const columns = {
      id: entry.id,
      ...flag('one'),
      revision: 1,
      updated_at: start + 5_000,
      updated_by: 'owner',
    }
    expect(entry).toEqual(columns)
    expect(await world.database.read.selectFrom('config_entries').selectAll().execute()).toEqual([columns])
    expect(await noted(world)).toMatchObject({
      actor: 'owner',
      action: 'entry.add',
      target: `entry:${entry.id}`,
      before: null,
      after: flag('one'),
    })
    const data = { id: entry.id, type: 'Flags', key: 'one', change: 'added', by: 'owner' }
    expect(world.heard.map(({ event }) => event)).toEqual([{ type: 'entry-changed', data }])
  })

  test('is replaced where it is as it was read, noted before and after, and told', async () => {
    const world = await openWorld()
    const { id } = await addTo(world, flag('one'))
    await addTo(world, flag('other'))
    world.pass(5)
    const wanted = { type: 'Flags', key: 'two', value: 'off' }
    const result = await world.entries.replace(world.authorNamed('bea'), id, ['x', '1'], wanted)
    const columns = { id, ...wanted, revision: 2, updated_at: start + 5_000, updated_by: 'bea' }
    expect(result).toEqual({ outcome: 'done', entry: columns })
    const stored = await world.database.read.selectFrom('config_entries').selectAll().orderBy('key').execute()
    expect(stored).toMatchObject([{ key: 'other', value: 'on', revision: 1 }, columns])
    expect(await noted(world)).toMatchObject({
      actor: 'bea',
      action: 'entry.change',
      target: `entry:${id}`,
      before: flag('one'),
      after: wanted,
    })
    const data = { id, type: 'Flags', key: 'two', change: 'changed', by: 'bea' }
    expect(world.heard.at(-1)?.event).toEqual({ type: 'entry-changed', data })
    // Under its own name it is in nobody’s way.
    expect(await world.entries.replace(world.owner, id, ['2'], { ...wanted, value: 'x' })).toMatchObject({
      outcome: 'done',
    })
  })

  test('is removed where it is as it was read, noted with the reason, and told', async () => {
    const world = await openWorld()
    const entry = await addTo(world, flag('one'))
    await addTo(world, flag('other'))
    expect(await world.entries.remove(world.owner, entry.id, ['1'], 'why')).toEqual({
      outcome: 'done',
      entry,
    })
    const left = await world.database.read.selectFrom('config_entries').select('key').execute()
    expect(left).toEqual([{ key: 'other' }])
    expect(await noted(world)).toMatchObject({
      actor: 'owner',
      action: 'entry.remove',
      target: `entry:${entry.id}`,
      before: flag('one'),
      after: null,
      reason: 'why',
    })
    const data = { id: entry.id, type: 'Flags', key: 'one', change: 'removed', by: 'owner' }
    expect(world.heard.at(-1)?.event).toEqual({ type: 'entry-changed', data })
  })

  test('that is gone, was changed, or whose name is taken is told as it is, and nothing is stored', async () => {
    const world = await openWorld()
    const { entries, owner } = world
    const one = await addTo(world, flag('one'))
    const two = await addTo(world, flag('two'))
    const before = [await world.audit(), world.heard.length]
    expect(await entries.add(owner, flag('one', 'x'))).toEqual({ outcome: 'exists', entry: one })
    expect(await entries.replace(owner, one.id, ['1'], flag('two', 'x'))).toEqual({
      outcome: 'exists',
      entry: two,
    })
    for (const revisions of [[], ['2'], ['x']]) {
      expect(await entries.replace(owner, one.id, revisions, flag('x'))).toEqual({
        outcome: 'conflict',
        entry: one,
      })
      expect(await entries.remove(owner, one.id, revisions)).toEqual({ outcome: 'conflict', entry: one })
    }
    expect(await entries.replace(owner, 'nobody', ['1'], flag('x'))).toEqual({ outcome: 'gone' })
    expect(await entries.remove(owner, 'nobody', ['1'])).toEqual({ outcome: 'gone' })
    expect([await world.audit(), world.heard.length]).toEqual(before)
    // Of the same key but another type there may be one.
    for (const type of ['AppConfig', 'TenantConfig'])
      expect(await entries.add(owner, { ...flag('one'), type })).toMatchObject({ outcome: 'done' })
  })

  test('whose value may be a secret is noted without it, on either side of a change; only that it changed', async () => {
    const world = await openWorld()
    const secret = { type: 'DockerRegistryCreds', key: 'a', value: 'hunter2' }
    const hidden = '(not noted)'
    const { id } = await addTo(world, secret)
    expect((await noted(world)).after).toEqual({ ...secret, value: hidden })
    const replace = async (revision: number, wanted: NewEntry) => {
      await world.entries.replace(world.owner, id, [String(revision)], wanted)
      const { before, after } = await noted(world)
      return [before, after]
    }
    expect(await replace(1, { ...secret, value: 'other' })).toEqual([
      { ...secret, value: hidden },
      { ...secret, value: '(not noted, changed)' },
    ])
    expect(await replace(2, { ...secret, key: 'b', value: 'other' })).toEqual([
      { ...secret, value: hidden },
      { ...secret, key: 'b', value: '(not noted, unchanged)' },
    ])
    expect(await replace(3, flag('c'))).toEqual([
      { ...secret, key: 'b', value: hidden },
      { ...flag('c'), value: '(not noted, changed)' },
    ])
    expect(await replace(4, flag('c', 'off'))).toEqual([flag('c'), flag('c', 'off')])
    expect(await replace(5, secret)).toEqual([
      { ...flag('c'), value: hidden },
      { ...secret, value: '(not noted, changed)' },
    ])
    await world.entries.remove(world.owner, id, ['6'])
    expect((await noted(world)).before).toEqual({ ...secret, value: hidden })
    expect(JSON.stringify(await world.audit())).not.toContain('hunter2')
  })
})

test('D1: entries are listed by type and key, page by page', async () => {
  const world = await openWorld()
  for (const [type, key] of [
    ['Flags', 'b'],
    ['AppConfig', 'z'],
    ['Flags', 'a'],
    ['AppConfig', 'y'],
    ['TenantConfig', 'a'],
  ] as const)
    await addTo(world, { type, key, value: '' })
  const wanted = ['AppConfig y', 'AppConfig z', 'Flags a', 'Flags b', 'TenantConfig a']
  for (const limit of [1, 2, 5]) {
    const seen: string[] = []
    let after: { value: string | number; id: string } | undefined
    do {
      const page = await world.entries.list({ limit, after })
      expect(page.total).toBe(5)
      seen.push(...page.items.map(({ type, key }) => `${type} ${key}`))
      after = page.next
    } while (after)
    expect(seen).toEqual(wanted)
  }
})

describe('D2, D3: an entry that governs sessions', () => {
  const revisionOf = async ({ database }: World) =>
    (await database.read.selectFrom('settings').select('limits_revision').executeTakeFirstOrThrow())
      .limits_revision

  test('counts from the moment it is stored, whichever way it changes, and no other does', async () => {
    const world = await openWorld()
    const { entries, owner, limits } = world
    const steps: [number, number][] = []
    const step = async (work: Promise<unknown>) => {
      await work
      expect(limits.current().revision).toBe(await revisionOf(world))
      steps.push([limits.current().tokenSeconds, limits.current().revision])
    }
    const first = limits.current().revision
    const { id } = await addTo(world, flag('one'))
    await step(Promise.resolve())
    await step(entries.add(owner, tokens('15')))
    const { id: governing } = (await entries.list({ limit: 1 })).items[0] ?? { id: '' }
    await step(entries.replace(owner, governing, ['1'], tokens('30')))
    await step(entries.replace(owner, governing, ['1'], tokens('45')))
    await step(entries.add(owner, tokens('45')))
    await step(entries.replace(owner, id, ['1'], flag('two')))
    await step(entries.replace(owner, governing, ['2'], { ...tokens('30'), key: 'other' }))
    await step(entries.replace(owner, id, ['2'], tokens('20')))
    await step(entries.remove(owner, id, ['3']))
    await step(entries.remove(owner, governing, ['3']))
    expect(steps.map(([seconds, revision]) => [seconds, revision - first])).toEqual([
      [3_600, 0],
      [900, 1],
      [1_800, 2],
      [1_800, 2],
      [1_800, 2],
      [1_800, 2],
      [3_600, 3],
      [1_200, 4],
      [3_600, 5],
      [3_600, 5],
    ])
  })

  test('revives nothing: what the old one has ended is written down before, also what ends meanwhile', async () => {
    const world = await openWorld()
    const { entries, owner, startSession, addUser, storedSession, pass } = world
    const anna = await addUser('anna')
    const { session } = await startSession(anna, 'token')
    const web = await startSession(anna, 'web')
    pass(10)
    const late = await startSession(anna, 'token')
    pass(1_000)
    world.sessions.touch(web.session)
    pass(2_589)
    const slow = {
      ...owner,
      write: async (work: Parameters<typeof owner.write>[0]) => {
        pass(11)
        return await owner.write(work)
      },
    } as typeof owner
    pass(1)
    expect(await entries.add(slow, tokens('1440'))).toMatchObject({ outcome: 'done' })
    expect(await storedSession(session.id)).toMatchObject({
      ended_at: start + 3_600_000,
      end_reason: 'expired',
    })
    expect(await storedSession(late.session.id)).toMatchObject({
      ended_at: start + 3_610_000,
      end_reason: 'expired',
    })
    // The activity that was held back decides when the other has ended.
    expect(await storedSession(web.session.id)).toMatchObject({
      ended_at: start + 2_210_000,
      end_reason: 'idle',
    })
  })

  test('is not needed to change another entry: nothing is swept for it', async () => {
    const world = await openWorld()
    const { session } = await world.startSession(await world.addUser('anna'), 'token')
    world.pass(3_600)
    await addTo(world, flag('one'))
    expect((await world.storedSession(session.id))?.ended_at).toBeNull()
  })
})
