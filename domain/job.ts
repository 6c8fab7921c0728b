import { z } from 'zod'
import { InstanceId } from './instance.ts'
import { Problem } from './problem.ts'
import { Instant } from './session.ts'

export const JobId = z.uuid()
export type JobId = z.infer<typeof JobId>

/** How many items one job may have. */
export const jobItemsMax = 10_000

/** Every session of some people of one instance ends. */
export const RevokeUsersOrder = z.strictObject({
  kind: z.literal('revoke-users'),
  instance: InstanceId,
  reason: z.string().max(500),
  /** Whether Curfew's own session ends too, where it is among them. */
  includeOwn: z.boolean(),
})
export type RevokeUsersOrder = Readonly<z.infer<typeof RevokeUsersOrder>>

/** What a job is to do to each of its items. */
export const JobOrder = z.discriminatedUnion('kind', [RevokeUsersOrder])
export type JobOrder = Readonly<z.infer<typeof JobOrder>>

/** What became of one item. */
export const ItemOutcome = z.discriminatedUnion('what', [
  /** Nothing was sent about it. */
  z.object({ what: z.literal('waiting') }),
  /** The server was asked, and what it did is not known: the answer is under way, or came to nobody. */
  z.object({ what: z.literal('sent') }),
  z.object({ what: z.literal('revoked'), sessions: z.int().positive() }),
  z.object({ what: z.literal('had-no-session') }),
  z.object({ what: z.literal('gone') }),
  z.object({ what: z.literal('forbidden') }),
  z.object({ what: z.literal('failed'), message: z.string() }),
])
export type ItemOutcome = Readonly<z.infer<typeof ItemOutcome>>

export const JobItem = z.object({ id: z.string(), name: z.string(), outcome: ItemOutcome })
export type JobItem = Readonly<z.infer<typeof JobItem>>

export const JobState = z.discriminatedUnion('status', [
  z.object({ status: z.literal('running') }),
  z.object({ status: z.literal('done') }),
  /** The person stopped it. */
  z.object({ status: z.literal('cancelled') }),
  z.discriminatedUnion('why', [
    /** Curfew locked or ended in the middle of it. */
    z.object({ status: z.literal('stopped'), why: z.enum(['locked', 'restarted']) }),
    z.object({ status: z.literal('stopped'), why: z.literal('failed'), problem: Problem }),
  ]),
])
export type JobState = Readonly<z.infer<typeof JobState>>

const common = { id: JobId, title: z.string(), startedAt: Instant, order: JobOrder, state: JobState }

/** Long work over many people or instances, with what became of each. */
export const Job = z.object({ ...common, items: z.array(JobItem) })
export type Job = Readonly<Omit<z.infer<typeof Job>, 'items'>> & { readonly items: readonly JobItem[] }

/** A job without its items: how far it is. */
export const JobSummary = z.object({ ...common, done: z.int(), total: z.int() })
export type JobSummary = Readonly<z.infer<typeof JobSummary>>

/** Whether the server has said what became of an item. */
const isAnswered = ({ outcome: { what } }: JobItem): boolean => what !== 'waiting' && what !== 'sent'

/** Whether trying an item may still do something: it was not begun, nobody knows, it failed or was refused. */
export function isUnfinished({ outcome: { what } }: JobItem): boolean {
  return what === 'waiting' || what === 'sent' || what === 'failed' || what === 'forbidden'
}

export function summaryOf({ items, ...job }: Job): JobSummary {
  return { ...job, done: items.filter(isAnswered).length, total: items.length }
}
