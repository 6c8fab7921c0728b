import { X509Certificate } from 'node:crypto'
import { createConnection, type Socket } from 'node:net'
import { connect, type PeerCertificate } from 'node:tls'
import { handlerFor } from './protocol.ts'
import type { StandInWebRequest } from './web-request.ts'

type VerifyProc = ((request: Electron.Request, callback: (verificationResult: number) => void) => void) | null

interface Dispatcher {
  readonly close: () => Promise<void>
}
interface ConnectOptions {
  readonly hostname: string
  readonly host?: string
  readonly port: string
  readonly protocol: string
  readonly servername?: string
}
type ConnectCallback = (error: Error | null, socket: Socket | null) => void
interface AgentOptions {
  readonly connect: (options: ConnectOptions, callback: ConnectCallback) => void
}

let verifyProc: VerifyProc = null
let verifyingAgent: Dispatcher | undefined

/** Electron's `setCertificateVerifyProc`, for what `net.fetch` connects to. */
export function verifyCertificatesWith(proc: VerifyProc): void {
  verifyProc = proc
  verifyingAgent = undefined
}

/** Node's `fetch` keeps its agent's class to itself; its global agent gives it away. */
function createVerifyingAgent(): Dispatcher {
  const agent = (globalThis as Record<symbol, unknown>)[Symbol.for('undici.globalDispatcher.1')] as object
  const Agent = agent.constructor as new (options: AgentOptions) => Dispatcher
  return new Agent({ connect: connectVerified })
}

function connectVerified(options: ConnectOptions, callback: ConnectCallback): void {
  const { hostname, port } = options
  if (options.protocol === 'http:') {
    const plain = createConnection({ host: hostname, port: Number(port || 80) })
    plain.once('error', (error) => callback(error, null))
    plain.once('connect', () => callback(null, plain))
    return
  }
  const socket = connect({
    host: hostname,
    port: Number(port || 443),
    ...(/^[\d.]+$|:/.test(hostname) ? {} : { servername: options.servername ?? hostname }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: false,
  })
  const fail = (error: Error) => callback(error, null)
  socket.once('error', fail)
  socket.once('secureConnect', () => {
    socket.off('error', fail)
    const isTrusted = socket.authorized
    const conclude = (verdict: number) => {
      if (verdict === 0 || (verdict === -3 && isTrusted)) return callback(null, socket)
      socket.destroy()
      return callback(new Error('net::ERR_CERT_AUTHORITY_INVALID'), null)
    }
    if (!verifyProc) return conclude(-3)
    const error = socket.authorizationError as unknown
    const certificate = toCertificate(socket.getPeerCertificate(true))
    verifyProc(
      {
        hostname,
        certificate,
        validatedCertificate: certificate,
        isIssuedByKnownRoot: isTrusted,
        verificationResult: isTrusted ? 'net::OK' : `net::ERR_CERT_AUTHORITY_INVALID (${String(error)})`,
        errorCode: isTrusted ? 0 : -202,
      },
      conclude,
    )
  })
}

function toCertificate(peer: PeerCertificate): Electron.Certificate {
  const x509 = new X509Certificate(peer.raw)
  const person = (name: PeerCertificate['subject']) => ({
    commonName: String(name?.CN ?? ''),
    organizations: [String(name?.O ?? '')].filter((text) => text !== ''),
    organizationUnits: [],
    locality: '',
    state: '',
    country: '',
  })
  const fingerprint = Buffer.from(x509.fingerprint256.replaceAll(':', ''), 'hex').toString('base64')
  return {
    data: x509.toString(),
    fingerprint: `sha256/${fingerprint}`,
    issuer: person(peer.issuer),
    issuerName: String(peer.issuer?.CN ?? ''),
    subject: person(peer.subject),
    subjectName: String(peer.subject?.CN ?? ''),
    serialNumber: peer.serialNumber,
    validStart: Date.parse(peer.valid_from) / 1000,
    validExpiry: Date.parse(peer.valid_to) / 1000,
  } as unknown as Electron.Certificate
}

/** Chromium's names for what Node's codes say. */
const networkErrors: readonly (readonly [node: RegExp, chromium: string])[] = [
  [/^ECONNREFUSED$/, 'net::ERR_CONNECTION_REFUSED'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'net::ERR_NAME_NOT_RESOLVED'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'net::ERR_CONNECTION_TIMED_OUT'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'net::ERR_CONNECTION_RESET'],
  [/^(EHOSTUNREACH|ENETUNREACH)$/, 'net::ERR_ADDRESS_UNREACHABLE'],
  [/^CERT_HAS_EXPIRED$/, 'net::ERR_CERT_DATE_INVALID'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'net::ERR_CERT_COMMON_NAME_INVALID'],
  [/CERT|UNABLE_TO_/, 'net::ERR_CERT_AUTHORITY_INVALID'],
  [/^ERR_SSL_/, 'net::ERR_SSL_PROTOCOL_ERROR'],
]

/** Node's `fetch failed` in the words of Electron's `net`; whatever else it is stays as it is. */
function asChromiumSays(error: unknown): unknown {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error
  const { message, code = '' } = error.cause as NodeJS.ErrnoException
  if (message.startsWith('net::')) return new Error(message)
  if (message.includes('redirect')) return new Error("Attempted to redirect, but redirect policy was 'error'")
  const known = networkErrors.find(([node]) => node.test(code))
  return known ? new Error(known[1]) : new Error('net::ERR_FAILED', { cause: error })
}

export type FetchInit = RequestInit & { bypassCustomProtocolHandlers?: boolean }

/** Electron's `fetch` of a session: what its `webRequest` cancels is not sent. */
export async function fetchIn(
  webRequest: StandInWebRequest,
  input: string | Request,
  init: FetchInit = {},
): Promise<Response> {
  const { bypassCustomProtocolHandlers, ...rest } = init
  const url = typeof input === 'string' ? input : input.url
  const details = { url, resourceType: 'other', method: rest.method ?? 'GET' }
  const { cancel } = await webRequest.ask<{ cancel: boolean }>('onBeforeRequest', details)
  if (cancel) throw new Error('net::ERR_BLOCKED_BY_CLIENT')
  const handler = bypassCustomProtocolHandlers ? undefined : handlerFor(url)
  if (handler) return handler(new Request(input, rest))
  if (verifyProc && url.startsWith('https:')) verifyingAgent ??= createVerifyingAgent()
  const response = await fetch(input, {
    ...rest,
    ...(verifyProc && url.startsWith('https:') && { dispatcher: verifyingAgent }),
  } as RequestInit).catch((error: unknown) => {
    throw asChromiumSays(error)
  })
  const redirect = rest.redirect ?? (typeof input === 'string' ? 'follow' : input.redirect)
  // Electron cancels a redirect that nobody follows, where Node would hand over the redirect itself (electron#43715).
  if (
    redirect === 'manual' &&
    response.status >= 300 &&
    response.status < 400 &&
    response.headers.has('location')
  ) {
    await response.body?.cancel()
    throw new Error('Redirect was cancelled')
  }
  return response
}
