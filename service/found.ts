import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { nameKey } from '../domain/names.ts'
import type { Clock } from './clock.ts'
import type { Database } from './database/database.ts'
import { password as passwordSchema, username as usernameSchema } from './http/schemas.ts'
import { passwordWeakness } from './password-rule.ts'
import type { Passwords } from './passwords.ts'
import { createId, createPassword } from './secrets.ts'
import { createActivity } from './store/activity.ts'
import type { AuditSeal } from './store/audit-seal.ts'
import { createJournal, theService } from './store/journal.ts'
import { createLimitsCache } from './store/limits.ts'
import { readMeta } from './store/meta.ts'
import { createUsers } from './store/users.ts'
import { isStorable } from './text.ts'

/** The organisation can't be founded as it was asked for; the message says why, in one line. */
export class FoundingError extends Error {
  override readonly name = 'FoundingError'
}

export interface Founded {
  /** Whether the database was empty. */
  readonly isNew: boolean
  /** The Owner's name as it was stored, where there is a new one. */
  readonly owner?: string
  /** The Owner's password where nobody chose one: it is shown once and stored nowhere. */
  readonly generatedPassword?: string
}

/** What is asked for, held against the same schemas as whoever is added later. @throws FoundingError */
function read<T>(schema: z.ZodType<T>, value: string, what: string): T {
  if (!isStorable(value)) throw new FoundingError(`${what}: This is not well-formed text.`)
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new FoundingError(`${what}: ${parsed.error.issues[0]?.message ?? 'This is not valid.'}`)
}

/** The Owner's password where somebody chose it. @throws FoundingError */
async function readPassword(chosen: string, username: string): Promise<string> {
  const what = 'The Owner’s password (CURFEW_OWNER_PASSWORD, --owner-password-file)'
  const password = read(passwordSchema, chosen, what)
  const weakness = await passwordWeakness(password, [username])
  if (weakness !== undefined) throw new FoundingError(`${what}: ${weakness}`)
  return password
}

/**
 * Creates the organisation and its one Owner in an empty database, in one transaction. An organisation that is
 * already there is left exactly as it is.
 */
export async function foundOrganisation(
  {
    database,
    clock,
    passwords,
    seal,
  }: {
    readonly database: Database
    readonly clock: Clock
    readonly passwords: Passwords
    /** Signs the audit trail. */
    readonly seal: AuditSeal
  },
  owner: {
    readonly username: string
    readonly password?: string | undefined
    readonly demo?: boolean
    /** Names that others are going to have. */
    readonly reserved?: readonly string[]
  },
): Promise<Founded> {
  if ((await readMeta(database, 'instance_id')) !== undefined) return { isNew: false }
  const username = read(usernameSchema, owner.username, 'The Owner’s name (--owner)')
  if (owner.reserved?.some((name) => nameKey(name) === nameKey(username)))
    throw new FoundingError(`The Owner’s name (--owner): ${username} is one of the demo’s other accounts.`)
  const generated = owner.password === undefined ? createPassword() : undefined
  const chosen = generated ?? (await readPassword(owner.password ?? '', username))
  const password = await passwords.hash(chosen)
  const activity = createActivity(database)
  const journal = createJournal({ database, clock, seal })
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
          ...(owner.demo ? [{ key: 'demo_password', value: 'own' }] : []),
        ])
        .execute()
      await transaction
        .updateTable('settings')
        .set({ updated_at: now, updated_by: theService.name })
        .execute()
      const added = await users.add(transaction, {
        username,
        displayName: username,
        email: '',
        role: 'owner',
        permissions: [],
        password,
      })
      record.audit({
        actor: theService,
        action: 'organisation.found',
        target: `user:${added.id}`,
        after: { username, role: 'owner' },
      })
      return true
    })
    if (!isNew) return { isNew }
    return { isNew, owner: username, ...(generated !== undefined && { generatedPassword: generated }) }
  } finally {
    await activity.close()
    await journal.close()
  }
}
