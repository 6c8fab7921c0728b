import { z } from 'zod'
import { FieldProblem, type Problem } from '../../../domain/problem.ts'
import { SessionEndReason } from '../../../domain/session.ts'
import type { HttpAnswer } from '../http/exchange.ts'
import { explainForeign, tryAgainIn } from '../http/foreign-answer.ts'

/** The service's problem document (RFC 9457), as far as Curfew acts on it. */
const ProblemDocument = z.object({
  code: z.string(),
  title: z.string().optional(),
  detail: z.string().optional(),
  reason: SessionEndReason.optional(),
  permission: z.string().optional(),
  errors: z.array(FieldProblem).optional(),
})

/** What should answer, in words. */
const product = 'a session service'

const endedBecause: Record<SessionEndReason, string> = {
  idle: 'Curfew’s session on this server ended because it was inactive.',
  maximum: 'Curfew’s session on this server reached its maximum duration.',
  revoked: 'Curfew’s session on this server was revoked.',
  'signed-out': 'Curfew was signed out of this server.',
  expired: 'Curfew’s session on this server expired.',
  disabled: 'The account that Curfew uses on this server is disabled.',
  displaced: 'Curfew’s session on this server ended because its account has signed in many times since.',
}

/** The codes that the service gives. Others are its own only in the type that problems have. */
const ownCodes: readonly string[] = [
  'not-signed-in',
  'session-ended',
  'invalid-credentials',
  'forbidden',
  'not-found',
  'exists',
  'too-many',
  'conflict',
  'too-large',
  'not-json',
  'invalid',
  'precondition-required',
  'throttled',
  'headers-too-large',
  'internal',
  'unavailable',
]
const longestWords = 500

/** What a refusal means, and whether it is the service's own: then it has decided, and has done nothing. */
export function explainRefusal(
  answer: HttpAnswer,
  firstContact = false,
): { readonly problem: Problem; readonly own: boolean } {
  const parsed = ProblemDocument.safeParse(answer.body)
  const { data } = parsed
  const isTyped = /problem\+json/i.test(answer.headers.get('content-type') ?? '')
  return data && answer.status >= 400 && (isTyped || ownCodes.includes(data.code))
    ? { problem: explainOwn(data, answer), own: true }
    : { problem: explainForeign(answer, product, firstContact), own: false }
}

function explainOwn(document: z.infer<typeof ProblemDocument>, answer: HttpAnswer): Problem {
  const { code, detail, title, reason, permission, errors } = document
  const words = (detail ?? title ?? `The server answered with status ${answer.status}.`).slice(
    0,
    longestWords,
  )
  const { retryAfterSeconds } = answer
  const pause = retryAfterSeconds !== undefined && { retryAfterSeconds }
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
    case 'throttled':
      return {
        code: 'throttled',
        message: `The server wants a pause after several attempts. ${tryAgainIn(retryAfterSeconds)}`,
        ...pause,
      }
    default:
      return { code: 'server-error', message: words, ...pause }
  }
}
