import type { z } from 'zod'
import { fail, type Outcome, succeed } from '../../../domain/problem.ts'
import { lockedProblem } from '../../while-unlocked.ts'
import type { ConnectTarget } from '../connector.ts'
import { listenToStream, type StreamEar } from '../http/event-stream.ts'
import { type Answered, exchange, type HttpAnswer, type HttpRequest, readBody } from '../http/exchange.ts'
import { explainRefusal } from './problems.ts'

/** Sent with reads that the admin has not just asked for, so that Curfew alone never keeps its session alive (service/README.md). */
export const passive = { 'Session-Activity': 'passive' } as const

export interface ApiRequest extends Omit<HttpRequest, 'signal'> {
  /** The statuses that are an answer and no problem; 200 where left out. */
  readonly expect?: readonly number[]
  /** Once sent it finishes, whatever becomes of the connection: somebody wants to know what the server did. */
  readonly outlastsLock?: boolean
}

/**
 * Calls with the session's token, JSON both ways. Whatever is not the service's own answer with an expected status is a
 * problem.
 */
export interface Api {
  call(path: string, request?: ApiRequest): Promise<Answered<HttpAnswer>>
  read<T>(path: string, schema: z.ZodType<T>, request?: ApiRequest): Promise<Outcome<T>>
  /** Listens to a stream of events until it ends. It never counts as activity. */
  listen(path: string, after: string | undefined, ear: StreamEar): Promise<Outcome<undefined>>
  /** The headers of a call that only looks: passive unless the admin has just done something. */
  looking(): Readonly<Record<string, string>>
  /** The connection has ended: nothing further is sent but the farewell. */
  readonly hasEnded: boolean
  /** The farewell, once everything that outlasts a lock was answered. */
  signOut(): Promise<void>
}

export function apiUrl(target: ConnectTarget, path: string): string {
  return `${target.baseUrl}/api/v1${path}`
}

/**
 * @param whoAnswers asks, without the token, whether the server that the token is from still answers at its address.
 *   Over `https` the certificate tells that on every connection, so it is asked only after something broke off; over
 *   `http`, which is this computer only, any program may have taken the port, so it is asked before every request
 */
export function createApi(
  target: ConnectTarget,
  token: string,
  whoAnswers: (signal: AbortSignal | undefined) => Promise<Outcome<unknown>>,
): Api {
  const isPlain = target.baseUrl.startsWith('http:')
  let isDoubtful = false

  /** Has `ask` send the token, once it is known who answers. */
  async function asMe<T>(
    signal: AbortSignal | undefined,
    ask: (authorization: Readonly<Record<string, string>>) => Promise<Answered<T>>,
  ): Promise<Answered<T>> {
    if (isPlain || isDoubtful) {
      const answering = await whoAnswers(signal)
      if (!answering.ok) return { ...answering, mayHaveActed: false }
      isDoubtful = false
    }
    const answer = await ask({ authorization: `Bearer ${token}` })
    if (!answer.ok) isDoubtful = true
    return answer
  }

  const authorised = (path: string, request: HttpRequest) =>
    asMe(request.signal, (authorization) =>
      exchange(target.fetch, apiUrl(target, path), {
        ...request,
        headers: { ...authorization, ...request.headers },
      }),
    )

  const lasting = new Set<Promise<unknown>>()
  const api: Api = {
    async call(path, { expect = [200], outlastsLock = false, ...request } = {}) {
      if (target.signal.aborted) return { ok: false, problem: lockedProblem, mayHaveActed: false }
      const asked = authorised(path, { ...request, ...(!outlastsLock && { signal: target.signal }) })
      if (outlastsLock) lasting.add(asked)
      const answer = await asked.finally(() => lasting.delete(asked))
      if (!answer.ok) return answer
      const { status, content } = answer.value
      if (expect.includes(status) && (content === 'json' || status === 204)) return answer
      const { problem, own } = explainRefusal(answer.value)
      // A fault within the service can come after it has acted.
      return { ok: false, problem, mayHaveActed: !own || answer.value.status >= 500 }
    },
    async read(path, schema, request = {}) {
      const answer = await api.call(path, request)
      return answer.ok ? readBody(answer.value, schema) : answer
    },
    async listen(path, after, ear) {
      const { signal } = target
      if (signal.aborted) return fail(lockedProblem)
      const heard = await asMe(signal, (authorization) => {
        const resumed = after !== undefined && { 'last-event-id': after }
        const headers = { ...authorization, ...passive, ...resumed }
        return listenToStream(target.fetch, apiUrl(target, path), { headers, signal }, ear)
      })
      if (!heard.ok) return heard
      return heard.value ? fail(explainRefusal(heard.value).problem) : succeed(undefined)
    },
    get hasEnded() {
      return target.signal.aborted
    },
    looking: () => (target.adminIsHere?.() === false ? passive : {}),
    async signOut() {
      await Promise.allSettled(lasting)
      await authorised('/sign-out', { method: 'POST' })
    },
  }
  return api
}
