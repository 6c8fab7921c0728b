import { z } from 'zod'
import { InstanceId } from './instance.ts'
import { Instant, SessionEndReason, SessionKind } from './session.ts'

/** A session as news names it. */
export const SessionMention = z.object({ id: z.string(), userId: z.string(), kind: SessionKind })
export type SessionMention = Readonly<z.infer<typeof SessionMention>>

/** More sessions than this, ended by one act, are something the Owners are told. */
export const manySessions = 50

/** Something that the Owners of an organisation are to know, whoever did it. */
export const Notice = z.object({
  /** The number of the record in the audit trail. */
  id: z.int(),
  at: Instant,
  what: z.enum(['owner-made', 'admin-made', 'password-reset', 'many-sessions-ended']),
  /** Who did it, by name. */
  by: z.string(),
  /** Whom it was done to. */
  person: z.object({ id: z.string(), username: z.string() }).optional(),
})
export type Notice = Readonly<z.infer<typeof Notice>>

/** What a server tells those who listen: what has changed, so that they know what they have read is stale. */
export const News = z.discriminatedUnion('type', [
  z.object({ type: z.literal('policy-changed'), data: z.object({ etag: z.string(), by: z.string() }) }),
  z.object({
    type: z.literal('entry-changed'),
    data: z.object({
      id: z.string(),
      type: z.string(),
      key: z.string(),
      change: z.enum(['added', 'changed', 'removed']),
      by: z.string(),
    }),
  }),
  z.object({ type: z.literal('session-started'), data: z.object({ session: SessionMention }) }),
  z.object({
    type: z.literal('session-ended'),
    data: z.object({ reason: SessionEndReason, sessions: z.array(SessionMention).readonly() }),
  }),
  z.object({
    type: z.literal('user-changed'),
    data: z.object({ userId: z.string(), change: z.enum(['added', 'changed']) }),
  }),
  z.object({ type: z.literal('notice'), data: Notice }),
])
export type News = Readonly<z.infer<typeof News>>

/** What of an instance is read on its own, and gets stale on its own. */
export const topics = ['policy', 'config', 'users', 'sessions'] as const
export const Topic = z.enum(topics)
export type Topic = z.infer<typeof Topic>

/** Something of an instance is no longer as it was read. */
export const Stale = z.object({
  instance: InstanceId,
  what: Topic,
  /** The people it is about, by their ids; absent where it may be anybody. */
  whose: z.array(z.string()).readonly().optional(),
})
export type Stale = Readonly<z.infer<typeof Stale>>

/** How Curfew hears of what others change on an instance: from the server at once, or by asking again. */
export const Following = z.discriminatedUnion('how', [
  z.object({ how: z.literal('told') }),
  z.object({ how: z.literal('asking'), everySeconds: z.int() }),
])
export type Following = Readonly<z.infer<typeof Following>>

/** A notice of one instance. Its number alone does not name it: one record may be worth two. */
export const InstanceNotice = Notice.extend({ instance: InstanceId })
export type InstanceNotice = Readonly<z.infer<typeof InstanceNotice>>

/** How every instance is followed, and what Owners have not dismissed yet, newest first. */
export const NewsState = z.object({
  following: z.record(InstanceId, Following),
  notices: z.array(InstanceNotice),
})
export type NewsState = Readonly<z.infer<typeof NewsState>>
