import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that passed. */
export interface Recorded {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** Stands between Curfew and a service, and writes down what passes. */
export interface Recorder {
  readonly url: string
  readonly requests: readonly Recorded[]
  /** The session tokens that were used. */
  tokens(): readonly string[]
  stop(): Promise<void>
}

export async function startRecorder(serviceUrl: string): Promise<Recorder> {
  const requests: Recorded[] = []
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url: path = '/', headers } = incoming
    requests.push({ method, path, headers })
    // The service answers to its own name only.
    const { host } = new URL(serviceUrl)
    const onward = request(new URL(path, serviceUrl), { method, headers: { ...headers, host } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    tokens: () => [
      ...new Set(requests.flatMap(({ headers }) => headers.authorization?.replace('Bearer ', '') ?? [])),
    ],
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
