import { describe, expect, test } from 'vitest'
import type { News } from '../../../../domain/news.ts'
import type { SessionEndReason, SessionKind } from '../../../../domain/session.ts'
import type { Permission, Role } from '../../../../domain/user.ts'
import { createAuthors } from '../../../../service/http/author.ts'
import { heardBy, hearing, readers } from '../../../../service/http/event-readers.ts'
import { Problem } from '../../../../service/http/problem.ts'
import { type Demands, demand, freshMs, type Right, rights } from '../../../../service/http/rights.ts'
import { openWorld } from '../store/world.ts'
import { requestOf } from './request.ts'

const people = {
  owner: { role: 'owner', permissions: [] },
  admin: { role: 'admin', permissions: [] },
  system: { role: 'member', permissions: ['AdministerSystem'] },
  edit: { role: 'member', permissions: ['UserEdit'] },
  view: { role: 'member', permissions: ['UserView'] },
  member: { role: 'member', permissions: [] },
} as const satisfies Record<string, { readonly role: Role; readonly permissions: readonly Permission[] }>
type Who = keyof typeof people
const everybody = Object.keys(people) as readonly Who[]
const holder = (who: Who) => ({ id: who, username: who, displayName: who, email: '', ...people[who] })

/** Who has which right, and what a refusal calls it. Written by hand from docs/rules.md. */
const table: Readonly<Record<keyof typeof rights, readonly [string, readonly Who[]]>> = {
  policy: ['Owner or Admin', ['owner', 'admin']],
  owner: ['Owner', ['owner']],
  config: ['AdministerSystem', ['owner', 'admin', 'system']],
  viewUsers: ['UserView', ['owner', 'admin', 'system', 'edit', 'view']],
  editUsers: ['UserEdit', ['owner', 'admin', 'system', 'edit']],
  revokeOthers: ['UserEdit', ['owner', 'admin', 'system', 'edit']],
}

const session = (kind: SessionKind, scopes = '', confirmed_at: number | null = null) => ({
  id: 'id',
  user_id: 'user',
  kind,
  created_at: 0,
  last_activity_at: 0,
  remembered: 0 as const,
  client: '',
  address: '',
  confirmed_at,
  scopes,
  parent_id: null,
})
const nothing: Demands = { rights: [], scope: 'any', fresh: false }
const now = 10_000_000_000

/** What a demand comes to: nothing, or the refusal's code, words and the right that it names. */
function said(
  who: Who,
  one: ReturnType<typeof session>,
  demands: Partial<Demands>,
  timeScale = 1,
): readonly unknown[] | undefined {
  try {
    demand({ holder: holder(who), session: one }, { ...nothing, ...demands }, { now, timeScale })
    return undefined
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return [error.code, error.message, error.more.permission]
  }
}

describe('K1, O4, D1: a demand', () => {
  test('for a right is met by those who have it, and by nobody else', () => {
    expect(Object.keys(rights)).toEqual(Object.keys(table))
    for (const [name, [permission, allowed]] of Object.entries(table))
      for (const who of everybody) {
        const right = rights[name as keyof typeof rights]
        const refusal = ['forbidden', `You need the right ${permission} for this.`, permission]
        expect([name, who, said(who, session('web'), { rights: [right] })]).toEqual([
          name,
          who,
          allowed.includes(who) ? undefined : refusal,
        ])
      }
  })

  test('for several rights needs all of them', () => {
    const all: readonly Right[] = [rights.viewUsers, rights.policy]
    expect(said('admin', session('web'), { rights: all })).toBeUndefined()
    expect(said('view', session('web'), { rights: all })?.[2]).toBe('Owner or Admin')
    expect(said('member', session('web'), { rights: all })?.[2]).toBe('UserView')
    expect(said('member', session('web'), {})).toBeUndefined()
  })

  test.each(['token', 'kubernetes'] as const)('of a %s needs its scope, whatever its holder may', (kind) => {
    for (const scope of ['read', 'policy', 'config', 'revoke', 'kubernetes'] as const) {
      expect(said('owner', session(kind, `x ${scope}`), { scope })).toBeUndefined()
      const refusal = ['forbidden', `This token needs the scope ${scope} for that.`, `scope ${scope}`]
      expect(said('owner', session(kind), { scope })).toEqual(refusal)
      expect(said('owner', session(kind, `${scope}x`), { scope })).toEqual(refusal)
      // A browser has no scopes and needs none.
      expect(said('owner', session('web'), { scope })).toBeUndefined()
    }
    const never = ['forbidden', 'No authorization token can do this: sign in for that.', 'a web session']
    expect(said('owner', session(kind, 'read policy config revoke kubernetes'), { scope: 'never' })).toEqual(
      never,
    )
    expect(said('owner', session('web'), { scope: 'never' })).toBeUndefined()
    expect(said('owner', session(kind), { scope: 'any' })).toBeUndefined()
    expect(said('member', session(kind, 'read'), { scope: 'read', rights: [rights.owner] })?.[2]).toBe(
      'Owner',
    )
    // Nobody types a password behind it.
    expect(said('owner', session(kind), { fresh: true })).toBeUndefined()
  })

  test('for a fresh sign-in is met for ten minutes of the service’s clock', () => {
    expect(freshMs).toBe(600_000)
    const stale = [
      'fresh-sign-in-needed',
      'Type your password again for this: POST /api/v1/me/confirm.',
      undefined,
    ]
    const of = (confirmed: number | null, fresh: boolean, timeScale?: number) =>
      said('owner', session('web', '', confirmed), { fresh }, timeScale)
    expect(of(now - 599_999, true)).toBeUndefined()
    expect(of(now - 600_000, true)).toEqual(stale)
    expect(of(null, true)).toEqual(stale)
    expect(of(null, false)).toBeUndefined()
    expect(of(now - 600_000, true, 60)).toBeUndefined()
    expect(of(now - 36_000_000, true, 60)).toEqual(stale)
  })
})

describe('O5: whoever changes something', () => {
  async function openAuthor(timeScale = 1) {
    const world = await openWorld()
    const anna = await world.addUser('anna', { role: 'admin' })
    const { session: started } = await world.startSession(anna, 'web', { confirmed: true })
    const authorOf = createAuthors({ ...world, timeScale })
    const request = requestOf({ from: '::ffff:192.0.2.9' })
    const caller = {
      holder: { ...holder('admin'), id: anna.id, username: 'anna' },
      session: started,
      via: 'bearer',
    } as const
    const author = (demands: Partial<Demands> = {}) => authorOf(caller, request, { ...nothing, ...demands })
    const tried = async (demands: Partial<Demands> = {}) => {
      let ran = false
      try {
        await author(demands).write(async (_, __, who) => {
          ran = true
          return who
        })
        return 'done'
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        expect(ran).toBe(false)
        return [error.code, error.more.reason]
      }
    }
    return { ...world, anna, session: started, author, tried }
  }

  test('is named in the trail by id, name and address, and handed to the work as they are now', async () => {
    const { author, anna, users, database, audit } = await openAuthor()
    expect(author().actor).toEqual({ id: anna.id, name: 'anna', address: '192.0.2.9' })
    await database.write((db) => users.change(db, anna, { role: 'owner', displayName: 'Anna' }))
    const outcome = await author().write(async (_, record, who) => {
      record.audit({ actor: author().actor, action: 'test', target: '' })
      return who
    })
    expect(outcome).toMatchObject({ id: anna.id, role: 'owner', displayName: 'Anna' })
    expect(await audit()).toMatchObject([{ actor: 'anna', actor_id: anna.id, action: 'test' }])
  })

  test('does it by the rights of the moment it is stored, not by those of the request', async () => {
    const { tried, users, anna, database } = await openAuthor()
    expect(await tried({ rights: [rights.policy], fresh: true })).toBe('done')
    await database.write((db) => users.change(db, anna, { role: 'member' }))
    expect(await tried({ rights: [rights.policy] })).toEqual(['forbidden', undefined])
    expect(await tried()).toBe('done')
    await database.write((db) => users.change(db, anna, { disabled: true }))
    expect(await tried()).toEqual(['session-ended', 'disabled'])
  })

  test.each(['revoked', 'signed-out'] as const)(
    'can’t any more once their session was %s',
    async (because) => {
      const { tried, sessions, session: own, owner } = await openAuthor()
      await sessions.endByIds({ author: owner, because }, [own.id])
      expect(await tried()).toEqual(['session-ended', because])
    },
  )

  test('can’t any more once a rule has ended it, nor once it is forgotten', async () => {
    const { tried, pass, database } = await openAuthor()
    pass(1_200)
    expect(await tried()).toEqual(['session-ended', 'idle'])
    await database.write((db) => db.deleteFrom('sessions').execute())
    expect(await tried()).toEqual(['session-ended', 'expired'])
  })

  test('must have typed their password lately by the clock of then, which a demo’s runs faster', async () => {
    for (const [timeScale, outcome] of [
      [1, ['fresh-sign-in-needed', undefined]],
      [2, 'done'],
    ] as const) {
      const { tried, pass } = await openAuthor(timeScale)
      pass(599)
      expect(await tried({ fresh: true })).toBe('done')
      pass(1)
      expect(await tried({ fresh: true })).toEqual(outcome)
    }
  })
})

describe('B7: of what happens', () => {
  const mention = (userId: string) => ({ id: `session of ${userId}`, userId, kind: 'web' as const })
  const ended = (...userIds: readonly string[]): News => ({
    type: 'session-ended',
    data: { reason: 'revoked' satisfies SessionEndReason, sessions: userIds.map(mention) },
  })
  const news: Readonly<Record<News['type'], News>> = {
    'policy-changed': { type: 'policy-changed', data: { etag: '"1"', by: 'x' } },
    'entry-changed': {
      type: 'entry-changed',
      data: { id: '1', type: 't', key: 'k', change: 'added', by: 'x' },
    },
    notice: { type: 'notice', data: { id: 1, at: '2026-05-04T09:00:00.000Z', what: 'owner-made', by: 'x' } },
    'session-started': { type: 'session-started', data: { session: mention('someone') } },
    'session-ended': ended('someone', 'other'),
    'user-changed': { type: 'user-changed', data: { userId: 'someone', change: 'changed' } },
  }
  /** Who hears all of each kind. Written by hand. */
  const hears: Readonly<Record<News['type'], readonly Who[]>> = {
    'policy-changed': ['owner', 'admin'],
    'entry-changed': ['owner', 'admin', 'system'],
    notice: ['owner'],
    'session-started': ['owner', 'admin', 'system', 'edit', 'view'],
    'session-ended': ['owner', 'admin', 'system', 'edit', 'view'],
    'user-changed': ['owner', 'admin', 'system', 'edit', 'view'],
  }

  test('everybody hears what they may read, and nothing else of others', () => {
    expect(Object.keys(readers).sort()).toEqual(Object.keys(hears).sort())
    for (const [type, event] of Object.entries(news))
      for (const who of everybody) {
        const wanted = hears[type as News['type']].includes(who) ? event : undefined
        expect([type, who, heardBy(event, holder(who))]).toEqual([type, who, wanted])
      }
  })

  test('everybody hears what concerns themselves, and of a list no more than that', () => {
    const me = holder('member')
    const started: News = { type: 'session-started', data: { session: mention('member') } }
    const changed: News = { type: 'user-changed', data: { userId: 'member', change: 'changed' } }
    expect([heardBy(started, me), heardBy(changed, me)]).toEqual([started, changed])
    expect(heardBy(ended('other', 'member', 'third', 'member'), me)).toEqual(ended('member', 'member'))
    expect(heardBy(ended('other'), me)).toBeUndefined()
    expect(heardBy(ended(), me)).toBeUndefined()
  })

  test('who hears of the same kinds is told from who does not', () => {
    const kinds = (who: Who) => hearing(holder(who)).split(' ').filter(Boolean).sort()
    for (const who of everybody)
      expect([who, kinds(who)]).toEqual([
        who,
        Object.entries(hears)
          .filter(([, those]) => those.includes(who))
          .map(([type]) => type)
          .sort(),
      ])
    expect(hearing(holder('edit'))).toBe(hearing(holder('view')))
    expect(hearing(holder('edit'))).not.toBe(hearing(holder('member')))
    expect(hearing(holder('member'))).toBe('')
  })
})
