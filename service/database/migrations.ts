import { type Kysely, type Migration, Migrator, sql } from 'kysely'
import { defaultPolicy } from '../../domain/service-policy.ts'
import { earlierKey, nameColumns } from '../store/name-columns.ts'
import type { Tables } from './tables.ts'

type Dialect = 'sqlite' | 'postgres'

/** Brings a database to the newest schema. Replicas that start together take turns. */
export async function migrate(database: Kysely<Tables>, dialect: Dialect): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: {
      getMigrations: async () => ({
        '2026-11-first': first(dialect),
        '2026-11-second': second,
        '2026-11-third': third(dialect),
        '2026-12-names': names(dialect),
        '2026-12-scopes': scopes(dialect),
        '2026-12-signing-keys': signingKeys(dialect),
        '2026-12-trail-signed': trailSigned(dialect),
      }),
    },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

/** Indexes that hold all that a preview and a search look at, so that neither reads the rows themselves. */
const second: Migration = {
  up: async (schema: Kysely<unknown>) => {
    for (const text of [
      'drop index sessions_of_user',
      `create index sessions_of_user on sessions
        (user_id, kind, remembered, created_at, last_activity_at, ended_at) where ended_at is null`,
      'create index users_text on users (username_key, id, search_text)',
    ])
      await sql.raw(text).execute(schema)
  },
}

/** Sessions that somebody has ended, until the sweep writes it into their rows. */
function third(dialect: Dialect): Migration {
  const integer = dialect === 'sqlite' ? 'integer' : 'bigint'
  return {
    up: async (schema: Kysely<unknown>) => {
      await sql
        .raw(`create table endings (
          user_id text not null,
          session_id text not null,
          kind text not null,
          ended_at ${integer} not null,
          end_reason text not null,
          primary key (user_id, session_id))${dialect === 'sqlite' ? ' without rowid' : ''}`)
        .execute(schema)
    },
  }
}

/** Sessions say when their holder was seen to be it, what a token is for, and which token made them. */
function scopes(dialect: Dialect): Migration {
  return {
    up: async (schema: Kysely<unknown>) => {
      for (const text of [
        `alter table sessions add column confirmed_at ${dialect === 'sqlite' ? 'integer' : 'bigint'}`,
        `alter table sessions add column scopes text not null default ''`,
        'alter table sessions add column parent_id text',
        // Nobody said what the tokens of before are for: they go on reading, and fetching credentials for kubectl.
        `update sessions set scopes = 'read kubernetes' where ended_at is null and kind = 'token'`,
        'create index sessions_of_parent on sessions (parent_id) where parent_id is not null',
      ])
        await sql.raw(text).execute(schema)
    },
  }
}

/** Signing keys are replaced by newer ones. */
function signingKeys(dialect: Dialect): Migration {
  return {
    up: async (schema: Kysely<unknown>) => {
      await sql
        .raw(`alter table signing_keys add column retired_at ${dialect === 'sqlite' ? 'integer' : 'bigint'}`)
        .execute(schema)
    },
  }
}

/** Where the audit trail ends, signed. */
function trailSigned(dialect: Dialect): Migration {
  const integer = dialect === 'sqlite' ? 'integer' : 'bigint'
  return {
    up: async (schema: Kysely<unknown>) => {
      await sql
        .raw(`create table if not exists audit_anchors (
          kind text primary key,
          seq ${integer} not null,
          hash text not null,
          at ${integer} not null,
          key_id text not null,
          signature text not null)`)
        .execute(schema)
    },
  }
}

/** Names get the keys of docs/rules.md, which are compared byte by byte on both databases. */
function names(dialect: Dialect): Migration {
  const binary = dialect === 'postgres' ? ' collate "C"' : ''
  return {
    up: async (schema: Kysely<unknown>) => {
      const run = async (text: string) => {
        await sql.raw(text).execute(schema)
      }
      for (const index of ['display_name', 'email', 'role', 'text', 'activity'])
        await run(`drop index users_${index}`)
      for (const column of ['username_sort', 'display_sort', 'email_sort'])
        await run(`alter table users add column ${column} text${binary} not null default ''`)
      if (dialect === 'postgres') {
        await run(`alter table users alter column username_key type text${binary}`)
        for (const column of ['type', 'key'])
          await run(`alter table config_entries alter column ${column} type text${binary}`)
      }
      await rekey(schema as Kysely<Tables>)
      await run('create index users_display_name on users (display_sort, id)')
      await run('create index users_email on users (email_sort, id)')
      await run('create index users_role on users (role, username_sort, id)')
      // As it is asked for: who never did anything has their place in the order.
      await run('create index users_activity on users (coalesce(last_activity_at, 0), id)')
      await run('create index users_text on users (username_sort, id, search_text)')
    },
  }
}

/** Computes everybody's keys. Where two names have become one, whoever has that key already or was there first has it. */
async function rekey(database: Kysely<Tables>): Promise<void> {
  const everybody = await database
    .selectFrom('users')
    .select('id')
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  for (const { id } of everybody) {
    const {
      username,
      display_name: displayName,
      email,
    } = await database
      .selectFrom('users')
      .select(['username', 'display_name', 'email'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const columns = nameColumns({ username, displayName, email })
    const holder = await database
      .selectFrom('users')
      .select('id')
      .where('username_key', '=', columns.username_key)
      .executeTakeFirst()
    const isTaken = holder !== undefined && holder.id !== id
    await database
      .updateTable('users')
      .set(isTaken ? { ...columns, username_key: earlierKey(username) } : columns)
      .where('id', '=', id)
      .execute()
  }
}

function first(dialect: Dialect): Migration {
  const integer = dialect === 'sqlite' ? 'integer' : 'bigint'
  return {
    up: async (schema: Kysely<unknown>) => {
      const run = async (text: string) => {
        await sql.raw(text).execute(schema)
      }
      // Clustered on the id: validating a session is then one walk down one tree.
      const clustered = dialect === 'sqlite' ? ' without rowid' : ''
      const sequence =
        dialect === 'sqlite'
          ? 'integer primary key autoincrement'
          : 'bigint generated by default as identity primary key'
      await run(`create table meta (key text primary key, value text not null)${clustered}`)
      await run(`create table users (
        id text primary key,
        username text not null,
        username_key text not null,
        display_name text not null,
        email text not null,
        role text not null,
        permissions text not null,
        disabled ${integer} not null,
        password text not null,
        search_text text not null,
        created_at ${integer} not null,
        last_activity_at ${integer})`)
      await run('create unique index users_username on users (username_key)')
      await run('create index users_display_name on users (display_name, id)')
      await run('create index users_email on users (email, id)')
      await run('create index users_activity on users (last_activity_at, id)')
      await run('create index users_role on users (role, username_key)')
      await run(`create table sessions (
        id text primary key,
        token_hash text,
        user_id text not null references users (id),
        kind text not null,
        created_at ${integer} not null,
        last_activity_at ${integer} not null,
        remembered ${integer} not null,
        client text not null,
        address text not null,
        ended_at ${integer},
        end_reason text)${clustered}`)
      const running = 'where ended_at is null'
      await run(
        `create index sessions_of_user on sessions (user_id, kind, remembered, created_at, last_activity_at) ${running}`,
      )
      await run(
        `create index sessions_by_activity on sessions (kind, remembered, last_activity_at) ${running}`,
      )
      await run(`create index sessions_by_start on sessions (kind, created_at) ${running}`)
      await run(`create index sessions_in_order on sessions (created_at, id) ${running}`)
      await run('create index sessions_ended on sessions (ended_at) where ended_at is not null')
      await run(`create table settings (
        id ${integer} primary key,
        idle_enabled ${integer} not null,
        idle_seconds ${integer} not null,
        idle_remembered ${integer} not null,
        remember_enabled ${integer} not null,
        maximum_seconds ${integer} not null,
        policy_revision ${integer} not null,
        limits_revision ${integer} not null,
        updated_at ${integer} not null,
        updated_by text not null)`)
      await run(`create table config_entries (
        id text primary key,
        type text not null,
        key text not null,
        value text not null,
        revision ${integer} not null,
        updated_at ${integer} not null,
        updated_by text not null)`)
      await run('create unique index config_entries_key on config_entries (type, key)')
      await run(`create table audit (
        seq ${integer} primary key,
        at ${integer} not null,
        actor_id text,
        actor text not null,
        action text not null,
        target text not null,
        before text,
        after text,
        outcome text not null,
        reason text,
        address text not null,
        previous_hash text not null,
        hash text not null)`)
      await run('create index audit_actor on audit (actor_id, seq)')
      await run('create index audit_action on audit (action, seq)')
      await run('create index audit_at on audit (at, seq)')
      await run(
        `create table events (seq ${sequence}, at ${integer} not null, type text not null, data text not null)`,
      )
      await run(
        `create table signing_keys (kid text primary key, jwk text not null, created_at ${integer} not null)`,
      )
      const { idleTimeout, idleAppliesToRemembered, rememberMe } = defaultPolicy
      await run(
        `insert into settings values (1, ${Number(idleTimeout.enabled)}, ${idleTimeout.seconds}, ${Number(idleAppliesToRemembered)}, ${Number(rememberMe.enabled)}, ${rememberMe.maximumSeconds}, 1, 1, 0, '')`,
      )
    },
  }
}
