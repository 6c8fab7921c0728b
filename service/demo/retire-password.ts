import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import { type Passwords, signedIn } from '../passwords.ts'
import { createPassword } from '../secrets.ts'
import { readMeta, writeMeta } from '../store/meta.ts'
import { demoAccounts } from './fill.ts'

/** What everybody's password in a demo was in version 0.1.0, and stood in its README. */
const published = 'curfew-demo'

/**
 * Replaces the published password in a demo that an earlier version filled, and ends the sessions that may have been
 * started with it. A demo whose password was its own from the beginning is left alone.
 *
 * @param chosen the password to put in its place; a random one where nobody chose
 * @returns the new password, or `undefined` where nothing had to be replaced
 */
export async function retirePublishedPassword(
  {
    database,
    clock,
    passwords,
  }: { readonly database: Database; readonly clock: Clock; readonly passwords: Passwords },
  chosen: string | undefined,
): Promise<string | undefined> {
  if ((await readMeta(database, 'demo_password')) === 'own') return undefined
  const accounts = await database.read
    .selectFrom('users')
    .select('password')
    .distinct()
    .where((query) => query.or([query('username', 'in', demoAccounts), query('role', '=', 'owner')]))
    .execute()
  const replacement = chosen ?? createPassword()
  let isReplaced = false
  for (const { password } of accounts) {
    if (!(await passwords.verify(published, async () => password, signedIn))) continue
    const hash = await passwords.hash(replacement)
    await database.write(async (transaction) => {
      await transaction
        .updateTable('sessions')
        .set({ ended_at: clock(), end_reason: 'revoked' })
        .where('ended_at', 'is', null)
        .where((query) => query.or([query('token_hash', 'is not', null), query('kind', '=', 'kubernetes')]))
        .where('user_id', 'in', (query) =>
          query.selectFrom('users').select('id').where('password', '=', password),
        )
        .execute()
      await transaction
        .updateTable('users')
        .set({ password: hash })
        .where('password', '=', password)
        .execute()
    })
    isReplaced = true
  }
  await writeMeta(database, 'demo_password', 'own')
  return isReplaced ? replacement : undefined
}
