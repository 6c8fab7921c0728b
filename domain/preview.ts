import { z } from 'zod'
import { SessionCounts } from './session.ts'

/** B1: what a change would end now. */
export const Preview = z.object({
  endsSessions: z.int(),
  endsUsers: z.int(),
  /** Whether the session of whoever asks is one of them. */
  endsYours: z.boolean(),
  byKind: SessionCounts,
})
export type Preview = Readonly<z.infer<typeof Preview>>
