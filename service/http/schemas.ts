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
import { userSorts } from '../store/users.ts'

const named = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  if (!z.globalRegistry.has(schema)) z.globalRegistry.add(schema, { id })
  return schema
}

export const sessionSchema = named('Session', Session)
export const userSchema = named('User', ServiceUser)
export const policyInput = named('PolicyInput', ServicePolicy)
export const entrySchema = named('ConfigEntry', ConfigEntry)

export const policySchema = named('Policy', StoredPolicy)

export const previewSchema = named('Preview', Preview)
export const sessionPage = named('SessionPage', SessionPage)
export const userPage = Page(userSchema)

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
  }),
)

export const meSchema = named(
  'Me',
  z.object({ user: userSchema, permissions: z.array(Permission), session: Session }),
)

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
export const email = plainText(0, 254).refine((text) => text === '' || isEmail(text), {
  error: 'This is not an e-mail address.',
  params: { code: 'malformed' },
})
export const password = z.string().min(8).max(256)
export const reason = plainText(0, 500)
/** What a program calls itself, without what can't be seen: it is shown to others, and refusing it would keep somebody out. */
export const clientName = z
  .string()
  .min(1)
  .max(100)
  .transform((name) => visible(name) || 'Unknown program')

/** `UserEdit` and `UserView` can be given to anybody; `AdministerSystem` comes with the role. */
export const grantable = z.array(Permission.exclude(['AdministerSystem'])).max(2)

export const idParams = z.object({ id: z.string().min(1).max(100) })

const digits = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max))
const flag = z.enum(['true', 'false']).transform((value) => value === 'true')

export const pageQuery = {
  limit: digits(1, 500).default(50),
  cursor: z.string().max(2000).optional(),
}

const sorts = Object.keys(userSorts) as (keyof typeof userSorts)[]
export const usersQuery = z.strictObject({
  ...pageQuery,
  search: z.string().max(200).optional(),
  role: Role.optional(),
  active: flag.optional(),
  sort: z.enum([...sorts, ...sorts.map((sort) => `-${sort}` as const)]).default('username'),
})

export const sessionsQuery = z.strictObject({
  ...pageQuery,
  user: z.string().max(100).optional(),
  kind: SessionKind.optional(),
  /** Seconds since the last activity. */
  idleOver: digits(0, 366 * durationUnits.days).optional(),
})

export const reasonBody = z.strictObject({ reason: reason.optional() })
