import { STATUS_CODES } from 'node:http'
import type { FieldProblem } from '../../domain/problem.ts'
import type { SessionEndReason } from '../../domain/session.ts'

/** Every code a caller can meet, with its status. */
export const problemStatus = {
  'bad-request': 400,
  'not-signed-in': 401,
  'session-ended': 401,
  'invalid-credentials': 401,
  forbidden: 403,
  'fresh-sign-in-needed': 403,
  'not-found': 404,
  exists: 409,
  'too-many': 409,
  conflict: 412,
  'too-large': 413,
  'not-json': 415,
  misdirected: 421,
  invalid: 422,
  'precondition-required': 428,
  throttled: 429,
  'headers-too-large': 431,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<string, number>
export type ProblemCode = keyof typeof problemStatus

export interface ProblemMore {
  readonly reason?: SessionEndReason
  readonly permission?: string
  readonly current?: unknown
  readonly errors?: readonly FieldProblem[]
  /** Sent as headers. */
  readonly headers?: Readonly<Record<string, string>>
}

const titles: Record<ProblemCode, string> = {
  'bad-request': 'Not a request',
  'not-signed-in': 'Sign-in needed',
  'session-ended': 'Session ended',
  'invalid-credentials': 'Wrong username or password',
  forbidden: 'Not allowed',
  'fresh-sign-in-needed': 'Password needed again',
  'not-found': 'Not found',
  exists: 'Already there',
  'too-many': 'Too many sessions',
  conflict: 'Changed by someone else',
  'too-large': 'Too large',
  'not-json': 'Not JSON',
  misdirected: 'Another server was asked for',
  invalid: 'Not valid',
  'precondition-required': 'If-Match needed',
  throttled: 'Too many attempts',
  'headers-too-large': 'Headers too large',
  internal: 'Something went wrong',
  unavailable: 'Not available',
}

/** An answer that is not what was asked for, as RFC 9457 has it. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly more: ProblemMore

  constructor(code: ProblemCode, detail: string, more: ProblemMore = {}) {
    super(detail)
    this.code = code
    this.more = more
  }

  get status(): number {
    return problemStatus[this.code]
  }

  /** The body, `application/problem+json`. */
  toJSON(): Record<string, unknown> {
    const { headers: _, ...more } = this.more
    return {
      type: `urn:curfew:problem:${this.code}`,
      title: titles[this.code] ?? STATUS_CODES[this.status],
      status: this.status,
      detail: this.message,
      code: this.code,
      ...more,
    }
  }
}

/** A problem with one field. */
export function invalidField(field: string, code: string, message: string): Problem {
  return new Problem('invalid', message, { errors: [{ field, code, message }] })
}
