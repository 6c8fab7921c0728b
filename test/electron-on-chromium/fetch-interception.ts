import { STATUS_CODES } from 'node:http'
import type { CdpSession, Protocol } from './cdp.ts'
import { originMap } from './origin-map.ts'
import { handlerFor } from './protocol.ts'
import type { StandInWebRequest } from './web-request.ts'

type Paused = Protocol.Fetch.requestPausedPayload
type HeaderEntry = Protocol.Fetch.HeaderEntry

const resourceTypes: Readonly<Record<string, string>> = {
  Stylesheet: 'stylesheet',
  Script: 'script',
  Image: 'image',
  Font: 'font',
  XHR: 'xhr',
  Fetch: 'xhr',
  Ping: 'ping',
  CSPViolationReport: 'cspReport',
  Media: 'media',
  WebSocket: 'webSocket',
}

let lastRequestId = 0

/** Where a request comes from, as the hooks see it. */
export interface RequestOrigin {
  readonly webContents: { readonly id: number } | undefined
  readonly frame: object | null
  readonly isMainFrame: boolean
}

/**
 * Answers one paused request: the app's hooks first, then its protocol handler, and only then the network.
 *
 * @throws only when Chromium has given the request up meanwhile
 */
export async function answerRequest(
  session: CdpSession,
  paused: Paused,
  webRequest: StandInWebRequest,
  origin: RequestOrigin,
): Promise<void> {
  const { requestId, request } = paused
  const { Referer: referrer = '' } = request.headers
  const url = originMap.toApp(request.url)
  lastRequestId += 1
  const details = {
    id: lastRequestId,
    url,
    method: request.method,
    resourceType:
      paused.resourceType === 'Document'
        ? origin.isMainFrame
          ? 'mainFrame'
          : 'subFrame'
        : (resourceTypes[paused.resourceType] ?? 'other'),
    referrer: originMap.toApp(referrer),
    timestamp: Date.now(),
    webContentsId: origin.webContents?.id,
    webContents: origin.webContents,
    frame: origin.frame,
  }
  const fail = (errorReason: Protocol.Network.ErrorReason) =>
    session.send('Fetch.failRequest', { requestId, errorReason })

  if (paused.responseStatusCode !== undefined || paused.responseErrorReason !== undefined) {
    await passResponse(session, paused, webRequest, details)
    return
  }

  const before = await webRequest.ask<Electron.CallbackResponse>('onBeforeRequest', details)
  if (before.cancel) {
    await fail('BlockedByClient')
    return
  }
  if (before.redirectURL) {
    const location = originMap.toChromium(before.redirectURL)
    await session.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: 307,
      responseHeaders: [{ name: 'location', value: location }],
    })
    return
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, originMap.toApp(value)]),
  )
  const beforeSend = await webRequest.ask<Electron.BeforeSendResponse>('onBeforeSendHeaders', {
    ...details,
    ...{ requestHeaders: headers },
  })
  if (beforeSend.cancel) {
    await fail('BlockedByClient')
    return
  }

  const handler = handlerFor(url)
  if (!handler) {
    await session.send('Fetch.continueRequest', {
      requestId,
      interceptResponse: webRequest.has('onHeadersReceived'),
      ...(beforeSend.requestHeaders && { headers: toEntries(beforeSend.requestHeaders) }),
    })
    return
  }
  let response: Response
  try {
    response = await handler(toRequest(url, request, beforeSend.requestHeaders ?? headers))
  } catch (error) {
    console.error(error)
    await fail('Failed')
    return
  }
  const body = Buffer.from(await response.arrayBuffer())
  const received = await receiveHeaders(webRequest, details, response.status, [...response.headers])
  if (received.cancel) {
    await fail('BlockedByClient')
    return
  }
  const responsePhrase = response.statusText || STATUS_CODES[response.status]
  await session.send('Fetch.fulfillRequest', {
    requestId,
    responseCode: response.status,
    ...(responsePhrase && { responsePhrase }),
    responseHeaders: received.headers.map(({ name, value }) => ({
      name,
      value: originMap.headerToChromium(
        name.toLowerCase() === 'location' ? originMap.toChromium(value) : value,
      ),
    })),
    body: body.toString('base64'),
  })
}

async function passResponse(
  session: CdpSession,
  paused: Paused,
  webRequest: StandInWebRequest,
  details: { readonly url: string; readonly resourceType: string },
): Promise<void> {
  const { requestId, responseStatusCode = 0, responseHeaders = [] } = paused
  if (paused.responseErrorReason !== undefined) {
    await session.send('Fetch.continueResponse', { requestId })
    return
  }
  const pairs = responseHeaders.map(({ name, value }) => [name, value] as const)
  const received = await receiveHeaders(webRequest, details, responseStatusCode, pairs)
  if (received.cancel) await session.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' })
  else {
    await session.send('Fetch.continueResponse', {
      requestId,
      responseCode: responseStatusCode,
      responseHeaders: [...received.headers],
    })
  }
}

async function receiveHeaders(
  webRequest: StandInWebRequest,
  details: { readonly url: string; readonly resourceType: string },
  statusCode: number,
  pairs: readonly (readonly [name: string, value: string])[],
): Promise<{ readonly cancel: boolean; readonly headers: readonly HeaderEntry[] }> {
  const headers = pairs.map(([name, value]) => ({ name, value }))
  if (!webRequest.has('onHeadersReceived')) return { cancel: false, headers }
  const responseHeaders: Record<string, string[]> = {}
  for (const { name, value } of headers) responseHeaders[name] = [...(responseHeaders[name] ?? []), value]
  const answer = await webRequest.ask<Electron.HeadersReceivedResponse>('onHeadersReceived', {
    ...details,
    ...{
      statusCode,
      statusLine: `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`,
      responseHeaders,
    },
  })
  return {
    cancel: answer.cancel ?? false,
    headers: answer.responseHeaders ? toEntries(answer.responseHeaders) : headers,
  }
}

function toEntries(headers: Readonly<Record<string, string | string[]>>): HeaderEntry[] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => ({ name, value: originMap.headerToChromium(value) })),
  )
}

function toRequest(
  url: string,
  request: Protocol.Network.Request,
  headers: Readonly<Record<string, string | string[]>>,
): Request {
  const bytes = (request.postDataEntries ?? []).map(({ bytes }) => Buffer.from(bytes ?? '', 'base64'))
  const body = bytes.length > 0 ? Buffer.concat(bytes) : undefined
  const flat = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string])
  return new Request(url, {
    method: request.method,
    headers: flat,
    ...(body && request.method !== 'GET' && request.method !== 'HEAD' && { body }),
  })
}
