import { z } from 'zod'

/** One channel: who may call it, what goes in, and what comes out when it succeeds. */
export interface Channel<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType> {
  readonly access: 'public' | 'unlocked'
  readonly in: In
  readonly out: Out
}

/** `access: 'public'` marks the few channels that work while the app is locked. */
export function channel<In extends z.ZodType, Out extends z.ZodType>(definition: {
  readonly access?: 'public'
  readonly in: In
  readonly out: Out
}): Channel<In, Out> {
  return { access: 'unlocked', ...definition }
}

/** Nothing is given. */
export const none = z.undefined()
/** Nothing is answered but that it was done. */
export const done = z.undefined()

/** The id of something on a server, as that server made it. */
export const ServerId = z.string().min(1).max(200)
