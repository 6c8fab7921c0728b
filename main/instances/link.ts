import type { SignIn } from '../../domain/credential.ts'
import type { ConnectionState, SignInReason } from '../../domain/instance.ts'
import { fail, type Outcome, type Problem } from '../../domain/problem.ts'
import { learnt, type Right, type Rights } from '../../domain/rights.ts'
import type { After } from '../clock.ts'
import { type Connection, capabilitiesOf } from '../connectors/connector.ts'
import type { AccessOptions } from './access.ts'
import { waitAfter, wantsPause } from './retry-ladder.ts'

export interface LinkPorts {
  /** Connects to the server, signing in with what is stored or with what was just typed. */
  readonly connect: (options: AccessOptions) => Promise<Outcome<Connection>>
  /** The unlocked period: the link ends with it. */
  readonly period: AbortSignal
  /** Told whenever the state is another. */
  readonly changed: () => void
  readonly after: After
  readonly now: () => Date
}

/** One server's life in one unlocked period: connecting, connected, offline, sign-in needed, until it is ended. */
export interface Link {
  readonly state: ConnectionState
  /** Connects, or joins the attempt that is under way. */
  connect(signIn?: SignIn): Promise<Outcome<Connection>>
  /**
   * Runs `work` on the connection, connecting first if need be, and draws from its outcome how the server is.
   *
   * @param right what the account must be allowed for it: what is only assumed is learnt from the outcome
   */
  use<T>(work: (connection: Connection) => Promise<Outcome<T>>, right?: Right): Promise<Outcome<T>>
  /** Ends it for good, without waiting: what reads is aborted, late answers change nothing, the server is told. */
  end(): void
}

/** How often a connected server is asked whether it still is. */
const checkEveryMs = 15_000
const keychainAgainMs = 2_000

/** One function, because it is one state machine: every part of it moves the same few variables. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one state machine: every part of it moves the same few variables.
export function createLink(ports: LinkPorts): Link {
  let state: ConnectionState = { status: 'connecting' }
  let connection: Connection | undefined
  /** What the account may do, as far as is known by now. */
  let rights: Rights = {}
  let connecting: Promise<Outcome<Connection>> | undefined
  let cancelTimer = () => {}
  let failures = 0
  /** The server has asked to be left alone until then. */
  let pause: { readonly until: number; readonly problem: Problem } | undefined
  /** The stored password has left and come to nothing. */
  let isSpent = false
  let ended = false
  const abort = new AbortController()
  const signal = AbortSignal.any([ports.period, abort.signal])
  const since = () => ports.now().toISOString()

  function become(next: ConnectionState): void {
    state = next
    ports.changed()
  }

  function schedule(milliseconds: number): void {
    cancelTimer()
    cancelTimer = ports.after(milliseconds, () => void check())
  }

  async function check(): Promise<void> {
    const checked = connection
    if (checked === undefined) {
      await connect()
      return
    }
    const outcome = await checked.check()
    if (signal.aborted || connection !== checked) return
    // Whoever asks only whether the server is there has no other use for an answer that is not its own.
    if (outcome.ok) connected(checked)
    else lost(outcome.problem)
  }

  function connected(now: Connection): void {
    isSpent = false
    failures = 0
    pause = undefined
    schedule(checkEveryMs)
    if (state.status === 'connected' && connection === now) return
    if (connection !== now) rights = now.me.rights
    connection = now
    become({
      status: 'connected',
      since: since(),
      serverName: now.server.name,
      serverVersion: now.server.version,
      me: { ...now.me, rights },
      capabilities: [...capabilitiesOf(now)],
      userRoles: [...(now.users?.roles ?? [])],
    })
  }

  function lost(problem: Problem): void {
    const why =
      whySignIn[problem.code] ?? (connection === undefined && isSpent ? 'sign-in-failed' : undefined)
    if (why) {
      connection = undefined
      cancelTimer()
      // The keychain may be unlocked at any time, and looking at it asks nobody for anything.
      if (why.startsWith('keychain-')) schedule(keychainAgainMs)
      if (state.status === 'sign-in-needed' && state.detail === problem.message) return
      become({ status: 'sign-in-needed', since: since(), why, detail: problem.message })
      return
    }
    const wait = waitAfter(problem, failures)
    schedule(wait)
    failures += 1
    pause = wantsPause(problem) ? { until: ports.now().getTime() + wait, problem } : undefined
    if (state.status === 'offline' && state.detail === problem.message) return
    become({
      status: 'offline',
      since: state.status === 'offline' ? state.since : since(),
      detail: problem.message,
    })
  }

  /** Draws from an outcome whether the server is there and the session good. */
  function settle(used: Connection, outcome: Outcome<unknown>): void {
    if (signal.aborted || connection !== used) return
    if (!outcome.ok && isLoss(outcome.problem)) lost(outcome.problem)
    else connected(used)
  }

  /** Draws from an outcome whether the account has a right that the server could not tell of. */
  function learn(right: Right, outcome: Outcome<unknown>): void {
    if (signal.aborted || (!outcome.ok && outcome.problem.code !== 'refused')) return
    const known = learnt(rights, right, outcome.ok ? 'done' : 'refused')
    if (known === rights) return
    rights = known
    if (state.status === 'connected') become({ ...state, me: { ...state.me, rights } })
  }

  /** Single flight: everybody who needs the connection waits for the same attempt. */
  function connect(signIn?: SignIn): Promise<Outcome<Connection>> {
    if (signal.aborted) return Promise.resolve(fail(endedProblem))
    const onSecretSent = () => {
      isSpent = true
    }
    connecting ??= ports
      .connect({ signal, signIn, onSecretSent })
      .then((outcome) => {
        if (signal.aborted) {
          if (outcome.ok) farewell(outcome.value)
          return fail(endedProblem)
        }
        if (outcome.ok) connected(outcome.value)
        else lost(outcome.problem)
        return outcome
      })
      .finally(() => {
        connecting = undefined
      })
    return connecting
  }

  function end(): void {
    if (ended) return
    ended = true
    cancelTimer()
    abort.abort()
    if (connection) farewell(connection)
    connection = undefined
  }

  return {
    get state() {
      return state
    },
    connect,
    async use(work, right) {
      if (signal.aborted) return fail(endedProblem)
      if (state.status === 'sign-in-needed') return fail({ code: 'sign-in-needed', message: state.detail })
      if (!connection && pause && ports.now().getTime() < pause.until) return fail(pause.problem)
      const made: Outcome<Connection> = connection ? { ok: true, value: connection } : await connect()
      if (!made.ok) return made
      if (signal.aborted) return fail(endedProblem)
      const outcome = await work(made.value)
      settle(made.value, outcome)
      if (right) learn(right, outcome)
      return outcome
    },
    end,
  }
}

const endedProblem = { code: 'no-such-instance', message: 'This connection was ended.' } as const

/** The problems that call for signing in, and why. */
const whySignIn: Readonly<Partial<Record<Problem['code'], SignInReason>>> = {
  'sign-in-needed': 'session-ended',
  'invalid-credentials': 'credentials-refused',
  'password-needed': 'password-needed',
  'keychain-locked': 'keychain-locked',
  'keychain-unavailable': 'keychain-unavailable',
  'another-server': 'another-server',
  'changed-outside': 'changed-outside',
}

const lossCodes: readonly Problem['code'][] = [
  'unreachable',
  'untrusted-certificate',
  'another-certificate',
  'gateway',
  'not-known',
  'not-this-product',
  'sign-in-needed',
  'another-server',
  'not-proven',
]

/** Problems that say something of the connection, not of the request. */
function isLoss(problem: Problem): boolean {
  return lossCodes.includes(problem.code)
}

/** Signs out without waiting: whether the server hears it must not hold up anything. */
function farewell(connection: Connection): void {
  connection.close().catch(() => {})
}
