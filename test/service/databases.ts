import { afterAll } from 'vitest'
import type { Database } from '../../service/database/database.ts'
import { openPostgres } from '../../service/database/open-postgres.ts'
import { openSqlite } from '../../service/database/open-sqlite.ts'
import { type Cluster, findPostgres, startCluster } from './postgres-cluster.ts'

/** One of the two databases, as a test opens it. */
export interface TestDatabase {
  readonly name: string
  /** Opens the database of a folder: again the same one where it was opened before. */
  open(folder: string): Promise<Database>
}

/** Both databases, for rules that must hold on both alike. Call it while a test file is read. */
export function openDatabases(): readonly TestDatabase[] {
  const bin = findPostgres()
  if (bin === undefined) {
    console.log('PostgreSQL: skipped, it is not installed on this machine.')
    return [{ name: 'embedded', open: openSqlite }]
  }
  let cluster: Promise<Cluster> | undefined
  const urls = new Map<string, Promise<string>>()
  afterAll(async () => {
    await (await cluster)?.[Symbol.asyncDispose]()
  })
  const newDatabase = async () => {
    cluster ??= startCluster(bin)
    return await (await cluster).newDatabase()
  }
  return [
    { name: 'embedded', open: openSqlite },
    {
      name: 'PostgreSQL',
      open: async (folder) => {
        const url = urls.get(folder) ?? newDatabase()
        urls.set(folder, url)
        return await openPostgres(await url)
      },
    },
  ]
}
