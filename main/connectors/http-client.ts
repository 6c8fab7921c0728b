import type { z } from 'zod'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { Fetch } from './connector.ts'

/** An answer of a server, read whole. `body` is what JSON it held, or `undefined`. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Ends the request early, on top of the time-out. */
  readonly signal?: AbortSignal
}

const timeoutMs = 15_000
const maxBodyBytes = 16 * 1024 * 1024

/** Certificate faults as Node (`cause.code`) and Chromium's network stack (`net::ERR_CERT_…`) name them. */
const certificateFault =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|ERR_TLS_CERT_ALTNAME_INVALID|ERR_SSL_(?!PROTOCOL)/

/**
 * One HTTP exchange with a server, JSON both ways.
 *
 * Redirects are not followed, so that a credential never travels to an address nobody chose. Silence, refusal
 * and an untrusted certificate are outcomes; any status is an answer.
 */
export async function exchange(
  fetch: Fetch,
  url: string,
  request: HttpRequest = {},
): Promise<Outcome<HttpAnswer>> {
  const signal = AbortSignal.any([
    AbortSignal.timeout(timeoutMs),
    ...(request.signal ? [request.signal] : []),
  ])
  try {
    const response = await fetch(url, {
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
    if (Number(response.headers.get('content-length') ?? 0) > maxBodyBytes)
      return fail({
        code: 'server-error',
        message: `${host(url)} answered with more than Curfew reads at once.`,
      })
    const text = await response.text()
    return succeed({ status: response.status, headers: response.headers, body: readJson(text) })
  } catch (error) {
    return fail(explainFailure(error, url))
  }
}

function explainFailure(error: unknown, url: string) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined
  const text = [error, cause, (cause as NodeJS.ErrnoException | undefined)?.code].map(String).join(' ')
  if (certificateFault.test(text))
    return {
      code: 'untrusted-certificate',
      message: `This computer does not trust the certificate of ${host(url)}. Curfew sent nothing. Ask whoever runs the server for a certificate from an authority this computer trusts.`,
    } as const
  if (/redirect/i.test(text))
    return {
      code: 'not-this-product',
      message: `${host(url)} points to another address, and Curfew does not follow it with a password. Type the address it leads to.`,
    } as const
  return {
    code: 'unreachable',
    message: `${host(url)} can’t be reached. Check the address, the network and that the server is running.`,
  } as const
}

function host(url: string): string {
  return URL.parse(url)?.host ?? url
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Holds an answer's body against a schema; what does not fit is the server's fault, said as such. */
export function readBody<T>(answer: HttpAnswer, schema: z.ZodType<T>): Outcome<T> {
  const parsed = schema.safeParse(answer.body)
  return parsed.success
    ? succeed(parsed.data)
    : fail({
        code: 'server-error',
        message:
          'The server’s answer was not what its version promises. It may be newer or older than Curfew knows.',
      })
}
