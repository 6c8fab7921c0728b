import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { ConfigEntry } from '../../domain/config.ts'
import { durationUnits } from '../../domain/duration.ts'
import { hidesCharacters, mixesScripts, visible } from '../../domain/names.ts'
import { Page, SessionPage } from '../../domain/page.ts'
import { Preview } from '../../domain/preview.ts'
import { FieldProblem } from '../../domain/problem.ts'
import { ServicePolicy, StoredPolicy } from '../../domain/service-policy.ts'
import { Instant, Session, SessionEndReason, SessionKind } from '../../domain/session.ts'
import { Permission, Role, ServiceUser } from '../../domain/user.ts'
import { longestPassword, shortestPassword } from '../password-rule.ts'
import { userSorts } from '../store/users.ts'

const named = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  if (!z.globalRegistry.has(schema)) z.globalRegistry.add(schema, { id })
  return schema
}

/** A session as the wire shows it; times are ISO 8601 in UTC. */
export const sessionSchema = named('Session', Session)
/** A person, never with their password. */
export const userSchema = named('User', ServiceUser)
/** A security policy as a caller sends it, durations in seconds. */
export const policyInput = named('PolicyInput', ServicePolicy)
/** A System Config entry with its revision. */
export const entrySchema = named('ConfigEntry', ConfigEntry)

/** The policy in force, with who changed it last and when. */
export const policySchema = named('Policy', StoredPolicy)

/** How many running sessions a change would end now. */
export const previewSchema = named('Preview', Preview)
/** A page of sessions. */
export const sessionPage = named('SessionPage', SessionPage)
/** A page of people. */
export const userPage = Page(userSchema)

/** What every refusal answers (RFC 9457), with `errors` where fields are wrong and `current` after a conflict. */
export const problemSchema = named(
  'Problem',
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    reason: SessionEndReason.optional(),
    permission: z.string().optional(),
    current: z.unknown().optional(),
    errors: z.array(FieldProblem).optional(),
  }),
)

/** What a server says of itself to anybody. */
export const serverSchema = named(
  'Server',
  z.object({
    name: z.string(),
    version: z.string(),
    instanceId: z.string(),
    time: Instant,
    /** How many times faster than real time the clock runs; 1 but in a demo. */
    timeScale: z.number(),
    capabilities: z.array(z.string()),
    proof: z
      .string()
      .optional()
      .describe(
        'Where a challenge was sent to a service whose parent process gave it a key: HMAC-SHA-256 with that key over the line `curfew-service-proof 1`, the challenge and the origin that the service listens on, joined by line feeds; base64url.',
      ),
  }),
)

/** Who is asking, the rights they have, and their session. */
export const meSchema = named(
  'Me',
  z.object({ user: userSchema, permissions: z.array(Permission), session: Session }),
)

/** How many running sessions were revoked. */
export const revokedSchema = named('Revoked', z.object({ revoked: z.int() }))

/** Text for people: NFC, trimmed, nothing in it that can't be seen. */
export const plainText = (shortest: number, longest: number) =>
  z
    .string()
    .min(shortest)
    .max(longest)
    .transform((text) => text.normalize('NFC').trim())
    .refine((text) => text.length >= shortest, {
      error: 'This field is needed.',
      params: { code: 'required' },
    })
    .refine((text) => !hidesCharacters(text), {
      error: 'Characters that can’t be seen are not allowed.',
      params: { code: 'hidden-characters' },
    })

/** A new person's name: it can't pass for another's. Refused with `hidden-characters`, `malformed` or `mixed-scripts`. */
export const username = plainText(1, 64)
  // Not even what makes an emoji, or joins letters: it is never drawn, so one name would look like another.
  .refine((name) => !/\p{Default_Ignorable_Code_Point}/u.test(name), {
    error: 'Characters that can’t be seen are not allowed.',
    params: { code: 'hidden-characters' },
  })
  .refine((name) => /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]*$/u.test(name), {
    error: 'A username has letters, digits and . _ - @ + only, and begins with a letter or digit.',
    params: { code: 'malformed' },
  })
  .refine((name) => !mixesScripts(name), {
    error: 'A username keeps to one alphabet, so that it can’t pass for another.',
    params: { code: 'mixed-scripts' },
  })
/** A name for people to read, 1 to 100 characters. */
export const displayName = plainText(1, 100)
/** RFC 6531: letters of every script before the @, and names of hosts in every script after it. */
function isEmail(text: string): boolean {
  const [, local = '', host = ''] = /^([^@]+)@([^@]+)$/.exec(text) ?? []
  const ascii = domainToASCII(host)
  return (
    local.length <= 64 &&
    /^[^\s"(),:;<>[\\\]]+$/u.test(local) &&
    !/^\.|\.\.|\.$/.test(local) &&
    ascii.length <= 253 &&
    /^([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+(xn--[a-z\d-]{1,59}|[a-z]{2,63})$/.test(ascii)
  )
}
/** An e-mail address or nothing. Refused with `malformed`. */
export const email = plainText(0, 254).refine((text) => text === '' || isEmail(text), {
  error: 'This is not an e-mail address.',
  params: { code: 'malformed' },
})
/** A new password, 12 to 256 characters, taken as it is; whether it can be guessed is `password-rule.ts`'s to say. */
export const password = z.string().min(shortestPassword).max(longestPassword)
/** A password that somebody is to have already, whatever the rules were then. */
export const typedPassword = z.string().min(1).max(longestPassword)
/** Why somebody does something, for the audit trail, at most 500 characters. */
export const reason = plainText(0, 500)
/** What a program calls itself, without what can't be seen: it is shown to others, and refusing it would keep somebody out. */
export const clientName = z
  .string()
  .min(1)
  .max(100)
  .transform((name) => visible(name) || 'Unknown program')

/** `UserEdit` and `UserView` can be given to anybody; `AdministerSystem` comes with the role. */
export const grantable = z.array(Permission.exclude(['AdministerSystem'])).max(2)

/** The id in a path. */
export const idParams = z.object({ id: z.string().min(1).max(100) })

const digits = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max))
const flag = z.enum(['true', 'false']).transform((value) => value === 'true')

/** Which page: at most `limit` items (1 to 500, else 50), after what `cursor` points at. */
export const pageQuery = {
  limit: digits(1, 500).default(50),
  cursor: z.string().max(2000).optional(),
}

const sorts = Object.keys(userSorts) as (keyof typeof userSorts)[]
/** Which people, in which order; a minus before it turns the order round. */
export const usersQuery = z.strictObject({
  ...pageQuery,
  search: z.string().max(200).optional(),
  role: Role.optional(),
  active: flag.optional(),
  sort: z.enum([...sorts, ...sorts.map((sort) => `-${sort}` as const)]).default('username'),
})

/** Which running sessions. */
export const sessionsQuery = z.strictObject({
  ...pageQuery,
  user: z.string().max(100).optional(),
  kind: SessionKind.optional(),
  /** Seconds since the last activity. */
  idleOver: digits(0, 366 * durationUnits.days).optional(),
})

/** A body that has a reason at most. */
export const reasonBody = z.strictObject({ reason: reason.optional() })
