import { z } from 'zod'
import { manySessions, type Notice } from '../../domain/news.ts'
import { Permission, Role } from '../../domain/user.ts'
import type { Database } from '../database/database.ts'
import type { AuditTable } from '../database/tables.ts'

const Person = z.object({
  username: z.string(),
  role: Role,
  permissions: z.array(Permission),
  disabled: z.boolean(),
  password: z.string().optional(),
  endedSessions: z.int().optional(),
})
const Ending = z.object({ ended: z.int(), endedBefore: z.int().default(0) })

/** What may hold something that the Owners are told of. */
const tellingActions = ['user.add', 'user.change', 'session.revoke'] as const

/** 2 for an Owner, 1 for who may administer everything else, 0 for all others and for who can't sign in. */
function power(person: z.infer<typeof Person> | undefined): number {
  if (!person || person.disabled) return 0
  if (person.role === 'owner') return 2
  return person.role === 'admin' || person.permissions.includes('AdministerSystem') ? 1 : 0
}

function parsed<T>(schema: z.ZodType<T>, text: string | null): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text ?? 'null')).data
  } catch {
    return undefined
  }
}

/**
 * What the Owners are told of a record of the audit trail. It is drawn from the record and from nothing else, so that
 * no act which is written down can forget to tell, and whoever was away can be told later.
 */
export function noticesOf({ seq, at, actor, action, target, before, after }: AuditTable): readonly Notice[] {
  const about = { id: seq, at: new Date(at).toISOString(), by: actor }
  if (action === 'session.revoke') {
    const ending = parsed(Ending, after)
    if (!ending) return []
    // An act is stored in pieces: it is told of once, when it has become many.
    const { ended, endedBefore } = ending
    return endedBefore <= manySessions && endedBefore + ended > manySessions
      ? [{ ...about, what: 'many-sessions-ended' }]
      : []
  }
  if (action !== 'user.add' && action !== 'user.change') return []
  const now = parsed(Person, after)
  if (!now) return []
  const was = parsed(Person, before)
  const person = { id: target.replace('user:', ''), username: now.username }
  const notices: Notice[] = []
  if (power(now) > power(was))
    notices.push({ ...about, what: power(now) === 2 ? 'owner-made' : 'admin-made', person })
  // Of somebody who is being disabled or demoted by the same act too.
  if (now.password !== undefined && was && power({ ...was, disabled: false }) > 0)
    notices.push({ ...about, what: 'password-reset', person })
  if ((now.endedSessions ?? 0) > manySessions) notices.push({ ...about, what: 'many-sessions-ended' })
  return notices
}

/** So many records are looked at: more acts than anybody reads through. */
const recordsAtMost = 1_000

/** What the Owners have been told since a record, newest first. */
export async function listNotices(
  database: Pick<Database, 'read'>,
  after: number,
): Promise<readonly Notice[]> {
  const records = await database.read
    .selectFrom('audit')
    .selectAll()
    .where('action', 'in', tellingActions)
    .where('seq', '>', after)
    .orderBy('seq', 'desc')
    .limit(recordsAtMost)
    .execute()
  return records.flatMap((record) => [...noticesOf(record)].reverse())
}
