import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** What somebody was sent. */
export interface Received {
  readonly method: string
  /** Without `/api/v1` and query. */
  readonly path: string
  readonly body: string
  readonly authorization: string | undefined
}

/** A server that says it is a session service, lets everybody in, and writes down what it is sent. */
export interface Pretender {
  readonly url: string
  readonly received: readonly Received[]
  /** Which server it says it is. */
  serverId: string | undefined
  /** What it answers to signing in, where that is not a session. */
  signIn: { readonly status: number; readonly body: unknown } | undefined
  /** Says what it proves to a challenge; nothing where left out. */
  prove: ((challenge: string, origin: string) => Promise<string> | string) | undefined
  /** How many connections were made to it, whatever came of them. */
  readonly connections: number
  /** Forgets what it was sent. */
  clear(): void
  stop(): Promise<void>
}

const owner = {
  id: 'u1',
  username: 'owner',
  displayName: 'Olive Owner',
  email: '',
  role: 'owner',
  permissions: [],
  disabled: false,
}

/**
 * @param port the one to take; any free one where left out
 * @param tls what it shows, where it speaks TLS; it is `localhost` then
 */
export async function startPretender(
  serverId: string | undefined,
  port = 0,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Pretender> {
  const received: Received[] = []
  let connections = 0
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://here')
      const path = pathname.replace('/api/v1', '')
      received.push({
        method: request.method ?? '',
        path,
        body: Buffer.concat(chunks).toString('utf8'),
        authorization: request.headers.authorization,
      })
      const { status, body } = await answer(path, searchParams.get('challenge') ?? '')
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.on('connection', () => {
    connections += 1
  })

  async function answer(
    path: string,
    challenge: string,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    if (path === '/server')
      return {
        status: 200,
        body: {
          name: 'Sessions',
          version: '1',
          capabilities: ['policy', 'users', 'sessions'],
          proof: challenge === '' ? undefined : await pretender.prove?.(challenge, pretender.url),
          ...(pretender.serverId !== undefined && { instanceId: pretender.serverId }),
        },
      }
    if (path === '/sign-in')
      return pretender.signIn ?? { status: 201, body: { token: 'a token', user: owner } }
    return { status: 200, body: { user: owner } }
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const pretender: Pretender = {
    url: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${(server.address() as AddressInfo).port}`,
    received,
    serverId,
    signIn: undefined,
    prove: undefined,
    get connections() {
      return connections
    },
    clear() {
      received.length = 0
      connections = 0
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return pretender
}

/** What of it would let somebody in: passwords and tokens. */
export const secretsIn = (received: readonly Received[]) =>
  received.filter(({ body, authorization }) => body.includes('password') || authorization !== undefined)
