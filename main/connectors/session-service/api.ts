import type { z } from 'zod'
import { fail, type Outcome } from '../../../domain/problem.ts'
import type { ConnectTarget } from '../connector.ts'
import { exchange, type HttpAnswer, type HttpRequest, readBody } from '../http-client.ts'
import { explainRefusal } from './problems.ts'

/** What nobody has just asked for carries it, so that Curfew alone never keeps its session alive (service/README.md). */
export const passive = { 'Session-Activity': 'passive' } as const

export interface ApiRequest extends Omit<HttpRequest, 'signal'> {
  /** The statuses that are an answer and no problem; 200 where left out. */
  readonly expect?: readonly number[]
  /** Once sent it finishes, whatever becomes of the connection: somebody wants to know what the server did. */
  readonly outlastsLock?: boolean
}

/** Calls with the session's token, JSON both ways; any status but the expected ones is a problem. */
export interface Api {
  call(path: string, request?: ApiRequest): Promise<Outcome<HttpAnswer>>
  read<T>(path: string, schema: z.ZodType<T>, request?: ApiRequest): Promise<Outcome<T>>
  /** The headers of a call that only looks: passive unless the admin has just done something. */
  looking(): Readonly<Record<string, string>>
  /** The farewell, once everything that outlasts a lock was answered. */
  signOut(): Promise<void>
}

export function apiUrl(target: ConnectTarget, path: string): string {
  return `${target.baseUrl}/api/v1${path}`
}

export function createApi(target: ConnectTarget, token: string): Api {
  const authorised = (path: string, request: HttpRequest) =>
    exchange(target.fetch, apiUrl(target, path), {
      ...request,
      headers: { authorization: `Bearer ${token}`, ...request.headers },
    })
  const lasting = new Set<Promise<unknown>>()
  const api: Api = {
    async call(path, { expect = [200], outlastsLock = false, ...request } = {}) {
      const asked = authorised(path, { ...request, ...(!outlastsLock && { signal: target.signal }) })
      if (outlastsLock) lasting.add(asked)
      const answer = await asked.finally(() => lasting.delete(asked))
      if (!answer.ok || expect.includes(answer.value.status)) return answer
      return fail(explainRefusal(answer.value))
    },
    async read(path, schema, request = {}) {
      const answer = await api.call(path, request)
      return answer.ok ? readBody(answer.value, schema) : answer
    },
    looking: () => (target.adminIsHere?.() === false ? passive : {}),
    async signOut() {
      await Promise.allSettled(lasting)
      await authorised('/sign-out', { method: 'POST' })
    },
  }
  return api
}
