import type { Database } from '../database/database.ts'

/** What the service remembers about itself. */
export type MetaKey = 'instance_id' | 'device_secret' | 'clock' | 'demo' | 'demo_password' | 'audit_head'

/** What is kept under a key; `undefined` where nothing is. */
export async function readMeta(database: Database, key: MetaKey): Promise<string | undefined> {
  const row = await database.read.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
  return row?.value
}

/** Keeps a value under a key, in place of the one before. */
export async function writeMeta(database: Database, key: MetaKey, value: string): Promise<void> {
  await database.write(
    (transaction) =>
      transaction
        .insertInto('meta')
        .values({ key, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute(),
    'hasty',
  )
}
