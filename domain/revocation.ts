import { z } from 'zod'

/** What a revocation names: people, all of whose sessions end, or single sessions. */
export type RevocationTarget = 'users' | 'sessions'

/** What became of one id of a revocation. */
export const RevocationResult = z.object({
  id: z.string(),
  outcome: z.enum(['revoked', 'gone', 'forbidden']),
  /** How many sessions ended. */
  revoked: z.int(),
})
export type RevocationResult = Readonly<z.infer<typeof RevocationResult>>

export const RevocationReport = z.object({ results: z.array(RevocationResult) })
export type RevocationReport = Readonly<z.infer<typeof RevocationReport>>
