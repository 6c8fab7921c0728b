import { fail, type Outcome } from '../../domain/problem.ts'
import {
  type ChannelInput,
  type ChannelName,
  type ChannelOutput,
  contract,
} from '../../preload/contract/index.ts'

/** What the door needs of its surroundings. `Event` is Electron's `IpcMainInvokeEvent` in the app. */
export interface DoorPorts<Event> {
  /** Registers the one listener of a channel; what it answers crosses to the caller by structured clone. */
  readonly listen: (
    channel: ChannelName,
    listener: (event: Event, ...args: unknown[]) => Promise<unknown>,
  ) => void
  /** Whether a call comes from the main frame of Curfew's own window at Curfew's own origin. */
  readonly isTrusted: (event: Event) => boolean
  /**
   * The unlocked period that now is, or `undefined` while locked. Asking is the deadline check: an idle lock that
   * is due happens here.
   */
  readonly unlockedPeriod: () => number | undefined
  /** Told of bugs and refusals: the channel and the kind of fault, never a payload. */
  readonly report: (
    channel: ChannelName,
    fault: 'untrusted-sender' | 'bad-request' | 'internal',
    error?: unknown,
  ) => void
}

export type Handler<C extends ChannelName> = (
  input: ChannelInput<C>,
) => Outcome<ChannelOutput<C>> | Promise<Outcome<ChannelOutput<C>>>

/** The handler of every channel: leaving one out is a compile error. */
export type Handlers = { readonly [C in ChannelName]: Handler<C> }

const problems = {
  untrusted: { code: 'untrusted-sender', message: 'Only Curfew’s own window may ask for this.' },
  locked: { code: 'locked', message: 'Curfew is locked. Unlock it and try again.' },
  badRequest: { code: 'bad-request', message: 'Curfew could not read this request, and did nothing.' },
  internal: {
    code: 'internal',
    message: 'Something went wrong inside Curfew. Try again; if it stays, restart Curfew.',
  },
} as const

/** The handlers of some domains: `'policy'` for every channel that begins with `policy.`. */
export type HandlersOf<Domain extends string> = {
  readonly [C in Extract<ChannelName, `${Domain}.${string}`>]: Handler<C>
}

/**
 * The only door from the window to main (ARCHITECTURE.md, "The door"). Every call passes, in this order: sender
 * → lock gate → input schema → handler → output schema, and always answers a tagged `Outcome`.
 *
 * A call that was let in and finishes after the app has locked is answered `locked`: its result is dropped.
 */
export function openDoor<Event>(ports: DoorPorts<Event>, handlers: Handlers): void {
  for (const channel of Object.keys(contract) as ChannelName[]) admit(ports, channel, handlers[channel])
}

function admit<Event, C extends ChannelName>(ports: DoorPorts<Event>, channel: C, handler: Handler<C>): void {
  const { access, in: input, out: output } = contract[channel]
  ports.listen(channel, async (event, ...args) => {
    if (!ports.isTrusted(event)) {
      ports.report(channel, 'untrusted-sender')
      return fail(problems.untrusted)
    }
    const period = access === 'public' ? undefined : ports.unlockedPeriod()
    if (access !== 'public' && period === undefined) return fail(problems.locked)
    try {
      const parsed = args.length <= 1 ? input.safeParse(args[0]) : undefined
      if (!parsed?.success) {
        ports.report(channel, 'bad-request')
        return fail(problems.badRequest)
      }
      const outcome = await handler(parsed.data as ChannelInput<C>)
      if (access !== 'public' && ports.unlockedPeriod() !== period) return fail(problems.locked)
      return outcome.ok ? { ok: true, value: output.parse(outcome.value) } : outcome
    } catch (error) {
      ports.report(channel, 'internal', error)
      return fail(problems.internal)
    }
  })
}
