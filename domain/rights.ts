import { z } from 'zod'

/** What an account may do on a server, whatever the server calls it. */
export const Right = z.enum([
  'policy.read',
  'policy.write',
  'config.read',
  'config.write',
  'users.view',
  'users.edit',
  'sessions.revoke',
])
export type Right = z.infer<typeof Right>

/**
 * The rights of an account: `held` ones the server has told of; `assumed` ones it can't tell, so that they are tried,
 * and the first refusal takes them away.
 */
export const Rights = z.partialRecord(Right, z.enum(['held', 'assumed']))
export type Rights = Readonly<z.infer<typeof Rights>>

/** Whether an account may do something, as far as is known. */
export function may({ rights }: { readonly rights: Rights }, right: Right): boolean {
  return rights[right] !== undefined
}

/**
 * What an attempt taught of a right that was assumed: one that worked is held, one that was refused is not. What the
 * server has told of stays as it is: a refusal there is about one thing, not about the right.
 */
export function learnt(rights: Rights, right: Right, attempt: 'done' | 'refused'): Rights {
  if (rights[right] !== 'assumed') return rights
  if (attempt === 'done') return { ...rights, [right]: 'held' }
  const { [right]: _, ...rest } = rights
  return rest
}
