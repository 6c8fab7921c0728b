import { z } from 'zod'
import { Instant, Session } from './session.ts'
import { User } from './user.ts'

/** A list, page by page: how many there are in all, and where the next page begins. */
export const Page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable(), total: z.int() })

/** Which people to list; what is left out does not narrow. */
export const UserQuery = z.strictObject({
  search: z.string().max(200).default(''),
  /** A role by its server's id. */
  role: z.string().max(100).optional(),
  /** Only people who are signed in now. */
  active: z.boolean().default(false),
  cursor: z.string().max(2000).optional(),
  limit: z.int().min(1).max(500).default(100),
})
export type UserQuery = Readonly<z.output<typeof UserQuery>>

export const UserPage = Page(User)
export type UserPage = Readonly<z.infer<typeof UserPage>>

export const SessionPage = Page(Session).extend({
  /** The server's clock when it answered: countdowns count from it, not from this computer's clock. */
  serverTime: Instant,
})
export type SessionPage = Readonly<z.infer<typeof SessionPage>>
