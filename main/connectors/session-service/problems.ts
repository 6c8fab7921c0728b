import { z } from 'zod'
import { FieldProblem, type Problem } from '../../../domain/problem.ts'
import { SessionEndReason } from '../../../domain/session.ts'
import type { HttpAnswer } from '../http-client.ts'

/** The service's problem document (RFC 9457), as far as Curfew acts on it. */
const ProblemDocument = z.object({
  code: z.string(),
  title: z.string().optional(),
  detail: z.string().optional(),
  reason: SessionEndReason.optional(),
  permission: z.string().optional(),
  errors: z.array(FieldProblem).optional(),
})

const endedBecause: Record<SessionEndReason, string> = {
  idle: 'Curfew’s session on this server ended because it was inactive.',
  maximum: 'Curfew’s session on this server reached its maximum duration.',
  revoked: 'Curfew’s session on this server was revoked.',
  'signed-out': 'Curfew was signed out of this server.',
  expired: 'Curfew’s session on this server expired.',
  disabled: 'The account that Curfew uses on this server is disabled.',
}

/** What a refusal of the session service means. */
export function explainRefusal(answer: HttpAnswer): Problem {
  const parsed = ProblemDocument.safeParse(answer.body)
  if (!parsed.success)
    return {
      code: answer.status >= 500 ? 'server-error' : 'not-this-product',
      message:
        answer.status >= 500
          ? `The server failed with status ${answer.status}. Nothing was changed; try again.`
          : 'What answers there is not a session service. Check the address.',
    }
  const { code, detail, title, reason, permission, errors } = parsed.data
  const words = detail ?? title ?? `The server answered with status ${answer.status}.`
  switch (code) {
    case 'invalid-credentials':
      return { code: 'invalid-credentials', message: 'The user name or the password is wrong.' }
    case 'not-signed-in':
      return { code: 'sign-in-needed', message: 'Curfew is not signed in to this server.' }
    case 'session-ended':
      return { code: 'sign-in-needed', message: endedBecause[reason ?? 'expired'] }
    case 'forbidden':
      return { code: 'refused', message: words, ...(permission !== undefined && { permission }) }
    case 'not-found':
      return { code: 'not-found', message: words }
    case 'invalid':
      return { code: 'invalid', message: words, errors: errors ?? [] }
    case 'throttled': {
      const retryAfterSeconds = Number(answer.headers.get('retry-after') ?? 1) || 1
      return {
        code: 'throttled',
        message: `The server wants a pause after several attempts. Try again in ${retryAfterSeconds} s.`,
        retryAfterSeconds,
      }
    }
    default:
      return { code: 'server-error', message: words }
  }
}
