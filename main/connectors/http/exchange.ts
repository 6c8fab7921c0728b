import type { z } from 'zod'
import { fail, type Outcome, type Problem, succeed } from '../../../domain/problem.ts'
import type { Fetch } from '../connector.ts'
import { BrokenOff, readAnswer, TooMuch } from './read-answer.ts'
import { readRetryAfter } from './retry-after.ts'
import { WrongKey } from './wrong-key.ts'

/** An answer of a server or of something in front of it, read whole. */
export interface HttpAnswer {
  /** Whose answer it is, as the address has it: `sessions.example.com:8443`. */
  readonly host: string
  readonly status: number
  readonly headers: Headers
  /** Whether the body was JSON, nothing, or something else. */
  readonly content: 'json' | 'empty' | 'other'
  /** What JSON it held, or `undefined`. */
  readonly body: unknown
  /** The pause that was asked for, where it can be meant. */
  readonly retryAfterSeconds: number | undefined
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Ends the request early, on top of the time-out. */
  readonly signal?: AbortSignal
  /** Nobody has answered there yet, so that the address itself may be wrong. */
  readonly firstContact?: boolean
}

/**
 * What a request came to. Where it failed, `mayHaveActed` is whether the server may have heard of it all the same: only
 * its own refusal, or that nothing was sent, says that it has not.
 */
export type Answered<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem; readonly mayHaveActed: boolean }

/** How long an answer may take to its last byte. */
export const timeoutMs = 15_000

/** Certificate faults as Node (`cause.code`) and Chromium's network stack (`net::ERR_CERT_…`) name them. */
const certificateFault =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|ERR_TLS_CERT_ALTNAME_INVALID|ERR_SSL_(?!PROTOCOL)/
/** No connection came about, in the words of both: the server has heard of nothing. */
const neverConnected =
  /bad port|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E(HOST|NET)UNREACH|CONNECT_TIMEOUT|ERR_(UNSAFE_PORT|CONNECTION_(REFUSED|TIMED_OUT)|NAME_NOT_RESOLVED|ADDRESS_UNREACHABLE|INTERNET_DISCONNECTED|PROXY_CONNECTION_FAILED|TUNNEL_CONNECTION_FAILED)/
/** There was a connection, and it ended. */
const brokeOff =
  /RESET|EPIPE|SOCKET|HPE_|closed|terminated|ERR_(EMPTY|INCOMPLETE|CONTENT_LENGTH|CONNECTION_CLOSED)/

/**
 * One HTTP exchange with a server, JSON both ways.
 *
 * Redirects are not followed, so that a credential never travels to an address nobody chose. Silence, refusal, an
 * untrusted certificate and an answer without end are outcomes; any status is an answer.
 */
export async function exchange(
  fetch: Fetch,
  url: string,
  request: HttpRequest = {},
): Promise<Answered<HttpAnswer>> {
  const signal = AbortSignal.any([
    AbortSignal.timeout(timeoutMs),
    ...(request.signal ? [request.signal] : []),
  ])
  try {
    return { ok: true, value: await readWhole(await send(fetch, url, request, signal), url, signal) }
  } catch (error) {
    return explainFailure(error, hostOf(url), request.firstContact ?? false)
  }
}

/**
 * Sends a request and answers once the head of its answer is there.
 *
 * @throws whatever `fetch` or the signal fails with: {@link explainFailure} knows it
 */
export async function send(
  fetch: Fetch,
  url: string,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Response> {
  // Nothing leaves for what has ended, whichever `fetch` it would be left to.
  signal.throwIfAborted()
  return await fetch(url, {
    method: request.method ?? 'GET',
    headers: {
      accept: 'application/json',
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
      ...request.headers,
    },
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    redirect: 'error',
    credentials: 'omit',
    cache: 'no-store',
    signal,
  })
}

/** Reads an answer to its end. @throws what reading fails with: {@link explainFailure} knows it */
export async function readWhole(response: Response, url: string, signal: AbortSignal): Promise<HttpAnswer> {
  const { status, headers } = response
  const retryAfterSeconds = readRetryAfter(headers.get('retry-after'), serverTime(headers))
  const read = await readAnswer(response, signal)
  return { host: hostOf(url), status, headers, body: undefined, retryAfterSeconds, ...read }
}

/** What the answering clock says, or else this computer's. */
function serverTime(headers: Headers): number {
  return Date.parse(headers.get('date') ?? '') || Date.now()
}

/** What a request failed with, in words; nothing but faults of the way there and back. */
export function explainFailure(error: unknown, host: string, firstContact: boolean): Answered<never> {
  if (error instanceof TooMuch)
    return lost({ code: 'server-error', message: `${host} answered with more than Curfew reads at once.` })
  if (error instanceof BrokenOff)
    return lost({ code: 'unreachable', message: `The connection to ${host} broke off within its answer.` })
  if (error instanceof WrongKey)
    return {
      ok: false,
      problem: {
        code: 'another-certificate',
        message: `${host} shows another certificate than the one that is pinned. Curfew sent nothing. The fingerprint of its key is ${error.shown}; pinned is ${error.pinned}. Ask whoever runs the server whether they have changed it: if so, pin the new one in Settings. If not, somebody may be between you and the server.`,
      },
      mayHaveActed: false,
    }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined
  const text = [error, cause, (cause as NodeJS.ErrnoException | undefined)?.code].map(String).join(' ')
  if (certificateFault.test(text))
    return {
      ok: false,
      problem: {
        code: 'untrusted-certificate',
        message: `This computer does not trust the certificate of ${host}. Curfew sent nothing. Ask whoever runs the server for a certificate from an authority this computer trusts.`,
      },
      mayHaveActed: false,
    }
  if (/redirect/i.test(text))
    return lost(
      firstContact
        ? {
            code: 'not-this-product',
            message: `${host} points to another address, and Curfew does not follow it with a password. Type the address it leads to.`,
          }
        : {
            code: 'gateway',
            message: `A gateway in front of ${host} sends Curfew to another address, as networks do that want a sign-in of their own first. Curfew did not follow it.`,
          },
    )
  if (error instanceof Error && error.name === 'TimeoutError')
    return lost({
      code: 'unreachable',
      message: `${host} did not answer within ${timeoutMs / 1000} seconds.`,
    })
  if (brokeOff.test(text))
    return lost({
      code: 'unreachable',
      message: `The connection to ${host} broke off before it had answered.`,
    })
  return {
    ok: false,
    problem: {
      code: 'unreachable',
      message: `${host} can’t be reached. Check ${firstContact ? 'the address, ' : ''}the network and that the server is running.`,
    },
    mayHaveActed: !neverConnected.test(text),
  }
}

const lost = (problem: Problem): Answered<never> => ({ ok: false, problem, mayHaveActed: true })

/** Whose answer it is, as the address has it. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url
}

/** Holds an answer's body against a schema; what does not fit is the server's fault, said as such. */
export function readBody<T>(answer: HttpAnswer, schema: z.ZodType<T>): Outcome<T> {
  const parsed = schema.safeParse(answer.body)
  return parsed.success
    ? succeed(parsed.data)
    : fail({
        code: 'server-error',
        message: `The answer of ${answer.host} was not what its version promises. It may be newer or older than Curfew knows.`,
      })
}
