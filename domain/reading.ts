import { z } from 'zod'
import { Instant } from './session.ts'

/** The revision that something was read at: a server's ETag or what stands for it. */
export const Revision = z.string().max(200)
export type Revision = z.infer<typeof Revision>

/** When and at which revision something was read, and who changed it last, where the server says so. */
export const readingStamp = {
  revision: Revision,
  asOf: Instant,
  updatedAt: Instant.nullable(),
  updatedBy: z.string().nullable(),
} as const

/**
 * What writing over a reading came to: written, and what is stored now; or not written, because what is stored is
 * no longer what the change was made on.
 */
export const WriteResult = <Reading extends z.ZodType>(reading: Reading) =>
  z.discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('written'),
      reading,
      /** The server’s answer was lost, and what is stored was read again to know. */
      readAgain: z.literal(true).optional(),
    }),
    z.object({ outcome: z.literal('conflict'), reading }),
  ])
export interface WriteResult<Reading> {
  readonly outcome: 'written' | 'conflict'
  /** What is stored now. */
  readonly reading: Reading
  readonly readAgain?: true | undefined
}
