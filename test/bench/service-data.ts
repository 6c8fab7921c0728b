import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { openPostgres } from '../../service/database/open-postgres.ts'
import { openSqlite } from '../../service/database/open-sqlite.ts'
import { foundOrganisation } from '../../service/found.ts'
import { createPasswords } from '../../service/passwords.ts'
import { createToken, hashToken } from '../../service/secrets.ts'
import { openAuditSeal } from '../../service/store/audit-key-file.ts'
import { nameColumns } from '../../service/store/name-columns.ts'

/** The Owner's, in every database that is filled here. */
export const password = 'correct horse battery'
const tokensAtMost = 20_000
const passwords = createPasswords({ cost: { logN: 4, r: 8, p: 1 } })

export interface Filled {
  readonly folder: string
  readonly tokens: readonly string[]
}

/** A row of the table of people. */
function personOf(index: number, now: number) {
  const username = `person.${index.toString(36).padStart(4, '0')}`
  const displayName = `${['Ada', 'Björn', 'Chidi', 'Deepa', 'Elif'][index % 5]} Number${index}`
  const email = `${username}@example.com`
  return {
    id: `user-${index}`,
    username,
    display_name: displayName,
    email,
    role: 'member',
    permissions: '[]',
    disabled: 0,
    password: 'none',
    created_at: now,
    last_activity_at: now,
    ...nameColumns({ username, displayName, email }),
  }
}

/** Makes an embedded database with people and running sessions, written straight into its tables. */
export async function fill(people: number, sessions: number): Promise<Filled> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-bench-'))
  const database = await openSqlite(folder)
  const seal = await openAuditSeal(join(folder, 'audit.key'), { isSigned: false })
  await foundOrganisation({ database, clock: Date.now, passwords, seal }, { username: 'owner', password })
  await database.close()

  const raw = new DatabaseSync(join(folder, 'curfew.db'))
  raw.exec('pragma synchronous = off; pragma journal_mode = memory; pragma cache_size = -200000')
  const indexes = raw
    .prepare(
      "select name, sql from sqlite_master where type = 'index' and tbl_name = 'sessions' and sql is not null",
    )
    .all() as { name: string; sql: string }[]
  for (const { name } of indexes) raw.exec(`drop index ${name}`)
  raw.exec('begin')
  const now = Date.now()
  const columns = Object.keys(personOf(0, now))
  const person = raw.prepare(
    `insert into users (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
  )
  for (let index = 0; index < people; index++) person.run(...Object.values(personOf(index, now)))
  const session = raw.prepare(
    `insert into sessions (id, token_hash, user_id, kind, created_at, last_activity_at, remembered, client, address)
      values (?, ?, ?, ?, ?, ?, ?, 'Chrome on Windows', '192.0.2.7')`,
  )
  const tokens: string[] = []
  for (let index = 0; index < sessions; index++) {
    const token = createToken()
    const hashed = hashToken(token)
    const kind = index % 10 === 8 ? 'token' : index % 10 === 9 ? 'kubernetes' : 'web'
    // Active within the last ten minutes, so that nothing ends while it is measured.
    const active = now - (index % 600) * 1000
    const step = Math.max(1, Math.floor(sessions / tokensAtMost))
    if (kind === 'web' && tokens.length < tokensAtMost && index % step === 0) tokens.push(token)
    session.run(
      hashed?.id ?? '',
      hashed?.hash ?? '',
      `user-${index % people}`,
      kind,
      active - 60_000,
      active,
      0,
    )
  }
  raw.exec('commit')
  for (const { sql } of indexes) raw.exec(sql)
  raw.close()
  return { folder, tokens }
}

/** The same in an empty PostgreSQL database. @returns tokens of running sessions */
export async function fillPostgres(
  url: string,
  auditKey: string,
  people: number,
  sessions: number,
): Promise<readonly string[]> {
  const database = await openPostgres(url)
  const seal = await openAuditSeal(auditKey, { isSigned: false })
  await foundOrganisation({ database, clock: Date.now, passwords, seal }, { username: 'owner', password })
  await database.close()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const indexes = await client.query<{ indexname: string; indexdef: string }>(
    `select indexname, indexdef from pg_indexes where tablename in ('sessions', 'users')
     and indexname not like '%_pkey'`,
  )
  for (const { indexname } of indexes.rows) await client.query(`drop index ${indexname}`)
  const now = Date.now()
  for (let start = 0; start < people; start += 5_000) {
    const some = Array.from({ length: Math.min(5_000, people - start) }, (_, index) =>
      personOf(start + index, now),
    )
    await client.query(
      'insert into users select (jsonb_populate_record(null::users, person)).* from jsonb_array_elements($1) as person',
      [JSON.stringify(some)],
    )
  }
  await client.query(`
    insert into sessions (id, token_hash, user_id, kind, created_at, last_activity_at, remembered, client, address)
    select substr(digest, 1, 22), digest, 'user-' || i % ${people},
      case i % 10 when 8 then 'token' when 9 then 'kubernetes' else 'web' end,
      ${now - 60_000} - i % 600 * 1000, ${now} - i % 600 * 1000, 0, 'Chrome on Windows', '192.0.2.7'
    from generate_series(0, ${sessions - 1}) as i,
      lateral (select translate(rtrim(encode(sha256(('cfs_' || lpad(i::text, 43, '0'))::bytea), 'base64'), '='),
        '+/', '-_') as digest) as hashed`)
  for (const { indexdef } of indexes.rows) await client.query(indexdef)
  // As the autovacuum of a server that has been running for a minute would.
  await client.query('vacuum analyze')
  await client.end()
  return Array.from({ length: 1_000 }, (_, index) => `cfs_${String(index * 10).padStart(43, '0')}`)
}
