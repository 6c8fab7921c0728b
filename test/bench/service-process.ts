import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { password } from './service-data.ts'

const entry = new URL('../../service/index.ts', import.meta.url).pathname

/** A service in a process of its own, with its Owner signed in. */
export interface Running extends AsyncDisposable {
  readonly origin: string
  readonly owner: string
  readonly memory: () => number
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; took: number; body: never }>
}

/** @param where flags that name the database */
export async function startService(where: readonly string[]): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [entry, '--port', '0', ...where], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!child.stdout) throw new Error('The service has no output.')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const origin = JSON.parse(line).listening as string
  const send = async (method: string, path: string, body?: unknown, token?: string) => {
    const started = performance.now()
    const response = await fetch(`${origin}/api/v1/${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      took: performance.now() - started,
      body: JSON.parse(text || 'null') as never,
    }
  }
  const signedIn = await send('POST', 'sign-in', { username: 'owner', password })
  const owner = (signedIn.body as { token: string }).token
  return {
    origin,
    owner,
    memory: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    ask: (method, path, body) => send(method, path, body, owner),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

const sorted = (numbers: readonly number[]) => [...numbers].sort((one, other) => one - other)
export const quantile = (numbers: readonly number[], part: number) =>
  sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))] ?? Number.NaN

/** Asks `GET /me` with one token after another on one connection. @returns milliseconds each took */
export async function askInTurn(
  origin: string,
  tokens: readonly string[],
  times: number,
): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const took: number[] = []
  for (let index = 0; index < times; index++) {
    const started = performance.now()
    await new Promise<void>((resolve, reject) => {
      request(
        `${origin}/api/v1/me`,
        { agent, headers: { authorization: `Bearer ${tokens[(index * 7_919) % tokens.length]}` } },
        (response) => {
          if (response.statusCode !== 200) reject(new Error(`GET /me: ${response.statusCode}`))
          response.resume().on('end', resolve)
        },
      )
        .on('error', reject)
        .end()
    })
    took.push(performance.now() - started)
  }
  agent.destroy()
  return took
}

export const ms = (value: number) => `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`
export const times = (value: number) => `${value.toFixed(2)} ×`
export const megabytes = (value: number) => `${Math.round(value / 1_048_576)} MB`

/** The longest that a small request had to wait while something else was going on. */
export async function longestPause(running: Running, until: Promise<unknown>): Promise<number> {
  let going = true
  until
    .finally(() => {
      going = false
    })
    .catch(() => {})
  let longest = 0
  while (going) {
    const started = performance.now()
    await (await fetch(`${running.origin}/health/live`)).text()
    longest = Math.max(longest, performance.now() - started)
  }
  return longest
}
