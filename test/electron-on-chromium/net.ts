import { handlerFor } from './protocol.ts'
import type { StandInWebRequest } from './web-request.ts'

/** Chromium's names for what Node's codes say. */
const networkErrors: readonly (readonly [node: RegExp, chromium: string])[] = [
  [/^ECONNREFUSED$/, 'net::ERR_CONNECTION_REFUSED'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'net::ERR_NAME_NOT_RESOLVED'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'net::ERR_CONNECTION_TIMED_OUT'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'net::ERR_CONNECTION_RESET'],
  [/^CERT_HAS_EXPIRED$/, 'net::ERR_CERT_DATE_INVALID'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'net::ERR_CERT_COMMON_NAME_INVALID'],
  [/CERT|UNABLE_TO_/, 'net::ERR_CERT_AUTHORITY_INVALID'],
]

/** Node's `fetch failed` in the words of Electron's `net`; whatever else it is stays as it is. */
function asChromiumSays(error: unknown): unknown {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error
  const { message, code = '' } = error.cause as NodeJS.ErrnoException
  if (message.includes('redirect')) return new Error("Attempted to redirect, but redirect policy was 'error'")
  const known = networkErrors.find(([node]) => node.test(code))
  return known ? new Error(known[1]) : new Error('net::ERR_FAILED', { cause: error })
}

export type FetchInit = RequestInit & { bypassCustomProtocolHandlers?: boolean }

/** Electron's `fetch` of a session: what its `webRequest` cancels is not sent. */
export async function fetchIn(
  webRequest: StandInWebRequest,
  input: string | Request,
  { bypassCustomProtocolHandlers, ...init }: FetchInit = {},
): Promise<Response> {
  const request = new Request(input, init)
  const { url, method, redirect } = request
  if (await webRequest.cancels({ url, method, resourceType: 'other' }))
    throw new Error('net::ERR_BLOCKED_BY_CLIENT')
  const handler = bypassCustomProtocolHandlers ? undefined : handlerFor(url)
  if (handler) return handler(request)
  const response = await fetch(request).catch((error: unknown) => {
    throw asChromiumSays(error)
  })
  // Electron cancels a redirect that nobody follows, where Node would hand over the redirect itself (electron#43715).
  const isRedirect = response.status >= 300 && response.status < 400 && response.headers.has('location')
  if (redirect === 'manual' && isRedirect) {
    await response.body?.cancel()
    throw new Error('Redirect was cancelled')
  }
  return response
}
