import { STATUS_CODES } from 'node:http'
import type { CdpSession, Protocol } from './cdp.ts'
import { originMap } from './origin-map.ts'
import { handlerFor } from './protocol.ts'
import type { StandInWebRequest } from './web-request.ts'

/**
 * Answers one paused request: the app's hook first, then its protocol handler, and only then the network.
 *
 * @throws only when Chromium has given the request up meanwhile
 */
export async function answerRequest(
  session: CdpSession,
  { requestId, request, resourceType }: Protocol.Fetch.requestPausedPayload,
  webRequest: StandInWebRequest,
): Promise<void> {
  const { method } = request
  const url = originMap.toApp(request.url)
  if (await webRequest.cancels({ url, method, resourceType })) {
    await session.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' })
    return
  }
  const handler = handlerFor(url)
  if (!handler) {
    await session.send('Fetch.continueRequest', { requestId })
    return
  }
  try {
    const response = await handler(new Request(url, { method, headers: headersOf(request) }))
    const responsePhrase = response.statusText || STATUS_CODES[response.status]
    await session.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: response.status,
      ...(responsePhrase && { responsePhrase }),
      responseHeaders: Array.from(response.headers, ([name, value]) => ({ name, value })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    })
  } catch (error) {
    console.error(error)
    await session.send('Fetch.failRequest', { requestId, errorReason: 'Failed' })
  }
}

function headersOf({ headers }: Protocol.Network.Request): [name: string, value: string][] {
  return Object.entries(headers).map(([name, value]) => [name, originMap.toApp(value)])
}
