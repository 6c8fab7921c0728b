import { vi } from 'vitest'
import type { Outcome, Problem } from '../../../domain/problem.ts'
import { fail, succeed } from '../../../domain/problem.ts'
import {
  type ChannelInput,
  type ChannelName,
  type ChannelOutput,
  type CurfewApi,
  contract,
  type EventName,
  type EventPayload,
  events,
} from '../../../preload/contract/index.ts'

/** How a channel is answered: with its value, or from what it was given; a problem with {@link problem}. */
type Answer<C extends ChannelName> = (
  given: ChannelInput<C>,
) => Outcome<ChannelOutput<C>> | Promise<Outcome<ChannelOutput<C>>>

/** Answers by channel. */
export type Answers = { readonly [C in ChannelName]?: Answer<C> }

/** One call of the window, as it went through the contract. */
export interface Call {
  readonly channel: ChannelName
  readonly given: unknown
}

/** A main that exists in the test alone: it answers as told, and holds both sides to the contract. */
export interface FakeMain {
  /** Every call so far, oldest first. */
  readonly calls: readonly Call[]
  /** What a channel was given, oldest first. */
  given<C extends ChannelName>(channel: C): readonly ChannelInput<C>[]
  /** Answers differently from now on. */
  answer(more: Answers): void
  /** Tells the window something unasked. */
  tell<E extends EventName>(event: E, state: EventPayload<E>): void
  /** How often *Stay unlocked* was asked for. */
  stayedUnlocked(): number
  /** What broke the contract, or was asked and nobody answers: a test ends with none. */
  readonly faults: readonly string[]
}

/** A call's failure. */
export function problem(
  code: 'refused' | 'unreachable' | 'server-error' | 'not-found',
  message: string,
): Outcome<never> {
  return fail({ code, message } as Problem)
}

/** Puts a main behind the window that the test is in. */
export function installFakeMain(answers: Answers): FakeMain {
  let known: Answers = answers
  const calls: Call[] = []
  const faults: string[] = []
  const listeners = new Map<EventName, Set<(state: never) => void>>()

  const call = (channel: ChannelName) => async (argument: unknown) => {
    const given = contract[channel].in.safeParse(argument)
    if (!given.success) {
      faults.push(`${channel} was given what the contract does not allow: ${given.error.message}`)
      return fail({ code: 'bad-request', message: 'The contract does not allow this.' })
    }
    calls.push({ channel, given: given.data })
    const answer = known[channel] as Answer<never> | undefined
    if (!answer) {
      faults.push(`${channel} was called, and this test answers it with nothing.`)
      return fail({ code: 'internal', message: `Nobody answers ${channel}.` })
    }
    const outcome = await answer(given.data as never)
    if (!outcome.ok) return outcome
    const value = contract[channel].out.safeParse(outcome.value)
    if (value.success) return succeed(value.data)
    faults.push(`${channel} was answered with what the contract does not allow: ${value.error.message}`)
    return fail({ code: 'internal', message: 'The contract does not allow this answer.' })
  }

  const api: Record<string, Record<string, unknown>> = { on: {} }
  for (const channel of Object.keys(contract) as ChannelName[]) {
    const [group = '', name = ''] = channel.split('.')
    api[group] = { ...api[group], [name]: call(channel) }
  }
  let stayedUnlocked = 0
  api['lock'] = {
    ...api['lock'],
    stayUnlocked: async () => {
      stayedUnlocked++
    },
  }
  for (const event of Object.keys(events) as EventName[])
    api['on'] = {
      ...api['on'],
      [event]: (listener: (state: never) => void) => {
        const all = listeners.get(event) ?? new Set()
        listeners.set(event, all.add(listener))
        return () => all.delete(listener)
      },
    }
  vi.stubGlobal('curfew', api as unknown as CurfewApi)

  return {
    calls,
    faults,
    given: (channel) =>
      calls
        .filter((made) => made.channel === channel)
        .map(({ given }) => given as ChannelInput<typeof channel>),
    stayedUnlocked: () => stayedUnlocked,
    answer: (more) => {
      known = { ...known, ...more }
    },
    tell: (event, state) => {
      for (const listener of listeners.get(event) ?? []) listener(events[event].parse(state) as never)
    },
  }
}
