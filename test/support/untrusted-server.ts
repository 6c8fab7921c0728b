import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'

/** A server with a certificate that nobody vouches for. */
export interface UntrustedServer {
  readonly url: string
  /** How many requests got through to it, which is how many too many. */
  requests(): number
  stop(): Promise<void>
}

export async function startUntrustedServer(): Promise<UntrustedServer> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  let requests = 0
  const server = createServer({ key, cert }, (_request, response) => {
    requests += 1
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
