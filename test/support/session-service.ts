import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The password of the Owner of a service that a test starts. */
export const ownerPassword = 'correct horse battery staple'

/** Some of the people of a service that was started with sample data, and the password of all of them. */
export const demoPeople = {
  admin: 'admin',
  helpdesk: 'helpdesk',
  viewer: 'viewer',
  member: 'member',
} as const
export const demoPassword = 'everybody in this demo'

/** A session service of the test's own: a real process with a real database, full of people. */
export interface TestService {
  readonly url: string
  /** Ends it without warning, as a crash would. */
  kill(): Promise<void>
  /** Starts it again, over the same data on the same port. */
  restart(): Promise<void>
  /** One call of its API as somebody who signed in, by default the Owner; answers status and JSON. */
  call(method: string, path: string, options?: CallOptions): Promise<ServiceAnswer>
  /** Signs somebody in through the API, as a phone or another computer would; answers the token. */
  signIn(username: string, password: string): Promise<string>
  stop(): Promise<void>
}

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string
}

export interface ServiceAnswer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: the answers of a test's own calls, asserted on at once
  readonly body: any
}

/** Starts a service. `timeScale` makes its clock run that many times faster. */
export async function startTestService(options: { readonly timeScale?: number } = {}): Promise<TestService> {
  const data = await mkdtemp(join(tmpdir(), 'curfew-service-'))
  let child: ChildProcess | undefined
  let url = ''
  let ownerToken: string | undefined

  async function start(port: number): Promise<void> {
    const scale = options.timeScale ? ['--time-scale', String(options.timeScale)] : []
    child = spawn(
      process.execPath,
      [
        'service/index.ts',
        ...[
          '--port',
          String(port),
          '--data',
          data,
          '--owner',
          'owner',
          '--demo',
          // Whatever becomes of the test that has started it, and of what it would do at its end.
          '--exit-with-parent',
          '--demo-password',
          demoPassword,
        ],
        ...scale,
      ],
      { env: { ...process.env, CURFEW_OWNER_PASSWORD: ownerPassword }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    url = await listening(child)
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ending = child
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    await gone
  }

  const service: TestService = {
    get url() {
      return url
    },
    kill: () => end('SIGKILL'),
    restart: () => start(Number(new URL(url).port)),
    async signIn(username, password) {
      const { status, body } = await request(url, 'POST', '/sign-in', { body: { username, password } })
      if (status !== 201) throw new Error(`${username} could not sign in: ${status} ${JSON.stringify(body)}`)
      return body.token
    },
    async call(method, path, callOptions = {}) {
      if (callOptions.token === undefined) ownerToken ??= await service.signIn('owner', ownerPassword)
      return request(url, method, path, { ...callOptions, token: callOptions.token ?? ownerToken ?? '' })
    },
    async stop() {
      await end('SIGTERM')
      await rm(data, { recursive: true, force: true })
    },
  }
  await start(0)
  return service
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The session service ended with ${code} while starting.`)))
    if (!child.stdout) return
    createInterface(child.stdout).on('line', (line) => {
      const address = /"listening":"([^"]+)"/.exec(line)?.[1]
      if (address) resolve(address)
    })
  })
}

async function request(
  url: string,
  method: string,
  path: string,
  options: CallOptions,
): Promise<ServiceAnswer> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(options.token && { authorization: `Bearer ${options.token}` }),
      ...(options.body !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  }
}
