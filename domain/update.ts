import { z } from 'zod'

/** A newer Curfew, as its publisher describes it. */
export const Release = z.object({
  version: z.string(),
  /** What is new, as text: nothing in it is markup. */
  notes: z.string(),
})
export type Release = Readonly<z.infer<typeof Release>>

/** How far Curfew is with updating itself. */
export const UpdateState = z.object({
  /** The version that runs. */
  current: z.string(),
  /** When the feed was last read and found good. */
  checkedAt: z.iso.datetime().nullable(),
  /** Why the last step came to nothing, as a sentence. */
  problem: z.string().nullable(),
  step: z.discriminatedUnion('at', [
    /** Nothing is ever asked: the organisation wants none, or nobody has said where updates come from. */
    z.object({ at: z.literal('off'), why: z.enum(['organisation', 'nowhere']) }),
    z.object({ at: z.literal('idle') }),
    z.object({ at: z.literal('checking') }),
    /** `size` is absent where Curfew was not installed in a way that it could update. */
    z.object({ at: z.literal('available'), release: Release, size: z.int().optional() }),
    z.object({ at: z.literal('downloading'), release: Release, size: z.int(), received: z.int() }),
    /** Installed when Curfew is quit while it is unlocked. */
    z.object({ at: z.literal('ready'), release: Release }),
  ]),
})
export type UpdateState = Readonly<z.infer<typeof UpdateState>>
