import { z } from 'zod'
import { InstanceId } from '../../domain/instance.ts'
import { draftMaxLength } from '../../domain/lock.ts'
import { channel, done } from './channel.ts'

/** What of the window's is kept over a lock, some of it once an instance. */
export const DraftKey = z.strictObject({
  what: z.enum(['place', 'add-instance', 'security', 'config', 'revocation']),
  instance: InstanceId.optional(),
})
export type DraftKey = z.infer<typeof DraftKey>

/** A draft's key as one text. */
export const draftName = ({ what, instance = '' }: DraftKey): string => `${what} ${instance}`

/** What is typed and not saved: sealed in memory, handed back after unlocking. Each draft is handed back once. */
export const draftsChannels = {
  'drafts.keep': channel({
    in: z.strictObject({ key: DraftKey, text: z.string().max(draftMaxLength) }),
    out: done,
  }),
  'drafts.take': channel({
    in: z.strictObject({ keys: z.array(DraftKey).max(500) }),
    /** One for each key; `null` where there is none. */
    out: z.array(z.string().nullable()),
  }),
  'drafts.drop': channel({ in: z.strictObject({ key: DraftKey }), out: done }),
} as const
