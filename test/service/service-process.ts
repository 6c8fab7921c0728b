import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const entry = new URL('../../service/index.ts', import.meta.url).pathname

/** A service in a process of its own, there to be killed. */
export interface ServiceProcess {
  readonly child: ChildProcess
  readonly origin: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
  send(method: string, path: string, body?: unknown, token?: string): Promise<{ status: number; body: any }>
  /** Kills it with SIGKILL. */
  kill(): Promise<void>
}

/**
 * Starts a service of its own.
 *
 * @param where flags that name the database
 * @param compiled a folder that keeps compiled code, for what is started many times
 */
export async function startProcess(
  where: readonly string[],
  { ownerPassword, compiled }: { readonly ownerPassword: string; readonly compiled: string },
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [entry, '--port', '0', '--exit-with-parent', ...where], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CURFEW_OWNER_PASSWORD: ownerPassword, NODE_COMPILE_CACHE: compiled },
  })
  const gone = once(child, 'exit')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const origin = JSON.parse(line).listening as string
  return {
    child,
    origin,
    send: async (method, path, body, token) => {
      const response = await fetch(`${origin}/api/v1/${path}`, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    },
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}
