import { sql } from 'kysely'
import { nameKey, searchKey } from '../../domain/names.ts'
import type { SessionKind } from '../../domain/session.ts'
import type { Permission, Role, ServiceUser } from '../../domain/user.ts'
import type { Clock } from '../clock.ts'
import type { Database, Write } from '../database/database.ts'
import type { UsersTable } from '../database/tables.ts'
import { createId } from '../secrets.ts'
import type { Activity } from './activity.ts'
import { notEnded } from './ending.ts'
import type { LimitsCache } from './limits.ts'
import { earlierKey, type NameColumn, nameColumns } from './name-columns.ts'
import { type Key, type Page, pageOf } from './paging.ts'

/** What people may be sorted by; each has an index that begins with it. */
export const userSorts = {
  username: 'username_sort',
  displayName: 'display_sort',
  email: 'email_sort',
  lastActivityAt: 'last_activity_at',
} as const satisfies Record<string, keyof UsersTable>
export type UserSort = keyof typeof userSorts

/** Which people a list shows, and in which order. */
export interface UserFilter {
  readonly search?: string | undefined
  readonly role?: Role | undefined
  /** Whether they have a running session. */
  readonly active?: boolean | undefined
  readonly sort: UserSort
  readonly descending: boolean
}

export interface NewUser {
  readonly username: string
  readonly displayName: string
  readonly email: string
  readonly role: Role
  readonly permissions: readonly Permission[]
  /** Hashed. */
  readonly password: string
}

export interface UserChange {
  readonly displayName?: string | undefined
  readonly email?: string | undefined
  readonly role?: Role | undefined
  readonly permissions?: readonly Permission[] | undefined
  readonly disabled?: boolean | undefined
  /** Hashed. */
  readonly password?: string | undefined
}

/** A person as stored, without the columns made from their names. */
export type StoredUser = Omit<UsersTable, NameColumn>

/** The people of the organisation. */
export interface Users {
  find(id: string, source?: Database['read'] | Write): Promise<StoredUser | undefined>
  findByUsername(username: string): Promise<StoredUser | undefined>
  list(
    filter: UserFilter,
    page: { readonly limit: number; readonly after?: Key | undefined },
  ): Promise<Page<ServiceUser>>
  /** One person as the wire shows them, with their running sessions counted. */
  present(user: StoredUser): Promise<ServiceUser>
  add(transaction: Write, user: NewUser): Promise<StoredUser>
  change(transaction: Write, user: StoredUser, change: UserChange): Promise<StoredUser>
  countOwners(transaction: Write): Promise<number>
  isEmpty(): Promise<boolean>
}

const columns = [
  'id',
  'username',
  'display_name',
  'email',
  'role',
  'permissions',
  'disabled',
  'password',
  'created_at',
  'last_activity_at',
] as const

type Counts = Record<SessionKind, number>
const none: Counts = { web: 0, token: 0, kubernetes: 0 }

/** A stored person's permissions. */
export function permissionsOf(user: Pick<UsersTable, 'permissions'>): readonly Permission[] {
  return JSON.parse(user.permissions) as Permission[]
}

function shown(user: StoredUser, counts: Counts): ServiceUser {
  return {
    id: user.id,
    username: user.username,
    displayName: user.display_name,
    email: user.email,
    role: user.role,
    permissions: [...permissionsOf(user)],
    disabled: user.disabled === 1,
    sessions: counts,
    lastActivityAt: user.last_activity_at === null ? null : new Date(user.last_activity_at).toISOString(),
  }
}

/**
 * Finds text wherever it stands, and takes `%`, `_` and quotes for what they are.
 *
 * @param inOrder whether people are wanted by username: the index that holds the text is in that order, so a page
 *   is full as soon as enough are found; in any other order they are found first and sorted then
 */
function containing(text: string, dialect: Database['dialect'], inOrder: boolean) {
  const wanted = searchKey(text)
  // LIKE, because an index of trigrams serves it.
  if (dialect === 'postgres')
    return sql<boolean>`search_text like ${`%${wanted.replace(/[\\%_]/g, '\\$&')}%`}`
  const found = sql<boolean>`instr(search_text, ${wanted}) > 0`
  return inOrder ? found : sql<boolean>`id in (select id from users indexed by users_text where ${found})`
}

/** The people of the organisation. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one object of queries on the same table; not split yet.
export function createUsers({
  database,
  activity,
  limits,
  clock,
}: {
  readonly database: Database
  readonly activity: Activity
  readonly limits: LimitsCache
  readonly clock: Clock
}): Users {
  const countSessions = async (ids: readonly string[]): Promise<ReadonlyMap<string, Counts>> => {
    const counts = new Map<string, Counts>()
    if (ids.length === 0) return counts
    const rows = await database.read
      .selectFrom('sessions')
      .select(['user_id', 'kind', (query) => query.fn.countAll<number>().as('count')])
      .where('ended_at', 'is', null)
      .where('user_id', 'in', ids)
      .where(notEnded(limits.current(), clock()))
      .groupBy(['user_id', 'kind'])
      .execute()
    for (const row of rows)
      counts.set(row.user_id, { ...(counts.get(row.user_id) ?? none), [row.kind]: row.count })
    return counts
  }

  return {
    find: (id, source = database.read) =>
      source.selectFrom('users').select(columns).where('id', '=', id).executeTakeFirst(),
    findByUsername: async (username) => {
      const withKey = (key: string) =>
        database.read.selectFrom('users').select(columns).where('username_key', '=', key).executeTakeFirst()
      const key = nameKey(username)
      // Of two people whose names have become one, the later keeps the key of before: their own spelling finds them.
      const earlier = earlierKey(username.trim())
      const exact = earlier === key ? undefined : await withKey(earlier)
      return exact ?? (await withKey(key))
    },
    list: async ({ search, role, active, sort, descending }, { limit, after }) => {
      await activity.flush()
      let matching = database.read.selectFrom('users')
      if (search !== undefined && search !== '')
        matching = matching.where(containing(search, database.dialect, sort === 'username'))
      if (role !== undefined) matching = matching.where('role', '=', role)
      if (active !== undefined) {
        const signedIn = sql<boolean>`exists (select 1 from sessions where sessions.user_id = users.id
          and ended_at is null and ${notEnded(limits.current(), clock())})`
        matching = matching.where(active ? signedIn : sql<boolean>`not ${signedIn}`)
      }
      const column = userSorts[sort]
      // Nobody's activity is before 1970, so that "never" has its place in the order.
      const by =
        column === 'last_activity_at' ? sql<string | number>`coalesce(last_activity_at, 0)` : sql.ref(column)
      let wanted = matching
      if (after)
        wanted = wanted.where(
          descending
            ? sql<boolean>`(${by}, id) < (${after.value}, ${after.id})`
            : sql<boolean>`(${by}, id) > (${after.value}, ${after.id})`,
        )
      const direction = descending ? 'desc' : 'asc'
      // Ids first, which an index may hold alone; then the rows of this page.
      const rows = await database.read
        .selectFrom('users')
        .select(columns)
        .select(by.as('sorted_by'))
        .where(
          'id',
          'in',
          wanted
            .select('id')
            .orderBy(by, direction)
            .orderBy('id', direction)
            .limit(limit + 1),
        )
        .orderBy(by, direction)
        .orderBy('id', direction)
        .execute()
      const { total } = await matching
        .select((query) => query.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      const page = pageOf(rows, limit, total, (row) => ({
        value: row.sorted_by as string | number,
        id: row.id,
      }))
      const counts = await countSessions(page.items.map(({ id }) => id))
      return { ...page, items: page.items.map((user) => shown(user, counts.get(user.id) ?? none)) }
    },
    present: async (user) => {
      await activity.flush()
      const fresh = await database.read
        .selectFrom('users')
        .select(columns)
        .where('id', '=', user.id)
        .executeTakeFirst()
      return shown(fresh ?? user, (await countSessions([user.id])).get(user.id) ?? none)
    },
    add: async (transaction, { username, displayName, email, role, permissions, password }) => {
      const user: StoredUser = {
        id: createId(),
        username,
        display_name: displayName,
        email,
        role,
        permissions: JSON.stringify(permissions),
        disabled: 0,
        password,
        created_at: clock(),
        last_activity_at: null,
      }
      await transaction
        .insertInto('users')
        .values({
          ...user,
          ...nameColumns({ username, displayName, email }),
        })
        .execute()
      return user
    },
    change: async (transaction, user, change) => {
      const changed: StoredUser = {
        ...user,
        ...(change.displayName !== undefined && { display_name: change.displayName }),
        ...(change.email !== undefined && { email: change.email }),
        ...(change.role !== undefined && { role: change.role }),
        ...(change.permissions !== undefined && { permissions: JSON.stringify(change.permissions) }),
        ...(change.disabled !== undefined && { disabled: change.disabled ? 1 : 0 }),
        ...(change.password !== undefined && { password: change.password }),
      }
      const { id, created_at: _, last_activity_at: __, ...columnsToSet } = changed
      // Who keeps a key of before keeps it: the name itself never changes.
      const { username_key: ___, ...names } = nameColumns({
        username: changed.username,
        displayName: changed.display_name,
        email: changed.email,
      })
      await transaction
        .updateTable('users')
        .set({
          ...columnsToSet,
          ...names,
        })
        .where('id', '=', id)
        .execute()
      return changed
    },
    countOwners: async (transaction) =>
      (
        await transaction
          .selectFrom('users')
          .select((query) => query.fn.countAll<number>().as('count'))
          .where('role', '=', 'owner')
          .where('disabled', '=', 0)
          .executeTakeFirstOrThrow()
      ).count,
    isEmpty: async () =>
      (await database.read.selectFrom('users').select('id').limit(1).executeTakeFirst()) === undefined,
  }
}
