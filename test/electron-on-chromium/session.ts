import { EventEmitter } from 'node:events'
import { handlerFor } from './protocol.ts'
import { StandInWebRequest } from './web-request.ts'

type FetchInit = RequestInit & { bypassCustomProtocolHandlers?: boolean }

/** A session of Electron's. Windows all belong to the default one; others are there for `fetch`. */
class StandInSession extends EventEmitter {
  readonly webRequest = new StandInWebRequest()
  #verifiesCertificates = false

  /** Node's own, after this session's `webRequest`: what that cancels is not sent. */
  async fetch(
    input: string | Request,
    { bypassCustomProtocolHandlers, ...init }: FetchInit = {},
  ): Promise<Response> {
    const request = new Request(input, init)
    const { url, method } = request
    if (await this.webRequest.cancels({ url, method, resourceType: 'other' }))
      throw new Error('net::ERR_BLOCKED_BY_CLIENT')
    if (this.#verifiesCertificates && url.startsWith('https:'))
      throw new Error('net::ERR_NOT_IMPLEMENTED: the stand-in can’t hold a server to a certificate')
    const handler = bypassCustomProtocolHandlers ? undefined : handlerFor(url)
    return handler ? handler(request) : fetch(request)
  }

  /** Node's `fetch` shows nobody the certificate before it sends, so such a session reaches no server at all. */
  setCertificateVerifyProc(proc: unknown): void {
    this.#verifiesCertificates = proc !== null
  }

  /** Never asked: the stand-in's Chromium refuses every permission (`browser.ts`). */
  setPermissionRequestHandler(_handler: unknown): void {}

  setPermissionCheckHandler(_handler: unknown): void {}

  /** Has no say over the stand-in’s Chromium, whose pages ask nobody but the app’s own handler. */
  async setProxy(_config: unknown): Promise<void> {}

  /** Chromium's profile is new each time, and answers of the app's own scheme are never cached. */
  async clearCache(): Promise<void> {}
}

const partitions = new Map<string, StandInSession>()

/** The `session` module. */
export const session = {
  defaultSession: new StandInSession(),
  fromPartition(partition: string, _options?: Electron.FromPartitionOptions): StandInSession {
    const known = partitions.get(partition) ?? new StandInSession()
    partitions.set(partition, known)
    return known
  },
}

/** The `net` module, whose `fetch` is the default session's. */
export const net = {
  fetch: (input: string | Request, init?: FetchInit) => session.defaultSession.fetch(input, init),
}
