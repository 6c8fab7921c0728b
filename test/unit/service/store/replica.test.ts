import { type KyselyPlugin, OperationNodeTransformer, type RawNode } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../../../service/database/database.ts'
import { openWorld, start } from './world.ts'

/** PostgreSQL's words in those of the embedded database; another connection's change makes another snapshot. */
const words: Readonly<Record<string, string>> = {
  'sessions.id = any(': 'sessions.id in (select value from json_each(',
  '::text[])': '))',
  '(select pg_current_snapshot()::text)': '(select data_version from pragma_data_version)',
}
class Translator extends OperationNodeTransformer {
  override transformRaw(node: RawNode): RawNode {
    const { sqlFragments, ...rest } = super.transformRaw(node)
    return { ...rest, sqlFragments: sqlFragments.map((words_) => words[words_] ?? words_) }
  }
}
const translator = new Translator()
const plugin: KyselyPlugin = {
  transformQuery: ({ node }) => translator.transformNode(node),
  transformResult: async ({ result }) => result,
}

/** An embedded database whose process believes that others write to it too, and what is asked of it at once. */
async function openReplica() {
  const asked: string[] = []
  let connections = 1
  const change = (database: Database): Database => ({
    ...database,
    read: database.read.withPlugin(plugin),
    write: (work, durability) =>
      database.write((transaction) => work(transaction.withPlugin(plugin)), durability),
    prepare: (query) => {
      const ask = database.prepare(query)
      return async (parameters) => {
        const [ids] = parameters
        asked.push(ids === undefined ? 'stamp' : `rows of ${(ids as readonly string[]).length}`)
        return ask(parameters.map((value) => JSON.stringify(value)))
      }
    },
    replicas: {
      announce: async () => {},
      listen: async () => async () => {},
      connectionsMade: () => connections,
    },
  })
  const world = await openWorld({ change })
  const anna = await world.addUser('anna', { permissions: ['UserView'] })
  const about = { userId: anna.id, kind: 'web', remembered: false, client: '', address: '' } as const
  return {
    ...world,
    anna,
    startWeb: () => world.journal.write((db, record) => world.sessions.start(db, record, about)),
    /** What was asked since the last time. */
    asked: () => asked.splice(0),
    reconnect: () => {
      connections++
    },
    /** Another replica makes web sessions end after so many seconds. */
    limitElsewhere: async (seconds: number) => {
      await world.database.write((db) =>
        db
          .updateTable('settings')
          .set(({ eb }) => ({
            idle_enabled: 1,
            idle_seconds: seconds,
            limits_revision: eb('limits_revision', '+', 1),
          }))
          .execute(),
      )
    },
  }
}

describe('O5: on a database that replicas share', () => {
  test('whether a session is running is asked each time, together with those beside it', async () => {
    const { sessions, startWeb, anna, asked, database } = await openReplica()
    const [one, other] = [await startWeb(), await startWeb()]
    const both = await Promise.all([sessions.validate(one.token), sessions.validate(other.token)])
    const holder = {
      id: anna.id,
      username: 'anna',
      displayName: 'anna',
      email: '',
      role: 'member',
      permissions: ['UserView'],
    }
    expect(both).toEqual([
      { state: 'running', session: one.session, holder },
      { state: 'running', session: other.session, holder },
    ])
    expect(asked()).toEqual(['rows of 2'])
    // Nothing has changed: what is known holds, which the database says.
    expect(await sessions.validate(one.token)).toMatchObject({ state: 'running' })
    expect(asked()).toEqual(['stamp'])
    await database.write((db) =>
      db
        .insertInto('endings')
        .values({
          user_id: anna.id,
          session_id: one.session.id,
          kind: 'web',
          ended_at: start,
          end_reason: 'revoked',
        })
        .execute(),
    )
    expect(await sessions.validate(one.token)).toEqual({ state: 'ended', reason: 'revoked' })
    expect(await sessions.validate(other.token)).toMatchObject({ state: 'running' })
    expect(await sessions.recheck('nobody')).toEqual({ state: 'unknown' })
  })

  test('nothing is known any more once the database was away', async () => {
    const { sessions, startWeb, asked, reconnect } = await openReplica()
    const { token } = await startWeb()
    await sessions.validate(token)
    reconnect()
    asked()
    expect(await sessions.validate(token)).toMatchObject({ state: 'running' })
    expect(asked()).toEqual(['rows of 1'])
  })

  test('limits that another replica has changed hold at once, outside and within a transaction', async () => {
    const { sessions, startWeb, pass, limits, limitElsewhere, database } = await openReplica()
    const { token, session } = await startWeb()
    pass(1_000)
    expect(await sessions.validate(token)).toMatchObject({ state: 'running' })
    await limitElsewhere(1_000)
    const { revision } = limits.current()
    expect(await sessions.validate(token)).toEqual({ state: 'ended', reason: 'idle' })
    expect(limits.current().revision).toBe(revision + 1)
    await limitElsewhere(1_001)
    const within = () => database.write((db) => sessions.validateWithin(db, session.id))
    expect(await within()).toMatchObject({ state: 'running' })
    expect(limits.current().revision).toBe(revision + 2)
    pass(1)
    expect(await within()).toEqual({ state: 'ended', reason: 'idle' })
  })

  test('limits are read once after each change, and not again', async () => {
    const { sessions, startWeb, limitElsewhere, limits } = await openReplica()
    const { token } = await startWeb()
    await limitElsewhere(1_000)
    await sessions.validate(token)
    const known = limits.current()
    await sessions.validate(token)
    expect(limits.current()).toBe(known)
  })
})
