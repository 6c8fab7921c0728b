import type { z } from 'zod'
import type { Outcome } from '../../../domain/problem.ts'
import { lockedProblem } from '../../while-unlocked.ts'
import type { ConnectTarget } from '../connector.ts'
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

  async function authorised(path: string, request: HttpRequest): Promise<Answered<HttpAnswer>> {
    if (isPlain || isDoubtful) {
      const answering = await whoAnswers(request.signal)
      if (!answering.ok) return { ...answering, mayHaveActed: false }
      isDoubtful = false
    }
    const answer = await exchange(target.fetch, apiUrl(target, path), {
      ...request,
      headers: { authorization: `Bearer ${token}`, ...request.headers },
    })
    if (!answer.ok) isDoubtful = true
    return answer
  }

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
