import type { Connection, ConnectTarget } from '../../main/connectors/connector.ts'
import { sessionService } from '../../main/connectors/session-service/session-service.ts'

/** How Curfew signs in to it. */
export const credential = { kind: 'password', account: 'ann', secret: 'secret' } as const
const everything = ['policy', 'policy-preview', 'users', 'sessions', 'revoke-many']
/** What it says of itself. */
export const server = { name: 'Test', version: '1', instanceId: 'server-1', capabilities: everything }
/** The account that has signed in, in the service’s words. */
export const ann = {
  id: 'u1',
  username: 'ann',
  displayName: 'Ann',
  email: 'ann@example.com',
  role: 'owner',
  permissions: [],
  disabled: false,
} as const
/** The same in people’s words. */
export const inWords = { ...ann, role: 'Owner' }

type Say = (body: unknown, status?: number, headers?: Readonly<Record<string, string>>) => Response
/** An answer in JSON. */
export const say: Say = (body, status = 200, headers = {}) => Response.json(body, { status, headers })
/** A problem as the service tells it. */
export const refuse = (code: string, status: number, more = {}) =>
  say({ code, title: 'No.', ...more }, status, { 'content-type': 'application/problem+json' })

/** A server that answers each path what the test says, and writes down what it was sent. */
export function fakeSessionService(
  answers: Readonly<Record<string, () => Response | Promise<Response>>> = {},
) {
  const requests: {
    what: string
    headers: Readonly<Record<string, string>>
    body: unknown
    signal: unknown
  }[] = []
  const abort = new AbortController()
  let adminIsHere = true
  const standard: typeof answers = {
    'GET /server': () => say(server),
    'POST /sign-in': () => say({ token: 'token-1', user: ann }, 201),
    'POST /sign-out': () => new Response(null, { status: 204 }),
  }
  const target: ConnectTarget = {
    baseUrl: 'https://sessions.example.com/base',
    async fetch(url, { method = 'GET', headers, body, signal } = {}) {
      const what = `${method} ${url.replace('https://sessions.example.com/base/api/v1', '')}`
      requests.push({
        what,
        headers: headers as Record<string, string>,
        body: body === undefined ? undefined : JSON.parse(String(body)),
        signal,
      })
      const answer = answers[what] ?? standard[what]
      if (!answer) throw new Error(`Nothing answers ${what}`)
      return await answer()
    },
    signal: abort.signal,
    adminIsHere: () => adminIsHere,
  }
  const connect = async (): Promise<Connection> => {
    const outcome = await sessionService.connect(target, { credential })
    if (!outcome.ok) throw new Error(outcome.problem.message)
    requests.length = 0
    return outcome.value
  }
  return {
    target,
    requests,
    abort,
    connect,
    adminLeaves() {
      adminIsHere = false
    },
    sent: () => requests.map(({ what, body }) => (body === undefined ? [what] : [what, body])),
  }
}
