import { z } from 'zod'
import { InstanceState } from '../../domain/instance.ts'
import { JobSummary } from '../../domain/job.ts'
import { LockState } from '../../domain/lock.ts'
import { NewsState, Stale } from '../../domain/news.ts'
import { type Outcome, Problem } from '../../domain/problem.ts'
import { UpdateState } from '../../domain/update.ts'
import { appChannels, ClipboardState } from './app.ts'
import type { Channel } from './channel.ts'
import { configChannels } from './config.ts'
import { draftsChannels } from './drafts.ts'
import { instancesChannels } from './instances.ts'
import { jobsChannels } from './jobs.ts'
import { lockChannels } from './lock.ts'
import { newsChannels } from './news.ts'
import { policyChannels } from './policy.ts'
import { settingsChannels } from './settings.ts'
import { updatesChannels } from './updates.ts'
import { usersChannels } from './users.ts'

/**
 * Every channel from the window to main. A test pins the list of those that work while the app is locked. A call
 * answers `Outcome<out>`.
 */
export const contract = {
  ...appChannels,
  ...lockChannels,
  ...settingsChannels,
  ...draftsChannels,
  ...instancesChannels,
  ...policyChannels,
  ...configChannels,
  ...usersChannels,
  ...jobsChannels,
  ...newsChannels,
  ...updatesChannels,
} as const satisfies Record<string, Channel>

/** Every channel, by its name. */
export type Contract = typeof contract
export type ChannelName = keyof Contract
/** What a handler gets: the parsed input, defaults filled in. */
export type ChannelInput<C extends ChannelName> = z.output<Contract[C]['in']>
/** What a caller gives. */
export type ChannelArgument<C extends ChannelName> = z.input<Contract[C]['in']>
/** What a handler answers where all went well. */
export type ChannelOutput<C extends ChannelName> = z.output<Contract[C]['out']>

/** What main tells the window unasked: whole states, and what is no longer as it was read; never commands. */
export const events = {
  'lock.state': LockState,
  'instances.list': z.array(InstanceState),
  'jobs.list': z.array(JobSummary),
  'clipboard.state': ClipboardState,
  'news.state': NewsState,
  'news.stale': z.array(Stale),
  'updates.state': UpdateState,
} as const satisfies Record<string, z.ZodType>

/** What main tells the window of by itself. */
export type EventName = keyof typeof events
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]>

/** The failure half of what every channel answers. */
export const Failure = z.object({ ok: z.literal(false), problem: Problem })

type Group<Name extends string> = Name extends `${infer G}.${string}` ? G : never

/** A channel's function: takes an argument only where the channel does, and never rejects for what may happen. */
type ChannelFunction<C extends ChannelName> =
  undefined extends ChannelArgument<C>
    ? () => Promise<Outcome<ChannelOutput<C>>>
    : (argument: ChannelArgument<C>) => Promise<Outcome<ChannelOutput<C>>>

/**
 * `window.curfew`: all that the page can reach. `lock.activity` is the preload's own; the page can only ask it to tell of
 * activity that there was.
 */
export type CurfewApi = {
  readonly [G in Group<ChannelName>]: {
    readonly [C in Exclude<ChannelName, 'lock.activity'> as C extends `${G}.${infer Name}`
      ? Name
      : never]: ChannelFunction<C>
  }
} & {
  readonly lock: {
    /** *Stay unlocked*: counts as activity within moments of real input only, and does nothing otherwise. */
    readonly stayUnlocked: () => Promise<void>
  }
  /** Each takes a listener and returns the function that ends the subscription. */
  readonly on: {
    readonly [E in EventName]: (listener: (state: EventPayload<E>) => void) => () => void
  }
}
