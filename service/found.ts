import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { Database } from './database/database.ts'
import type { Passwords } from './passwords.ts'
import { createId, createPassword } from './secrets.ts'
import { createActivity } from './store/activity.ts'
import { createJournal, theService } from './store/journal.ts'
import { createLimitsCache } from './store/limits.ts'
import { readMeta } from './store/meta.ts'
import { createUsers } from './store/users.ts'

export interface Founded {
  /** Whether the database was empty. */
  readonly isNew: boolean
  /** The Owner's password where nobody chose one: it is shown once and stored nowhere. */
  readonly generatedPassword?: string
}

/**
 * Creates the organisation and its one Owner in an empty database, in one transaction. An organisation that is
 * already there is left exactly as it is.
 */
export async function foundOrganisation(
  { database, clock, passwords }: { database: Database; clock: Clock; passwords: Passwords },
  owner: { readonly username: string; readonly password?: string | undefined; readonly demo?: boolean },
): Promise<Founded> {
  if ((await readMeta(database, 'instance_id')) !== undefined) return { isNew: false }
  const generated = owner.password === undefined ? createPassword() : undefined
  const password = await passwords.hash(owner.password ?? generated ?? '')
  const activity = createActivity(database)
  const journal = createJournal({ database, clock })
  const limits = await createLimitsCache(database)
  const users = createUsers({ database, activity, limits, clock })
  try {
    const isNew = await journal.write(async (transaction, record) => {
      const now = clock()
      // Of replicas that start together on an empty database, one founds it.
      const { numInsertedOrUpdatedRows } = await transaction
        .insertInto('meta')
        .values({ key: 'instance_id', value: createId() })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow()
      if (numInsertedOrUpdatedRows === 0n) return false
      await transaction
        .insertInto('meta')
        .values([
          { key: 'device_secret', value: randomBytes(32).toString('base64url') },
          { key: 'demo', value: owner.demo ? 'yes' : 'no' },
        ])
        .execute()
      await transaction
        .updateTable('settings')
        .set({ updated_at: now, updated_by: theService.name })
        .execute()
      const added = await users.add(transaction, {
        username: owner.username,
        displayName: owner.username,
        email: '',
        role: 'owner',
        permissions: [],
        password,
      })
      record.audit({
        actor: theService,
        action: 'organisation.found',
        target: `user:${added.id}`,
        after: { username: owner.username, role: 'owner' },
      })
      return true
    })
    return isNew && generated !== undefined ? { isNew, generatedPassword: generated } : { isNew }
  } finally {
    await activity.close()
    await journal.close()
  }
}
