import { z } from 'zod'

/**
 * One thing wrong with one field of what was sent, `a.b` for one within another. Bounds are in the unit of the field.
 */
export const FieldProblem = z.object({
  field: z.string(),
  code: z.string(),
  message: z.string(),
  min: z.number().optional(),
  max: z.number().optional(),
})
export type FieldProblem = Readonly<z.infer<typeof FieldProblem>>

const said = { message: z.string() }
/** How long the server wants to be left alone, in seconds, where it said so in a way that can be meant. */
const pause = { retryAfterSeconds: z.number().optional() }

/**
 * Everything that may rightly go wrong between a screen and a server, as values: each has a code to decide by
 * and a message to show, which says what to do next.
 */
export const Problem = z.discriminatedUnion('code', [
  // From the door (ARCHITECTURE.md, “The door”).
  z.object({ code: z.literal('untrusted-sender'), ...said }),
  z.object({ code: z.literal('locked'), ...said }),
  z.object({ code: z.literal('bad-request'), ...said }),
  z.object({ code: z.literal('internal'), ...said }),
  // From the app itself.
  z.object({ code: z.literal('keychain-unavailable'), ...said }),
  /** It is there, and what is in it is safe; somebody has to unlock it. */
  z.object({ code: z.literal('keychain-locked'), ...said }),
  /** An instance's stored password is gone or can't be used: the person has to type it again. */
  z.object({ code: z.literal('password-needed'), ...said }),
  /** What is stored is for something else than the list of instances now says: that was changed outside Curfew. */
  z.object({ code: z.literal('changed-outside'), ...said }),
  z.object({ code: z.literal('no-such-instance'), ...said }),
  z.object({ code: z.literal('invalid'), ...said, errors: z.array(FieldProblem) }),
  // From a server, through its connector.
  z.object({ code: z.literal('unreachable'), ...said }),
  z.object({ code: z.literal('untrusted-certificate'), ...said }),
  z.object({ code: z.literal('not-this-product'), ...said }),
  /** Something between Curfew and the server answered in its place. */
  z.object({ code: z.literal('gateway'), ...said, ...pause }),
  /** Another server answers at the address than the one that was added. */
  z.object({ code: z.literal('another-server'), ...said }),
  /** The server has shown another certificate than the one that is pinned; it was sent nothing. */
  z.object({ code: z.literal('another-certificate'), ...said }),
  /** What answers at the built-in service’s address is not the process that Curfew has started. */
  z.object({ code: z.literal('not-proven'), ...said }),
  /** A change was sent and its answer lost, and what is stored now can't be read either. */
  z.object({ code: z.literal('not-known'), ...said }),
  z.object({ code: z.literal('sign-in-needed'), ...said }),
  z.object({ code: z.literal('invalid-credentials'), ...said }),
  z.object({ code: z.literal('refused'), ...said, permission: z.string().optional() }),
  z.object({ code: z.literal('not-found'), ...said }),
  z.object({ code: z.literal('throttled'), ...said, ...pause }),
  z.object({ code: z.literal('unsupported'), ...said }),
  z.object({ code: z.literal('server-error'), ...said, ...pause }),
])
export type Problem = Readonly<z.infer<typeof Problem>>

/** What a call came to: its value, or the problem. Nothing that may rightly happen is thrown. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem }

export function succeed<T>(value: T): Outcome<T> {
  return { ok: true, value }
}

export function fail(problem: Problem): Outcome<never> {
  return { ok: false, problem }
}
