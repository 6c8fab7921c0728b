import { z } from 'zod'
import { SessionEndReason, SessionKind } from './session.ts'

/** A session as news names it. */
export const SessionMention = z.object({ id: z.string(), userId: z.string(), kind: SessionKind })
export type SessionMention = Readonly<z.infer<typeof SessionMention>>

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
])
export type News = Readonly<z.infer<typeof News>>
