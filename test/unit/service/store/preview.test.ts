import { afterEach, describe, expect, test, vi } from 'vitest'
import type { SessionKind } from '../../../../domain/session.ts'
import { fromCursor, pageOf, toCursor } from '../../../../service/store/paging.ts'
import { createRunningCount, previewLimits } from '../../../../service/store/preview.ts'
import { openWorld, start, type World } from './world.ts'

describe('B1: a preview', () => {
  const shorter = (world: World) => {
    const { policy, ...limits } = world.limits.current()
    return {
      ...limits,
      policy: { ...policy, idleTimeout: { enabled: true, seconds: 600 } },
      tokenSeconds: 600,
      kubernetesSeconds: 900,
    }
  }
  const preview = (world: World, yours: Parameters<typeof previewLimits>[3]) =>
    previewLimits(world, world.limits.current(), shorter(world), yours)

  test('counts the sessions that would end, by kind, of how many people, and says whether one’s own would', async () => {
    const world = await openWorld()
    const { startSession, addUser, pass, sessions, owner } = world
    const [anna, bea, carl] = [await addUser('anna'), await addUser('bea'), await addUser('carl')]
    const mine = await startSession(anna, 'web')
    const used = await startSession(anna, 'web')
    await startSession(anna, 'token')
    await startSession(bea, 'token')
    await startSession(bea, 'token')
    await startSession(bea, 'kubernetes')
    await startSession(carl, 'kubernetes')
    const revoked = await startSession(carl, 'web')
    await sessions.endByIds({ author: owner, because: 'revoked' }, [revoked.session.id])
    pass(300)
    sessions.touch(used.session)
    pass(300)
    expect(await preview(world, mine.session)).toEqual({
      endsSessions: 4,
      endsUsers: 2,
      endsYours: true,
      byKind: { web: 1, token: 3, kubernetes: 0 },
    })
    expect(await preview(world, used.session)).toMatchObject({ endsYours: false })
    sessions.touch(mine.session)
    expect(await preview(world, mine.session)).toMatchObject({ endsSessions: 3, endsYours: false })
    pass(300)
    expect(await preview(world, mine.session)).toMatchObject({
      byKind: { web: 1, token: 3, kubernetes: 2 },
      endsUsers: 3,
    })
    // What has ended by the rules of now is not there to be ended, swept or not.
    pass(3_600)
    expect(await preview(world, mine.session)).toMatchObject({
      endsSessions: 0,
      endsUsers: 0,
      endsYours: true,
    })
  })

  test('counts everybody once, also where there are thousands', async () => {
    const world = await openWorld()
    const kinds: readonly SessionKind[] = ['web', 'token', 'kubernetes']
    await world.database.write(async (db) => {
      for (let index = 0; index < 1_500; index++) {
        const user = `user${index}`
        await db
          .insertInto('users')
          .values({
            id: user,
            username: user,
            username_key: user,
            username_sort: user,
            display_sort: '',
            email_sort: '',
            display_name: '',
            email: '',
            role: 'member',
            permissions: '[]',
            disabled: 0,
            password: '',
            search_text: '',
            created_at: start,
            last_activity_at: null,
          })
          .execute()
        for (const kind of kinds)
          await db
            .insertInto('sessions')
            .values({
              id: `${user} ${kind}`,
              token_hash: null,
              user_id: user,
              kind,
              created_at: start,
              last_activity_at: start,
              remembered: 0,
              client: '',
              address: '',
              confirmed_at: null,
              scopes: '',
              parent_id: null,
              ended_at: index === 7 ? 1 : null,
              end_reason: null,
            })
            .execute()
      }
    })
    const count = createRunningCount({ ...world, limits: world.limits.current })
    expect(await count()).toEqual({ web: 1_499, token: 1_499, kubernetes: 1_499 })
    world.pass(900)
    const yours = await world.storedSession('user1 web')
    if (!yours) throw new Error('a session')
    expect(await preview(world, yours)).toEqual({
      endsSessions: 3 * 1_499,
      endsUsers: 1_499,
      endsYours: true,
      byKind: { web: 1_499, token: 1_499, kubernetes: 1_499 },
    })
  })
})

describe('How many sessions are running', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is counted again after ten seconds, with the activity that was held back', async () => {
    const world = await openWorld()
    const anna = await world.addUser('anna')
    const { session } = await world.startSession(anna, 'web')
    let now = 1_000
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const count = createRunningCount({ ...world, limits: world.limits.current })
    expect(await count()).toEqual({ web: 1, token: 0, kubernetes: 0 })
    await world.startSession(anna, 'token')
    world.pass(1_000)
    world.sessions.touch(session)
    world.pass(1_000)
    now = 11_000
    expect(await count()).toEqual({ web: 1, token: 0, kubernetes: 0 })
    now = 11_001
    expect(await count()).toEqual({ web: 1, token: 1, kubernetes: 0 })
    vi.restoreAllMocks()
  })
})

describe('A page', () => {
  const keyOf = (row: number) => ({ value: row, id: `${row}` })

  test('says that there is a next one where a row more was found, and where that begins', () => {
    expect(pageOf([1, 2, 3], 2, 9, keyOf)).toEqual({ items: [1, 2], next: { value: 2, id: '2' }, total: 9 })
    expect(pageOf([1, 2], 2, 2, keyOf)).toEqual({ items: [1, 2], next: undefined, total: 2 })
    expect(pageOf([], 2, 0, keyOf)).toEqual({ items: [], next: undefined, total: 0 })
    expect(pageOf([1], 0, 1, keyOf)).toEqual({ items: [], next: undefined, total: 1 })
  })

  test('begins where a cursor says that this service gave out, and nowhere else', () => {
    for (const [key, sortedBy, other] of [
      [{ value: 'Ä', id: 'id' }, 'text', 'number'],
      [{ value: 5, id: 'id' }, 'number', 'text'],
    ] as const) {
      const cursor = toCursor(key) ?? ''
      expect(cursor).toMatch(/^[\w-]+$/)
      expect(fromCursor(cursor, sortedBy)).toEqual(key)
      expect(fromCursor(cursor, other)).toBeUndefined()
    }
    expect(toCursor(undefined)).toBeNull()
    const written = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const value of ['x', [], ['a'], ['a', 1], ['a', 'b', 'c'], ['a\0', 'b'], ['a', 'b\ud83d'], null])
      expect(fromCursor(written(value), 'text')).toBeUndefined()
    expect(fromCursor(written([1.5, 'b']), 'number')).toBeUndefined()
    expect(fromCursor('%', 'text')).toBeUndefined()
    expect(fromCursor('', 'text')).toBeUndefined()
  })
})
